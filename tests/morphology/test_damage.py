"""Whatever is done to a file, it is read or refused: no other error, no cell with missing parts."""

from __future__ import annotations

import warnings

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from livn_core.errors import MorphologyError
from livn_core.morphology import decode_sections, encode_tree
from livn_core.morphology.read import _parse

G0 = b"""\
# demo cell
1 1 0 0 0 6 -1
2 3 0 -6 0 1.0 1
3 3 0 -40 0 0.8 2
4 3 15 -70 0 0.6 3
5 3 -15 -70 0 0.6 3
6 4 0 6 0 1.2 1
7 4 0 60 0 1.0 6
8 4 20 110 0 0.7 7
9 4 -20 110 0 0.7 7
"""
MARKS = list(b"0123456789.-+eE #,\n\r\tnaif_\xff\x00")
EDITS = st.tuples(
    st.integers(0, len(G0) - 1),
    st.sampled_from(MARKS),
    st.sampled_from(["replace", "insert", "delete"]),
)


@settings(max_examples=400, deadline=None, derandomize=True)
@given(st.lists(EDITS, min_size=1, max_size=4))
def test_damaged_files_are_read_whole_or_refused(edits):
    data = bytearray(G0)
    for at, mark, kind in edits:
        at = min(at, len(data) - 1)
        if kind == "replace":
            data[at] = mark
        elif kind == "insert":
            data.insert(at, mark)
        else:
            del data[at]
    refusal = ""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cell = _parse(bytes(data), "cell", "cell.swc")
    except MorphologyError as error:
        refusal = error.message
    if refusal:
        assert "cell.swc:" in refusal
        return
    tree = encode_tree(cell)
    counts, members = decode_sections(tree.section)
    assert sorted(members) == list(range(len(tree.points["Parent Point"])))
    assert len(counts) == len(cell.sections)
    assert np.all(cell.parent[1:] >= 0)
    assert np.all(cell.parent < np.arange(len(cell)))
    segments = cell.segments()
    assert np.all(np.diff(segments.section) >= 0)
    np.testing.assert_allclose(
        np.bincount(segments.section, segments.length, len(cell.sections)),
        cell.sections.length,
        rtol=1e-9,
    )
    assert np.isfinite(cell.distance(segments.section, 0.5)).all()
