"""Morphologies: from an SWC file to sections that synapses can be placed on.

``from livn_core.morphology import read_swc, read_morphologies, assign_layers, rotated, encode_tree``

read_swc(path) -> Morphology
    One file, cached by content. A mistake is a :class:`~livn_core.errors.MorphologyError` that
    names file, line and point; what can be loaded but loses something is a
    :class:`MorphologyWarning`, kept in ``Morphology.notes``.
read_morphologies(path) -> tuple[Morphology, ...]
    A file, or every ``*.swc`` of a folder in the order of their names.
write_swc(morphology, path)
    In canonical order, ids 1..n, layers as 8th column.
assign_layers(morphology, soma_depth, bounds, axis="y") -> int8 (points,) or (cells, points)
    Layers from depth, for one soma depth or many at once; bounds: {layer id: (low, high)} in um.
    ``layers[..., morphology.segments().point]`` are the layers of the segments.
rotated(morphology, angle, axis="y") -> float32 (points, 3) or (cells, points, 3)
    Points turned about the depth axis through the soma.
encode_tree(morphology, points=None, layers=None) -> Tree; decode_sections(values)
    The arrays of the neuroh5 ``Trees`` namespace of one cell, and its section lists back.

Conventions
-----------
Points are in *canonical order*: sorted by id, with every unbranched run kept together and after its
parent. ``parent`` holds positions in that order (-1 at the root). Files that differ only in their
numbering (from 0, from 1, with gaps) or in the order of their lines give equal values.

Sections are those of NEURON, and ``section`` numbers are positions in ``h.allsec()`` after
``Import3d_SWC_read`` and ``Import3d_GUI.instantiate``: grouped by SWC type in ascending order
(soma, axon, dend, apic, dend_5, dend_6, ``dend_7`` for the axon initial segment, ...), within a
type in the order of the file. A section that NEURON removes on loading (without length) is left out
here too, with a warning. Location x of a section is NEURON's ``section(x)``: arc length over total
length, where a section begins at its parent point, except that

* a dendrite on a soma of one point (NEURON also takes NeuroMorpho's three-point soma for one) begins
  at its own first point, and hangs from the middle of the soma: the way through the soma is not
  dendrite. If it has one point only, it begins at the soma's centre;
* a soma of one point is a cylinder of length and diameter 2 r;
* the other cases of somata with branches are those of ``read_swc.hoc``.

Distances (``Morphology.distance(section, x)``) are um along the cable from the middle of the soma:
``h.distance(soma(0.5), section(x))``. (MiV-Simulator's ``syn_cdists`` start at ``soma(0)``:
``distance(section, x, origin=0.0)``.)

Depth is the y axis of the file (``axis``), with the apical dendrites up.
"""

from livn_core.morphology.layers import assign_layers
from livn_core.morphology.morphology import Morphology, Sections, Segments
from livn_core.morphology.read import MorphologyWarning, read_morphologies, read_swc, write_swc
from livn_core.morphology.rotation import rotated
from livn_core.morphology.trees import Tree, decode_sections, encode_tree

__all__ = [
    "Morphology",
    "MorphologyWarning",
    "Sections",
    "Segments",
    "Tree",
    "assign_layers",
    "decode_sections",
    "encode_tree",
    "read_morphologies",
    "read_swc",
    "rotated",
    "write_swc",
]
