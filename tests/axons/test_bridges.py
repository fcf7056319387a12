"""Bridges: exactly so many axons from module to module, by their own way, and what they join."""

import numpy as np
import pytest

from livn_core.axons.bridges import neighbours
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError
from livn_core.plugins.registry import registry
from tests.axons.cultures import connect, culture, pairs, steps


def squares(rows=2, columns=2):
    return registry().create("placement", "modules", {"rows": rows, "columns": columns}).region()


def fates(some, **parameters):
    """Return the fate of the axons of each population."""
    return {
        name: connect(some, name, name, **parameters)._touching.axons.fate for name in some.cells
    }


def modularity(weights, module):
    """Return Newman's Q of a directed graph (Leicht and Newman 2008, Phys Rev Lett 100, 118703)."""
    edges = weights.sum()
    expected = np.outer(weights.sum(axis=1), weights.sum(axis=0)) / edges
    return float(((weights - expected) * (module[:, None] == module)).sum() / edges)


def test_neighbours():
    names = {1: [], 2: [(0, 1)], 3: [(0, 1), (1, 2)]}
    for columns, wanted in names.items():
        assert neighbours(squares(1, columns)) == wanted
    assert neighbours(squares()) == [(0, 1), (0, 2), (1, 3), (2, 3)]
    assert len(neighbours(squares(3, 4))) == 3 * 3 + 2 * 4


@pytest.mark.parametrize("start", ["centre", "random"])
def test_exactly_forty_bridges(start):
    """2 x 2 modules, 5 a link, over both populations: 40, each from its module to a neighbour."""
    some = culture(squares(), 400, names=("EXC", "INH"))
    links = []
    for name, fate in fates(some, bridges=5, bridge_from=start, axon_length=3000).items():
        modules = some.region.modules
        for cell, (source, _) in fate.bridges.items():
            assert modules[some.cells[name].modules[cell]] == source
        assert fate.arrived.sum() == len(fate.bridges)
        links += fate.bridges.values()
    assert len(links) == 40
    counts = {link: links.count(link) for link in set(links)}
    assert set(counts.values()) == {5}
    assert set(counts) == {
        (a, b)
        for a in some.region.modules
        for b in some.region.modules
        if (a[0] == b[0]) != (a[1] == b[1])
    }


def test_bridges_come_from_the_centre():
    some = culture(squares(), 400)
    cells, middle = some.cells["E"], np.array([[-200, 200], [200, 200], [-200, -200], [200, -200]])
    away = np.hypot(*(cells.positions[:, :2] - middle[cells.modules]).T)
    led = {
        start: list(fates(some, bridges=5, bridge_from=start)["E"].bridges)
        for start in ("centre", "random")
    }
    for module in range(4):
        own = cells.modules == module
        bridging = np.isin(np.arange(400), led["centre"])
        assert away[own & bridging].max() <= away[own & ~bridging].min()
    assert away[led["random"]].mean() > 1.5 * away[led["centre"]].mean()


def test_bridges_are_aimed_and_then_free():
    """On its way a heading is within the aim of the direction to the centre; only bridges cross."""
    some = culture(squares(), 400)
    made = connect(some, bridges=5, bridge_aim=10.0, axon_length=2000)._touching.axons
    begin, end, owner = steps(made)
    crossing = some.region.boundary.crossed(begin, end)
    assert set(owner[crossing]) == set(made.fate.bridges)
    middle = {"A1": (-200, 200), "A2": (200, 200), "B1": (-200, -200), "B2": (200, -200)}
    for cell, (_, target) in made.fate.bridges.items():
        own = owner == cell
        gap = own & (some.region.module_of(end) < 0)
        way = end[gap] - begin[gap]
        to = np.array(middle[target]) - begin[gap]
        off = np.arctan2(way[:, 1], way[:, 0]) - np.arctan2(to[:, 1], to[:, 0])
        assert (np.abs((off + np.pi) % (2 * np.pi) - np.pi) < np.radians(10.1)).all()
        inside = some.region.module_of(made.points[made.first[cell + 1] - 1 :][:1].astype(float))
        assert some.region.modules[inside[0]] == target


def test_bridges_one_way():
    """A1->A2 alone: axons and edges lead that way, none back."""
    some = culture(squares(1, 2), 300)
    connector = connect(some, bridges={"A1->A2": 30, "A2->A1": 0, "default": 7})
    assert set(connector._touching.axons.fate.bridges.values()) == {("A1", "A2")}
    target, source = pairs(connector)
    module = some.cells["E"].modules
    across = module[source] != module[target]
    assert across.sum() > 20
    assert (module[source[across]] == 0).all()


def test_other_links_than_to_neighbours():
    some = culture(squares(1, 3), 300)
    fate = fates(some, bridges={"A1->A3": 4}, axon_length=4000)["E"]
    assert list(fate.bridges.values()) == [("A1", "A3")] * 4
    assert fate.arrived.sum() == 4


def test_modularity_falls_with_bridges():
    """Q of 160 cells in 2 x 2 modules at in-degree 20, mean of 5 cultures: 0.75 without bridges."""
    means = []
    for bridges in (0, 1, 3, 5, 10, 20):
        found = []
        for seed in range(5):
            some = culture(squares(), 160, seed=seed)
            target, source = pairs(connect(some, bridges=bridges, mean_degree=20))
            weights = np.zeros((160, 160))
            weights[source, target] = 1
            found.append(modularity(weights, some.cells["E"].modules))
        means.append(np.mean(found))
    assert means[0] > 0.73
    assert (np.diff(means) < 0).all()


def test_too_few_cells_and_too_short_axons_are_counted():
    some = culture(squares(1, 2), 20)
    own = np.bincount(some.cells["E"].modules)
    few = connect(some, bridges=15, axon_length=3000, mean_degree=2)
    lacking = np.maximum(15 - own, 0)
    assert any(
        f"{lacking.sum()} of 30 bridges have no cell to come from" in text and "A1->A2" in text
        for text in few.warnings
    )
    assert len(few._touching.axons.fate.bridges) == np.minimum(own, 15).sum()
    short = connect(
        culture(squares(1, 2), 100), bridges=10, axon_length=50, axon_max=80, mean_degree=2
    )
    assert short.details["bridging_axons"] == 20
    missed = 20 - short.details["bridges_arrived"]
    assert missed >= 18
    assert any(text.startswith(f"{missed} of 20 bridges of 'E' end") for text in short.warnings)
    assert not connect(culture(squares(1, 2), 100), bridges=10, axon_length=3000).warnings


def test_bridges_come_from_populations_that_grow():
    some = culture(squares(1, 2), 200, names=("EXC", "INH"), growing={"EXC"})
    assert len(fates(some, bridges=8, axon_length=2000)["EXC"].bridges) == 16


RIGHT = {
    "area": "modules",
    "total_cells": 160,
    "walls": {},
    "connectivity": {"rule": "axon", "mean_degree": 5, "rule_kwargs": {"bridges": 5}},
}


@pytest.mark.parametrize(
    ("kwargs", "text"),
    [
        ({"bridges": {"A1->C1": 3}}, r"bridges\.A1->C1: is no pair of modules such as 'A1->A2'"),
        ({"bridges": {"A1A2": 3}}, r"bridges\.A1A2: is no pair of modules"),
        ({"bridges": {"A1->A1": 3}}, r"bridges\.A1->A1: leads to the module that it comes from"),
        ({"bridges": -1}, "bridges: must be greater than or equal to 0"),
        ({"bridges": 1.5}, "bridges"),
        ({"bridge_aim": 200}, "bridge_aim: must be less than or equal to 90"),
        ({"bridge_from": "middle"}, "bridge_from: must be 'centre' or 'random'"),
    ],
)
def test_wrong_bridges(kwargs, text):
    assert validate(RIGHT).walls is not None
    with pytest.raises(ConfigError, match=r"connectivity\.rule_kwargs\.") as error:
        validate({**RIGHT, "connectivity": {**RIGHT["connectivity"], "rule_kwargs": kwargs}})
    error.match(text)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"walls": None}, "bridges: lead through walls, and without the key walls there are none"),
        ({"area": "rectangle"}, "bridges: the placement 'rectangle' has but one module here"),
    ],
)
def test_bridges_without_what_they_need(change, text):
    with pytest.raises(ConfigError, match=text):
        validate({**RIGHT, **change})


def test_bridges_of_one_projection():
    own = {"EXC->EXC": {"rule_kwargs": {"bridges": 3}}}
    with pytest.raises(ConfigError, match=r"bridges holds for all projections: connectivity\.rule"):
        validate({**RIGHT, "connectivity": {**RIGHT["connectivity"], "projections": own}})
