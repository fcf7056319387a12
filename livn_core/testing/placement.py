"""The contract of a placement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import pytest

from livn_core.culture.placement import place
from livn_core.sampling.streams import stream
from livn_core.testing.component import ComponentContract

__all__ = ["PlacementContract"]


class PlacementContract(ComponentContract):
    """Positions are finite, inside the stated bounds, and a matter of the stream alone."""

    kind = "placement"

    #: Whether positions depend on the stream at all; False for a lattice.
    random: ClassVar[bool] = True
    #: Numbers of cells to try; fewer when only some are possible.
    counts: ClassVar[Sequence[int]] = (0, 1, 2, 3, 2000)
    varied = {"example": "examples", "count": "counts"}

    def test_gives_as_many_positions_as_cells(self, example: Mapping[str, Any], count: int) -> None:
        """(count, 2) or (count, 3) finite numbers, for no cell and for one as well."""
        positions = place(self.create(example), count, stream(1, "contract"))
        assert positions.shape in {(count, 2), (count, 3)}
        assert positions.dtype == np.float64
        assert np.isfinite(positions).all()

    def test_same_stream_same_positions(self, example: Mapping[str, Any]) -> None:
        """The stream is the only source of randomness, and the global one is left alone."""
        before: Any = np.random.get_state()  # noqa: NPY002 - to see that nobody draws from it
        first = place(self.create(example), max(self.counts), stream(1, "contract"))
        again = place(self.create(example), max(self.counts), stream(1, "contract"))
        other = place(self.create(example), max(self.counts), stream(2, "contract"))
        after: Any = np.random.get_state()  # noqa: NPY002
        np.testing.assert_array_equal(first, again)
        assert self.random != np.array_equal(first, other)
        np.testing.assert_array_equal(before[1], after[1], "it draws from NumPy's global stream")

    def test_positions_lie_inside_the_bounds(self, example: Mapping[str, Any]) -> None:
        """``bounds()`` is known before anything is drawn, and holds."""
        placement = self.create(example)
        bounds = placement.bounds()
        if bounds is None:
            pytest.skip("it does not state its bounds")
        assert np.shape(bounds) == (2, 2)
        assert np.isfinite(bounds).all()
        assert (bounds[0] <= bounds[1]).all(), "the lower corner comes first"
        positions = place(placement, max(self.counts), stream(3, "contract"))[:, :2]
        slack = 1e-6 * np.abs(bounds).max()
        assert (positions >= bounds[0] - slack).all()
        assert (positions <= bounds[1] + slack).all()
        np.testing.assert_array_equal(bounds, self.create(example).bounds())

    def test_area_fits_into_the_bounds(self, example: Mapping[str, Any]) -> None:
        """The area that has cells is positive and no larger than its bounding box."""
        placement = self.create(example)
        area, bounds = placement.area(), placement.bounds()
        if area is None:
            pytest.skip("it does not state its area")
        assert area > 0
        if bounds is not None:
            assert area <= np.prod(bounds[1] - bounds[0]) * (1 + 1e-9)
