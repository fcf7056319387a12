// Pointing at cells and choosing one.

function makePointing(page) {
  const { system, meta, stage, canvas, state, refresh, parts, switches, cameras } = page;
  const { camera } = cameras;
  const matrix = new THREE.Matrix4();
  function project(index) {
    const at = new THREE.Vector3().fromArray(system.positions, index * 3).project(camera());
    return { x: ((at.x + 1) / 2) * stage.clientWidth, y: ((1 - at.y) / 2) * stage.clientHeight };
  }

  // The cell nearest to a place on the screen, within a few pixels; the one in front of two.
  function pick(x, y) {
    const eye = camera();
    eye.updateMatrixWorld();
    matrix.multiplyMatrices(eye.projectionMatrix, eye.matrixWorldInverse);
    const m = matrix.elements, places = system.positions;
    const width = stage.clientWidth, height = stage.clientHeight;
    let best = -1, score = 10 * 10;
    meta.populations.forEach((population, number) => {
      if (!parts.cells[number].visible) return;
      const end = population.first + population.shown;
      for (let i = population.first; i < end; i++) {
        const a = places[i * 3], b = places[i * 3 + 1], c = places[i * 3 + 2];
        const w = m[3] * a + m[7] * b + m[11] * c + m[15];
        if (w <= 0) continue;
        const dx = ((m[0] * a + m[4] * b + m[8] * c + m[12]) / w + 1) * 0.5 * width - x;
        if (dx > 10 || dx < -10) continue;
        const dy = (1 - (m[1] * a + m[5] * b + m[9] * c + m[13]) / w) * 0.5 * height - y;
        const z = (m[2] * a + m[6] * b + m[10] * c + m[14]) / w;
        const distance = dx * dx + dy * dy + z;
        if (distance < score) { score = distance; best = i; }
      }
    });
    return best;
  }

  // The electrode nearest to a place on the screen.
  function pickElectrode(x, y) {
    if (!parts.electrodes.visible) return -1;
    const eye = camera(), at = new THREE.Vector3();
    let best = -1, score = 8;
    for (let e = 0; e < meta.electrodes.count; e++) {
      at.fromArray(system.electrodes, e * 3).project(eye);
      const distance = Math.hypot(((at.x + 1) / 2) * stage.clientWidth - x,
        ((1 - at.y) / 2) * stage.clientHeight - y);
      if (distance < score) { score = distance; best = e; }
    }
    return best;
  }

  const tip = $("tip");
  let pointer = null, pressed = null;
  canvas.addEventListener("pointermove", (event) => {
    pointer = { x: event.offsetX, y: event.offsetY };
    state.moved = true;
  });
  canvas.addEventListener("pointerleave", () => { pointer = null; tip.hidden = true; });
  canvas.addEventListener("pointerdown", (event) => {
    pressed = { x: event.offsetX, y: event.offsetY };
  });
  canvas.addEventListener("pointerup", (event) => {
    if (!pressed) return;
    const moved = Math.hypot(event.offsetX - pressed.x, event.offsetY - pressed.y);
    pressed = null;
    if (moved < 5) select(pick(event.offsetX, event.offsetY));
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") select(-1); });

  function hover() {
    if (!pointer || pressed) { tip.hidden = true; return; }
    const i = pick(pointer.x, pointer.y);
    state.hovered = i;
    canvas.style.cursor = i < 0 ? "" : "pointer";
    const electrode = i < 0 ? pickElectrode(pointer.x, pointer.y) : -1;
    tip.hidden = i < 0 && electrode < 0;
    if (tip.hidden) return;
    if (i < 0) {
      tip.textContent = `electrode ${number(meta.electrodes.ids[electrode])}`;
    } else {
      const population = meta.populations[system.populationOf(i)];
      tip.textContent = `${population.name}, gid ${number(system.gidOf(i))}: in-degree ` +
        `${number(system.inDegrees[i])}, out-degree ${number(system.outDegrees[i])}`;
    }
    const right = pointer.x + 16 + tip.offsetWidth > stage.clientWidth;
    tip.style.left = `${right ? pointer.x - 12 - tip.offsetWidth : pointer.x + 14}px`;
    tip.style.top = `${Math.max(4, pointer.y - 30)}px`;
  }

  function mark(indices, value) {
    for (const i of indices) {
      const number = system.populationOf(i);
      parts.cells[number].geometry.attributes.state.array[i - meta.populations[number].first] = value;
    }
  }

  function select(index) {
    state.selected = index;
    for (const child of [...parts.chosen.children]) {
      child.geometry.dispose();
      parts.chosen.remove(child);
    }
    parts.cells.forEach((points) => {
      points.geometry.attributes.state.array.fill(0);
      points.material.uniforms.dim.value = index < 0 ? 0 : 1;
    });
    if (index >= 0) {
      const inputs = state.inputs ? [...new Set(system.inputs(index))] : [];
      const outputs = state.outputs ? [...new Set(system.outputs(index))] : [];
      mark(inputs, 1);
      mark(outputs, 1);
      mark([index], 2);
      const pairs = [...inputs.flatMap((i) => [i, index]), ...outputs.flatMap((i) => [index, i])];
      parts.chosen.add(connectionLines(system, new Uint32Array(pairs), pairs.length > 800 ? 0.35 : 0.9));
      const shape = morphologyLines(system, index, 1);
      if (shape) parts.chosen.add(shape);
    }
    parts.cells.forEach((points) => { points.geometry.attributes.state.needsUpdate = true; });
    parts.lines.visible = index < 0 && switches.lines.checked;
    page.describe(index);
    refresh();
  }

  return { pick, project, hover, select };
}
