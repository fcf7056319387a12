// Decode what the page carries: one JSON document and base64 blocks of numbers.

function decode(id, type = Uint8Array) {
  const element = document.getElementById("data-" + id);
  const raw = atob(element ? element.textContent : "");
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  if (element) element.remove();
  return new type(bytes.buffer);
}

// Whole numbers of 7 bits a byte, the low ones first, 128 on all bytes but the last.
function decodeNumbers(id) {
  const bytes = decode(id);
  const numbers = new Uint32Array(bytes.length);
  let count = 0, value = 0, shift = 0;
  for (let i = 0; i < bytes.length; i++) {
    value |= (bytes[i] & 127) << shift;
    if (bytes[i] < 128) { numbers[count++] = value; value = shift = 0; } else shift += 7;
  }
  return numbers.slice(0, count);
}

// Incoming edges come in rows of targets; the outgoing ones are the same, turned round. They are decoded
// when a cell is first chosen, or after the first picture: it does not wait for them.
function decodeEdges(n) {
  const counts = decodeNumbers("edge-counts"), sources = decodeNumbers("edge-sources");
  const inStart = new Uint32Array(n + 1), outStart = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) {
    inStart[i + 1] = inStart[i] + counts[i];
    for (let k = inStart[i] + 1; k < inStart[i + 1]; k++) sources[k] += sources[k - 1];
  }
  for (let k = 0; k < sources.length; k++) outStart[sources[k] + 1]++;
  for (let i = 0; i < n; i++) outStart[i + 1] += outStart[i];
  const targets = new Uint32Array(sources.length);
  const next = outStart.slice(0, n);
  for (let i = 0; i < n; i++) {
    for (let k = inStart[i]; k < inStart[i + 1]; k++) targets[next[sources[k]]++] = i;
  }
  return { inputs: (i) => sources.subarray(inStart[i], inStart[i + 1]),
    outputs: (i) => targets.subarray(outStart[i], outStart[i + 1]) };
}

function loadSystem() {
  const meta = JSON.parse(document.getElementById("meta").textContent);
  const n = meta.cells;
  const system = {
    meta,
    count: n,
    positions: decode("positions", Float32Array),
    colours: new Uint8Array(n * 4),
    inDegrees: decodeNumbers("in-degrees"),
    outDegrees: decodeNumbers("out-degrees"),
    modules: decodeNumbers("modules"),
    gids: meta.sampled_cells ? decodeNumbers("gids") : null,
    electrodes: decode("electrodes", Float32Array),
    rings: decode("rings", Float32Array),
    lines: decodeNumbers("lines"),
    axons: decode("axons", Float32Array),
    treePoints: decode("tree-points", Float32Array),
    treeParents: decode("tree-parents", Int32Array),
    treeTypes: decode("tree-types"),
  };
  if (system.gids) for (let i = 1; i < n; i++) system.gids[i] += system.gids[i - 1];
  let edges = null;
  system.edges = () => (edges ||= decodeEdges(n));
  system.inputs = (i) => system.edges().inputs(i);
  system.outputs = (i) => system.edges().outputs(i);
  system.gidOf = (i) => (system.gids ? system.gids[i] : i);
  system.indexOf = (gid) => {
    if (!system.gids) return gid >= 0 && gid < n ? gid : -1;
    let low = 0, high = n - 1;
    while (low <= high) {
      const middle = (low + high) >> 1;
      if (system.gids[middle] === gid) return middle;
      if (system.gids[middle] < gid) low = middle + 1; else high = middle - 1;
    }
    return -1;
  };
  system.populationOf = (i) => meta.populations.findIndex((p) => i >= p.first && i < p.first + p.shown);
  // The cells within a distance of an electrode, um.
  system.reached = (electrode, radius) => {
    const [x, y, z] = system.electrodes.subarray(electrode * 3), p = system.positions, found = [];
    for (let i = 0; i < n; i++) {
      const a = p[i * 3] - x, b = p[i * 3 + 1] - y, c = p[i * 3 + 2] - z;
      if (a * a + b * b + c * c <= radius * radius) found.push(i);
    }
    return found;
  };
  return system;
}
