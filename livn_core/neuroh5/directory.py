"""What makes a directory a system, and the JSON documents in it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.jsonio import read_json
from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.shapes import SHAPES, misshapen

__all__ = ["check_directory", "check_shape", "configured_bounds", "read_document"]

_HINT = (
    "a system directory holds cells.h5, connections.h5 and graph.json; 'livn generate' makes one"
)


def check_directory(path: Path) -> None:
    """Raise :class:`SystemFormatError` unless the files of a system are all there."""
    if not path.exists():
        raise SystemFormatError(f"'{path}' does not exist", hint=_HINT)
    if not path.is_dir():
        raise SystemFormatError(f"'{path}' is not a directory", hint=_HINT)
    wanted = [names.CELLS_FILE, names.CONNECTIONS_FILE, "graph.json"]
    if (path / names.JOINT_FILE).is_file():
        wanted = ["graph.json"]
    missing = [name for name in wanted if not (path / name).is_file()]
    if missing:
        study = (path / "study.yml").is_file()
        raise SystemFormatError(
            f"'{path}' is not a complete system: {', '.join(missing)} "
            f"{'is' if len(missing) == 1 else 'are'} missing",
            hint="it is a study's directory: name one of its systems, the folders in its index.csv"
            if study
            else _HINT,
        )


def read_document(path: Path) -> dict[str, Any]:
    """Return the object that a JSON file of a system holds."""
    content = read_json(path)
    if not isinstance(content, dict):
        raise SystemFormatError(f"'{path}' does not hold a JSON object")
    check_shape(content, path.name, path)
    return content


def check_shape(content: Mapping[str, Any], kind: str, path: Path) -> None:
    """Raise SystemFormatError unless a document has the shape of its kind, if that has one."""
    if wrong := next(misshapen(content, SHAPES.get(kind, {})), None):
        raise SystemFormatError(f"'{path}' is damaged: {wrong}")


def configured_bounds(graph: Mapping[str, Any], origin: Path) -> NDArray[np.float64]:
    """Return the union of graph.json's layer extents: lowest and highest corner, (2, 3), um."""
    try:
        extents = graph["architecture"]["config"]["layer_extents"]
        corners = np.array([list(layer) for layer in extents.values()], dtype=np.float64)
    except (KeyError, TypeError, ValueError, AttributeError):
        corners = np.empty(0)
    if corners.ndim != 3 or corners.shape[1:] != (2, 3) or not np.isfinite(corners).all():
        raise SystemFormatError(f"'{origin}' has no usable architecture.config.layer_extents")
    return np.array([corners[:, 0].min(axis=0), corners[:, 1].max(axis=0)])
