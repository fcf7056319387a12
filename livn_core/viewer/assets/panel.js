// The panel: what there is, what is shown, what is chosen.

const $ = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US", { maximumFractionDigits: 1 });
const counted = (value, thing) => `${number(value)} ${thing}${value === 1 ? "" : "s"}`;

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function swatch(colour, marker) {
  const element = make("span", undefined, "swatch");
  element.style.setProperty("--colour", colour);
  if (marker) {
    const corners = outline(marker).map(([x, y]) => `${50 + 50 * x}% ${50 + 50 * y}%`);
    element.style.clipPath = `polygon(${corners.join()})`;
  }
  return element;
}

function makePanel(page) {
  const { system, meta, state, refresh, parts, switches, shown } = page;

  function checkbox(id, checked, change, ...content) {
    const label = make("label", undefined, "row"), box = make("input");
    Object.assign(box, { type: "checkbox", id, checked });
    box.addEventListener("change", () => { change(box.checked); refresh(); });
    label.append(box, ...content);
    return { label, box };
  }

  function button(text, act, id = "", className = "") {
    const element = make("button", text, className);
    Object.assign(element, { type: "button", id });
    element.addEventListener("click", act);
    return element;
  }

  // Cells by population, and the first of them to go to; ``which`` is "inputs" or "outputs".
  function listed(which, heading, indices, total) {
    const box = make("section"), table = make("table"), list = make("div"), title = make("h3", heading);
    const { label } = checkbox("show-" + which, state[which], (on) => { state[which] = on; page.pointing.again(); },
      title, make("span", undefined, "key " + which));
    meta.populations.forEach((population) => {
      const end = population.first + population.shown;
      const edges = [...indices].filter((i) => i >= population.first && i < end);
      if (!edges.length) return;
      const cells = new Set(edges).size, row = table.insertRow();
      row.insertCell().textContent = population.name;
      row.insertCell().textContent = cells === edges.length
        ? number(edges.length) : `${number(edges.length)} (${counted(cells, "cell")})`;
    });
    for (const i of [...new Set(indices)].slice(0, 60)) {
      list.append(button(String(system.gidOf(i)), () => page.pointing.select(i), "", "gid"));
    }
    box.append(label, table);
    if (indices.length < total) box.append(make("p", `${number(indices.length)} of ${number(total)} are in this page.`, "soft"));
    box.append(list);
    return box;
  }

  function heading(text, places, index, cells, least) {
    const title = make("p"), at = [...places.subarray(index * 3, index * 3 + 3)];
    title.append(make("b", text), make("br"), make("span", `at ${at.map((v) => v.toFixed(1)).join(", ")} µm`, "soft"));
    return [title, button("Zoom to it", () => page.cameras.zoomTo(places, index, cells, least), "closer"), " ",
      button("Let go", () => page.pointing.select(-1), "release")];
  }

  function describe() {
    const { selected, electrode } = state, box = $("chosen");
    box.replaceChildren();
    let said = "";
    if (selected >= 0) {
      const inputs = system.inputs(selected), outputs = system.outputs(selected);
      const [received, sent] = [system.inDegrees[selected], system.outDegrees[selected]];
      box.append(...heading(page.nameOf(selected), system.positions, selected, [...inputs, ...outputs]),
        listed("inputs", `inputs: ${number(received)}`, inputs, received),
        listed("outputs", `outputs: ${number(sent)}`, outputs, sent));
      if (meta.layered && !(system.gidOf(selected) in meta.trees.cells)) {
        box.append(make("p", "Its morphology is not in this page.", "soft"));
      }
      said = `${page.nameOf(selected)}: ${counted(received, "input")}, ${counted(sent, "output")}`;
    } else if (electrode >= 0) {
      const [stimulated, recorded] = page.reachOf(electrode), name = `electrode ${meta.electrodes.labels[electrode]}`;
      const { input_radius: near, output_radius: far } = meta.electrodes;
      box.append(...heading(name, system.electrodes, electrode, [], Math.max(...page.radii, 1)));
      if (near) box.append(listed("inputs", `stimulates (${number(near)} µm): ${number(stimulated.length)}`, stimulated, 0));
      if (far) box.append(listed("outputs", `records (${number(far)} µm): ${number(recorded.length)}`, recorded, 0));
      if (meta.sampled_cells) box.append(make("p", "Of the cells in this page.", "soft"));
      said = `${name}: records ${counted(recorded.length, "cell")}, stimulates ${number(stimulated.length)}`;
    } else {
      box.append(make("p", "Point at a cell for its gid and degrees, at an electrode for its label. Click it for its partners, or for the cells in its reach.", "soft"));
    }
    $("said").textContent = page.said = said;
  }

  function addSwitch(name, text, checked, change) {
    const { label, box } = checkbox("show-" + name, checked, change, make("span", text, "name"));
    $("switches").append(label);
    switches[name] = box;
    change(checked);
  }

  document.title = meta.title;
  $("title").textContent = meta.title;
  $("summary").textContent = `${counted(meta.total_cells, "cell")}, ${counted(meta.edges.total, "connection")}` +
    (meta.electrodes.count ? `, ${counted(meta.electrodes.count, "electrode")}` : "");
  $("notes").textContent = meta.notes.join(" ");
  meta.populations.forEach((population, i) => {
    const { label, box } = checkbox("", true, (on) => { parts.cells[i].visible = on; page.pointing.again(); },
      swatch(population.colour, population.marker), make("span", population.name, "name"),
      make("span", number(population.count), "count"));
    box.dataset.population = population.name;
    $("populations").append(label);
  });
  for (const name of ["population", ...Object.keys(page.choices)]) $("colour").append(new Option(name));
  $("colour").addEventListener("change", () => {
    page.legend = paint(system, page.choices[$("colour").value]);
    shared.plain.value = Number(page.legend.length > 0);
    for (const points of parts.cells) points.geometry.attributes.colour.needsUpdate = true;
    $("legend").replaceChildren(...page.legend.map((entry) => {
      const row = make("div", undefined, "row");
      row.append(swatch(entry.colour), make("span", entry.text, "name"));
      return row;
    }));
    $("populations").classList.toggle("plain", page.legend.length > 0);
    page.pointing.again();
  });
  const drawn = system.lines.length / 2;
  const { gids, total } = meta.axons;
  // Straight lines would hide the axons, and pass the walls that these follow.
  addSwitch("lines", drawn < meta.edges.total ? `connections (${number(drawn)} drawn)` : "connections", !total,
    () => page.drawLines());
  if (total) {
    addSwitch("axons", `axons (${gids.length < total ? number(gids.length) : "all"} of ${number(total)})`, true,
      () => page.drawLines());
  }
  if (meta.electrodes.count) {
    addSwitch("electrodes", "electrodes", true, (on) => { parts.electrodes.visible = on; });
    if (page.radii.length && meta.electrodes.count <= 3000) {
      addSwitch("reach", `their reach (${page.radii.map(number).join(" and ")} µm)`, meta.electrodes.count <= 150, (on) => {
        parts.radii.visible = on;
        if (on && !parts.radii.children.length) {
          replace(parts.radii, ...page.radii.map((radius) => circles(system.electrodes, radius, { opacity: 0.4 })));
        }
      });
    }
  }
  addSwitch("bounds", meta.layers.length > 1 ? "layers" : meta.rings.length ? "outline" : "bounds", true,
    (on) => { parts.bounds.visible = on; });
  if (shown.length) {
    addSwitch("shapes", `morphologies (${counted(shown.length, "cell")})`, shown.length <= 20, (on) => {
      parts.shapes.visible = on;
      if (on && !parts.shapes.children.length) {
        replace(parts.shapes, ...shown.map((gid) => morphologyLines(system, system.indexOf(gid), { opacity: 0.45, order: ORDER.shapes })));
      }
    });
    for (const { name, colour } of Object.values(meta.trees.sections)) {
      const row = make("div", undefined, "row section");
      row.append(swatch(colour), make("span", name, "name"));
      $("switches").append(row);
    }
  }
  $("size").addEventListener("input", refresh);
  const finds = (id, find, select, none) => $("find-" + id).addEventListener("submit", (event) => {
    event.preventDefault();
    const found = find($(id).value.trim());
    select(found);
    if (found < 0) $("said").textContent = none;
    if (found < 0) $("chosen").replaceChildren(make("p", none, "soft"));
  });
  finds("gid", (text) => system.indexOf(text ? Math.round(Number(text)) : -1), (i) => page.pointing.select(i), "No cell of this page has that gid.");
  $("find-electrode").hidden = !meta.electrodes.count;
  finds("electrode", (text) => (meta.electrodes.labels || []).indexOf(text), (e) => page.pointing.selectElectrode(e), "No electrode has that label.");
  $("save").addEventListener("click", () => savePicture(page));

  page.describe = describe;
}
