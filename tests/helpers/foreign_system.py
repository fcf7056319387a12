"""A system written by plain h5py in other tools' awkward ways."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import h5py
import numpy as np


@dataclass
class Foreign:
    """What the foreign system holds, to compare with."""

    path: Path
    positions: dict[str, np.ndarray] = field(default_factory=dict)
    synapses: dict[str, list[np.ndarray]] = field(default_factory=dict)
    #: (source, target) -> per target (sources, distances)
    edges: dict[tuple[str, str], list[tuple[np.ndarray, np.ndarray]]] = field(default_factory=dict)


#: PYR has the larger id and the first gids: the order of ids, of starts and of names all differ.
RANGES = {"PYR": (0, 9, 30), "BC": (9, 4, 31), "AAC": (13, 2, 7)}


def write_foreign(path: Path, *, joint: bool = False, storage: dict[str, Any]) -> Foreign:
    rng = np.random.default_rng(5)
    path.mkdir()
    made = Foreign(path)
    cells = h5py.File(path / ("graph.h5" if joint else "cells.h5"), "w")
    connections = cells if joint else h5py.File(path / "connections.h5", "w")
    label = h5py.enum_dtype({name: row[2] for name, row in RANGES.items()}, basetype="<u2")
    ranges = np.dtype([("Start", "<u8"), ("Count", "<u4"), ("Population", label)])
    for file in dict.fromkeys((cells, connections)):
        file["H5Types/Population labels"] = label
        rows = sorted(RANGES.values(), key=lambda row: row[2])
        file.create_dataset("H5Types/Populations", data=np.array(rows, dtype=ranges), dtype=ranges)

    def put(group: h5py.Group, name: str, values: np.ndarray) -> None:
        options = {key: value for key, value in storage.items() if key != "shuffled"}
        if options.get("chunks"):
            options["chunks"] = (min(options["chunks"], max(values.size, 1)),)
        group.create_dataset(name, data=values, **options)

    for name, (_, count, _) in RANGES.items():
        order = rng.permutation(count) if storage.get("shuffled") else np.arange(count)
        made.positions[name] = rng.uniform(-500, 500, (count, 3)).astype(np.float32)
        made.synapses[name] = [
            rng.integers(0, 9, size=rng.integers(0, 5)).astype(np.uint32) for _ in range(count)
        ]
        for axis, column in zip("XYZ", made.positions[name].T, strict=True):
            group = cells.create_group(
                f"Populations/{name}/Generated Coordinates/{axis} Coordinate"
            )
            put(group, "Cell Index", order.astype(np.uint32))
            put(group, "Attribute Pointer", np.arange(count + 1, dtype=np.uint64))
            put(group, "Attribute Value", column[order])
        group = cells.create_group(f"Populations/{name}/Synapse Attributes/syn_ids")
        lists = [made.synapses[name][i] for i in order]
        put(group, "Cell Index", order.astype(np.uint32))
        ends = np.cumsum([0, *map(len, lists)])
        put(group, "Attribute Pointer", ends.astype(np.uint64))
        put(group, "Attribute Value", np.concatenate(lists))

    for source, target in [("PYR", "BC"), ("BC", "PYR"), ("PYR", "PYR")]:
        n_source, n_target = RANGES[source][1], RANGES[target][1]
        per_target = []
        for _ in range(n_target):
            chosen = np.flatnonzero(rng.random(n_source) < 0.4).astype(np.uint32)
            per_target.append((chosen, rng.uniform(0, 900, chosen.size).astype(np.float32)))
        made.edges[source, target] = per_target
        # Blocks of two targets, last block first; a target without edges may be in no block.
        blocks = [range(a, min(a + 2, n_target)) for a in range(0, n_target, 2)]
        if storage.get("shuffled"):
            blocks = blocks[::-1]
        targets = [t for block in blocks for t in block]
        group = connections.create_group(f"Projections/{target}/{source}")
        edges = group.create_group("Edges")
        put(edges, "Destination Block Index", np.array([b[0] for b in blocks], dtype=np.uint32))
        bounds = np.cumsum([0, *map(len, blocks)])
        bounds[-1] += 1
        put(edges, "Destination Block Pointer", bounds.astype(np.uint64))
        ends = np.cumsum([0, *(len(per_target[t][0]) for t in targets)])
        put(edges, "Destination Pointer", ends.astype(np.uint64))
        put(edges, "Source Index", np.concatenate([per_target[t][0] for t in targets]))
        put(
            group.create_group("Connections"),
            "distance",
            np.concatenate([per_target[t][1] for t in targets]),
        )
    for file in dict.fromkeys((cells, connections)):
        file.close()
    extents = {"SP": [[-500, -500, 0], [0, 0, 50]], "SR": [[-500, -500, 50], [500, 500, 90]]}
    graph = {"architecture": {"config": {"layer_extents": extents}}}
    (path / "graph.json").write_text(json.dumps(graph))
    return made
