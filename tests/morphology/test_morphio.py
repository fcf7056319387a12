"""The same lengths and branches as MorphIO, on files that both read."""

from __future__ import annotations

import warnings

import numpy as np
import pytest

from livn_core.morphology import read_swc

morphio = pytest.importorskip("morphio")

LEVELS = {1: 1, 2: 2, 6: 3, 3: 4, 7: 5, 4: 6, 5: 7, 8: 8, 9: 9}


def renumbered(text, number):
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return "".join(
        " ".join(
            [str(number(int(r[0]))), *r[1:6], "-1" if r[6] == "-1" else str(number(int(r[6])))]
        )
        + "\n"
        for r in rows
    )


@pytest.mark.parametrize(
    "change",
    [
        lambda text: text,
        lambda text: renumbered(text, lambda i: i - 1),
        lambda text: renumbered(text, lambda i: 10 * i),
        lambda text: renumbered(text, lambda i: 100 - i),
        lambda text: renumbered(text, LEVELS.__getitem__),
        lambda text: "".join(line + "\n" for line in reversed(text.splitlines())),
        lambda text: text.replace("\n", "\r\n"),
        lambda text: text.replace("7 4 0 60 0 1.0 6", "7 4 0 60 0 1.0 6   # trunk"),
        lambda text: text.replace("9 4 -20", "9 7 -20"),
    ],
)
def test_sections_and_lengths(g0, swc, change):
    path = swc(change(g0))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cell = read_swc(path)
    theirs = morphio.Morphology(str(path))
    lengths = {}
    for section in theirs.sections:
        points = section.points.astype(np.float64)
        length = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        lengths.setdefault(int(section.type), []).append(round(float(length), 3))
    mine = {}
    for kind, length in zip(
        cell.sections.type[1:].tolist(), cell.sections.length[1:].tolist(), strict=True
    ):
        mine.setdefault(kind, []).append(round(length, 3))
    assert {k: sorted(v) for k, v in mine.items()} == {k: sorted(v) for k, v in lengths.items()}
