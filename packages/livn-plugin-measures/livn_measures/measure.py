"""All measures of a system, as one document."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from livn_measures.graph import clustering, degrees, directed_graph, modularity, path_length
from livn_measures.network import Network, read_modules, read_network
from livn_measures.points import clark_evans, ripley
from livn_measures.reciprocity import reciprocity

if TYPE_CHECKING:
    from livn_core import System

__all__ = ["measure"]


def measure(
    system: System,
    selections: Sequence[str] = (),
    *,
    sources: int = 64,
    bins: int = 40,
    seed: int = 0,
) -> dict[str, Any]:
    """Measure a system.

    Parameters
    ----------
    system
        An open system.
    selections
        Names of selections that are modules; without any, modules are ``Culture/module``.
    sources
        Cells from which path lengths are measured.
    bins
        Bins of distance of the expected reciprocity.
    seed
        Of the samples.

    Returns
    -------
    JSON values: ``degrees``, ``reciprocity``, ``clustering``, ``path_length``, ``modularity`` (None
    without modules), ``somata``; the functions of those names say what is in them.
    """
    network = read_network(system)
    modules = read_modules(system, network, selections)
    graph = directed_graph(network)
    return {
        "path": str(system.path),
        "cells": len(network),
        "connections": len(network.sources),
        "seed": seed,
        "degrees": degrees(network),
        "reciprocity": reciprocity(network, bins=bins, seed=seed),
        "clustering": clustering(graph),
        "path_length": path_length(graph, sources=sources, seed=seed),
        "modularity": None if modules is None else modularity(graph, modules),
        "somata": _somata(system, network),
    }


def _somata(system: System, network: Network) -> dict[str, Any]:
    """Measure the patterns of each population's somata and of all, in the box of the bounds."""
    low, high = system.bounds()[:, :2]
    ranges = {"all": range(len(network)), **network.populations}
    if len(network.populations) == 1:
        del ranges["all"]
    found: dict[str, Any] = {"box": [low.tolist(), high.tolist()], "patterns": {}}
    for name, cells in ranges.items():
        points = network.positions[cells.start : cells.stop, :2]
        found["patterns"][name] = {
            "clark_evans": clark_evans(points, low, high),
            "ripley": ripley(points, low, high),
        }
    placements = [
        component["name"]
        for component in (system.provenance or {}).get("components", ())
        if component.get("kind") == "placement"
    ]
    found["box_is_region"] = placements == ["rectangle"]
    return found
