"""Measured soma positions, from a file."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path

import numpy as np
from pydantic import Field, PrivateAttr

from livn_core.components import FloatArray, Placement
from livn_core.documents.tables import CoordinateTable, read_coordinates
from livn_core.errors import PlacementError
from livn_core.suggest import did_you_mean


class File(Placement):
    """Positions from a CSV, TSV, JSON or SONATA nodes file with columns x, y and perhaps z, um.

    A column ``population`` (or ``column``) says whose cell each row is; the names must be those of
    the configuration. Without it, or with ``population`` given, every population gets the same
    rows, so that it serves for one population. Cells keep the file's order; without z, they lie in
    the culture's ``z_range``.
    """

    path: Path = Field(description="the file")
    column: str = Field("population", description="column that names the population of each row")
    population: str | None = Field(
        None, description="take the rows of this population, whichever is being placed"
    )
    #: The population being placed: set by :meth:`for_population`.
    _placed: str | None = PrivateAttr(None)

    @cached_property
    def _table(self) -> CoordinateTable:
        return read_coordinates(self.path)

    def for_population(self, population: str) -> File:
        """Return the placement that gives the rows of this population."""
        bound = self.model_copy()
        bound._placed = population
        bound.__dict__["_table"] = self._table
        return bound

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return the measured positions, (count, 2) or (count, 3), um; nothing is drawn."""
        positions = self._rows()
        if len(positions) != count:
            whose = self.population or self._placed
            what = f" of population '{whose}'" if whose else ""
            raise PlacementError(
                f"'{self.path}' holds {len(positions)} positions{what} for {count} cells",
                hint=f"set the population's count to {len(positions)}"
                + ("" if self._names() else f", or add a column '{self.column}' to the file"),
            )
        return positions

    def _names(self) -> list[str] | None:
        return self._table.columns.get(self.column.casefold())

    def _rows(self) -> FloatArray:
        names = self._names()
        wanted = self.population or self._placed
        if names is None:
            if self.population is not None or self.column != "population":
                columns = sorted(self._table.columns)
                raise PlacementError(
                    f"'{self.path}' has no column '{self.column}'"
                    f"{did_you_mean(self.column, columns)}",
                    hint=f"its other columns are {', '.join(columns) or 'none'}",
                )
            return self._table.positions
        if wanted is None:
            return self._table.positions
        if wanted not in names:
            known = sorted(set(names))
            raise PlacementError(
                f"'{self.path}' has no cell of population '{wanted}'{did_you_mean(wanted, known)}",
                hint=f"its populations are {', '.join(known) or 'none'}",
            )
        return self._table.positions[np.asarray(names) == wanted]

    def measured(self) -> dict[str, int] | None:
        """Return the rows of each population, in the order of the file; None without a column."""
        names = self._names()
        if names is None or self.population is not None:
            return None
        return dict(Counter(names))

    def left_out(self, populations: Iterable[str]) -> dict[str, int]:
        """Return the rows of populations that are not among these: name -> number of rows."""
        names = [] if self.population is not None else self._names() or []
        return dict(sorted(Counter(name for name in names if name not in set(populations)).items()))

    def bounds(self) -> FloatArray | None:
        """Return the smallest rectangle around all rows of the file, um; None when it is empty."""
        plane = self._table.positions[:, :2]
        return np.stack([plane.min(axis=0), plane.max(axis=0)]) if len(plane) else None
