"""What graph.json and mea.json say that a picture needs: types, kernels, layers, electrodes.

Systems come from several tools and store more or less; what is missing is None or empty here, and
the picture leaves it out.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import LivnError, SystemFormatError
from livn_core.neuroh5.directory import read_document
from livn_core.plugins.kernels import kernel_in
from livn_core.sampling.probability import ConnectionProbability

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = [
    "Electrodes",
    "Kernel",
    "Layer",
    "electrodes_in",
    "is_layered",
    "read_electrodes",
    "read_kernel",
    "read_labels",
    "read_layer_ids",
    "read_layers",
    "read_modules",
    "require_electrodes",
    "synapse_types",
]


@dataclass(frozen=True, slots=True)
class Layer:
    """A layer: its name and its box, um."""

    name: str
    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Kernel:
    """The distance law that was asked for.

    Parameters
    ----------
    rule, name
        Of the connectivity rule and its kernel; None where nothing says.
    sigma, cutoff
        Length scale, and the distance beyond which nothing connects, um; None where it has none.
    distance
        What distance means: ``plane``, ``space``, or what else the rule has.
    law, amplitude
        k(d) with its cutoff, and A; None where they are not known.
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


def _configurations(system: System, section: str) -> Iterator[Mapping[str, Any]]:
    """Yield the ``config`` of every element of a section of graph.json."""
    content = _mapping(system.graph.get(section))
    for element in [content, *content.values()]:
        config = _mapping(_mapping(element).get("config"))
        if config:
            yield config


def _connection_entry(system: System, source: str, target: str) -> Mapping[str, Any]:
    for config in _configurations(system, "connections"):
        entry = _mapping(_mapping(_mapping(config.get("synapses")).get(target)).get(source))
        if entry:
            return entry
    return {}


def synapse_types(system: System) -> dict[str, str | None]:
    """Return what each population's synapses are: ``excitatory``, ``inhibitory``, ..., None."""
    found: dict[str, str | None] = {p.name: None for p in system.populations}
    for config in _configurations(system, "connections"):
        for sources in _mapping(config.get("synapses")).values():
            for source, entry in _mapping(sources).items():
                kind = _mapping(entry).get("type")
                if found.get(source, "") is None and isinstance(kind, str):
                    found[source] = kind
    for config in _configurations(system, "synapses"):
        for name, entry in _mapping(config.get("cell_types")).items():
            kind = _mapping(entry).get("synapse_type")
            if found.get(name, "") is None and isinstance(kind, str):
                found[name] = kind
    return found


def read_kernel(system: System, source: str, target: str) -> Kernel | None:
    """Return the distance law that graph.json states for a projection."""
    entry = _mapping(_connection_entry(system, source, target).get("kernel"))
    if not entry:
        return None
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
    extents = _mapping(
        _mapping(_mapping(system.graph.get("architecture")).get("config")).get("layer_extents")
    )
    layers = []
    for name, box in extents.items():
        try:
            corners = np.asarray(box, dtype=np.float64)
        except (TypeError, ValueError, OverflowError):
            continue
        if corners.shape == (2, 3) and np.isfinite(corners).all():
            low, high = (tuple(float(v) for v in corner) for corner in corners)
            layers.append(Layer(str(name), low, high))  # type: ignore[arg-type]
    return sorted(layers, key=lambda layer: (layer.low[2], layer.high[2], layer.name))


def read_modules(system: System) -> list[str]:
    """Return the names of a culture's modules by their number; none where it has none."""
    config = _mapping(_mapping(system.graph.get("architecture")).get("config"))
    return [str(name) for name in config.get("modules", ())]


def is_layered(system: System) -> bool:
    """Return whether the system is 3D: several layers, or cells that have a morphology."""
    return len(read_layers(system)) > 1 or any(
        "Trees" in system.namespaces(p.name) for p in system.populations if p.count
    )


def read_layer_ids(system: System) -> dict[int, str]:
    """Return the names of the layer ids that synapses and morphologies carry."""
    for config in _configurations(system, "connections"):
        definitions = _mapping(config.get("layer_definitions"))
        ids = {int(v): str(k) for k, v in definitions.items() if isinstance(v, int)}
        if ids:
            return ids
    return {}


def read_electrodes(system: System) -> Electrodes | None:
    """Return the electrodes of mea.json; None where the system has none.

    Raises
    ------
    SystemFormatError
        There is a mea.json, but its rows are not ``[id, x, y, z]``.
    """
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
    labels = read_document(path).get("labels") if path.is_file() else None
    if not isinstance(labels, list) or len(labels) != count:
        return [None] * count
    return [str(label) for label in labels]


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


def require_electrodes(system: System) -> None:
    """Raise SystemFormatError, saying how to make one, where the system has no mea.json."""
    if system.mea is None:
        raise SystemFormatError(
            f"'{system.path}' has no electrodes: there is no mea.json in it",
            hint=f"write one with 'livn mea {system.path}'",
        )


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if np.isfinite(value) else None
