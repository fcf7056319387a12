"""The electrodes of a picture and their names."""

from __future__ import annotations

import json

import numpy as np
import pytest
from figures import artists, words
from matplotlib.collections import EllipseCollection
from matplotlib.lines import Line2D
from matplotlib.patches import Circle

from livn_core.plotting import plot

MEA = {
    "electrode_coordinates": [[i, 250.0 + 500 * (i % 2), 250.0 + 500 * (i // 2), 5] for i in range(4)],
    "input_radius": 100,
    "output_radius": 200,
}  # fmt: skip


@pytest.fixture
def named(make_culture):
    """A culture whose electrodes are A1, B1, A2, B2 to their maker."""
    system = make_culture(mea=MEA)
    document = {"version": 1, "layout": "maker", "labels": ["A1", "B1", "A2", "B2"]}
    (system / "mea_labels.json").write_text(json.dumps(document))
    return system


def notes(axes):
    """Return the place of each note of a panel by its text."""
    return {note.get_text(): note.xy for note in axes.texts if hasattr(note, "xy")}


def test_each_electrode_has_its_makers_label_beside_it(named):
    found = notes(plot(named, show_labels=True).axes[0])
    assert found == {"A1": (250, 250), "B1": (750, 250), "A2": (250, 750), "B2": (750, 750)}
    assert not notes(plot(named).axes[0])
    with_cell = plot(named, cell=3, show_labels=True)
    assert found.items() <= notes(with_cell.axes[0]).items()


def test_without_labels_of_a_maker_they_have_their_ids(named):
    (named / "mea_labels.json").write_text('{"version": 1, "layout": "other", "labels": ["X"]}')
    assert set(notes(plot(named, show_labels=True).axes[0])) == {"0", "1", "2", "3"}


def test_the_one_electrode_that_has_circles_is_named(named):
    wide = {**MEA, "output_radius": 900}
    (named / "mea.json").write_text(json.dumps(wide))
    figure = plot(named)
    circles = artists(figure.axes[0], EllipseCollection)
    assert [np.asarray(c.get_offsets()).tolist() for c in circles] == [[[250, 250]]] * 2
    assert "records within 900 µm (drawn of electrode A1)" in words(figure)


def test_reach_is_a_ring_in_the_legend_and_connections_are_a_line(named):
    figure = plot(named, max_edges=2000)
    (legend,) = figure.legends
    entries = {
        text.get_text(): handle
        for text, handle in zip(legend.get_texts(), legend.legend_handles, strict=True)
    }
    rings = [label for label, handle in entries.items() if isinstance(handle, Circle)]
    assert rings == ["stimulates within 100 µm", "records within 200 µm"]
    assert isinstance(entries["all 2,000 connections"], Line2D)


def test_command(livn_here, tmp_path):
    words = ("plot", "--config", "EI2", "--kind", "area", "--layout", "mcs-60mea200-30")
    ran = livn_here(*words, "--labels", "-o", "a.svg")
    assert ran.code == 0, ran.err
    drawn = (tmp_path / "a.svg").read_text(encoding="utf-8")
    # Column 2, row 1 is the first of this maker's electrodes; text is stored as text.
    assert ">21</text>" in drawn
    assert drawn.count("</text>") >= 59
