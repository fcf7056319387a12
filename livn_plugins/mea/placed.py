"""Arrays of a fixed geometry, laid over a culture: centred, or where the user puts them."""

from __future__ import annotations

from abc import abstractmethod
from typing import Annotated, Any, ClassVar

import numpy as np
from pydantic import BeforeValidator, Field

from livn_core.components import FloatArray, MEALayout
from livn_core.errors import LivnError

__all__ = ["PlacedLayout", "lattice", "split_numbers"]


def split_numbers(value: Any) -> Any:
    """Return the numbers of a command line's text, ``100,200``, or a list, as a tuple."""
    if not isinstance(value, str):
        return tuple(value) if isinstance(value, list) else value
    try:
        numbers = [float(part) for part in value.split(",")]
    except ValueError:
        return value
    return tuple(int(number) if number.is_integer() else number for number in numbers)


class PlacedLayout(MEALayout):
    """An array whose electrodes keep their places to each other wherever it is laid.

    A subclass gives :meth:`sites` in the array's own frame; this class lays their centre (of the
    extent, not of mass) on the centre of the culture or on ``origin``.
    """

    #: Shape of an electrode as probeinterface names it, and its measures, um.
    contact_shape: ClassVar[str] = "circle"
    contact_size: ClassVar[dict[str, float]] = {"radius": 15.0}
    #: Vendor document that the figures come from; empty for an array of the user's own.
    source: ClassVar[str] = ""

    origin: Annotated[tuple[float, float] | None, BeforeValidator(split_numbers)] = Field(
        None,
        description="where the array's centre lies, um; null for the culture's centre",
        json_schema_extra={"metavar": "X,Y"},
    )
    rotate: float = Field(
        0.0, description="rotation about the array's centre, degrees counter-clockwise"
    )
    z: float | None = Field(
        None, description="height of the electrodes, um; null for the middle of the culture"
    )

    @abstractmethod
    def sites(self) -> FloatArray:
        """Return the (n, 2) electrode centres in the array's own frame, um, y upwards."""

    def references(self) -> list[str]:
        """Labels of electrodes that the vendor uses as references, if they are among the sites."""
        return []

    def electrodes(self, bounds: FloatArray) -> FloatArray:
        """Return the (n, 3) electrode centres, um."""
        sites = np.asarray(self.sites(), dtype=np.float64)
        if len(sites) == 0:
            raise LivnError("the array has no electrode", hint="choose at least one")
        middle = self._middle(sites[:, :2])
        target = self._target(middle, bounds)
        if self.rotate == 0 and np.array_equal(target, middle):
            plane = sites[:, :2]  # not moved, so not rounded either
        else:
            plane = self._turned(sites[:, :2] - middle) + target
        height: Any = self.z
        if height is None:
            height = sites[:, 2] if sites.shape[1] == 3 else (bounds[0][2] + bounds[1][2]) / 2
        return np.column_stack([plane, np.broadcast_to(height, len(sites))])

    def _middle(self, sites: FloatArray) -> FloatArray:
        """Where the array's centre is in its own frame: in the middle of its extent."""
        return np.asarray((sites.min(axis=0) + sites.max(axis=0)) / 2)

    def _turned(self, local: FloatArray) -> FloatArray:
        if self.rotate == 0:
            return local  # nothing moves by a rounding error
        angle = np.deg2rad(self.rotate)
        return local @ [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]

    def _target(self, middle: FloatArray, bounds: FloatArray) -> Any:
        """Where the array's centre goes; an array with ``centred`` that is false stays where it is."""
        if self.origin is not None:
            return np.asarray(self.origin)
        if not getattr(self, "centred", True):
            return middle
        return (np.asarray(bounds)[0, :2] + np.asarray(bounds)[1, :2]) / 2


def lattice(columns: int, rows: int, pitch_x: float, pitch_y: float) -> FloatArray:
    """Return a (columns * rows, 2) lattice, um: row by row from the top left, as one reads.

    The origin is the lower left electrode.
    """
    row, column = np.divmod(np.arange(rows * columns), columns)
    return np.column_stack([column * pitch_x, (rows - 1 - row) * pitch_y]).astype(np.float64)
