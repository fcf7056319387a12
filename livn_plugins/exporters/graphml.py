"""GraphML, by way of networkx; and the networkx graph itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

from pydantic import Field

from livn_core.components import Exporter
from livn_core.errors import LivnError, needed
from livn_core.system.reader import System
from livn_plugins.exporters.tables import Table, edge_blocks, node_blocks

#: Edges above which a graph of Python objects is no longer sensible: some 1 kB each.
LIMIT = 500_000
_WHAT = "the 'graphml' export"


class GraphML(Exporter):
    """One ``.graphml`` file of cells and edges, for systems that fit into memory as objects.

    Nodes have ``population``, ``x``, ``y``, ``z`` (um), and ``module`` and ``cluster`` where the culture
    has any; edges ``distance`` (um), ``syn_id`` and their projection. Several edges between two cells stay several.
    """

    suffix: ClassVar[str] = ".graphml"

    limit: int = Field(LIMIT, ge=1, description="largest number of edges that is accepted")

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the file ``path``."""
        graph = to_networkx(system, limit=self.limit)
        needed("networkx", _WHAT).write_graphml(graph, path)
        return [path]


def to_networkx(system: System, *, limit: int = LIMIT) -> Any:
    """Return the system as a ``networkx.MultiDiGraph`` with gids as nodes.

    Raises
    ------
    LivnError
        More than ``limit`` cells or edges.
    MissingDependencyError
        networkx is not installed.
    """
    edges = sum(system.edge_count(*pair) for pair in system.projections)
    cells = sum(population.count for population in system.populations)
    if max(edges, cells) > limit:
        raise LivnError(
            f"{cells:,} cells and {edges:,} edges are too many for a graph of objects "
            f"(limit {limit:,})",
            hint="export to parquet or npz, cut a part with 'livn cut', or raise it: -P limit=N",
        )
    graph = needed("networkx", _WHAT).MultiDiGraph(name=system.path.resolve().name)
    for block in node_blocks(system):
        for known in _rows(block):
            graph.add_node(known.pop("gid"), population=block["population"], **known)
    for block in edge_blocks(system, (), 1_000_000):
        projection = f"{block['source_population']}->{block['target_population']}"
        for known in _rows(block):
            ends = known.pop("source"), known.pop("target")
            graph.add_edge(*ends, projection=projection, **known)
    return graph


def _rows(block: Table) -> Iterator[dict[str, Any]]:
    """Yield the rows of a table, without its texts."""
    columns = {name: part.tolist() for name, part in block.items() if not isinstance(part, str)}
    for values in zip(*columns.values(), strict=True):
        yield dict(zip(columns, values, strict=True))
