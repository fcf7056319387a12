"""Every built-in component keeps the contract of its kind, as any plugin must."""

from copy import deepcopy
from pathlib import Path

from layered_document import DOCUMENT

from livn_core.plugins.registry import registry
from livn_core.testing import CONTRACTS

HERE = Path(__file__).parent
RING = f"{HERE / 'user_placement.py'}:ring"

#: 78 cells of few synapses: the larger population can be cut into several blocks.
SLICE = deepcopy(DOCUMENT)
SLICE["Geometry"]["Cell Distribution"] = {"EXC": {"SP": 70}, "INH": {"SO": 2, "SP": 4, "SR": 2}}
for _cell_type in SLICE["Cell Types"].values():
    _cell_type["morphology"] = "systems/morphology/INH.swc"
    for _kinds in _cell_type["synapses"]["density"].values():
        for _density in _kinds["excitatory"].values():
            _density["mean"] /= 10

# What is worth trying beside the defaults, and what a contract has to be told.
EXTRAS = {
    ("placement", "rectangle"): {
        "examples": [{}, {"x_range": [-5.5, 0.25], "y_range": [100, 1e5]}],
    },
    ("placement", "disk"): {
        "examples": [
            {},
            {"center": [2000, -3], "radius": 50},
            {"radius": 500, "inner_radius": 499.5},
        ],
    },
    ("placement", "modules"): {
        "examples": [{}, {"rows": 1, "columns": 3, "side": 50, "gap": 7.5}, {"rows": 28}],
    },
    ("placement", "chip"): {
        "examples": [{}, {"chamber": [800, 300], "grooves": 5, "groove_pitch": 40}],
    },
    ("placement", "tracks"): {
        "examples": [{}, {"extent": [500, 1000], "width": 120, "gap": 30, "ridges": False}],
    },
    ("placement", "squares"): {
        "examples": [{}, {"extent": [900, 700], "side": 100, "gap": 120, "ridges": False}],
    },
    ("placement", "well"): {"examples": [{}, {"wells": 96, "center": [100, -7]}]},
    ("placement", "shape"): {
        "examples": [
            {"wkt": "POLYGON ((0 0, 9 0, 9 5, 0 5, 0 0), (2 2, 4 2, 4 4, 2 2))"},
            {"path": str(HERE / "chip.geojson"), "units": "mm", "channels": ["groove"]},
        ],
    },
    ("placement", "sphere"): {"examples": [{}, {"center": [10, -5, 60], "radius": 30}]},
    ("placement", "ellipsoid"): {"examples": [{}, {"radii": [50, 400, 3]}]},
    ("placement", "shell"): {"examples": [{}, {"inner_radius": 0}, {"inner_radius": 190}]},
    ("placement", "cylinder"): {"examples": [{}, {"radius": 40, "thickness": 900}]},
    ("placement", "flattened"): {
        "examples": [{}, {"center": [5, 5, -50], "radius": 120}, {"center": [0, 0, 180]}]
    },
    ("placement", "custom"): {
        "examples": [{"function": RING}, {"function": RING, "kwargs": {"radius": 3}}],
    },
    ("placement", "file"): {
        "examples": [{"path": str(HERE / "cells.csv")}],
        "counts": (5,),
        "random": False,
    },
    ("connectivity", "pairwise_bernoulli"): {
        "examples": [
            {},
            {"cutoff": 2.0, "min_probability": 0.01},
            {"kernel": "exponential", "amplitude": 0.05},
        ]
    },
    ("connectivity", "fixed_indegree"): {
        "examples": [{}, {"kernel": "exponential"}, {"cutoff": 1.0, "mean_degree": 2.5}]
    },
    ("connectivity", "from_file"): {
        "examples": [{"edges": str(HERE / "edges.csv")}],
    },
    ("connectivity", "axon"): {
        "examples": [
            {"axon_length": 400.0, "persistence": 500.0},
            {"contact": "crossing", "amplitude": 0.1},
            {"contact": "segments", "axon_scale": 300.0, "turn": 0.2, "dendrite_sd": 0.0},
        ]
    },
    ("kernel", "table"): {
        "examples": [
            {"distances": [0, 50, 200, 600], "weights": [1, 3, 0.5, 0.7]},
            {"distances": [20, 900], "weights": [2, 0.1]},
            {"profile": str(HERE / "profile.csv")},
        ]
    },
    ("kernel", "mixture"): {
        "examples": [
            {"parts": [{"kernel": "gaussian", "share": 0.9}, {"kernel": "uniform", "share": 0.1}]},
            {
                "parts": [
                    {"kernel": "exponential", "sigma": 60.0, "cutoff": None, "share": 0.5},
                    {
                        "kernel": "table",
                        "distances": [0, 50, 200],
                        "weights": [1, 3, 0.5],
                        "share": 0.5,
                    },
                ],
                "factors": [1.0, 0.2],
            },
        ]
    },
    ("kernel", "gaussian"): {"examples": [{}, {"sigma": 60.0}]},
    ("kernel", "exponential"): {"examples": [{}, {"sigma": 60.0}]},
    ("mea", "grid"): {"examples": [{}, {"pitch": 17.5}, {"pitch": 1e6, "input_radius": 1}]},
    ("mea", "coordinates"): {
        "examples": [
            {"coordinates": [[0, 0], [100, 50]]},
            {"coordinates": [[1, 2, 3.5]]},
            {"coordinates": [["A1", 0, 0, 5], [12, 200, 0, 5]]},
        ],
        "follows_culture": False,
    },
    ("mea", "file"): {
        "examples": [{"path": str(HERE / "electrodes.csv"), "centred": True}],
    },
    ("mea", "drawing"): {
        "examples": [{"path": str(HERE / "array.geojson"), "outlines": "el*"}],
        "follows_culture": False,
    },
    ("mea", "probeinterface"): {"examples": [{"path": str(HERE / "probe.json")}]},
    ("generator", "culture2d"): {
        "documents": [
            {"total_cells": 60},
            {
                "total_cells": 40,
                "area": "disk",
                "populations": {"PYR": {"ratio": 1}},
                "connectivity": {"kernel": "exponential", "sigma": 200, "mean_degree": 3},
            },
        ]
    },
    ("generator", "layered3d"): {"documents": ["S1", SLICE]},
    ("command", "completion"): {"examples": [["show", "bash"]]},
    ("command", "config"): {"examples": [["show"], ["schema"], ["list"]]},
    ("command", "cut"): {
        "examples": [["{system}", "--selection", "middle", "--output", "{out}"]],
    },
    ("command", "export"): {
        "examples": [["{system}", "--format", "csv", "--output", "{out}"]],
    },
    ("command", "generate"): {"examples": [["--total-cells", "40", "--output", "{out}"]]},
    ("command", "inspect"): {"examples": [["{system}"]]},
    ("command", "mea"): {"examples": [["list"], ["{system}", "--pitch", "500"]]},
    ("command", "plot"): {"examples": [["{system}", "--output", "{out}.png"]]},
    ("command", "plugins"): {"examples": [["list"], ["info", "disk"]]},
    ("command", "reproduce"): {"examples": [["{system}"]]},
    ("command", "select"): {
        "examples": [["{system}"], ["{system}", "--box", "900", "--name", "e9", "--overwrite"]],
    },
    ("command", "sweep"): {
        "examples": [["--total-cells", "20", "--replicates", "2", "--output", "{out}"]],
    },
    ("command", "systems"): {"examples": [["generate_2d", "total_cells=40"]]},
    ("command", "verify"): {"examples": [["{system}"]]},
    ("command", "view"): {"examples": [["{system}", "--output", "{out}.html"]]},
}

for _entry in registry().components():
    if _entry.builtin:
        _title = f"Test{_entry.kind.title()}{_entry.name.title()}"
        _extra = EXTRAS.get((_entry.kind, _entry.name), {})
        globals()[_title] = type(_title, (CONTRACTS[_entry.kind],), {"name": _entry.name, **_extra})


def test_every_builtin_is_under_contract():
    found = [name for name in globals() if name.startswith("Test")]
    assert len(found) == len([entry for entry in registry().components() if entry.builtin])
    assert len(found) >= 9
