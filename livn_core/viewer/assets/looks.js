// What things look like: markers, colours by a variable, the light and the dark page.

// Colours are written as they are given, so that the page and the pictures agree.
THREE.ColorManagement.enabled = false;

// The page's colours, which the shaders share: they follow the reader's light or dark scheme.
const theme = { paper: { value: new THREE.Color() }, ink: { value: new THREE.Color() },
  soft: { value: new THREE.Color() }, lift: { value: 0 } };

function readTheme() {
  const style = getComputedStyle(document.documentElement);
  for (const name of ["paper", "ink", "soft"]) theme[name].value.set(style.getPropertyValue("--" + name).trim());
  theme.lift.value = parseFloat(style.getPropertyValue("--lift")) / 100;
}

const rgb = (hex) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));

// A marker is made of equal sectors. In one, with x along its middle, it ends at a x + b |y| = k
// and, where it has arms, at |y| = c. The names are those of the pictures' markers.
const sectors = (n, turn, a, b, k, c = 9) => ({ n, turn: (turn * Math.PI) / 180, line: [a, b, k, c] });
const MARKERS = {
  "^": sectors(3, -90, 1, 0, 0.5), "v": sectors(3, 90, 1, 0, 0.5),
  "<": sectors(3, 0, 1, 0, 0.5), ">": sectors(3, 180, 1, 0, 0.5),
  "s": sectors(4, 0, 1, 0, 0.72), "D": sectors(4, 45, 1, 0, 0.66), "d": sectors(2, 0, 0.87, 0.5, 0.48),
  "p": sectors(5, -90, 1, 0, 0.74), "h": sectors(6, 0, 1, 0, 0.78), "H": sectors(6, 30, 1, 0, 0.78),
  "8": sectors(8, 0, 1, 0, 0.82), "o": sectors(48, 0, 1, 0, 0.86), "P": sectors(4, 0, 1, 0, 0.92, 0.34),
  "X": sectors(4, 45, 1, 0, 0.92, 0.34), "*": sectors(5, 90, 0.38, 0.93, 0.38),
};

// The outline of a marker: corners within -1 to 1, y downwards as on a screen.
function outline(name) {
  const { n, turn, line: [a, b, k, c] } = MARKERS[name], width = (2 * Math.PI) / n;
  return Array.from({ length: 120 }, (_, i) => {
    const angle = turn + (i * Math.PI) / 60, within = ((i * Math.PI) / 60 + width / 2) % width - width / 2;
    const side = Math.abs(Math.sin(within));
    const radius = Math.min(k / (a * Math.cos(within) + b * side), c / Math.max(side, 1e-9));
    return [radius * Math.cos(angle), -radius * Math.sin(angle)];
  });
}

// From few to many: five colours of matplotlib's viridis.
const SCALE = ["#440154", "#3b528b", "#21918c", "#5ec962", "#fde725"];

// What cells can be coloured by: a number of each cell, and the names of these numbers if they have any.
function variables(system) {
  const { meta } = system;
  const found = { "in-degree": { values: system.inDegrees }, "out-degree": { values: system.outDegrees } };
  if (meta.modules.length) found.module = { values: system.modules, names: meta.modules, shades: meta.shades };
  if (meta.layers.length > 1) {
    const inside = (z) => meta.layers.findIndex((layer) => z >= layer.low[2] && z <= layer.high[2]);
    const values = new Int16Array(system.count).map((_, i) => inside(system.positions[i * 3 + 2]));
    found.layer = { values, names: meta.layers.map((layer) => layer.name) };
  }
  return found;
}

// Colour all cells; returns the legend's colours and texts, none for populations.
function paint(system, variable) {
  const { colours, meta } = system;
  const put = (i, colour) => { colours.set(colour, i * 4); };
  if (!variable) {
    for (const p of meta.populations) {
      for (let i = p.first, colour = rgb(p.colour); i < p.first + p.shown; i++) put(i, colour);
    }
    return [];
  }
  const { values, names, shades } = variable;
  if (names) {
    // As in the pictures: colours that come again are not those of neighbours, which the shades see to.
    const legend = names.map((text, k) => ({ text, colour: meta.palette[(shades ? shades[k] : k) % meta.palette.length] }));
    const palette = legend.map(({ colour }) => rgb(colour)), none = rgb("#8c8c8c");
    for (let i = 0; i < system.count; i++) put(i, palette[values[i]] || none);
    const say = (text) => ({ text, colour: "#00000000" }), more = names.length - 32;
    return [...legend.slice(0, 32), ...(more > 0 ? [say(`and ${number(more)} more`)] : []),
      ...(names.length > meta.palette.length ? [say("Colours come again: point at a cell.")] : [])];
  }
  let low = Infinity, high = -Infinity;
  for (const value of values) { low = Math.min(low, value); high = Math.max(high, value); }
  const stops = SCALE.map(rgb), last = stops.length - 1;
  for (let i = 0; i < system.count; i++) {
    const at = (last * (values[i] - low)) / Math.max(high - low, 1), k = Math.min(Math.floor(at), last - 1);
    put(i, stops[k].map((v, c) => v + (at - k) * (stops[k + 1][c] - v)));
  }
  return SCALE.map((colour, k) => ({ colour, text: number(low + ((high - low) * k) / last) }));
}
