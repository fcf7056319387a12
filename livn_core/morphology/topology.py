"""From ids to positions: the checks of the tree, and the canonical order of its points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import MorphologyError
from livn_core.morphology.text import PointTable

__all__ = ["SOMA", "OrderedPoints", "order_points"]

#: SWC type of the soma.
SOMA = 1


@dataclass(frozen=True, slots=True)
class OrderedPoints:
    """Points in canonical order, ``parent`` as positions (-1 at position 0, the root).

    ``moved`` says whether that order is not the order of the ids.
    """

    types: NDArray[np.int8]
    xyz: NDArray[np.float64]
    radius: NDArray[np.float64]
    parent: NDArray[np.int64]
    layer: NDArray[np.int8]
    lines: NDArray[np.int64]
    moved: bool


def order_points(table: PointTable, origin: str) -> OrderedPoints:
    """Check that the points are one tree with the soma at its root, and put them in order.

    Raises
    ------
    MorphologyError
        For an id used twice, a parent that does not exist, a cycle, no root or more than one, and
        for a soma that is missing or not at the root; with file, line and id.
    """
    by_id = np.argsort(table.ids, kind="stable")
    ids, lines = table.ids[by_id], table.lines[by_id]
    twice = np.flatnonzero(ids[1:] == ids[:-1])
    if len(twice):
        first, second = lines[twice[0]], lines[twice[0] + 1]
        raise MorphologyError(
            f"{origin}:{second}: id {ids[twice[0]]} is used twice, on lines {first} and {second}",
            hint="give each point an id of its own",
        )
    parent = _positions(ids, table.parents[by_id], lines, origin)
    types = table.types[by_id]
    _check_tree(ids, parent, lines, origin)
    _check_soma(ids, types, parent, lines, origin)
    order = _canonical_order(types, parent)
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    old = parent[order]
    take = by_id[order]
    return OrderedPoints(
        types=table.types[take],
        xyz=table.xyz[take],
        radius=table.radius[take],
        parent=np.where(old < 0, -1, rank[old]),
        layer=table.layer[take],
        lines=table.lines[take],
        moved=bool(np.any(np.diff(order) < 0)),
    )


def _positions(
    ids: NDArray[np.int64], parents: NDArray[np.int64], lines: NDArray[np.int64], origin: str
) -> NDArray[np.int64]:
    row = np.minimum(np.searchsorted(ids, parents), len(ids) - 1)
    missing = np.flatnonzero((parents >= 0) & (ids[row] != parents))
    if len(missing):
        at = missing[np.argmin(lines[missing])]
        raise MorphologyError(
            f"{origin}:{lines[at]}: point {ids[at]} has parent {parents[at]}, which is no point",
            hint="the parent is the id of another point, or -1 at the root",
        )
    own = np.flatnonzero(parents == ids)
    if len(own):
        raise MorphologyError(
            f"{origin}:{lines[own[0]]}: point {ids[own[0]]} is its own parent",
            hint="the root has parent -1",
        )
    return np.where(parents < 0, -1, row)


def _check_tree(
    ids: NDArray[np.int64], parent: NDArray[np.int64], lines: NDArray[np.int64], origin: str
) -> None:
    if np.any(parent >= np.arange(len(parent))):
        # Doubling: after k rounds `ancestor` is 2^k steps up; a point that is not above the root by
        # then is part of a cycle, or hangs from one.
        ancestor = parent.copy()
        for _ in range(int(np.ceil(np.log2(len(parent) + 1))) + 1):
            ancestor = np.where(ancestor < 0, -1, ancestor[ancestor])
        caught = np.flatnonzero(ancestor >= 0)
        if len(caught):
            # Every `ancestor` of a caught point lies on its cycle.
            start = int(ancestor[caught].min())
            cycle, at = [start], int(parent[start])
            while at != start:
                cycle.append(at)
                at = int(parent[at])
            line = lines[cycle].min()
            shown = " -> ".join(str(ids[i]) for i in [*cycle[:6], start][: len(cycle) + 1])
            raise MorphologyError(
                f"{origin}:{line}: points are each other's parents: {shown}",
                hint="follow the parents to the root: no point may come twice",
            )
    roots = np.flatnonzero(parent < 0)
    if len(roots) > 1:
        where = ", ".join(str(line) for line in np.sort(lines[roots])[:6])
        second = roots[np.argsort(lines[roots])[1]]
        raise MorphologyError(
            f"{origin}:{lines[second]}: point {ids[second]} is a second root "
            f"(parent -1 on lines {where}); a cell is one tree",
            hint="give it a parent, such as the soma's point",
        )


def _check_soma(
    ids: NDArray[np.int64],
    types: NDArray[np.int8],
    parent: NDArray[np.int64],
    lines: NDArray[np.int64],
    origin: str,
) -> None:
    root = int(np.flatnonzero(parent < 0)[0])
    soma = types == SOMA
    if not soma.any():
        raise MorphologyError(
            f"{origin}:{lines[root]}: no soma: no point has type 1, and the root, "
            f"point {ids[root]}, has type {types[root]}",
            hint="mark the soma's points with type 1 in the second column",
        )
    below = np.flatnonzero(soma & (parent >= 0) & ~soma[parent])
    if len(below):
        at = below[np.argmin(lines[below])]
        raise MorphologyError(
            f"{origin}:{lines[at]}: soma point {ids[at]} hangs from point {ids[parent[at]]}, "
            f"which has type {types[parent[at]]}; the soma must be at the root",
            hint="make a soma point (type 1) the root, with parent -1",
        )


def _canonical_order(types: NDArray[np.int8], parent: NDArray[np.int64]) -> NDArray[np.int64]:
    """Order of the points: that of the ids where NEURON can load it, else depth first."""
    at = np.arange(len(parent))
    must, soma = _continues(types, parent)
    if np.all(parent < at) and np.all(parent[must] == at[must] - 1):
        return at
    continues = must | soma
    following = np.full(len(parent), -1)
    following[parent[continues]] = at[continues]
    # Depth first, branches by id: the children of a run are the heads of other runs.
    children: dict[int, list[int]] = {}
    for head in np.flatnonzero(~continues & (parent >= 0)).tolist():
        children.setdefault(int(parent[head]), []).append(head)
    order: list[int] = []
    waiting = [int(np.flatnonzero(parent < 0)[0])]
    while waiting:
        point, heads = waiting.pop(), []
        while point >= 0:
            order.append(point)
            heads += children.get(point, [])
            point = int(following[point])
        waiting += sorted(heads, reverse=True)
    return np.array(order, dtype=np.int64)


def _continues(
    types: NDArray[np.int8], parent: NDArray[np.int64]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which points run on from their parents: those that must come right after it, and the soma's.

    NEURON starts a section at every point that does not follow its parent in the file, so an only
    child of its parent's type must follow it, and so must the first child of a dendrite's first
    point, whose section NEURON runs on at a branch. Soma points may stand apart; where the order
    is ours, they follow too.
    """
    n = len(parent)
    child = np.flatnonzero(parent >= 0)
    above = parent[child]
    same = types[child] == types[above]
    of_soma = types[above] == SOMA
    only = np.bincount(above, minlength=n)[above] == 1
    grandparent = np.where(parent[above] < 0, above, parent[above])
    on_soma = ~of_soma & (types[grandparent] == SOMA) & (above > 1)
    # The first child of each parent by id, of the same type where there is one.
    rank = np.lexsort((child, ~same, above))
    first = np.zeros(len(child), dtype=bool)
    first[rank[np.flatnonzero(np.diff(above[rank], prepend=-1))]] = True
    somata = np.bincount(above[same & of_soma], minlength=n)
    must, soma = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    must[child] = ~of_soma & same & (only | (on_soma & first))
    soma[child] = of_soma & same & first & ((somata[above] == 1) | (parent[above] < 0))
    return must, soma
