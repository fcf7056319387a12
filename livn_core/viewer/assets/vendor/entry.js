// What the viewer uses of three.js: the bundle holds this and what it needs, nothing else.
export {
  BufferAttribute, BufferGeometry, Color, ColorManagement, Group, LineBasicMaterial, LineSegments, Matrix4, MOUSE,
  OrthographicCamera, PerspectiveCamera, Points, Scene, ShaderMaterial, TOUCH, Vector3,
  WebGLRenderer,
} from "three";
export { OrbitControls } from "three/addons/controls/OrbitControls.js";
