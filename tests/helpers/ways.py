"""Where ways first meet a wall, by the loop that axons grow with."""

import numpy as np

from livn_core.culture.boundary_loops import first_wall


def first_walls(boundary, start, stop):
    """Return the share of each way at which it first meets a wall, and which; infinity, -1 for none."""
    grid = boundary.grid()
    found = [first_wall(*one, *other, *grid) for one, other in zip(start, stop, strict=True)]
    share, wall = zip(*found, strict=True)
    return np.array(share), np.array(wall)


def meets_no_wall(boundary, start, stop):
    """Return whether none of the ways meets a wall."""
    return (first_walls(boundary, start, stop)[1] < 0).all()
