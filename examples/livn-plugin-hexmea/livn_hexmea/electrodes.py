"""The MEA layout ``hex``."""

import numpy as np
from pydantic import Field

from livn_core.components import MEALayout
from livn_hexmea.lattice import hexagonal


class Hex(MEALayout):
    """A hexagonal array over the whole culture.

    Every electrode has six neighbours at ``pitch``: rows are ``pitch * sqrt(3) / 2`` apart, every
    second one is shifted by ``pitch / 2``. As many as fit, centred; z is the culture's middle.
    """

    pitch: float = Field(200.0, gt=0, description="distance between neighbours, um")

    def electrodes(self, bounds):
        low, high = np.asarray(bounds, dtype=float)
        middle = (low + high) / 2
        plane = hexagonal(*(high - low)[:2], self.pitch) + middle[:2]
        return np.column_stack([plane, np.full(len(plane), middle[2])])
