// The objects that are drawn: cells, connections, electrodes, layers, morphologies.

// Colours are written as they are given, so that the page and the pictures agree.
THREE.ColorManagement.enabled = false;

const CELL_VERTEX = `
  attribute float state;
  uniform float size;
  uniform float dim;
  varying float vState;
  void main() {
    vState = state;
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
    gl_Position.z -= state > 0.5 ? 0.0001 * gl_Position.w : 0.0;
    float s = size;
    if (dim > 0.5 && state < 0.5) s *= 0.7;
    if (state > 1.5) s = max(s * 1.7, 13.0); else if (state > 0.5) s = max(s * 1.3, 9.0);
    gl_PointSize = s;
  }`;
// Corners for what excites, round for what inhibits, a diamond for the rest.
const CELL_FRAGMENT = `
  uniform vec3 colour;
  uniform float shape;
  uniform float dim;
  varying float vState;
  void main() {
    vec2 p = gl_PointCoord * 2.0 - 1.0;
    float inside;
    if (shape < 0.5) inside = min(0.72 - p.y, (p.y + 1.0) * 0.5 - abs(p.x) * 0.92);
    else if (shape < 1.5) inside = 0.92 - length(p);
    else inside = 0.95 - abs(p.x) - abs(p.y);
    if (inside < 0.0) discard;
    vec3 c = colour;
    if (dim > 0.5 && vState < 0.5) c = mix(c, vec3(0.93), 0.82);
    if (vState > 1.5) c = vec3(0.0);
    gl_FragColor = vec4(inside < 0.12 ? mix(c, vec3(1.0), 0.55) : c, 1.0);
  }`;
const SECTION_COLOURS = ["#6e6e6e", "#1b1b1b", "#56b4e9", "#009e73", "#d55e00", "#e69f00",
  "#aa4499", "#0072b2", "#332288"];

function lineSegments(points, colour, opacity, colours) {
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(points, 3));
  if (colours) geometry.setAttribute("color", new THREE.BufferAttribute(colours, 3));
  const material = new THREE.LineBasicMaterial({
    color: colours ? 0xffffff : colour, opacity, transparent: opacity < 1,
    vertexColors: Boolean(colours), depthWrite: false,
  });
  const lines = new THREE.LineSegments(geometry, material);
  lines.frustumCulled = false;
  return lines;
}

// Numbers up to n in a mixed order, the same every time: any beginning of it is a fair sample.
function mixedOrder(n) {
  const order = new Uint32Array(n).map((_, i) => i);
  let seed = 12345;
  for (let i = n - 1; i > 0; i--) {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0;
    const j = seed % (i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

function cellPoints(system, population) {
  const geometry = new THREE.BufferGeometry();
  geometry.setIndex(new THREE.BufferAttribute(mixedOrder(population.shown), 1));
  const end = population.first + population.shown;
  const places = system.positions.subarray(population.first * 3, end * 3);
  geometry.setAttribute("position", new THREE.BufferAttribute(places, 3));
  const state = new THREE.BufferAttribute(new Float32Array(population.shown), 1);
  geometry.setAttribute("state", state);
  const shapes = { excitatory: 0, inhibitory: 1 };
  const material = new THREE.ShaderMaterial({
    vertexShader: CELL_VERTEX,
    fragmentShader: CELL_FRAGMENT,
    uniforms: {
      colour: { value: new THREE.Color(population.colour) },
      shape: { value: shapes[population.kind] === undefined ? 2 : shapes[population.kind] },
      size: { value: 6 },
      dim: { value: 0 },
    },
  });
  const points = new THREE.Points(geometry, material);
  points.frustumCulled = false;
  points.renderOrder = 2;
  return points;
}

// Lines between pairs of cells, each in the colour of its source.
function connectionLines(system, pairs, opacity) {
  const points = new Float32Array(pairs.length * 3);
  const colours = new Float32Array(pairs.length * 3);
  const palette = system.meta.populations.map((p) => new THREE.Color(p.colour).toArray());
  for (let k = 0; k < pairs.length; k += 2) {
    const colour = palette[system.populationOf(pairs[k])];
    for (let end = 0; end < 2; end++) {
      const at = pairs[k + end] * 3;
      for (let axis = 0; axis < 3; axis++) {
        points[(k + end) * 3 + axis] = system.positions[at + axis];
        colours[(k + end) * 3 + axis] = colour[axis];
      }
    }
  }
  return lineSegments(points, null, opacity, colours);
}

function circleLines(centres, radius) {
  const steps = 48, count = centres.length / 3;
  const points = new Float32Array(count * steps * 6);
  let k = 0;
  for (let e = 0; e < count; e++) {
    for (let s = 0; s < steps; s++) {
      for (let end = 0; end < 2; end++) {
        const angle = (2 * Math.PI * (s + end)) / steps;
        points[k++] = centres[e * 3] + radius * Math.cos(angle);
        points[k++] = centres[e * 3 + 1] + radius * Math.sin(angle);
        points[k++] = centres[e * 3 + 2];
      }
    }
  }
  return points;
}

function electrodeGroup(system) {
  const group = new THREE.Group();
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(system.electrodes, 3));
  geometry.setAttribute("state",
    new THREE.BufferAttribute(new Float32Array(system.electrodes.length / 3), 1));
  const sites = new THREE.Points(geometry, new THREE.ShaderMaterial({
    vertexShader: CELL_VERTEX,
    fragmentShader: "void main() { gl_FragColor = vec4(vec3(0.35), 1.0); }",
    uniforms: { size: { value: 5 }, dim: { value: 0 } },
    depthWrite: false,
  }));
  sites.frustumCulled = false;
  sites.renderOrder = 1;
  group.add(sites);
  return group;
}

function boxLines(low, high) {
  const corner = (i) => [i & 1 ? high[0] : low[0], i & 2 ? high[1] : low[1], i & 4 ? high[2] : low[2]];
  const points = [];
  for (let a = 0; a < 8; a++) {
    for (const bit of [1, 2, 4]) if (!(a & bit)) points.push(...corner(a), ...corner(a | bit));
  }
  return new Float32Array(points);
}

// A cell's morphology as lines around its soma; null where the page does not carry it.
function morphologyLines(system, index, opacity) {
  const tree = system.meta.trees.cells[system.gidOf(index)];
  if (tree === undefined) return null;
  const [start, stop] = system.meta.trees.ranges[tree];
  const points = [], colours = [];
  const palette = SECTION_COLOURS.map((c) => new THREE.Color(c).toArray());
  for (let p = start; p < stop; p++) {
    const parent = system.treeParents[p];
    if (parent < 0) continue;
    const colour = palette[system.treeTypes[p]] || palette[0];
    for (const q of [p, start + parent]) {
      for (let axis = 0; axis < 3; axis++) {
        points.push(system.positions[index * 3 + axis] + system.treePoints[q * 3 + axis]);
      }
      colours.push(...colour);
    }
  }
  return lineSegments(new Float32Array(points), null, opacity, new Float32Array(colours));
}
