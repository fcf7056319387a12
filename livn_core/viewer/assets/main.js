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
  const canvas = renderer.domElement;
  canvas.tabIndex = 0;
  canvas.setAttribute("role", "application");
  canvas.setAttribute("aria-label", "Cells, connections and electrodes of the system");
  canvas.setAttribute("aria-describedby", "keys");
  stage.prepend(canvas);

  const scene = new THREE.Scene();
  // The part of space that a view opens on: with the morphologies where they are shown.
  const looked = () => {
    const [low, high] = parts.shapes.visible ? meta.trees.box : meta.box, extent = low.map((v, i) => high[i] - v);
    return { centre: new THREE.Vector3(...low.map((v, i) => (v + high[i]) / 2)), extent,
      span: Math.max(...extent, 1) };
  };
  paint(system);
  const parts = { cells: meta.populations.map((p) => cellPoints(system, p)) };
  for (const name of ["bounds", "lines", "axons", "radii", "shapes", "electrodes", "chosen", "lit"]) {
    scene.add(parts[name] = new THREE.Group());
  }
  scene.add(...parts.cells);
  const { input_radius: near, output_radius: far, count: electrodes } = meta.electrodes;
  const radii = [...new Set([near, far])].filter(Boolean);
  const site = { value: 5 };
  if (electrodes) {
    parts.electrodes.add(markers(system.electrodes, new Uint8Array(4 * electrodes), "s",
      { role: SITE, order: ORDER.electrodes, size: site }));
  }
  const outlines = meta.layers.length > 1 ? meta.layers.map((l) => boxLines(l.low, l.high))
    : [meta.rings.length ? ringLines(system.rings, meta.rings, meta.bounds[0][2]) : boxLines(...meta.bounds)];
  for (const points of outlines) parts.bounds.add(lineSegments(points, null, { opacity: 0.4, order: ORDER.bounds }));
  meta.populations.forEach((population, k) => {
    const axons = axonLines(system, population, -1, { opacity: 0.45 });
    if (axons) parts.axons.add(Object.assign(axons, { userData: { population: k } }));
  });
  parts.shapes.visible = false;
  const shown = Object.keys(meta.trees.cells).map(Number);

  const state = { view: "top", selected: -1, electrode: -1, inputs: true, outputs: true,
    dirty: true, moved: false, detail: 1, cost: 0, drawn: 0, frames: 0 };
  const refresh = () => { state.dirty = true; };
  const page = { system, meta, stage, canvas, renderer, scene, parts, state, refresh, shown, looked, render, drawLines, setDetail,
    radii, site, legend: [], switches: {} };
  page.choices = variables(system);
  // With its module and layer: of many the colours come again.
  page.nameOf = (i) => [meta.populations[system.populationOf(i)].name, `gid ${system.gidOf(i)}`,
    ...Object.entries(page.choices).filter(([, { names, values }]) => names?.[values[i]])
      .map(([word, { names, values }]) => `${word} ${names[values[i]]}`)].join(", ");
  // The cells that an electrode stimulates, and those that it records.
  page.reachOf = (e) => [near, far].map((radius) => (radius ? system.reached(e, radius) : []));
  makePanel(page);
  page.cameras = makeCameras(page);
  page.pointing = makePointing(page);
  const { camera } = page.cameras;

  // Axons and connections of the cells that are shown, while nothing is chosen and nothing hurries.
  function drawLines() {
    const free = state.selected < 0 && state.electrode < 0;
    parts.axons.visible = Boolean(page.switches.axons?.checked) && free;
    for (const axons of parts.axons.children) axons.visible = parts.cells[axons.userData.population].visible;
    const on = (i) => parts.cells[system.populationOf(i)].visible;
    parts.lines.visible = page.switches.lines.checked && free;
    const key = parts.cells.map((points) => points.visible).join();
    if (!parts.lines.visible || key === parts.lines.name) return;
    parts.lines.name = key;
    const pairs = [...system.lines].filter((_, k, all) => on(all[k - (k % 2)]) && on(all[k - (k % 2) + 1]));
    replace(parts.lines, connectionLines(system, pairs,
      { opacity: Math.min(0.6, Math.max(0.08, 12 / Math.sqrt(1 + system.lines.length / 2))) }));
  }

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
      points.geometry.setIndex(detail < 1 ? points.userData.order : null);
      points.geometry.setDrawRange(0, Math.ceil(detail * meta.populations[i].shown));
    });
    if (detail < 1) parts.lines.visible = parts.axons.visible = false; else drawLines();
  }

  function render() {
    const base = Math.min(11, Math.max(2, 300 / Math.sqrt(system.count))) * Number($("size").value);
    const larger = Math.max(1, Math.sqrt(page.cameras.zoom())), ratio = renderer.getPixelRatio();
    shared.size.value = Math.min(40, base * Math.min(3, larger)) * ratio;
    site.value = Math.min(9, Math.max(2, Math.min(6, 150 / Math.sqrt(1 + electrodes))) * larger) * ratio;
    const tiny = shared.size.value <= 3;
    for (const { material } of parts.cells) {
      if ("TINY" in material.defines === tiny) continue;
      material.defines = tiny ? { TINY: "" } : {};
      material.needsUpdate = true;
    }
    overlay();
    renderer.setClearColor(theme.paper.value, 1);
    renderer.render(scene, camera());
  }

  const gl = renderer.getContext();
  const pixel = new Uint8Array(4);
  function draw() {
    const began = performance.now();
    render();
    state.frames++;
    // The first picture waits for its shaders.
    if (state.detail < 1 || state.frames === 1) return;
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
    draw();
    state.drawn = performance.now();  // a picture that takes long is no rest
  }

  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => { readTheme(); refresh(); });
  readTheme();
  page.cameras.setView(meta.layered ? "3d" : "top");
  page.describe();
  requestAnimationFrame((now) => { frame(now); setTimeout(system.edges); });
  // For tests, and for the curious: the page from the console.
  window.livn = page;
}

start();
