// The panel: what there is, what is shown, the chosen cell.

const $ = (id) => document.getElementById(id);
const number = (value) => value.toLocaleString("en-US");

function make(tag, text, className) {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (className) element.className = className;
  return element;
}

function makePanel(page) {
  const { system, meta, state, refresh, parts, switches, shown } = page;

  function partners(which, index, degree) {
    const indices = system[which](index);
    const box = document.createDocumentFragment();
    const label = make("label", undefined, "row");
    const check = make("input");
    check.type = "checkbox";
    check.checked = state[which];
    check.id = "show-" + which;
    check.addEventListener("change", () => {
      state[which] = check.checked;
      page.pointing.select(index);
    });
    label.append(check, make("h2", `${which}: ${number(degree)}`));
    box.append(label);
    const table = make("table");
    meta.populations.forEach((population) => {
      const end = population.first + population.shown;
      const edges = [...indices].filter((i) => i >= population.first && i < end);
      if (!edges.length) return;
      const cells = new Set(edges).size;
      const row = table.insertRow();
      row.insertCell().textContent = population.name;
      row.insertCell().textContent = cells === edges.length
        ? number(edges.length) : `${number(edges.length)} (${number(cells)} cells)`;
    });
    box.append(table);
    if (indices.length < degree) {
      box.append(make("p", `${number(indices.length)} of ${number(degree)} are in this page.`, "soft"));
    }
    const list = make("div");
    for (const i of [...new Set(indices)].slice(0, 60)) {
      const button = make("button", number(system.gidOf(i)), "gid");
      button.type = "button";
      button.addEventListener("click", () => page.pointing.select(i));
      list.append(button);
    }
    box.append(list);
    return box;
  }

  function describe(index) {
    const box = $("cell");
    box.replaceChildren();
    if (index < 0) {
      box.append(make("p", "Point at a cell for its gid and degrees, click it for its partners.", "soft"));
      return;
    }
    const population = meta.populations[system.populationOf(index)];
    const place = [...system.positions.subarray(index * 3, index * 3 + 3)];
    const title = make("p");
    title.append(make("b", `${population.name}, gid ${number(system.gidOf(index))}`));
    const closer = make("button", "Zoom to it");
    closer.type = "button";
    closer.id = "closer";
    closer.addEventListener("click", () => page.cameras.zoomTo(index));
    box.append(title, closer, make("p", `at ${place.map((v) => v.toFixed(1)).join(", ")} µm`, "soft"));
    box.append(partners("inputs", index, system.inDegrees[index]));
    box.append(partners("outputs", index, system.outDegrees[index]));
    if (meta.layered && !(system.gidOf(index) in meta.trees.cells)) {
      box.append(make("p", "Its morphology is not in this page.", "soft"));
    }
  }

  function addSwitch(name, text, checked, change) {
    const label = make("label", undefined, "row");
    const box = make("input");
    box.type = "checkbox";
    box.checked = checked;
    box.id = "show-" + name;
    box.addEventListener("change", () => { change(box.checked); refresh(); });
    label.append(box, make("span", text, "name"));
    $("switches").append(label);
    switches[name] = box;
    change(checked);
  }
  document.title = meta.title;
  $("title").textContent = meta.title;
  $("summary").textContent = `${number(meta.total_cells)} cells, ${number(meta.edges.total)} connections` +
    (meta.electrodes.count ? `, ${number(meta.electrodes.count)} electrodes` : "");
  $("notes").textContent = meta.notes.join(" ");
  meta.populations.forEach((population, i) => {
    const label = make("label", undefined, "row");
    const box = make("input");
    box.type = "checkbox";
    box.checked = true;
    box.dataset.population = population.name;
    box.addEventListener("change", () => { parts.cells[i].visible = box.checked; refresh(); });
    const swatch = make("span", undefined, "swatch");
    const cut = { excitatory: "polygon(50% 5%, 100% 95%, 0 95%)", inhibitory: "circle(46%)" };
    swatch.style.background = population.colour;
    swatch.style.clipPath = cut[population.kind] || "polygon(50% 0, 100% 50%, 50% 100%, 0 50%)";
    label.append(box, swatch, make("span", population.name, "name"),
      make("span", number(population.count), "count"));
    $("populations").append(label);
  });
  const drawn = system.lines.length / 2;
  addSwitch("lines", drawn < meta.edges.total
    ? `connections (${number(drawn)} drawn)` : "connections", true,
  (on) => { parts.lines.visible = on && state.selected < 0; });
  if (meta.electrodes.count) {
    addSwitch("electrodes", "electrodes", true, (on) => { parts.electrodes.visible = on; });
    if (parts.radii.children.length) {
      const radii = [...new Set([meta.electrodes.input_radius, meta.electrodes.output_radius])];
      addSwitch("reach", `their reach (${radii.map((r) => Number(r.toPrecision(4))).join(" and ")} µm)`,
        true, (on) => { parts.radii.visible = on; });
    }
  }
  addSwitch("bounds", meta.layers.length > 1 ? "layers" : "bounds", true,
    (on) => { parts.bounds.visible = on; });
  if (shown.length) {
    addSwitch("shapes", `morphologies (${number(shown.length)} cells)`, shown.length <= 20, (on) => {
      parts.shapes.visible = on;
      if (on && !parts.shapes.children.length) {
        for (const gid of shown) parts.shapes.add(morphologyLines(system, system.indexOf(gid), 0.45));
      }
    });
  }
  $("size").addEventListener("input", refresh);
  $("find").addEventListener("submit", (event) => {
    event.preventDefault();
    const index = system.indexOf(Math.round(Number($("gid").value)));
    page.pointing.select(index);
    if (index < 0) $("cell").replaceChildren(make("p", "No cell of this page has that gid.", "soft"));
  });

  page.describe = describe;
}
