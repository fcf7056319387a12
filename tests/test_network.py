"""``livn_core.build``: a network in memory is what ``generate`` puts into files."""

from __future__ import annotations

import numpy as np
import pytest

import livn_core
from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
from livn_core.errors import ComponentNotFoundError, ConfigError
from livn_core.network import Network

CULTURES = {
    "plain": {"total_cells": 60, "connectivity": {"mean_degree": 3}},
    "factors": {
        "total_cells": 60,
        "populations": {
            "EXC": {"ratio": 0.8, "in_degree": {"law": "lognormal", "cv": 0.5}},
            "INH": {"ratio": 0.2},
        },
        "connectivity": {"mean_degree": 3},
    },
    "no inhibition": {"total_cells": 20, "connectivity": {"mean_degree": {"EXC->EXC": 4}}},
}


def joined(edges):
    slabs = list(edges)
    return {
        "targets": np.concatenate([slab.targets for slab in slabs]),
        "sources": np.concatenate([slab.sources for slab in slabs]),
        **{
            name: np.concatenate([slab.columns[name] for slab in slabs])
            for name in ("distance", "syn_id")
        },
    }


@pytest.mark.parametrize("name", CULTURES)
def test_it_is_the_system_that_generate_makes(name, tmp_path):
    network = livn_core.build(CULTURES[name], random_seed=7)
    system = livn_core.generate(CULTURES[name], random_seed=7, output_directory=tmp_path / "a")
    assert network.write(tmp_path / "b").digest() == system.provenance["digest"]
    assert network.populations == system.populations
    assert network.projections == system.projections
    for population in network.populations:
        assert np.array_equal(network.positions(population.name), system.positions(population.name))
    for pair in network.projections:
        assert network.edge_count(*pair) == system.edge_count(*pair)
        assert np.array_equal(network.in_degrees(*pair), system.in_degrees(*pair))
        assert np.array_equal(network.out_degrees(*pair), system.out_degrees(*pair))
        drawn, stored = joined(network.edges(*pair)), joined(system.edges(*pair))
        for column, values in drawn.items():
            assert values.dtype == stored[column].dtype
            assert np.array_equal(values, stored[column])


def test_blocks_on_threads_are_the_same_network():
    config = validate({"total_cells": 200, "random_seed": 7})
    whole = Network(CultureProgram(config))
    blocks = Network(CultureProgram(config, block_edges=300), jobs=3)
    assert len(list(blocks.edges("EXC", "EXC"))) > 1
    for column, values in joined(whole.edges("EXC", "INH")).items():
        assert np.array_equal(values, joined(blocks.edges("EXC", "INH"))[column])


def test_errors_say_what_there_is(tmp_path):
    network = livn_core.build(CULTURES["plain"], random_seed=7)
    with pytest.raises(ComponentNotFoundError, match="did you mean 'EXC'"):
        network.positions("EXX")
    with pytest.raises(ComponentNotFoundError, match="did you mean 'distance'"):
        next(network.edges("EXC", "INH", columns=("distanc",)))
    with pytest.raises(ConfigError, match="sigma"):
        livn_core.build({"connectivity": {"sigmaa": 3}})
