"""A culture in dense clusters: every cell is where it was put, and no cluster is a ball of wool."""

import numpy as np
import pytest
from figures import artists, segments, words
from matplotlib.collections import PathCollection
from matplotlib.colors import to_hex

from livn_core import generate
from livn_core.plotting import plot

CLUSTERED = {
    "area": "rectangle",
    "area_kwargs": {"x_range": [0, 4000], "y_range": [0, 4000]},
    "total_cells": 500,
    "clusters": {"count": 6, "sigma": 120, "apart": 600},
    "connectivity": {"sigma": 150, "mean_degree": {"EXC->EXC": 20, "EXC->INH": 20, "default": 5}},
}


@pytest.fixture(scope="module")
def clustered(tmp_path_factory):
    return generate(CLUSTERED, output_directory=tmp_path_factory.mktemp("clusters") / "made")


def cells(system):
    """Where all cells are, and the number of each one's cluster."""
    names = ("EXC", "INH")
    return (
        np.concatenate([system.positions(name)[:, :2] for name in names]),
        np.concatenate([system.attributes(name, "Culture")["cluster"] for name in names]),
    )


def test_the_cells_of_each_cluster_are_where_they_were_put(clustered):
    markers = artists(plot(clustered).axes[0], PathCollection)
    shown = {to_hex(m.get_facecolor()[0]): np.asarray(m.get_offsets()) for m in markers}
    points = np.concatenate([shown["#d55e00"], shown["#0072b2"]])
    positions, of = cells(clustered)
    assert np.allclose(points, positions)
    assert set(of) == {1, 2, 3, 4, 5, 6}
    middles = np.array([points[of == number].mean(axis=0) for number in range(1, 7)])
    near = np.hypot(*(points[:, None] - middles).T).argmin(axis=0) + 1
    assert np.mean(near == of) > 0.9


@pytest.mark.parametrize("width", [None, 60])
def test_lines_are_thinned_where_they_would_hide_each_other(clustered, width):
    figure, wool = plot(clustered, width=width), plot(clustered, width=width, max_edges=2000)
    thin = 0.4 / 72 * np.ptp(figure.axes[0].get_xlim()) / (width / 25.4 if width else 5.0)

    def ink(lines):
        """The part of a square of 200 um that lines cover, of the fullest."""
        points = np.linspace(lines[:, 0], lines[:, 1], 201)[:-1]
        weights = np.broadcast_to(np.hypot(*(lines[:, 1] - lines[:, 0]).T) / 200, points.shape[:2])
        x, y = points.reshape(-1, 2).T
        squares = np.histogram2d(x, y, 20, [[0, 4000]] * 2, weights=weights.ravel())[0]
        return thin * squares.max() / 200**2

    few, all_of_them = segments(figure.axes[0]), segments(wool.axes[0])
    assert ink(all_of_them) > 1
    assert 0.25 < ink(few) < 0.6
    assert f"{len(few):,} of " in words(figure)
    assert "fewer lines where dense" in " ".join(words(figure).split())
    assert "fewer lines" not in words(wool)
    # Every cluster still shows some.
    points, of = cells(clustered)
    ends = dict(zip(map(tuple, points.tolist()), of, strict=True))
    per = np.bincount([ends[tuple(line[0])] for line in few.tolist()])[1:]
    assert per.min() > 10
