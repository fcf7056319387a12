"""Joins lines end to end, as drawings have them: an outline of lines and arcs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from livn_plugins.drawings.outlines import Outline

__all__ = ["joined"]


def joined(outlines: Sequence[Outline], gap: float) -> list[Outline]:
    """Return outlines with the open ones joined where their ends meet.

    Each end is joined to the nearest one that is free, up to ``gap`` away in the drawing's unit. A
    joined outline stands where its first line stood, and has the name and the labels of that line.
    """
    from scipy.spatial import cKDTree

    lines = [number for number, each in enumerate(outlines) if not each.closed]
    if not lines:
        return list(outlines)
    # End 2 i is the first vertex of line i, end 2 i + 1 its last.
    ends = np.concatenate([outlines[number].points[[0, -1]] for number in lines])
    pairs = cKDTree(ends).query_pairs(gap, output_type="ndarray")
    distance = np.hypot(*(ends[pairs[:, 0]] - ends[pairs[:, 1]]).T)
    partner = np.full(len(ends), -1)
    for first, second in pairs[np.lexsort((*pairs.T[::-1], distance))].tolist():
        short = first // 2 == second // 2 and len(outlines[lines[first // 2]].points) < 3
        if partner[first] < 0 and partner[second] < 0 and not short:
            partner[first], partner[second] = second, first
    made: dict[int, Outline] = {}
    left = set(range(len(lines)))
    # Chains from their free ends first; what is left are circles.
    for start in [*np.flatnonzero(partner < 0).tolist(), *range(0, len(ends), 2)]:
        if start // 2 not in left:
            continue
        chain, end = [], start
        while end >= 0 and end // 2 in left:
            left.remove(end // 2)
            chain.append(end)
            end = int(partner[end ^ 1])
        first = outlines[lines[min(chain) // 2]]
        parts = [outlines[lines[end // 2]].points[:: -1 if end % 2 else 1] for end in chain]
        # One after the other, without the vertices in which the next begins.
        points = np.concatenate([*(part[:-1] for part in parts[:-1]), parts[-1]])
        closed = bool(partner[start] >= 0)
        if closed and len(points) > 1 and np.hypot(*(points[0] - points[-1])) <= gap:
            points = points[:-1]
        made[lines[min(chain) // 2]] = Outline(points, closed, first.name, first.labels, first.hole)
    return [
        made.get(number, each)
        for number, each in enumerate(outlines)
        if each.closed or number in made
    ]
