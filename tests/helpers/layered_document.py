"""A layered configuration in the full form, of 190 cells whose dendrites are tests/data/cell.swc."""

from __future__ import annotations

from typing import Any

DOCUMENT: dict[str, Any] = {
    "random_seed": 5,
    "Definitions": {
        "Layers": {"SO": 5, "SP": 6, "SR": 8, "SLM": 9},
        "Populations": {"EXC": 100, "INH": 101},
    },
    "Geometry": {
        "Parametric Surface": {
            "Layer Extents": {
                "SO": [[0, 0, 0], [1000, 800, 100]],
                "SP": [[0, 0, 100], [1000, 800, 150]],
                "SR": [[0, 0, 150], [1000, 800, 350]],
                "SLM": [[0, 0, 350], [1000, 800, 450]],
            }
        },
        "Cell Distribution": {"EXC": {"SP": 150}, "INH": {"SO": 10, "SP": 20, "SR": 10}},
    },
    "Connection Generator": {
        "Axon Extent": {
            "EXC": {"default": {"width": [900, 700], "offset": [0, 0]}},
            "INH": {"default": {"width": [800, 800], "offset": [0, 0]}},
        },
        "Synapses": {
            "EXC": {
                "EXC": {
                    "type": "excitatory",
                    "sections": ["basal", "apical", "apical"],
                    "layers": ["SO", "SR", "SLM"],
                    "proportions": [0.7, 1.0, 0.4],
                    "mechanisms": {"AMPA": {"g_unit": 0.001, "tau_rise": 0.5, "tau_decay": 3}},
                },
                "INH": {
                    "type": "excitatory",
                    "sections": ["basal", "apical"],
                    "layers": ["SO", "SLM"],
                    "proportions": [0.3, 0.6],
                },
            },
            "INH": {
                "EXC": {
                    "type": "excitatory",
                    "sections": ["basal", "apical", "apical", "soma"],
                    "layers": ["SO", "SR", "SLM", "SP"],
                    "proportions": [1.0, 1.0, 1.0, 1.0],
                }
            },
        },
    },
    "Cell Types": {
        name: {
            "morphology": "cell.swc",
            "synapses": {
                "density": {
                    "basal": {"excitatory": {"SO": {"mean": 2.0, "variance": 0.1}}},
                    "apical": {
                        "excitatory": {
                            "SR": {"mean": 3.0, "variance": 0.1},
                            "SLM": {"mean": 0.2, "variance": 0.1},
                        }
                    },
                }
            },
        }
        for name in ("EXC", "INH")
    },
}
