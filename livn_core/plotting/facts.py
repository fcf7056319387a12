"""What graph.json and mea.json say that a picture needs: types, kernels, layers, electrodes.

Systems come from several tools and store more or less; what is missing is None or empty here, and
the picture leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import LivnError, SystemFormatError
from livn_core.neuroh5.directory import read_document
from livn_core.plotting.trees import populations_with_trees
from livn_core.plugins.kernels import kernel_in
from livn_core.sampling.probability import ConnectionProbability
from livn_core.system.summary import at, projection_rules

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = [
    "Electrodes",
    "Kernel",
    "Layer",
    "electrodes_in",
    "is_layered",
    "read_electrodes",
    "read_kernels",
    "read_labels",
    "read_layer_ids",
    "read_layers",
    "read_modules",
    "require_electrodes",
]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its name and its box, um."""

    name: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kernel:
    """The distance law that was asked for; None stands for what nothing says, or it has not.

    ``rule`` and ``name`` are those of the connectivity rule and its kernel, ``sigma`` and ``cutoff`` the
    length scale and the distance beyond which nothing connects, um. ``distance`` is ``plane``,
    ``space``, or what else the rule has; ``law`` k(d) with its cutoff, and ``amplitude`` A.
    """

    rule: str | None
    name: str | None
    sigma: float | None
    cutoff: float | None
    distance: str
    law: ConnectionProbability | None
    amplitude: float | None

    def probability(self, distance: NDArray[np.float64]) -> NDArray[np.float64] | None:
        """Return p(d) = min(1, A k(d)), or None where the amplitude or the law is not known."""
        if self.amplitude is None or self.law is None:
            return None
        try:
            return self.law.probability(self.amplitude, distance)
        except LivnError:
            return None


@dataclass(frozen=True, slots=True)
class Electrodes:
    """Electrodes: ``positions`` (n, 3) um, their radii, um (None: not said), and their names."""

    ids: NDArray[np.int64]
    positions: NDArray[np.float64]
    input_radius: float | None
    output_radius: float | None
    names: tuple[str, ...]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def read_kernels(system: System) -> dict[tuple[str, str], Kernel]:
    """Return the distance laws that graph.json states, by source and target."""
    rules = projection_rules(system.graph)
    return {pair: _kernel(rules[pair]) for pair in system.projections if rules.get(pair)}


def _kernel(entry: Mapping[str, Any]) -> Kernel:
    sigma, amplitude, cutoff, smallest, scale = (
        _number(entry.get(key))
        for key in ("sigma", "amplitude", "cutoff", "min_probability", "kernel_exponent")
    )
    if sigma is not None and sigma <= 0:
        sigma = None
    farthest = None if cutoff is None or sigma is None else cutoff * sigma
    kernel = kernel_in(entry)
    rule, name = (None if entry.get(key) is None else str(entry[key]) for key in ("rule", "kernel"))
    return Kernel(
        rule=rule,
        name=name,
        sigma=sigma,
        cutoff=farthest,
        distance=str(entry.get("distance", "plane")),
        law=None
        if kernel is None
        else ConnectionProbability(kernel, farthest, smallest, int(scale or 0)),
        amplitude=amplitude,
    )


def read_layers(system: System) -> list[Layer]:
    """Return the layers of graph.json, the lowest first."""
    layers = []
    extents = at(system.graph, "architecture", "config", "layer_extents")
    for name, box in _mapping(extents).items():
        try:
            corners = np.asarray(box, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            continue
        if corners.shape == (2, 3) and np.isfinite(corners).all():
            layers.append(Layer(str(name), *map(tuple, corners.tolist())))
    return sorted(layers, key=lambda layer: (layer.low[2], layer.high[2], layer.name))


def read_modules(system: System) -> list[str]:
    """Return the names of a culture's modules by their number; none where it has none."""
    return [str(name) for name in at(system.graph, "architecture", "config", "modules") or ()]


def is_layered(system: System) -> bool:
    """Return whether the system is 3D: several layers, or cells that have a morphology."""
    return len(read_layers(system)) > 1 or bool(populations_with_trees(system))


def read_layer_ids(system: System) -> dict[int, str]:
    """Return the names of the layer ids that synapses and morphologies carry."""
    for element in _mapping(system.graph.get("connections")).values():
        definitions = _mapping(at(element, "config", "layer_definitions"))
        if ids := {v: str(k) for k, v in definitions.items() if isinstance(v, int)}:
            return ids
    return {}


def read_electrodes(system: System) -> Electrodes | None:
    """Return the electrodes of mea.json, whose rows must be ``[id, x, y, z]``; None without one."""
    document = system.mea
    if document is None:
        return None
    rows = document.get("electrode_coordinates", [])
    try:
        table = np.asarray(rows, dtype=np.float64).reshape(len(rows), -1)
    except (TypeError, ValueError):
        table = np.empty((1, 0))
    if len(table) and (table.shape[1] != 4 or not np.isfinite(table).all()):
        raise SystemFormatError(
            f"'{system.path / 'mea.json'}': 'electrode_coordinates' does not hold rows of four "
            "numbers [id, x, y, z]",
            hint="write it again with 'livn mea'; 'livn plot --no-mea' leaves the electrodes out",
        )
    return electrodes_in(document, read_labels(system, len(table)))


def read_labels(system: System, count: int) -> list[str | None]:
    """Return the array's own names of its ``count`` electrodes; a file that belongs to another array names none."""
    path = system.path / "mea_labels.json"
    labels = (read_document(path).get("labels") if path.is_file() else None) or []
    return labels if len(labels) == count else [None] * count


def electrodes_in(
    document: Mapping[str, Any], labels: Sequence[str | None] | None = None
) -> Electrodes:
    """Return the electrodes of the content of a mea.json, whose rows are right.

    Their names are the array's own, ``labels``; without one the id.
    """
    table = np.asarray(document.get("electrode_coordinates", []), np.float64).reshape(-1, 4)
    ids = table[:, 0].astype(np.int64)
    own = [None] * len(ids) if labels is None else labels
    return Electrodes(
        ids=ids,
        positions=table[:, 1:],
        input_radius=_number(document.get("input_radius")),
        output_radius=_number(document.get("output_radius")),
        names=tuple(
            str(number) if label is None else label
            for number, label in zip(ids.tolist(), own, strict=True)
        ),
    )


def require_electrodes(system: System) -> Electrodes:
    """Return the electrodes of mea.json; its error says how to make one where there is none."""
    if (electrodes := read_electrodes(system)) is None:
        raise SystemFormatError(
            f"'{system.path}' has no electrodes: there is no mea.json in it",
            hint=f"write one with 'livn mea {system.path}'",
        )
    return electrodes


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if np.isfinite(value) else None
