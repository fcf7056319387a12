// Pointing at cells and electrodes and choosing one, with the mouse, a finger or the keyboard.

function makePointing(page) {
  const { system, meta, stage, canvas, state, refresh, parts, cameras } = page;
  const matrix = new THREE.Matrix4();
  function project(index, places = system.positions) {
    const at = new THREE.Vector3().fromArray(places, index * 3).project(cameras.camera());
    return { x: ((at.x + 1) / 2) * stage.clientWidth, y: ((1 - at.y) / 2) * stage.clientHeight };
  }

  // The cell or electrode nearest to a place on the screen, within some pixels; the one in front of
  // two. An electrode has its marker's size: a cell under it does not hide it.
  function pick(x, y, within = 10) {
    const eye = cameras.camera();
    eye.updateMatrixWorld();
    matrix.multiplyMatrices(eye.projectionMatrix, eye.matrixWorldInverse);
    const m = matrix.elements, width = stage.clientWidth, height = stage.clientHeight;
    const found = { cell: -1, electrode: -1 };
    let least = within * within;
    const search = (kind, places, first, end, radius) => {
      for (let i = first; i < end; i++) {
        const a = places[i * 3], b = places[i * 3 + 1], c = places[i * 3 + 2];
        const w = m[3] * a + m[7] * b + m[11] * c + m[15];
        if (w <= 0) continue;
        const dx = ((m[0] * a + m[4] * b + m[8] * c + m[12]) / w + 1) * 0.5 * width - x;
        if (dx > within || dx < -within) continue;
        const dy = (1 - (m[1] * a + m[5] * b + m[9] * c + m[13]) / w) * 0.5 * height - y;
        const z = (m[2] * a + m[6] * b + m[10] * c + m[14]) / w;
        const distance = Math.max(0, Math.hypot(dx, dy) - radius) ** 2 + z;
        if (distance < least) { least = distance; found.cell = found.electrode = -1; found[kind] = i; }
      }
    };
    meta.populations.forEach((population, k) => {
      if (parts.cells[k].visible) search("cell", system.positions, population.first, population.first + population.shown, 0);
    });
    if (parts.electrodes.visible) search("electrode", system.electrodes, 0, meta.electrodes.count, 3);
    return found;
  }

  const tip = $("tip");
  let pointer = null, pressed = null;
  const chooseAt = ({ x, y }, within) => {
    const { cell, electrode } = pick(x, y, within);
    if (electrode >= 0) selectElectrode(electrode); else select(cell);
  };
  const point = (place) => { pointer = place; state.moved = true; };
  const placeOf = (event) => ({ x: event.offsetX, y: event.offsetY });
  canvas.addEventListener("pointermove", (event) => point(placeOf(event)));
  for (const gone of ["pointerleave", "blur"]) canvas.addEventListener(gone, () => { pointer = null; tip.hidden = true; });
  canvas.addEventListener("pointerdown", (event) => { pressed = placeOf(event); });
  canvas.addEventListener("pointerup", (event) => {
    if (!pressed) return;
    const moved = Math.hypot(event.offsetX - pressed.x, event.offsetY - pressed.y);
    pressed = null;
    if (moved < 5) chooseAt(placeOf(event));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") select(-1); });
  // On the picture the keyboard points at the cross in its middle.
  canvas.addEventListener("keydown", (event) => {
    const middle = { x: stage.clientWidth / 2, y: stage.clientHeight / 2 };
    const does = { "+": () => cameras.magnify(1.25), "=": () => cameras.magnify(1.25),
      "-": () => cameras.magnify(0.8), "0": cameras.fit, Enter: () => chooseAt(middle, 40) }[event.key];
    if (does) { does(); event.preventDefault(); }
    if (does || event.key.startsWith("Arrow")) point(middle);
  });

  function hover() {
    const { cell, electrode } = pointer && !pressed ? pick(pointer.x, pointer.y) : { cell: -1, electrode: -1 };
    tip.hidden = cell < 0 && electrode < 0;
    canvas.style.cursor = tip.hidden ? "" : "pointer";
    if (tip.hidden) return;
    tip.textContent = electrode >= 0 ? `electrode ${meta.electrodes.labels[electrode]}`
      : `${page.nameOf(cell)}: in-degree ${number(system.inDegrees[cell])}, out-degree ${number(system.outDegrees[cell])}`;
    const right = pointer.x + 16 + tip.offsetWidth > stage.clientWidth;
    tip.style.left = `${right ? pointer.x - 12 - tip.offsetWidth : pointer.x + 14}px`;
    tip.style.top = `${Math.max(4, pointer.y - 30)}px`;
  }

  // Light cells by what they are to the one that is chosen, as far as they are shown; returns both lists.
  function light(first, second) {
    const seen = (list, on) => new Set(on ? [...list].filter((i) => parts.cells[system.populationOf(i)].visible) : []);
    const inputs = seen(first, state.inputs), outputs = seen(second, state.outputs);
    const both = [...inputs].filter((i) => outputs.has(i));
    replace(parts.lit, ...litPoints(system, [...inputs].filter((i) => !outputs.has(i)), INPUT),
      ...litPoints(system, [...outputs].filter((i) => !inputs.has(i)), OUTPUT), ...litPoints(system, both, BOTH));
    return [[...inputs], [...outputs]];
  }

  function show(cell, electrode) {
    if (cell >= 0 && !parts.cells[system.populationOf(cell)].visible) cell = -1;
    Object.assign(state, { selected: cell, electrode });
    const chosen = cell >= 0 || electrode >= 0;
    shared.dim.value = chosen ? 1 : 0;
    replace(parts.chosen);
    replace(parts.lit);
    if (cell >= 0) {
      const [inputs, outputs] = light(system.inputs(cell), system.outputs(cell));
      const opacity = inputs.length + outputs.length > 400 ? 0.35 : 0.9, order = ORDER.chosen;
      replace(parts.chosen, connectionLines(system, outputs.flatMap((i) => [cell, i]), { opacity, order }),
        connectionLines(system, inputs.flatMap((i) => [i, cell]), { opacity, order, dash: 5 }),
        axonLines(system, meta.populations[system.populationOf(cell)], system.gidOf(cell), { order }),
        morphologyLines(system, cell, { order }));
      parts.lit.add(...litPoints(system, [cell], CHOSEN).filter(Boolean));
    } else if (electrode >= 0) {
      light(...page.reachOf(electrode));
      const at = system.electrodes.slice(electrode * 3, electrode * 3 + 3);
      parts.lit.add(markers(at, new Uint8Array(4), "s", { role: CHOSEN, order: ORDER.lit, size: page.site }));
      replace(parts.chosen, ...page.radii.map((radius) => circles(at, radius, { order: ORDER.chosen })));
    }
    page.drawLines();
    page.describe();
    refresh();
  }
  const choose = (cell, electrode) => {
    show(cell, electrode);
    if (cell >= 0 || electrode >= 0) $("chosen").parentElement.scrollIntoView({ block: "nearest" });
  };
  const select = (index) => choose(index, -1);
  const selectElectrode = (number) => choose(-1, number);

  return { pick, project, hover, select, selectElectrode, again: () => show(state.selected, state.electrode) };
}
