"""Small layered configurations and morphologies."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from livn_core.layered.configuration import LayeredConfig, validate
from livn_core.layered.program import LayeredProgram

#: SO 5 (basal), SP 6 (soma), SR 8 and SLM 9 (apical): 20 um soma, dendrites of 100 um a layer.
CELL = """
1 1 0 0 0 10 -1 6
2 1 0 20 0 10 1 6
3 3 0 -50 0 1 1 5
4 3 0 -100 0 1 3 5
5 4 0 70 0 1 2 8
6 4 0 120 0 1 5 8
7 4 40 170 0 1 6 9
8 4 80 220 0 1 7 9
9 4 -40 170 0 1 6 9
10 4 -80 220 0 1 9 9
"""

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

Make = Callable[..., LayeredConfig]


@pytest.fixture
def document() -> dict[str, Any]:
    """A configuration in the full form that a test may change."""
    return deepcopy(DOCUMENT)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory, with ``cell.swc`` in it."""
    (tmp_path / "cell.swc").write_text(CELL)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def make_program(folder: Path) -> Callable[..., LayeredProgram]:
    """Return a prepared program of a document."""

    def make(document: dict[str, Any], **options: Any) -> LayeredProgram:
        program = LayeredProgram(validate(document), **options)
        program.prepare()
        return program

    return make
