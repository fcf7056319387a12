"""Writes out what a culture's document leaves to the defaults that depend on other keys.

Whatever is not of the expected form is left as it is: the models report it.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping
from typing import Any

from livn_core.culture.transmitters import TRANSMITTERS
from livn_core.documents.jsonio import plain
from livn_core.documents.names import projection_key
from livn_core.documents.paths import Key

__all__ = ["DEFAULTS", "DEFAULT_CELLS", "assumed_types", "default_populations", "prepare"]

#: Cells of the culture that is made when neither populations nor their total are given.
DEFAULT_CELLS = 100
_FIXED_IDS = {"EXC": 10, "INH": 11}
_FIRST_FREE_ID = 12


def default_populations() -> dict[str, Any]:
    """Return the populations of a document that gives none."""
    return {
        "EXC": {"ratio": 0.8, "synapse_type": "excitatory"},
        "INH": {"ratio": 0.2, "synapse_type": "inhibitory"},
    }


#: What ``--set`` edits where a document does not give it; the models' own defaults.
DEFAULTS: dict[tuple[Key, ...], Any] = {
    ("z_range",): [0.0, 10.0],
    ("connectivity", "mean_degree"): 10.0,
}


def prepare(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as plain values, with its dependent defaults written out.

    Idempotent, but for a seed of null, which is drawn.
    """
    document = {key: plain(value) for key, value in data.items()}
    if "populations" not in document:
        document["populations"] = default_populations()
        if document.get("total_cells") is None and document.get("density") is None:
            document["total_cells"] = DEFAULT_CELLS
    populations = document["populations"]
    if isinstance(populations, dict):
        document["populations"] = {
            name: _population(name, entry) if isinstance(entry, dict) else entry
            for name, entry in populations.items()
        }
        if "population_definitions" not in document:
            document["population_definitions"] = _definitions(populations)
    connectivity = document.setdefault("connectivity", {})
    if isinstance(connectivity, dict):
        for key in ("mean_degree", "projections"):
            if isinstance(connectivity.get(key), dict):
                connectivity[key] = _one_spelling(connectivity[key])
    if document.get("random_seed", 0) is None:
        document["random_seed"] = secrets.randbits(32)
    return document


def assumed_types(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the populations of a sound document that nothing says the synapse type of, sorted."""
    populations = data.get("populations", {})
    return tuple(
        sorted(
            name
            for name, entry in populations.items()
            if name not in _FIXED_IDS and not {"synapse_type", "transmitter"} & entry.keys()
        )
    )


def _population(name: Any, entry: dict[str, Any]) -> dict[str, Any]:
    entry = dict(entry)
    # Tools that write every key out give null for what is not given.
    for key in ("transmitter", "soma_only"):
        if key in entry and entry[key] is None:
            del entry[key]
    if "synapse_type" not in entry:
        transmitter = entry.get("transmitter")
        if isinstance(transmitter, str) and transmitter in TRANSMITTERS:
            entry["synapse_type"] = TRANSMITTERS[transmitter].synapse_type
        else:
            entry["synapse_type"] = "inhibitory" if name == "INH" else "excitatory"
    inhibitory = entry["synapse_type"] == "inhibitory"
    entry.setdefault("transmitter", "gabaergic" if inhibitory else "glutamatergic")
    entry.setdefault("soma_only", inhibitory)
    return entry


def _definitions(names: Iterable[Any]) -> dict[str, int]:
    definitions = {name: _FIXED_IDS[name] for name in names if name in _FIXED_IDS}
    others = sorted(name for name in names if isinstance(name, str) and name not in definitions)
    return definitions | {name: _FIRST_FREE_ID + i for i, name in enumerate(others)}


def _one_spelling(entries: dict[Any, Any]) -> dict[Any, Any]:
    spellings = [projection_key(key) if isinstance(key, str) else key for key in entries]
    # Two spellings of one projection stay as written: they are reported as given twice.
    return {
        one if spellings.count(one) == 1 else key: value
        for one, (key, value) in zip(spellings, entries.items(), strict=True)
    }
