"""Write small systems with plain h5py, to draw and to look around in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h5py
import numpy as np

Edges = dict[tuple[str, str], tuple[np.ndarray, np.ndarray]]


def write_system(
    path: Path,
    positions: dict[str, np.ndarray],
    edges: Edges,
    *,
    kinds: dict[str, str] | None = None,
    layers: dict[str, Any] | None = None,
    kernel: dict[str, Any] | None = None,
    mea: dict[str, Any] | None = None,
    tree: dict[str, np.ndarray] | None = None,
    synapses: dict[str, np.ndarray] | None = None,
) -> Path:
    """Write a system.

    ``edges``: (source, target) -> (sources, targets), relative. ``tree`` is every cell's
    morphology and ``synapses`` every cell's columns, where given.
    """
    path.mkdir(parents=True)
    names = sorted(positions)
    counts = [len(positions[name]) for name in names]
    starts = np.cumsum([0, *counts])
    label = h5py.enum_dtype({name: 10 + i for i, name in enumerate(names)}, basetype="<u2")
    ranges = np.dtype([("Start", "<u8"), ("Count", "<u4"), ("Population", label)])
    rows = [(int(starts[i]), counts[i], 10 + i) for i in range(len(names))]

    def types(file: h5py.File) -> None:
        file["H5Types/Population labels"] = label
        file.create_dataset("H5Types/Populations", data=np.array(rows, dtype=ranges))

    with h5py.File(path / "cells.h5", "w") as file:
        types(file)
        for name, count in zip(names, counts, strict=True):
            axes = zip("XYZ", np.asarray(positions[name], dtype="<f4").T, strict=True)
            columns = {f"Generated Coordinates/{a} Coordinate": (v, 1) for a, v in axes}
            for space, table in (("Trees", tree), ("Synapse Attributes", synapses)):
                for column, values in (table or {}).items():
                    columns[f"{space}/{column}"] = (np.tile(values, count), len(values))
            for column, (values, each) in columns.items():
                group = file.create_group(f"Populations/{name}/{column}")
                group["Cell Index"] = np.arange(count, dtype="<u4")
                group["Attribute Pointer"] = np.arange(count + 1, dtype="<u8") * each
                group["Attribute Value"] = values
    with h5py.File(path / "connections.h5", "w") as file:
        types(file)
        file.create_group("Projections")
        for (source, target), (sources, targets) in edges.items():
            order = np.lexsort((sources, targets))
            degrees = np.bincount(targets, minlength=len(positions[target]))
            group = file.create_group(f"Projections/{target}/{source}")
            group["Edges/Destination Block Index"] = np.zeros(1, dtype="<u4")
            group["Edges/Destination Block Pointer"] = np.array([0, len(degrees) + 1], "<u8")
            group["Edges/Destination Pointer"] = np.cumsum([0, *degrees]).astype("<u8")
            group["Edges/Source Index"] = np.asarray(sources)[order].astype("<u4")
            steps = np.asarray(positions[source])[sources] - np.asarray(positions[target])[targets]
            group["Connections/distance"] = np.hypot(*steps[order, :2].T).astype("<f4")
    everything = np.concatenate([np.asarray(p).reshape(-1, 3) for p in positions.values()])
    box = [everything.min(axis=0).tolist(), everything.max(axis=0).tolist()]
    entries: dict[str, Any] = {}
    for source, target in edges:
        entry = {"type": (kinds or {}).get(source), "kernel": kernel}
        entries.setdefault(target, {})[source] = entry
    config = {"synapses": entries, "layer_definitions": {"SO": 5, "SP": 6, "SR": 8}}
    graph = {
        "version": 1,
        "architecture": {"config": {"layer_extents": layers or {"2D": box}}},
        "connections": {"made": {"config": config}},
    }
    (path / "graph.json").write_text(json.dumps(graph))
    if mea is not None:
        (path / "mea.json").write_text(json.dumps(mea))
    return path


def culture(
    path: Path, *, exc: int = 80, inh: int = 20, degree: int = 10, seed: int = 1, **more: Any
) -> Path:
    """Write a 2D culture of two populations in 1000 x 1000 um with four electrodes."""
    rng = np.random.default_rng(seed)
    counts = {"EXC": exc, "INH": inh}
    positions = {
        name: np.column_stack([rng.uniform(0, 1000, (n, 2)), rng.uniform(0, 10, n)])
        for name, n in counts.items()
    }
    edges: Edges = {}
    for source, n in counts.items():
        for target, m in counts.items():
            chosen = rng.choice(n * m, min(degree * m, n * m), replace=False)
            edges[source, target] = (chosen % n, chosen // n)
    sites = [[i, 250.0 + 500 * (i % 2), 250.0 + 500 * (i // 2), 5.0] for i in range(4)]
    options = {
        "kinds": {"EXC": "excitatory", "INH": "inhibitory"},
        "kernel": {"kernel": "gaussian", "sigma": 150.0, "amplitude": 0.5},
        "mea": {"electrode_coordinates": sites, "input_radius": 100, "output_radius": 200},
        **more,
    }
    return write_system(path, positions, edges, **options)


def layered(path: Path, *, seed: int = 1) -> Path:
    """Write a layered system of 6 PYR and 3 BAS cells with a small morphology and synapses."""
    rng = np.random.default_rng(seed)
    layers = {
        "SO": [[0, 0, 0], [60, 60, 40]],
        "SP": [[0, 0, 40], [60, 60, 60]],
        "SR": [[0, 0, 60], [60, 60, 90]],
    }
    positions = {
        "PYR": np.column_stack([rng.uniform(0, 60, (6, 2)), rng.uniform(40, 60, 6)]),
        "BAS": np.column_stack([rng.uniform(0, 60, (3, 2)), rng.uniform(0, 40, 3)]),
    }
    edges: Edges = {
        ("PYR", "PYR"): (np.array([0, 1, 1, 2]), np.array([1, 0, 0, 5])),
        ("PYR", "BAS"): (np.arange(6), np.arange(6) % 3),
        ("BAS", "PYR"): (np.arange(6) % 3, np.arange(6)),
    }
    tree = {
        "X Coordinate": np.array([0, 0, 0, 15, -15], dtype="<f4"),
        "Y Coordinate": np.array([0, 40, -30, 70, 70], dtype="<f4"),
        "Z Coordinate": np.array([0, 0, 2, 0, 0], dtype="<f4"),
        "Radius": np.array([6, 1, 1, 0.5, 0.5], dtype="<f4"),
        "Parent Point": np.array([-1, 0, 0, 1, 1], dtype="<i4"),
        "SWC Type": np.array([1, 4, 3, 4, 4], dtype="i1"),
    }
    synapses = {
        "syn_layers": np.array([5, 5, 6, 8, 8, 8], dtype="i1"),
        "syn_types": np.array([0, 1, 1, 0, 0, 0], dtype="u1"),
    }
    kinds = {"PYR": "excitatory", "BAS": "inhibitory"}
    return write_system(
        path, positions, edges, kinds=kinds, layers=layers, tree=tree, synapses=synapses
    )
