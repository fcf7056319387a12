"""SWC files as ``neurotrees_import`` takes them."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.morphology import Morphology

__all__ = ["their_swc"]


def their_swc(morphology: Morphology) -> str:
    """Return a morphology with layers as the text of an SWC file for ``neurotrees_import``.

    It takes the numbers of points as positions in an array: they count from 0. What lies between
    two points of different sections belongs to neither there, so that a section begins with a point
    of its own where it leaves its parent.
    """
    return "".join(f"{line}\n" for line in _lines(morphology))


def _lines(morphology: Morphology) -> Iterator[str]:
    numbers: list[int] = []
    count = 0
    for point, xyz in enumerate(morphology.xyz):
        parent = int(morphology.parent[point])
        before = numbers[parent] if parent >= 0 else -1
        begins = parent >= 0 and (
            morphology.point_section[point] != morphology.point_section[parent]
        )
        places = [xyz]
        if begins and (morphology.xyz[parent] != xyz).any():
            places.insert(0, morphology.xyz[parent])
        for x, y, z in places:
            yield (
                f"{count} {morphology.types[point]} {x:.6f} {y:.6f} {z:.6f} "
                f"{morphology.radius[point]:.6f} {before} {morphology.layer[point]}"
            )
            before, count = count, count + 1
        numbers.append(count - 1)
