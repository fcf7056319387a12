// The objects that are drawn: cells, connections, electrodes, outlines, morphologies.

// Below the cells lie outlines and lines; above them what is chosen and its partners.
const ORDER = { bounds: 0, lines: 1, shapes: 2, cells: 3, electrodes: 4, chosen: 5, lit: 6 };
// What a marker is to the one that is chosen; an electrode has the colour of ink as what is chosen has.
const PLAIN = 0, INPUT = 1, OUTPUT = 2, BOTH = 3, CHOSEN = 4, SITE = 5;

const MARK_VERTEX = `
  attribute vec4 colour;
  uniform vec3 paper, ink;
  uniform float size, role, dim, lift;
  flat varying vec3 vColour;
  void main() {
    vColour = role > 3.5 ? ink : mix(mix(colour.rgb, vec3(1.0), lift), paper, 0.85 * dim);
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
    gl_PointSize = role == ${CHOSEN}.0 ? max(size * 1.7, 13.0) : role > 0.5 && role < 3.5 ? max(size * 1.3, 9.0)
      : size * (1.0 - 0.3 * dim);
  }`;
// Inputs are hollow, outputs full, what is both has a core; what is chosen has the colour of ink.
// Of tiny markers no shape could be seen, and without one they are drawn a quarter faster.
const MARK_FRAGMENT = `
  uniform vec3 paper;
  uniform vec4 line;
  uniform vec2 sector;
  uniform float role;
  flat varying vec3 vColour;
  void main() {
    vec3 c = vColour;
    #ifndef TINY
      vec2 p = vec2(gl_PointCoord.x, 1.0 - gl_PointCoord.y) * 2.0 - 1.0;
      float angle = mod(atan(p.y, p.x) - sector.y + 0.5 * sector.x, sector.x) - 0.5 * sector.x;
      vec2 q = length(p) * vec2(cos(angle), abs(sin(angle)));
      float inside = min(line.z - line.x * q.x - line.y * q.y, line.w - q.y);
      if (inside < 0.0) discard;
      float depth = inside / min(line.z, line.w);
      if (role == ${INPUT}.0 && depth > 0.35 || role == ${BOTH}.0 && depth > 0.3 && depth < 0.6) c = paper;
      if ((role < 0.5 || role == ${OUTPUT}.0) && inside < 0.1) c = mix(c, paper, 0.55);
    #endif
    gl_FragColor = vec4(c, 1.0);
  }`;

const LINE_VERTEX = `
  #ifdef DASHED
    uniform vec2 stage;
    varying vec2 vPlace;
    flat varying vec2 vEnd;
  #endif
  #ifdef COLOURED
    attribute vec3 colour;
    varying vec3 vColour;
  #endif
  void main() {
    gl_Position = projectionMatrix * modelViewMatrix * vec4(position, 1.0);
    #ifdef DASHED
      vPlace = vEnd = 0.5 * stage * gl_Position.xy / gl_Position.w;
    #endif
    #ifdef COLOURED
      vColour = colour;
    #endif
  }`;
// Dashes are measured on the screen, from an end of the line. Of lines in software each pixel counts: those
// without dashes have nothing of them.
const LINE_FRAGMENT = `
  uniform float opacity, dash, lift, plain;
  uniform vec3 ink;
  #ifdef DASHED
    varying vec2 vPlace;
    flat varying vec2 vEnd;
  #endif
  #ifdef COLOURED
    varying vec3 vColour;
  #endif
  void main() {
    #ifdef DASHED
      if (mod(length(vPlace - vEnd), 1.6 * dash) > dash) discard;
    #endif
    vec3 c = ink;
    #ifdef COLOURED
      c = mix(mix(vColour, vec3(1.0), lift), ink, plain);
    #endif
    gl_FragColor = vec4(c, opacity);
  }`;

// What all objects share, so that one change reaches them all: sizes in pixels of the screen.
const shared = { size: { value: 6 }, dim: { value: 0 }, stage: { value: [1, 1] }, plain: { value: 0 } };
const NEVER = { value: 0 };
// Lines in a population's colour, which would be another variable's: while cells are coloured by one they are grey.
const OWNED = { plain: shared.plain, ink: theme.soft };

function placed(object, order) {
  object.frustumCulled = false;
  object.renderOrder = order;
  return object;
}

function replace(group, ...objects) {
  for (const child of [...group.children]) {
    child.geometry.dispose();
    child.material.dispose();
    group.remove(child);
  }
  for (const object of objects) if (object) group.add(object);
}

function geometryOf(points, colours, normalized = 3) {
  const geometry = new THREE.BufferGeometry();
  geometry.setAttribute("position", new THREE.BufferAttribute(points, 3));
  if (colours) geometry.setAttribute("colour", new THREE.BufferAttribute(colours, normalized, true));
  return geometry;
}

// Lines between pairs of points, with a colour (0 to 255) at each end or all in one of the theme's.
function lineSegments(points, colours,
  { opacity = 1, dash = 0, order = ORDER.lines, ink = theme.ink, plain = NEVER } = {}) {
  return placed(new THREE.LineSegments(geometryOf(points, colours), new THREE.ShaderMaterial({
    vertexShader: LINE_VERTEX, fragmentShader: LINE_FRAGMENT, transparent: true, depthWrite: false,
    defines: { ...(colours && { COLOURED: "" }), ...(dash && { DASHED: "" }) },
    uniforms: { ink, plain, lift: theme.lift, stage: shared.stage, opacity: { value: opacity }, dash: { value: dash } },
  })), order);
}

// Markers. They are opaque, but drawn with what is transparent, in the order that is asked for.
function markers(points, colours, marker, { role = PLAIN, order = ORDER.cells, size = shared.size } = {}) {
  const { n, turn, line } = MARKERS[marker];
  return placed(new THREE.Points(geometryOf(points, colours, 4), new THREE.ShaderMaterial({
    vertexShader: MARK_VERTEX, fragmentShader: MARK_FRAGMENT, transparent: true, blending: 0,
    depthTest: order === ORDER.cells, depthWrite: order === ORDER.cells,
    uniforms: { size, role: { value: role }, dim: order === ORDER.cells ? shared.dim : NEVER, lift: theme.lift,
      paper: theme.paper, ink: theme.ink, line: { value: line },
      sector: { value: [(2 * Math.PI) / n, turn] } },
  })), order);
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
  const end = population.first + population.shown;
  const points = markers(system.positions.subarray(population.first * 3, end * 3),
    system.colours.subarray(population.first * 4, end * 4), population.marker);
  let order = null;
  points.userData = { get order() { return order ||= new THREE.BufferAttribute(mixedOrder(population.shown), 1); } };
  return points;
}

// Some cells once more, above the others, as what they are to the one that is chosen.
function litPoints(system, indices, role) {
  return system.meta.populations.map((population) => {
    const mine = indices.filter((i) => i >= population.first && i < population.first + population.shown);
    const pick = (all, width, type) => type.from({ length: width * mine.length },
      (_, k) => all[mine[Math.floor(k / width)] * width + (k % width)]);
    return mine.length ? markers(pick(system.positions, 3, Float32Array), pick(system.colours, 4, Uint8Array),
      population.marker, { role, order: ORDER.lit }) : null;
  });
}

// Lines between pairs of cells, each in the colour of its source's population.
function connectionLines(system, pairs, options) {
  const points = new Float32Array(pairs.length * 3), colours = new Uint8Array(pairs.length * 3);
  const palette = system.meta.populations.map((p) => rgb(p.colour));
  for (let k = 0; k < pairs.length; k++) {
    points.set(system.positions.subarray(pairs[k] * 3, pairs[k] * 3 + 3), k * 3);
    colours.set(palette[system.populationOf(pairs[k - (k % 2)])], k * 3);
  }
  return lineSegments(points, colours, { ...OWNED, ...options });
}

// The axons of a population, or that of one of its cells, in ink; at the depth of its first cell.
function axonLines(system, population, only, options) {
  const { gids, points: counts } = system.meta.axons, depth = system.positions[population.first * 3 + 2];
  const points = [];
  let first = 0;
  gids.forEach((gid, a) => {
    const mine = gid >= population.start && gid < population.start + population.count && (only < 0 || gid === only);
    for (let p = first; mine && p < first + counts[a] - 1; p++) {
      for (const q of [p, p + 1]) points.push(system.axons[q * 2], system.axons[q * 2 + 1], depth);
    }
    first += counts[a];
  });
  if (!points.length) return null;
  const colour = rgb(population.colour);
  const colours = only < 0 ? Uint8Array.from(points, (_, i) => colour[i % 3]) : null;
  return lineSegments(new Float32Array(points), colours, { ...(colours && OWNED), ...options });
}

// Pairs of points along closed rings; ``corners`` is how many each has.
function ringLines(rings, corners, depth) {
  const points = [];
  let first = 0;
  for (const count of corners) {
    for (let i = 0; i < count; i++) {
      for (const j of [i, (i + 1) % count]) points.push(rings[(first + j) * 2], rings[(first + j) * 2 + 1], depth);
    }
    first += count;
  }
  return new Float32Array(points);
}

// Circles, at the depth of their centres; two lines share each corner. Many have half the corners: they are
// small, and 256 with two reaches would take a third as long as 100,000 cells.
function circles(centres, radius, options) {
  const steps = centres.length > 3 * 64 ? 24 : 48, points = [], corners = [];
  for (let e = 0; e < centres.length; e += 3) {
    const first = points.length / 3;
    for (let s = 0; s < steps; s++) {
      const angle = (2 * Math.PI * s) / steps;
      points.push(centres[e] + radius * Math.cos(angle), centres[e + 1] + radius * Math.sin(angle), centres[e + 2]);
      corners.push(first + s, first + (s + 1) % steps);
    }
  }
  const lines = lineSegments(new Float32Array(points), null, options);
  lines.geometry.setIndex(corners);
  return lines;
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
function morphologyLines(system, index, options) {
  const { trees } = system.meta;
  const tree = trees.cells[system.gidOf(index)];
  if (tree === undefined) return null;
  const [start, stop] = trees.ranges[tree];
  const points = [], colours = [];
  for (let p = start; p < stop; p++) {
    const parent = system.treeParents[p];
    if (parent < 0) continue;
    const colour = rgb(trees.sections[system.treeTypes[p]].colour);
    for (const q of [p, start + parent]) {
      for (let axis = 0; axis < 3; axis++) {
        points.push(system.positions[index * 3 + axis] + system.treePoints[q * 3 + axis]);
      }
      colours.push(...colour);
    }
  }
  return lineSegments(new Float32Array(points), new Uint8Array(colours), options);
}
