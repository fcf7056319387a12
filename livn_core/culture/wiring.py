"""The projections of a culture made ready: each rule connected, and what its connector gives checked."""

from __future__ import annotations

from collections.abc import Mapping
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import ConnectivityRule, Connector
from livn_core.culture.parts import ProjectionSettings
from livn_core.culture.synapses import DrawnEdges
from livn_core.documents.jsonio import json_fit
from livn_core.errors import PluginError
from livn_core.sampling.projection import Culture, Edges, Projection

__all__ = ["Wiring", "projection_of", "wire"]


class Wiring:
    """A projection, as it was asked for, with the connector that gives its edges."""

    def __init__(
        self, settings: ProjectionSettings, projection: Projection, connector: Connector
    ) -> None:
        self.settings, self.projection, self.connector = settings, projection, connector
        self.expected_edges = float(connector.expected_edges)
        self.warnings = tuple(connector.warnings)
        kernel = {} if settings.kernel_name is None else {"kernel": settings.kernel_name}
        details = {
            "rule": settings.rule_name,
            **kernel,
            **connector.details,
            "distance": settings.distance,
            "allow_self_connections": settings.allow_self_connections,
            **({} if settings.delay is None else {"delay": settings.delay.model_dump()}),
        }
        # Fit for JSON now: at the end of a long run it is too late.
        self.details: dict[str, Any] = json_fit(details, origin=f"the details of {projection.name}")

    @property
    def memory(self) -> float:
        """Bytes that the connector holds."""
        return float(self.connector.memory)

    def edges(self, start: int, stop: int) -> DrawnEdges:
        """Return the edges onto the targets ``start`` to ``stop``, distances included.

        Raises
        ------
        PluginError
            The rule broke its contract.
        """
        edges = self.connector.sources(start, stop)
        return checked(edges, self.projection, start, stop, self.settings.rule_name)


def projection_of(settings: ProjectionSettings, culture: Culture) -> Projection:
    """Return the projection that a rule is asked to connect."""
    return Projection(
        culture,
        culture.cells[settings.source],
        culture.cells[settings.target],
        settings.allow_self_connections,
        settings.distance,
    )


def wire(settings: ProjectionSettings, culture: Culture) -> Wiring:
    """Make a projection ready.

    Raises
    ------
    DegreeError
        The mean in-degree cannot be reached, and the configuration says that this is an error.
    PluginError
        The rule gave no connector.
    """
    projection = projection_of(settings, culture)
    rule = f"connectivity rule '{settings.rule_name}'"
    prepared = settings.rule.prepared(projection)
    if not isinstance(prepared, ConnectivityRule):
        raise PluginError(f"{rule} prepares a {type(prepared).__name__}, not a rule")
    connector = prepared.connect(projection)
    if not isinstance(connector, Connector):
        raise PluginError(
            f"{rule} connects with a {type(connector).__name__}, not with a Connector "
            f"({projection.name})"
        )
    if wrong := _unfit(connector):
        raise PluginError(f"{rule} connects with {wrong} ({projection.name})")
    return Wiring(settings, projection, connector)


def _unfit(connector: Connector) -> str | None:
    """Say which attribute of a connector is not what it has to be."""
    edges = getattr(connector, "expected_edges", None)
    if not isinstance(edges, Real) or not 0 <= float(edges) < np.inf:
        return f"expected_edges {edges!r}, not the number of edges to expect"
    for name in ("memory", "edge_seconds"):
        value = getattr(connector, name)
        if not isinstance(value, Real) or not 0 <= float(value) < np.inf:
            return f"{name} {value!r}, not a number of 0 or more"
    if not isinstance(connector.details, Mapping):
        return f"details {connector.details!r}, not a mapping"
    if isinstance(connector.warnings, str):
        return f"warnings {connector.warnings!r}, not a tuple of texts"
    return None


def checked(edges: Edges, projection: Projection, start: int, stop: int, rule: str) -> DrawnEdges:
    """Return a block in the file's dtypes and with distances, or say how the rule broke its contract."""
    if wrong := _broken(edges, projection, start, stop):
        raise PluginError(f"connectivity rule '{rule}' gave {wrong} ({projection.name})")
    counts = np.asarray(edges.counts).astype(np.int64, copy=False)
    sources = np.asarray(edges.sources).astype(np.uint32, copy=False)
    if edges.distances is not None:
        return DrawnEdges(counts, sources, np.asarray(edges.distances, np.float32))
    target = np.repeat(np.arange(start, stop), counts)
    away = projection.distances(target, sources)
    return DrawnEdges(counts, sources, away.astype(np.float32))


def _broken(edges: Edges, projection: Projection, start: int, stop: int) -> str | None:
    """Say how a block breaks the contract of edges."""
    if not isinstance(edges, Edges):
        return f"a {type(edges).__name__}, not Edges"
    counts, sources = np.asarray(edges.counts), np.asarray(edges.sources)
    for values, what in ((counts, "in-degrees"), (sources, "sources")):
        if values.dtype.kind not in "iu":
            return f"{what} of type {values.dtype}, not whole numbers"
    counts, number, limit = counts.astype(np.int64), stop - start, len(projection.source)
    if counts.shape != (number,) or (number and counts.min() < 0):
        return f"in-degrees of shape {counts.shape} for {number} targets"
    if sources.shape != (counts.sum(),):
        return f"{len(sources)} sources for {counts.sum()} edges"
    if edges.distances is not None and np.shape(edges.distances) != sources.shape:
        return f"{np.size(edges.distances)} distances for {len(sources)} edges"
    if len(sources) and (sources.min() < 0 or sources.max() >= limit):
        return f"a source outside the {limit} cells of '{projection.source.name}'"
    return _order(counts, sources) or _autapse(projection, counts, sources, start)


def _order(counts: NDArray[np.int64], sources: NDArray[Any]) -> str | None:
    """Say which rule of order a block breaks: sources ascend within a target, each at most once."""
    falls = sources[1:] <= sources[:-1]
    first = np.cumsum(counts[:-1])
    falls[first[(first > 0) & (first < len(sources))] - 1] = False
    if not falls.any():
        return None
    place = int(np.argmax(falls))
    if sources[place] == sources[place + 1]:
        return f"the source {sources[place]} twice for one target"
    return "sources that do not ascend within a target"


def _autapse(
    projection: Projection, counts: NDArray[np.int64], sources: NDArray[Any], start: int
) -> str | None:
    if not projection.recurrent or projection.allow_autapses:
        return None
    target = np.repeat(np.arange(start, start + len(counts), dtype=np.uint32), counts)
    own = sources == target
    return f"the cell {target[np.argmax(own)]} as its own source" if own.any() else None
