"""The sections that NEURON makes of ordered points: the rules of its ``read_swc.hoc``.

Written from what ``Import3d_SWC_read`` and ``Import3d_GUI`` of NEURON 9 do, and compared with them in
the tests. NEURON keeps a fractional count of children a point: 1 for each child, 0.01 more for one
that does not follow its parent in the file or that has another type. A section ends at each point
whose count is not 1.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livn_core.morphology.topology import SOMA, OrderedPoints

__all__ = ["RawSection", "neuron_sections"]


@dataclass(slots=True)
class RawSection:
    """A section: its own points ``start`` to ``stop``, and where it hangs.

    ``wired`` sections begin at their own first point, the others at ``above``, the parent point.
    ``parent`` is a position in the list of sections, -1 at the root. ``shape_stop`` differs from
    ``stop`` where NEURON disregards points (the second and third of a three-point soma).
    """

    start: int
    stop: int
    type: int
    above: int = -1
    parent: int = -1
    parent_x: float = 1.0
    wired: bool = False
    shape_stop: int = field(default=-1)

    @property
    def size(self) -> int:
        """Number of 3D points that NEURON holds, the parent's included."""
        return self.shape_stop - self.start + (self.above >= 0)


def neuron_sections(points: OrderedPoints) -> tuple[list[RawSection], list[int]]:
    """Return the sections in the order of the file, and the positions of those to leave out.

    Left out is what NEURON removes on loading: sections of two equal points, and single points that
    hang from a branching soma. The children of such a section are given to its parent here.
    """
    types = points.types.astype(np.int64)
    parent = points.parent.copy()
    ends, proximal, soma_children, sphere = _section_ends(types, parent, points)
    starts = np.concatenate(([0], ends[:-1] + 1))
    section_of = np.repeat(np.arange(len(starts)), ends + 1 - starts)
    sections: list[RawSection] = []
    for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
        section = RawSection(start, end + 1, int(types[start]), shape_stop=end + 1)
        if start == 0:
            if sphere:
                section.shape_stop = 1
        else:
            section.above = int(parent[start])
            section.parent = int(section_of[section.above])
            mother = sections[section.parent]
            section.parent_x, section.wired = _attachment(
                section, mother, int(soma_children[section.above])
            )
            if proximal[start]:
                section.parent_x = 0.0
        sections.append(section)
    return sections, _remove_empty(sections, points.xyz)


def _section_ends(
    types: NDArray[np.int64], parent: NDArray[np.int64], points: OrderedPoints
) -> tuple[NDArray[np.int64], NDArray[np.bool_], NDArray[np.int64], bool]:
    """Return last points of sections, points whose section hangs from location 0, soma children."""
    n = len(parent)
    child = np.flatnonzero(parent >= 0)
    above = parent[child]
    apart = above != child - 1
    other = types[above] != types[child]
    count = np.bincount(above, minlength=n)
    one = (count == 1) & (np.bincount(above[apart | other], minlength=n) == 0)

    # A branch at the first point of a dendrite on the soma would leave a section of one point:
    # NEURON runs on, and hangs the others from the beginning of the section.
    grand = np.where(parent[above] < 0, above, parent[above])
    stub = apart & (above > 1) & (types[above] != SOMA) & (types[grand] == SOMA)
    proximal = np.zeros(n, dtype=bool)
    proximal[child[stub]] = True
    one[above[stub]] = ~other[stub]  # the last child decides, as in NEURON's loop

    of_soma = (types[child] == SOMA) & (types[above] == SOMA)
    soma_children = np.bincount(above[of_soma], minlength=n)
    sphere = _three_point_soma(types, parent, count, points)
    if sphere:
        parent[2] = 1
    follows = (types[:-1] == SOMA) & (types[1:] == SOMA) & (parent[1:] == np.arange(n - 1))
    runs_on = follows & ((np.arange(n - 1) == 0) | (soma_children[:-1] <= 1))
    one[:-1] |= runs_on
    return np.flatnonzero(~one), proximal, soma_children, sphere


def _three_point_soma(
    types: NDArray[np.int64],
    parent: NDArray[np.int64],
    children: NDArray[np.int64],
    points: OrderedPoints,
) -> bool:
    """NeuroMorpho's convention: the centre and two points at +-r, for a sphere."""
    if np.count_nonzero(types == SOMA) != 3 or parent[1] != 0 or parent[2] != 0:
        return False
    if children[1] or children[2] or len(set(points.radius[:3].tolist())) != 1:
        return False
    diameter = 2 * points.radius[0]
    if diameter == 0:
        return False
    length = np.linalg.norm(points.xyz[1:3] - points.xyz[0], axis=1).sum()
    return bool(abs(length / diameter - 1) < 0.01)


def _attachment(section: RawSection, mother: RawSection, soma_children: int) -> tuple[float, bool]:
    """Return the location on the parent section, and whether the section begins past its parent."""
    own = section.stop - section.start
    dendrite = section.type != SOMA
    if section.parent == 0:
        if dendrite and mother.type == SOMA and mother.size == 1:
            return 0.5, own > 1
        if section.above == mother.start:
            return 0.0, dendrite and soma_children > 1
    if mother.type == SOMA:
        last = mother.start + mother.size - (1 if mother.start == 0 else 2)
        if section.above < last:
            return 0.5, dendrite and own > 1
        return 1.0, dendrite and own > 1 and soma_children > 1
    return 1.0, False


def _remove_empty(sections: list[RawSection], xyz: NDArray[np.float64]) -> list[int]:
    removed = []
    for position in range(len(sections) - 1, 0, -1):
        section = sections[position]
        size = section.size - section.wired
        first = section.start if section.wired else section.above
        if size > 2 or (size == 2 and not np.array_equal(xyz[first], xyz[section.stop - 1])):
            continue
        removed.append(position)
        for other in sections[position + 1 :]:
            if other.parent == position:
                other.parent, other.parent_x = section.parent, section.parent_x
    return removed
