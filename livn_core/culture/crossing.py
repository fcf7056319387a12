"""Whether a segment crosses a wall: of one segment, in compiled loops, or of arrays of them."""

from __future__ import annotations

from typing import Any

__all__ = ["sides", "through"]


def sides(x: Any, y: Any, to_x: Any, to_y: Any, wall: Any) -> tuple[Any, Any, Any, Any]:
    """Return on which side of a segment the wall's ends are, and of the wall the segment's."""
    along_x, along_y = to_x - x, to_y - y
    wall_x, wall_y = wall[2] - wall[0], wall[3] - wall[1]
    return (
        along_x * (wall[1] - y) - along_y * (wall[0] - x),
        along_x * (wall[3] - y) - along_y * (wall[2] - x),
        wall_x * (y - wall[1]) - wall_y * (x - wall[0]),
        wall_x * (to_y - wall[1]) - wall_y * (to_x - wall[0]),
    )


def through(x: Any, y: Any, to_x: Any, to_y: Any, behind: Any, wall: Any) -> Any:
    """Return whether a segment on whose line a wall's first vertex is crosses the walls there."""
    along_x, along_y = to_x - x, to_y - y
    share = along_x * (wall[0] - x) + along_y * (wall[1] - y)
    earlier = along_x * (wall[5] - y) - along_y * (wall[4] - x)
    within = (share > 0) & (share < along_x * along_x + along_y * along_y)
    return within & (behind * earlier < 0)
