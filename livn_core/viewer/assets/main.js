// The page: make everything, draw when something has changed.

function start() {
  const system = loadSystem();
  const { meta } = system;
  const stage = $("stage");
  let renderer;
  try {
    renderer = new THREE.WebGLRenderer({ antialias: true });
  } catch (error) {
    $("trouble").textContent = "This page needs WebGL, which this browser does not offer.";
    $("trouble").hidden = false;
    return;
  }
  renderer.outputColorSpace = "srgb-linear";
  renderer.setPixelRatio(window.devicePixelRatio || 1);
  renderer.setClearColor(0xffffff, 1);
  const canvas = renderer.domElement;
  canvas.tabIndex = 0;
  canvas.setAttribute("aria-label", "The system's cells; use the gid field to choose one");
  stage.prepend(canvas);

  const scene = new THREE.Scene();
  // The part of space that a view opens on: with the morphologies where they are shown.
  const frameOf = ([low, high]) => {
    const extent = low.map((v, i) => high[i] - v);
    return { centre: new THREE.Vector3(...low.map((v, i) => (v + high[i]) / 2)), extent,
      span: Math.max(...extent, 1) };
  };
  const looked = () => frameOf(parts.shapes.visible ? meta.trees.box : meta.box);
  const parts = { cells: meta.populations.map((p) => cellPoints(system, p)) };
  parts.cells.forEach((p) => scene.add(p));
  parts.lines = connectionLines(system, system.lines,
    Math.min(0.6, Math.max(0.08, 12 / Math.sqrt(1 + system.lines.length / 2))));
  parts.electrodes = electrodeGroup(system);
  parts.radii = new THREE.Group();
  for (const radius of new Set([meta.electrodes.input_radius, meta.electrodes.output_radius])) {
    if (radius && system.electrodes.length <= 3 * 3000) {
      parts.radii.add(lineSegments(circleLines(system.electrodes, radius), 0x1b1b1b, 0.55));
    }
  }
  parts.bounds = new THREE.Group();
  const boxes = meta.layers.length > 1 ? meta.layers.map((l) => [l.low, l.high]) : [meta.bounds];
  for (const [a, b] of boxes) parts.bounds.add(lineSegments(boxLines(a, b), 0xb5b5b5, 1));
  parts.shapes = new THREE.Group();
  parts.shapes.visible = false;
  const shown = Object.keys(meta.trees.cells).map(Number);
  parts.chosen = new THREE.Group();
  for (const name of ["lines", "electrodes", "radii", "bounds", "shapes", "chosen"]) {
    scene.add(parts[name]);
  }

  const state = { view: "top", selected: -1, hovered: -1, inputs: true, outputs: true,
    dirty: true, moved: false, detail: 1, cost: 0, drawn: 0,
    frames: 0 };
  const refresh = () => { state.dirty = true; };
  const page = { system, meta, stage, canvas, renderer, scene, parts, state, refresh, shown,
    looked, switches: {} };
  makePanel(page);
  page.cameras = makeCameras(page);
  page.pointing = makePointing(page);
  const { camera } = page.cameras;

  const labels = meta.layers.length > 1 ? meta.layers.map((layer) => {
    const label = make("div", layer.name, "layer");
    $("labels").append(label);
    return { label, at: [layer.high[0], layer.low[1], (layer.low[2] + layer.high[2]) / 2] };
  }) : [];

  function overlay() {
    let last = Infinity;
    for (const { label, at } of labels) {
      const p = new THREE.Vector3(...at).project(camera());
      label.hidden = state.view === "top" || !parts.bounds.visible || p.z > 1;
      // A name that would be written over another is left out.
      const y = ((1 - p.y) / 2) * stage.clientHeight;
      if (Math.abs(y - last) < 11) label.hidden = true;
      if (!label.hidden) last = y;
      label.style.left = `${((p.x + 1) / 2) * stage.clientWidth}px`;
      label.style.top = `${y}px`;
    }
    const scale = $("scale");
    scale.hidden = state.view === "3d";
    const perPixel = page.cameras.perPixel();
    const exponent = 10 ** Math.floor(Math.log10(150 * perPixel));
    const length = [5, 2, 1].map((s) => s * exponent).find((l) => l <= 150 * perPixel);
    scale.firstElementChild.style.width = `${length / perPixel}px`;
    scale.lastElementChild.textContent = length >= 1000
      ? `${length / 1000} mm` : `${Number(length.toPrecision(1))} µm`;
  }

  // Where drawing is slow, movement shows a sample of the cells, and rest all of them again.
  function setDetail(detail) {
    state.detail = detail;
    parts.cells.forEach((points, i) => {
      points.geometry.setDrawRange(0, Math.ceil(detail * meta.populations[i].shown));
    });
    const settled = detail === 1;
    parts.lines.visible = settled && page.switches.lines.checked && state.selected < 0;
  }

  const gl = renderer.getContext();
  const pixel = new Uint8Array(4);
  function draw() {
    const began = performance.now();
    renderer.render(scene, camera());
    if (state.detail < 1) return;
    // Reading a pixel waits until the picture is there: what all of it costs, ms.
    gl.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, pixel);
    state.cost = performance.now() - began;
  }

  function frame(now) {
    requestAnimationFrame(frame);
    if (state.dirty || state.moved) page.pointing.hover();
    state.moved = false;
    const still = now - state.drawn > 250;
    if (!state.dirty && !(still && state.detail < 1)) return;
    const detail = still || state.cost < 40 ? 1 : Math.max(0.02, 30 / state.cost);
    if (detail !== state.detail) setDetail(detail);
    state.dirty = false;
    state.drawn = now;
    const base = Math.min(11, Math.max(2, 300 / Math.sqrt(system.count))) * Number($("size").value);
    const zoom = page.cameras.zoom();
    const size = Math.min(40, base * Math.min(3, Math.max(1, Math.sqrt(zoom))));
    const site = Math.max(1.5, Math.min(6, 150 / Math.sqrt(1 + meta.electrodes.count)));
    parts.electrodes.children[0].material.uniforms.size.value =
      Math.min(9, site * Math.max(1, Math.sqrt(zoom))) * renderer.getPixelRatio();
    parts.cells.forEach((points) => {
      points.material.uniforms.size.value = size * renderer.getPixelRatio();
    });
    overlay();
    draw();
    state.frames++;
  }

  page.cameras.setView(meta.layered ? "3d" : "top");
  requestAnimationFrame(frame);
  // For tests, and for the curious: the page from the console.
  window.livn = page;
}

start();
