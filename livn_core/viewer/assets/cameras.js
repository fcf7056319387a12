// Cameras: from above and from the side without perspective, and in space.

function makeCameras(page) {
  const { meta, stage, canvas, renderer, state, refresh } = page;
  // Near and far planes that hold whatever is there.
  const span = Math.max(...[meta.box, meta.trees.box || meta.box].flatMap(([a, b]) =>
    a.map((v, i) => b[i] - v)), 1);
  const flat = new THREE.OrthographicCamera(-1, 1, 1, -1, -10 * span, 20 * span);
  const deep = new THREE.PerspectiveCamera(40, 1, span / 1000, span * 40);
  // The depth axis of a layered system points up.
  deep.up.set(0, 0, 1);
  const flatControls = new THREE.OrbitControls(flat, canvas);
  flatControls.enableRotate = false;
  flatControls.zoomToCursor = true;
  flatControls.mouseButtons = { LEFT: THREE.MOUSE.PAN, MIDDLE: THREE.MOUSE.DOLLY, RIGHT: THREE.MOUSE.PAN };
  flatControls.touches = { ONE: THREE.TOUCH.PAN, TWO: THREE.TOUCH.DOLLY_PAN };
  const deepControls = new THREE.OrbitControls(deep, canvas);
  deepControls.enabled = false;
  for (const each of [flatControls, deepControls]) {
    each.addEventListener("change", refresh);
    // Arrows move; with Shift they turn.
    each.listenToKeyEvents(canvas);
    each.keyPanSpeed = 24;
    each.keyRotateSpeed = 16;
  }
  const camera = () => (state.view === "3d" ? deep : flat);
  const controls = () => (state.view === "3d" ? deepControls : flatControls);

  function fit() {
    const { centre, extent, span } = page.looked();
    const aspect = stage.clientWidth / Math.max(1, stage.clientHeight);
    const tall = state.view === "side" ? extent[2] : extent[1];
    const half = 0.54 * Math.max(tall, extent[0] / aspect, span / 100);
    Object.assign(flat, { left: -half * aspect, right: half * aspect, top: half, bottom: -half });
    flat.zoom = 1;
    flatControls.target.copy(centre);
    if (state.view === "side") {
      flat.up.set(0, 0, 1);
      flat.position.set(centre.x, centre.y - 2 * span, centre.z);
    } else {
      flat.up.set(0, 1, 0);
      flat.position.set(centre.x, centre.y, centre.z + 2 * span);
    }
    flat.lookAt(centre);
    flat.updateProjectionMatrix();
    flatControls.update();
    deep.aspect = aspect;
    deepControls.target.copy(centre);
    deep.position.set(centre.x + 0.55 * span, centre.y - 1.5 * span, centre.z + 0.95 * span);
    deep.updateProjectionMatrix();
    deepControls.update();
    refresh();
  }

  // Bring a place and the cells that go with it into view, without turning.
  function zoomTo(places, number, cells, least = span / 500) {
    const { system } = page;
    const at = new THREE.Vector3().fromArray(places, number * 3);
    const there = new THREE.Vector3();
    let radius = least;
    for (const i of cells) {
      radius = Math.max(radius, there.fromArray(system.positions, i * 3).distanceTo(at));
    }
    const step = at.clone().sub(controls().target);
    controls().target.copy(at);
    camera().position.add(step);
    if (state.view === "3d") {
      const away = deep.position.clone().sub(at).setLength(3 * radius);
      deep.position.copy(at).add(away);
    } else {
      flat.zoom = Math.max(1, (flat.top - flat.bottom) / 2 / (1.15 * radius));
      flat.updateProjectionMatrix();
    }
    controls().update();
    refresh();
  }

  function magnify(factor) {
    flat.zoom *= factor;
    flat.updateProjectionMatrix();
    const { target } = deepControls;
    deep.position.sub(target).divideScalar(factor).add(target);
    controls().update();
    refresh();
  }

  function resize() {
    const width = stage.clientWidth, height = Math.max(1, stage.clientHeight);
    renderer.setSize(width, height, false);
    shared.stage.value = [width, height];
    const half = (flat.top - flat.bottom) / 2;
    Object.assign(flat, { left: (-half * width) / height, right: (half * width) / height });
    flat.updateProjectionMatrix();
    deep.aspect = width / height;
    deep.updateProjectionMatrix();
    refresh();
  }

  function setView(name) {
    state.view = name;
    for (const view of ["top", "side", "3d"]) {
      $("view-" + view).setAttribute("aria-pressed", String(view === name));
    }
    flatControls.enabled = name !== "3d";
    deepControls.enabled = name === "3d";
    fit();
  }

  for (const view of ["top", "side", "3d"]) $("view-" + view).addEventListener("click", () => setView(view));
  $("view-side").hidden = !meta.layered;
  $("reset").addEventListener("click", fit);
  new ResizeObserver(resize).observe(stage);
  resize();

  // How much larger than at first things appear, and um per pixel of the flat views.
  const zoom = () => (state.view === "3d"
    ? (1.6 * page.looked().span) / Math.max(deep.position.distanceTo(deepControls.target), 1e-6) : flat.zoom);
  const perPixel = () => (flat.right - flat.left) / flat.zoom / stage.clientWidth;
  return { camera, controls, setView, fit, zoom, zoomTo, magnify, perPixel };
}
