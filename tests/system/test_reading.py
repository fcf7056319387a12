"""The reader gives some cells' rows as it gives all of them."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.system.reader import System


@pytest.mark.parametrize("name", ["culture", "2d_gauss_100", "3d_S1"])
def test_edges_onto_some_targets(copy_of, name: str):
    with System(copy_of(name)) as system:
        for source, target in system.projections:
            slabs = list(system.edges(source, target))
            targets = np.concatenate([slab.targets for slab in slabs])
            sources = np.concatenate([slab.sources for slab in slabs])
            for wanted in ([], [0], [1, 3], [2, 3]):
                some = list(system.edges(source, target, targets=np.array(wanted, dtype=np.int64)))
                mask = np.isin(targets, wanted)
                assert sum(len(slab) for slab in some) == mask.sum()
                if some:
                    assert np.array_equal(np.concatenate([s.targets for s in some]), targets[mask])
                    assert np.array_equal(np.concatenate([s.sources for s in some]), sources[mask])


def test_rows_of_some_cells(copy_of):
    with System(copy_of("3d_S1")) as system:
        counts, columns = system.rows_of("EXC", "Synapse Attributes", np.array([1, 4]))
        for i, cell in enumerate((1, 4)):
            one, values = system.synapses("EXC", cell, cell + 1)
            assert counts[i] == one[0]
            part = slice(counts[:i].sum(), counts[: i + 1].sum())
            for name, column in values.items():
                assert np.array_equal(columns[name][part], column)
