"""Grown axons in pictures: those of the cells, as many as can be seen."""

import json

import numpy as np
import pytest
from figures import segments, words
from matplotlib.collections import LineCollection, PathCollection

from livn_core import System, generate
from livn_core.axons.regrown import regrown
from livn_core.plotting import plot
from livn_core.plotting.axons import sample_axons, visible_axons

DOCUMENT = {
    "area": "chip",
    "area_kwargs": {"chamber": [300, 600], "grooves": 6},
    "total_cells": 160,
    "walls": {"axons": "follow"},
    "populations": {"EXC": {"ratio": 0.8}, "INH": {"ratio": 0.2}},
    "connectivity": {
        "rule": "axon",
        "rule_kwargs": {"axon_length": 300},
        "mean_degree": {"EXC->EXC": 5, "INH->EXC": 3},
        "projections": {
            "EXC->INH": {"rule": "pairwise_bernoulli", "kernel": "uniform", "mean_degree": 4}
        },
    },
}


@pytest.fixture(scope="module")
def net(tmp_path_factory):
    path = tmp_path_factory.mktemp("axons") / "net"
    generate(DOCUMENT, output_directory=path)
    return path


def lines(axes):
    return [c for c in axes.collections if isinstance(c, LineCollection)]


def test_the_drawn_paths_are_those_that_grew(net):
    """From the soma of each cell of the sample over every point of its axon."""
    system = System(net)
    figure = plot(system, max_edges=40, seed=3)
    (axes,) = figure.axes
    (drawn,) = lines(axes)
    sample = sample_axons(system, 40, seed=3)
    grown = regrown(system)
    whole = {name: grown.axons(name, np.arange(count)) for name, count in grown.cells.items()}
    for gid, path in zip(sample.gids, drawn.get_segments(), strict=True):
        owner, _ = system.locate(gid)
        axons, cell = whole[owner.name], gid - owner.start
        due = axons.points[axons.first[cell] : axons.first[cell + 1]]
        assert np.array_equal(path[1:].astype(np.float32), due)
        assert np.array_equal(path[0].astype(np.float32), system.positions(owner.name)[cell, :2])
    assert "axons (40 of 160)" in words(figure)
    assert "connections" not in words(figure)
    assert drawn.get_zorder() < min(
        c.get_zorder() for c in axes.collections if isinstance(c, PathCollection)
    )


def test_they_have_the_colours_of_their_cells(net):
    figure = plot(net)
    (drawn,) = lines(figure.axes[0])
    sample = sample_axons(System(net))
    inhibitory = sample.gids >= System(net).population("INH").start
    colours = drawn.get_colors()[:, :3]
    assert len(np.unique(colours[inhibitory], axis=0)) == 1
    assert len(np.unique(colours, axis=0)) == 2
    assert not lines(plot(net, show_connections=False).axes[0])


def test_a_cell_has_the_axons_of_its_inputs_and_its_own(net):
    system = System(net)
    gid = int(np.argmax(system.in_degrees("EXC", "EXC")))
    inputs, outputs = plot(system, cell=gid).axes
    sources = {
        int(i) + system.population(name).start
        for name, slab in system.incoming(gid).items()
        for i in slab.sources
    }
    (drawn,) = lines(inputs)
    assert len(drawn.get_segments()) == len(sources)
    own = max((s for each in lines(outputs) for s in each.get_segments()), key=len)
    axons = regrown(system).axons("EXC", np.array([gid]))
    assert np.array_equal(own[1:].astype(np.float32), axons.points)
    # A kernel drew EXC->INH: its connections are straight lines, of sources that have axons, too.
    other = system.population("INH").start + int(np.argmax(system.in_degrees("EXC", "INH")))
    straight = segments(plot(system, cell=other).axes[0])
    assert len(straight) == len(system.incoming(other)["EXC"])
    assert all(len(line) == 2 for line in straight)


def test_what_cannot_grow_again_is_said_once_and_connections_are_drawn(net, tmp_path):
    document = json.loads((net / "provenance.json").read_text())
    for name in ("cells.h5", "connections.h5", "graph.json"):
        (tmp_path / name).write_bytes((net / name).read_bytes())
    figure = plot(tmp_path)
    said = " ".join(words(figure).split())  # a caption wraps where the figure ends
    assert said.count("axons not drawn: provenance.json does not say") == 1
    assert "connections" in words(figure)
    document["components"].append({"kind": "connectivity", "name": "someone/rule"})
    (tmp_path / "provenance.json").write_text(json.dumps(document))
    said = words(plot(tmp_path, cell=3))
    assert said.count("axons not drawn") == 1
    assert "someone/rule" in said


def test_as_many_as_can_be_told_apart(drawn_culture, net):
    assert visible_axons(500, 1000) == 100
    assert visible_axons(3000, 1000) == 300
    assert visible_axons(1e6, 1000) == 500
    assert not sample_axons(System(drawn_culture)).total
    assert len(sample_axons(System(net), 10_000)) == 160
    assert len(sample_axons(System(net), 0)) == 0
