"""What the JSON documents of a system are made of, as far as this project reads them.

They come from other tools and other hands: what is read of them is checked once, when they are.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["SHAPES", "misshapen"]

_NUMBER = (int, float)
_NAMES = {str: "a text", dict: "an object", list: "a list", int: "a whole number"}

#: File -> shape: a type or types; ``[shape]`` a list of such, ``[shape, shape]`` of just so many;
#: ``{key: shape}`` an object, in which ``*`` stands for every other key. Keys may be absent, and their
#: values null.
SHAPES: dict[str, Any] = {
    # Of graph.json what exports and cuts need; pictures do without what it does not say.
    "graph": {
        "architecture": {
            "config": {
                "layer_extents": dict,
                "cell_distributions": {"*": dict},
                "cell_counts": dict,
            }
        },
        "connections": {"*": {"config": {"synapses": {"*": {"*": {"mechanisms": {"*": dict}}}}}}},
    },
    "provenance.json": {
        "generator": str,
        "configuration": dict,
        "parameters": dict,
        "digest": str,
        "components": [{"kind": str, "name": str, "provider": str}],
        "populations": [{"name": str, "start": int, "count": int, "id": int}],
        "projections": [{"source": str, "target": str, "edges": int}],
        "warnings": [str],
        "notes": [str],
        "versions": {"*": str},
        "cut_from": dict,
    },
    "mea.json": {
        "electrode_coordinates": [[_NUMBER]],
        "input_radius": _NUMBER,
        "output_radius": _NUMBER,
    },
    "mea_labels.json": {"layout": str, "labels": [str]},
    "selection": {"gids": {"*": list}, "meta": {"bounds": [[_NUMBER, _NUMBER]] * 2}},
    "lightarray.json": {"fiber_coordinates": [[_NUMBER]]},
}


def misshapen(value: Any, shape: Any, path: str = "") -> Iterator[str]:
    """Yield a sentence for everything in ``value`` that has not its shape."""
    if value is None:
        return
    if isinstance(shape, dict):
        if not isinstance(value, Mapping):
            yield f"{path or 'it'} is not an object"
            return
        for key, entry in value.items():
            if (inner := shape.get(key, shape.get("*"))) is not None:
                yield from misshapen(entry, inner, f"{path}.{key}" if path else str(key))
    elif isinstance(shape, list):
        if not isinstance(value, list):
            yield f"{path} is not a list"
            return
        if len(value) != len(shape) > 1:
            yield f"{path} has {len(value)} entries, not {len(shape)}"
            return
        for index, entry in enumerate(value):
            if entry is None:
                yield f"{path}[{index}] is null"
            yield from misshapen(entry, shape[index % len(shape)], f"{path}[{index}]")
    elif isinstance(value, bool) or not isinstance(value, shape):
        yield f"{path} is not {_NAMES.get(shape, 'a number')}"
