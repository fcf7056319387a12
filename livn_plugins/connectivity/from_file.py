"""The connectivity rule ``from_file``: measured connections, or those of another system."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from livn_core.components import ConnectivityRule, Connector
from livn_core.documents.edge_tables import EdgeTable, read_edges
from livn_core.errors import ConfigError
from livn_core.sampling.projection import Edges, Projection
from livn_core.suggest import did_you_mean

Int = NDArray[np.int64]


class FromFile(ConnectivityRule):
    """The connections that a file holds; nothing is drawn.

    A table (CSV, TSV, Parquet) has columns ``source`` and ``target``, and ``source_population`` and
    ``target_population`` where it holds more than one projection; an entry of a matrix (``.npz`` of
    scipy.sparse, ``.mtx``) that is not 0 is a connection. ``livn export`` writes all of them.
    """

    distances: ClassVar[tuple[str, ...]] = ("plane", "space")
    degree_factors: ClassVar[bool] = False

    edges: Path = Field(description="the file: .csv, .tsv, .parquet, .npz or .mtx")
    ids: Literal["gid", "row"] | None = Field(
        None,
        description="what its numbers are: gids of the whole culture, or row numbers within the "
        "populations; null: gids in a table that names populations and in a matrix of all cells",
    )
    orientation: Literal["source-target", "row-is-target"] = Field(
        "source-target", description="what the rows of a matrix are: sources, or targets"
    )

    def connect(self, projection: Projection) -> Connector:
        """Read the file, once for all projections, and find this projection's edges."""
        table = projection.culture.once(
            self,
            lambda: read_edges(self.edges, row_is_target=self.orientation == "row-is-target"),
        )
        return FromFileConnector(self, projection, table)


class FromFileConnector(Connector):
    """The edges of one projection, by target."""

    def __init__(self, rule: FromFile, projection: Projection, table: EdgeTable) -> None:
        ids = rule.ids or _meant(table, projection)
        chosen, sources, targets = (_by_gid if ids == "gid" else _by_row)(table, projection)
        key = targets * len(projection.source) + sources
        order = np.argsort(key, kind="stable")
        _refuse_repeated(table, chosen[order], key[order])
        if projection.recurrent and not projection.allow_autapses and (sources == targets).any():
            at = int(np.argmax(sources == targets))
            raise ConfigError(
                f"{table.where(chosen[at])}: the cell {sources[at]} of '{projection.source.name}' "
                "connects to itself",
                hint="write allow_self_connections: true to have such connections",
            )
        self._sources = sources[order].astype(np.uint32)
        counts = np.bincount(targets, minlength=len(projection.target))
        self._first = np.concatenate([[0], np.cumsum(counts)])
        self.expected_edges = float(len(sources))
        self.details: dict[str, Any] = {
            "edges": rule.edges.name,
            "ids": ids,
            "orientation": rule.orientation,
        }
        if table.several:
            text = f"{table.several:,} entries are above 1; one connection is made of each"
            self.warnings = (f"'{table.origin}': {text}",)

    @property
    def memory(self) -> float:  # type: ignore[override]
        """Bytes of the edges."""
        return float(self._sources.nbytes + self._first.nbytes)

    def sources(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop``."""
        first = self._first[start : stop + 1]
        return Edges(np.diff(first), self._sources[first[0] : first[-1]])


def _meant(table: EdgeTable, projection: Projection) -> str:
    """Return what the numbers of a file are that nothing else says it of."""
    if table.shape is None:
        return "row" if table.populations is None else "gid"
    cells = sum(len(each) for each in projection.culture.cells.values())
    own = (len(projection.source), len(projection.target))
    if table.shape == own:
        return "row"
    if table.shape == (cells, cells):
        return "gid"
    raise ConfigError(
        f"'{table.origin}' is a matrix of {table.shape[0]} sources and {table.shape[1]} targets; "
        f"{projection.name} has {own[0]} and {own[1]}, the culture {cells} cells",
        hint="orientation: row-is-target turns it, where its rows are the targets",
    )


def _by_gid(table: EdgeTable, projection: Projection) -> tuple[Int, Int, Int]:
    """Return which edges are the projection's, and their sources and targets in the populations."""
    cells = dict(sorted(projection.culture.cells.items()))
    names = list(cells)
    ends = np.cumsum([len(each) for each in cells.values()])
    owned = np.ones(len(table), bool)
    relative = []
    for side, (gids, own) in enumerate(
        ((table.sources, projection.source), (table.targets, projection.target))
    ):
        unknown = gids >= ends[-1]
        if unknown.any():
            at = int(np.argmax(unknown))
            raise ConfigError(
                f"{table.where(at)}: there is no cell {gids[at]}; the culture's gids are 0 to "
                f"{ends[-1] - 1}",
                hint="write ids: row if the numbers count the cells of a population",
            )
        owner = np.searchsorted(ends, gids, side="right")
        _check_owners(table, side, owner, names)
        number = names.index(own.name)
        owned &= owner == number
        relative.append(gids - (ends[number] - len(own)))
    chosen = np.flatnonzero(owned)
    return chosen, relative[0][chosen], relative[1][chosen]


def _check_owners(table: EdgeTable, side: int, owner: Int, names: list[str]) -> None:
    """Refuse a gid that is not of the population beside it."""
    if table.populations is None:
        return
    stated = np.array([_number_of(table, name, names) for name in table.names], np.int64)
    wrong = stated[table.populations[side]] != owner
    if wrong.any():
        at = int(np.argmax(wrong))
        gid = (table.sources, table.targets)[side][at]
        raise ConfigError(
            f"{table.where(at)}: cell {gid} is of '{names[owner[at]]}', not of "
            f"'{table.names[table.populations[side][at]]}'",
            hint="write ids: row if the numbers count the cells of a population",
        )


def _number_of(table: EdgeTable, name: str, names: list[str]) -> int:
    if name in names:
        return names.index(name)
    at = int(np.argmax((table.populations == table.names.index(name)).any(axis=0)))
    raise ConfigError(
        f"{table.where(at)}: there is no population '{name}'{did_you_mean(name, names)}",
        hint=f"the configuration's populations are {', '.join(names)}",
    )


def _by_row(table: EdgeTable, projection: Projection) -> tuple[Int, Int, Int]:
    """Return which edges are the projection's, and their sources and targets in the populations."""
    chosen = np.arange(len(table))
    if table.populations is not None:
        names = list(projection.culture.cells)
        stated = np.array([_number_of(table, name, names) for name in table.names], np.int64)
        wanted = [names.index(end.name) for end in (projection.source, projection.target)]
        theirs = stated[table.populations] == np.array(wanted)[:, None]
        chosen = np.flatnonzero(theirs.all(axis=0))
    sources, targets = table.sources[chosen], table.targets[chosen]
    for rows, cells in ((sources, projection.source), (targets, projection.target)):
        unknown = rows >= len(cells)
        if unknown.any():
            at = int(np.argmax(unknown))
            raise ConfigError(
                f"{table.where(chosen[at])}: there is no cell {rows[at]}; the rows of "
                f"'{cells.name}' are 0 to {len(cells) - 1}",
                hint="write ids: gid if the numbers are gids of the whole culture",
            )
    return chosen, sources, targets


def _refuse_repeated(table: EdgeTable, edges: Int, key: Int) -> None:
    """Refuse a pair that is there twice; edges and keys are in order of key."""
    again = np.flatnonzero(key[1:] == key[:-1])
    if not len(again):
        return
    # The first in the file, not the first pair.
    at = again[np.argmin(edges[again + 1])]
    edge, earlier = int(edges[at + 1]), int(edges[at])
    also = "" if table.lines is None else f", as in {table.where(earlier).rpartition(', ')[2]}"
    raise ConfigError(
        f"{table.where(edge)}: the connection {table.sources[edge]} -> {table.targets[edge]} is "
        f"there twice{also}",
        hint="a pair of cells is connected at most once: leave repeated rows out",
    )
