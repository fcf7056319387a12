"""The value that a morphology file becomes: points, sections and segments as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.morphology.neuron_sections import RawSection, neuron_sections
from livn_core.morphology.topology import OrderedPoints

__all__ = ["Morphology", "Sections", "Segments", "build_morphology"]


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """One row a section, in NEURON's order (see the package's docstring).

    Parameters
    ----------
    type
        int8, SWC type.
    parent
        int32, number of the parent section; -1 at the root.
    parent_x
        float64, location on the parent section where it hangs: 0, 0.5 or 1.
    length
        float64, um: NEURON's ``L``.
    root_x
        float64, location on the root section where its branch leaves (unused for the root).
    cable
        float64, um: along the cable from ``root(root_x)`` to the beginning of the section.
    root
        Number of the root section, the soma (or its first part).
    """

    type: NDArray[np.int8]
    parent: NDArray[np.int32]
    parent_x: NDArray[np.float64]
    length: NDArray[np.float64]
    root_x: NDArray[np.float64]
    cable: NDArray[np.float64]
    root: int

    def __len__(self) -> int:
        return len(self.type)


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """One row a piece between consecutive points of a section, by section and arc length.

    Parameters
    ----------
    section
        int32, section number.
    start
        float64, um: arc length in the section where the piece begins.
    length
        float64, um; may be 0.
    type
        int8, SWC type of the section.
    layer
        int8, layer of the piece's distal point; -1 where the file has none.
    point
        int32, the distal point, in canonical order.
    """

    section: NDArray[np.int32]
    start: NDArray[np.float64]
    length: NDArray[np.float64]
    type: NDArray[np.int8]
    layer: NDArray[np.int8]
    point: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.section)


@dataclass(frozen=True, slots=True, eq=False)
class Morphology:
    """A cell's morphology. All arrays are read-only; equal files give equal arrays.

    Parameters
    ----------
    name
        The file's name without its ending.
    xyz
        (points, 3) float64, um, as in the file.
    radius
        (points,) float64, um.
    types
        (points,) int8, SWC types.
    layer
        (points,) int8, the file's eighth column; -1 in all of them where it has none.
    parent
        (points,) int32, position of the parent point; -1 at position 0, the root.
    point_section
        (points,) int32, the section that each point belongs to.
    sections
        Table of sections.
    notes
        What was passed over or repaired on reading, one line each.

    Examples
    --------
    >>> from livn_core.documents.shipped import systems_directory
    >>> from livn_core.morphology import read_swc
    >>> cell = read_swc(systems_directory() / "morphology" / "INH.swc")
    >>> int(cell.types[0]), cell.parent[:3].tolist(), cell.soma.tolist()
    (1, [-1, 0, 1], [0.0, 0.0, 0.0])
    """

    name: str
    xyz: NDArray[np.float64]
    radius: NDArray[np.float64]
    types: NDArray[np.int8]
    layer: NDArray[np.int8]
    parent: NDArray[np.int32]
    point_section: NDArray[np.int32]
    sections: Sections
    notes: tuple[str, ...]
    _segments: Segments

    def __len__(self) -> int:
        return len(self.xyz)

    def segments(self) -> Segments:
        """Return the table of segments: all that lies between two points of one section."""
        return self._segments

    @property
    def has_layers(self) -> bool:
        """Whether the file gave layers."""
        return bool((self.layer >= 0).any())

    @property
    def soma(self) -> NDArray[np.float64]:
        """(3,) um: the mean of the soma's points."""
        return self.xyz[self.types == 1].mean(axis=0)

    def distance(
        self, section: ArrayLike, x: ArrayLike, *, origin: float = 0.5
    ) -> NDArray[np.float64]:
        """Return distances along the cable from the soma.

        Parameters
        ----------
        section
            Section numbers, any shape.
        x
            Locations in [0, 1], of a shape that goes with it.
        origin
            Location on the root section: 0.5 for the middle of the soma, as in NEURON's
            ``h.distance(soma(0.5), section(x))``; MiV-Simulator's ``syn_cdists`` start at 0.

        Returns
        -------
        numpy.ndarray
            float64, um.
        """
        table = self.sections
        number, x = np.asarray(section), np.asarray(x, dtype=np.float64)
        length = table.length[number]
        root = table.length[table.root]
        beyond = np.abs(table.root_x[number] - origin) * root + table.cable[number] + x * length
        return np.where(number == table.root, np.abs(x - origin) * root, beyond)


def build_morphology(name: str, points: OrderedPoints, notes: tuple[str, ...]) -> Morphology:
    """Cut ordered points into sections and segments."""
    raw, removed = neuron_sections(points)
    if points.moved:
        note = "points of one section stand apart; sections are numbered as if they did not, "
        notes = (*notes, note + "and as NEURON numbers them in the file that write_swc() writes")
    if removed:
        lines = ", ".join(str(points.lines[raw[i].stop - 1]) for i in sorted(removed)[:6])
        note = f"line {lines}: {len(removed)} of {len(raw)} sections have no length of their own "
        notes = (*notes, note + "and are left out, as NEURON does")
    gone = set(removed)
    kept = [i for i in range(len(raw)) if i not in gone]
    kept.sort(key=lambda i: raw[i].type)  # stable: by type, then by the order of the file
    number = np.full(len(raw), -1, dtype=np.int32)
    number[kept] = np.arange(len(kept))
    for i in sorted(gone):
        number[i] = number[raw[i].parent]
    sizes = [section.stop - section.start for section in raw]
    in_order = [raw[i] for i in kept]
    segments = _segments(in_order, points)
    morphology = Morphology(
        name=name,
        xyz=points.xyz,
        radius=points.radius,
        types=points.types,
        layer=points.layer,
        parent=points.parent.astype(np.int32),
        point_section=np.repeat(number, sizes),
        sections=_sections(in_order, number, segments),
        notes=notes,
        _segments=segments,
    )
    for holder in (morphology, morphology.sections, segments):
        for field in type(holder).__dataclass_fields__:
            value = getattr(holder, field)
            if isinstance(value, np.ndarray):
                value.setflags(write=False)
    return morphology


def _segments(sections: list[RawSection], points: OrderedPoints) -> Segments:
    shapes: list[NDArray[np.int64]] = []
    for section in sections:
        own = np.arange(section.start, section.shape_stop)
        with_parent = section.above >= 0 and not section.wired
        shapes.append(np.concatenate(([section.above], own)) if with_parent else own)
    index = np.concatenate(shapes)
    owner = np.repeat(np.arange(len(shapes)), [len(shape) for shape in shapes])
    pair = np.flatnonzero(owner[1:] == owner[:-1])
    proximal, distal, section_of = index[pair], index[pair + 1], owner[pair]
    a, b = points.xyz[proximal], points.xyz[distal]
    sphere = next((i for i, shape in enumerate(shapes) if len(shape) == 1), None)
    if sphere is not None:
        # A soma of one point: NEURON's cylinder along x, of length and diameter 2 r.
        at = int(np.searchsorted(section_of, sphere))
        step = np.array([points.radius[0], 0.0, 0.0])
        section_of = np.insert(section_of, at, sphere)
        distal = np.insert(distal, at, 0)
        a = np.insert(a, at, points.xyz[0] - step, axis=0)
        b = np.insert(b, at, points.xyz[0] + step, axis=0)
    length = np.linalg.norm(b - a, axis=1)
    ends = np.cumsum(length)
    first = np.searchsorted(section_of, section_of)  # first segment of each one's section
    types = np.array([section.type for section in sections], dtype=np.int8)
    return Segments(
        section=section_of.astype(np.int32),
        start=ends - length - (ends[first] - length[first]),
        length=length,
        type=types[section_of],
        layer=points.layer[distal],
        point=distal.astype(np.int32),
    )


def _sections(
    sections: list[RawSection], number: NDArray[np.int32], segments: Segments
) -> Sections:
    count = len(sections)
    length = np.zeros(count)
    np.add.at(length, segments.section, segments.length)
    parent = np.array([number[s.parent] if s.parent >= 0 else -1 for s in sections], dtype=np.int32)
    parent_x = np.array([section.parent_x for section in sections])
    root = int(np.flatnonzero(parent < 0)[0])
    root_x, cable = np.zeros(count), np.zeros(count)
    # Parents come first in the order of the file, not in the order by type.
    for i in sorted(range(count), key=lambda i: sections[i].start):
        if i == root:
            continue
        above = parent[i]
        if above == root:
            root_x[i] = parent_x[i]
        else:
            root_x[i] = root_x[above]
            cable[i] = cable[above] + parent_x[i] * length[above]
    return Sections(
        type=np.array([section.type for section in sections], dtype=np.int8),
        parent=parent,
        parent_x=np.where(parent < 0, 0.0, parent_x),
        length=length,
        root_x=root_x,
        cable=cable,
        root=root,
    )
