"""Degrees, clustering, path length and modularity."""

from __future__ import annotations

from typing import Any

import igraph
import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.streams import stream
from livn_measures.network import Network

__all__ = ["clustering", "degrees", "directed_graph", "modularity", "path_length"]

QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)


def directed_graph(network: Network) -> igraph.Graph:
    """Return the connections between different cells as a graph."""
    edges = np.column_stack(network.between_cells())
    return igraph.Graph(n=len(network), edges=edges.tolist(), directed=True)


def degrees(network: Network) -> dict[str, Any]:
    """Describe in- and out-degrees by population: mean, sd, cv = sd / mean, quantiles.

    Connected cells count, from and to all populations; sd is that of the population's cells.
    """
    found: dict[str, Any] = {}
    counts = {
        "in": np.bincount(network.targets, minlength=len(network)),
        "out": np.bincount(network.sources, minlength=len(network)),
    }
    for name, cells in network.populations.items():
        found[name] = {
            way: _describe(count[cells.start : cells.stop]) for way, count in counts.items()
        }
    return found


def _describe(values: NDArray[np.int64]) -> dict[str, Any] | None:
    if values.size == 0:
        return None
    mean, sd = float(values.mean()), float(values.std())
    quantiles = np.quantile(values, QUANTILES)
    return {
        "mean": mean,
        "sd": sd,
        "cv": sd / mean if mean > 0 else None,
        "quantiles": {
            f"{level:g}": float(value) for level, value in zip(QUANTILES, quantiles, strict=True)
        },
    }


def clustering(graph: igraph.Graph) -> dict[str, Any]:
    """Return the clustering of the graph without directions.

    ``mean`` is Watts and Strogatz' coefficient (1998, Nature 393:440), the mean over cells of the
    share of a cell's neighbours that are neighbours (0 for fewer than two); ``transitivity`` is
    three times the triangles over the connected triples (Newman 2003, SIAM Review 45:167);
    ``density`` is what both are in a random graph.
    """
    undirected = graph.as_undirected(mode="collapse")
    cells = undirected.vcount()
    closed = undirected.transitivity_undirected(mode="nan")
    return {
        "mean": undirected.transitivity_avglocal_undirected(mode="zero") if cells else None,
        "transitivity": None if np.isnan(closed) else closed,
        "density": undirected.density() if cells > 1 else None,
    }


def path_length(graph: igraph.Graph, *, sources: int = 64, seed: int = 0) -> dict[str, Any]:
    """Return the mean length of the shortest directed paths from a sample of cells.

    Parameters
    ----------
    graph
        The connections.
    sources
        How many cells to start from, chosen without replacement; all, where there are fewer.
    seed
        Of the choice.

    Returns
    -------
    ``mean`` over the pairs with a path (None without any), its ``standard_error`` over the starting
    cells, ``reachable`` (the share of pairs with a path), ``sources``.
    """
    cells = graph.vcount()
    number = min(sources, cells)
    rng = stream(seed, "measure", "path_length")
    starts = np.sort(rng.choice(cells, number, replace=False)) if number else ()
    means, paths = [], []
    for start in starts:
        (row,) = graph.distances(source=[int(start)], mode="out")
        lengths = np.asarray(row)
        lengths = lengths[np.isfinite(lengths) & (lengths > 0)]
        paths.append(len(lengths))
        means.append(lengths.mean() if len(lengths) else 0.0)
    total = sum(paths)
    spread = [mean for mean, count in zip(means, paths, strict=True) if count]
    return {
        "mean": float(np.dot(means, paths) / total) if total else None,
        "standard_error": float(np.std(spread, ddof=1) / np.sqrt(len(spread)))
        if len(spread) > 1
        else None,
        "reachable": total / (number * (cells - 1)) if cells > 1 else None,
        "sources": number,
    }


def modularity(graph: igraph.Graph, modules: NDArray[np.int64]) -> dict[str, Any]:
    """Return Newman's Q of given modules, for directed graphs.

    Q = 1/L sum over i, j of (A_ij - out_i in_j / L) [m_i = m_j] with L connections (Leicht and
    Newman 2008, Physical Review Letters 100:118703).

    Parameters
    ----------
    graph
        The connections.
    modules
        (n,) module of each cell.

    Returns
    -------
    ``q``, ``within`` (the share of connections within a module), ``modules`` (cells of each).
    """
    _, labels, sizes = np.unique(modules, return_inverse=True, return_counts=True)
    found: dict[str, Any] = {"q": None, "within": None, "modules": sizes.tolist()}
    if graph.ecount():
        ends = np.asarray(graph.get_edgelist())
        found["q"] = graph.modularity(labels.tolist(), directed=True)
        found["within"] = float((labels[ends[:, 0]] == labels[ends[:, 1]]).mean())
    return found
