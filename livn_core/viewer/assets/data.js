// Decode what the page carries: one JSON document and base64 blocks of numbers.

function decode(id, type) {
  const element = document.getElementById("data-" + id);
  const text = element ? element.textContent.trim() : "";
  const raw = atob(text);
  const bytes = new Uint8Array(raw.length);
  for (let i = 0; i < raw.length; i++) bytes[i] = raw.charCodeAt(i);
  if (element) element.remove();
  return new type(bytes.buffer);
}

function loadSystem() {
  const meta = JSON.parse(document.getElementById("meta").textContent);
  const n = meta.cells;
  const system = {
    meta,
    count: n,
    positions: decode("positions", Float32Array),
    inDegrees: decode("in-degrees", Uint32Array),
    outDegrees: decode("out-degrees", Uint32Array),
    gids: meta.sampled_cells ? decode("gids", Uint32Array) : null,
    electrodes: decode("electrodes", Float32Array),
    lines: decode("lines", Uint32Array),
    treePoints: decode("tree-points", Float32Array),
    treeParents: decode("tree-parents", Int32Array),
    treeTypes: decode("tree-types", Uint8Array),
  };
  // Incoming edges come in rows of targets; the outgoing ones are the same, turned round.
  const counts = decode("edge-counts", Uint32Array);
  const sources = decode("edge-sources", n > 65536 ? Uint32Array : Uint16Array);
  const inStart = new Uint32Array(n + 1);
  for (let i = 0; i < n; i++) inStart[i + 1] = inStart[i] + counts[i];
  const outStart = new Uint32Array(n + 1);
  for (let k = 0; k < sources.length; k++) outStart[sources[k] + 1]++;
  for (let i = 0; i < n; i++) outStart[i + 1] += outStart[i];
  const targets = new Uint32Array(sources.length);
  const next = outStart.slice(0, n);
  for (let i = 0; i < n; i++) {
    for (let k = inStart[i]; k < inStart[i + 1]; k++) targets[next[sources[k]]++] = i;
  }
  system.inputs = (i) => sources.subarray(inStart[i], inStart[i + 1]);
  system.outputs = (i) => targets.subarray(outStart[i], outStart[i + 1]);
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
  system.populationOf = (i) => {
    const found = meta.populations.findIndex((p) => i >= p.first && i < p.first + p.shown);
    return found;
  };
  return system;
}
