"""The largest centred power-of-two grid of electrodes that a culture holds."""

from __future__ import annotations

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray, MEALayout
from livn_core.errors import ConfigError, Finding

#: More electrodes than any array has: the pitch is then probably in another unit.
LIMIT = 2**20


class Grid(MEALayout):
    """Electrodes on a square lattice, centred in the culture.

    Along each axis the number of electrodes is the largest power of two whose span,
    (n - 1) x pitch, fits into the configured extent; one at the centre when two do not fit. The
    axes count separately: a culture of 1.6 x 3.2 mm has 8 x 16 electrodes at 200 um. The livn
    simulator counts in the same way. Ids run along x first; z is the middle of the culture.
    """

    pitch: float = Field(200.0, gt=0, description="centre-to-centre distance, um")

    def electrodes(self, bounds: FloatArray) -> FloatArray:
        """Return the (n, 3) electrode centres, um."""
        low, high = np.asarray(bounds, dtype=np.float64)
        middle = (low + high) / 2
        counts = [self._count(float(extent)) for extent in (high - low)[:2]]
        if counts[0] * counts[1] > LIMIT:
            raise ConfigError(
                [
                    Finding(
                        "pitch",
                        f"{self.pitch:g} um gives a grid of {counts[0]:,} x {counts[1]:,} "
                        f"electrodes over {high[0] - low[0]:g} x {high[1] - low[1]:g} um",
                    )
                ],
                hint="the pitch is the distance between electrodes, in um",
            )
        xs, ys = (
            middle[axis] + (np.arange(count) - (count - 1) / 2) * self.pitch
            for axis, count in enumerate(counts)
        )
        x, y = np.meshgrid(xs, ys)
        return np.column_stack([x.ravel(), y.ravel(), np.full(x.size, middle[2])])

    def _count(self, extent: float) -> int:
        # Tolerance for rounding: 0.3 / 0.1 is 2.9999999999999996, and the fourth electrode fits.
        fitting = int(min(extent / self.pitch * (1 + 1e-12), 2.0 * LIMIT)) + 1
        return 1 << (fitting.bit_length() - 1)
