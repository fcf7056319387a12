"""Electrodes at positions that the user gives, with the names that the array's vendor uses."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from pydantic import Field, field_validator

from livn_core.components import FloatArray, MEALayout

Row = tuple[int | float | str, ...]


class Coordinates(MEALayout):
    """One row an electrode, all of one form.

    ``[x, y]`` lies in the middle of the culture's height, ``[x, y, z]`` where it says, and
    ``[id, x, y, z]`` has a label of its own: an integer or a text. A row of three is never an id
    with two coordinates. In the file electrodes are numbered 0..n-1 in the order of the rows, as
    the simulator needs; labels are kept beside.
    """

    coordinates: tuple[Row, ...] = Field(
        description="rows [x, y], [x, y, z] or [id, x, y, z], all of one form, um"
    )

    @field_validator("coordinates", mode="before")
    @classmethod
    def _rows(cls, value: Any) -> tuple[Row, ...]:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if not isinstance(value, (list, tuple)):
            # pydantic collects ValueErrors only.
            raise ValueError(  # noqa: TRY004
                "must be a list of rows [x, y], [x, y, z] or [id, x, y, z]"
            )
        if not value:
            raise ValueError("there are no rows, and so no electrodes")
        rows = [_row(index, row) for index, row in enumerate(value)]
        lengths = {len(row) for row in rows}
        if len(lengths) > 1:
            other = next(index for index, row in enumerate(rows) if len(row) != len(rows[0]))
            raise ValueError(
                f"rows must be of one form: row 0 has {len(rows[0])} values, "
                f"row {other} has {len(rows[other])}"
            )
        if lengths == {4}:
            first: dict[int | float | str, int] = {}
            for index, row in enumerate(rows):
                before = first.setdefault(row[0], index)
                if before != index:
                    raise ValueError(f"rows {before} and {index} have the same id {row[0]!r}")
        return tuple(rows)

    def electrodes(self, bounds: FloatArray) -> FloatArray:
        """Return the (n, 3) electrode centres, um."""
        positions = np.array([row[-3:] for row in self.coordinates], dtype=np.float64)
        if positions.shape[1] == 2:
            middle = np.asarray(bounds, dtype=np.float64)[:, 2].mean()
            positions = np.column_stack([positions, np.full(len(positions), middle)])
        return positions

    def labels(self) -> list[str] | None:
        """Return the ids of the rows as texts; None when they are 0..n-1 or there are none."""
        if len(self.coordinates[0]) < 4:
            return None
        labels = [str(row[0]) for row in self.coordinates]
        return None if labels == [str(index) for index in range(len(labels))] else labels


def _row(index: int, row: Any) -> Row:
    if not isinstance(row, (list, tuple)) or not 2 <= len(row) <= 4:
        raise ValueError(f"row {index} must be [x, y], [x, y, z] or [id, x, y, z], not {row!r:.60}")
    numbers = row if len(row) < 4 else row[1:]
    for axis, number in zip("xyz", numbers, strict=False):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            raise ValueError(  # noqa: TRY004 - as above
                f"{axis} of row {index} must be a number, not {number!r:.40}"
            )
        if not math.isfinite(number):
            raise ValueError(f"{axis} of row {index} must be finite, not {number!r}")
    positions = tuple(float(number) for number in numbers)
    return positions if len(row) < 4 else (_label(index, row[0]), *positions)


def _label(index: int, value: Any) -> int | str:
    # Files of the simulator hold ids as 0.0, 1.0, ...: those are whole, 0.5 is not.
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and value.strip():
        return value.strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError(f"the id of row {index} must be an integer or a text, not {value!r:.40}")
