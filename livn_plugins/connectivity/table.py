"""The kernel ``table``: a measured profile of distance."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, model_validator

from livn_core.components import FloatArray, Kernel
from livn_core.documents.profiles import read_profile

__all__ = ["Table"]

#: Of 2, of the largest weight: amplitudes and their products with weights are far from any limit.
LARGEST_EXPONENT = 300


class Table(Kernel):
    """k(d) is linear between measured points, and 0 beyond the last.

    Up to the first point it is that point's weight. The points are two lists, or a file with two
    columns, ``distance`` and ``weight``.
    """

    distances: tuple[float, ...] = Field((), description="distances of the points, ascending, um")
    weights: tuple[float, ...] = Field((), description="k at each of them, in any unit, >= 0")
    profile: Path | None = Field(
        None,
        exclude=True,
        description="a CSV or TSV file with the columns distance and weight, in place of the lists",
    )

    @model_validator(mode="before")
    @classmethod
    def _with_file(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        points = {
            key: tuple(value) if isinstance(value, list) else value for key, value in values.items()
        }
        if points.get("profile") is not None:
            if points.get("distances") or points.get("weights"):
                raise ValueError("has both a profile and lists: give one of them")
            # The points take the file's place: what is recorded needs no file.
            distances, weights = read_profile(Path(points["profile"]))
            points |= {"distances": distances, "weights": weights}
        return points

    @model_validator(mode="after")
    def _has_read_its_file(self) -> Table:
        # Beside the fields: two tables of the same points are equal.
        self.__dict__["read_from"], self.__dict__["profile"] = self.profile, None
        return self

    @model_validator(mode="after")
    def _is_a_profile(self) -> Table:
        distance, weight = np.array(self.distances), np.array(self.weights)
        if len(distance) != len(weight):
            raise ValueError(f"has {len(distance)} distances for {len(weight)} weights")
        if len(distance) < 2:
            raise ValueError("needs at least two points: distances and weights, or a profile")
        if (distance < 0).any() or (np.diff(distance) <= 0).any():
            raise ValueError("distances must be >= 0 and ascend, each larger than the one before")
        if (weight < 0).any() or not (weight > 0).any():
            raise ValueError("weights must be >= 0, and one of them positive")
        return self

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        """Whether the profile never grows with distance."""
        return bool((np.diff(self.weights) <= 0).all())

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d) for distances in um; same shape, float64."""
        return np.interp(distance, self.distances, self._weights, right=0.0)

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return the largest k over ``[nearest, farthest]``, um: at an end, or at a point between."""
        first = np.searchsorted(self.distances, nearest, side="left")
        number = np.searchsorted(self.distances, farthest, side="right") - first
        level = np.frexp(np.maximum(number, 1))[1] - 1
        last = np.maximum(first + number - (1 << level), 0)
        tables = self._maxima
        top = tables.shape[1] - 1
        between = np.maximum(
            tables[level, np.minimum(first, top)], tables[level, np.minimum(last, top)]
        )
        ends = np.maximum(self.weight(nearest), self.weight(farthest))
        return np.where(number > 0, np.maximum(between, ends), ends)

    @cached_property
    def _weights(self) -> FloatArray:
        """The weights; those too small or too large to be multiplied, by a power of 2.

        That changes no bit of them but the exponent, and the scale of k does not matter.
        """
        weights = np.array(self.weights)
        exponent = int(np.frexp(weights.max())[1])
        return weights if abs(exponent) <= LARGEST_EXPONENT else np.ldexp(weights, -exponent)

    @cached_property
    def _maxima(self) -> FloatArray:
        """Largest weight of 1, 2, 4 ... points from each point on, (levels, points)."""
        tables = [self._weights]
        step = 1
        while 2 * step <= len(self.weights):
            tables.append(np.maximum(tables[-1], np.append(tables[-1][step:], np.zeros(step))))
            step *= 2
        return np.array(tables)
