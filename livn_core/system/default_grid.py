"""The array under a layered system: 4 x 4 electrodes over its boxes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["default_grid"]

#: Side, um, of the boxes that the radii of the electrodes are stated for.
_STANDARD_SIDE = 4000.0
_STANDARD_RADIUS = 250.0
#: Depth of the electrodes as a fraction of the stack of layers: 175 um in the 450 um of CA1.
_DEPTH = 175.0 / 450.0


def default_grid(bounds: NDArray[np.float64]) -> dict[str, Any]:
    """Return the parameters of the default array.

    Four electrodes along each side, at a pitch of a quarter of it, the first half a pitch from the
    edge; at 175/450 of the depth (z 175 for the layers of CA1). They reach 250 um for boxes of 4 mm
    and less for smaller ones, in proportion to the shorter side, but no less than half the depth
    of the layers (at most 250 um): the sides of a small system shrink more than its depth, and its
    electrodes would reach no cell.

    ``bounds``: (2, 3) lowest and highest corner of the layers' boxes, um; all lengths are in um.
    """
    low, high = np.asarray(bounds, dtype=np.float64)
    size = high - low
    pitch = size[:2] / 4
    across = _STANDARD_RADIUS * float(size[:2].min()) / _STANDARD_SIDE
    radius = min(_STANDARD_RADIUS, max(across, float(size[2]) / 2))
    return {
        "pitch": (float(pitch[0]), float(pitch[1])),
        "offset": (float(low[0] + pitch[0] / 2), float(low[1] + pitch[1] / 2)),
        "columns": 4,
        "rows": 4,
        "z": float(low[2] + _DEPTH * size[2]),
        "input_radius": radius,
        "output_radius": radius,
    }
