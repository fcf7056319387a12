"""Systems of any shape come back as they were made."""

from __future__ import annotations

import tempfile
import warnings
from pathlib import Path

import numpy as np
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from livn_core.run.run import run_program

counts = st.dictionaries(
    st.sampled_from(["A", "B", "EXC", "INH", "a b", "ö"]), st.integers(0, 12), min_size=1
)


@given(counts=counts, data=st.data())
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
def test_any_system(synthetic, counts, data):
    pairs = [(source, target) for source in sorted(counts) for target in sorted(counts)]
    degrees = data.draw(
        st.dictionaries(st.sampled_from(pairs), st.integers(0, 5), min_size=1), "degrees"
    )
    program = synthetic(
        counts,
        degrees=degrees,
        block=data.draw(st.integers(1, 13), "block"),
        trees=data.draw(st.booleans(), "trees"),
    )
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        memory = data.draw(st.sampled_from([0, 300, 1 << 20]), "memory")
        with run_program(program, Path(folder) / "out", jobs=2, memory=memory) as system:
            assert system.populations == program.populations
            assert system.digest(jobs=1) == system.provenance["digest"]
            stored = set()
            for source, target in degrees:
                lists = [program.sources(source, target, c) for c in range(counts[target])]
                total = sum(each.size for each in lists)
                if not total:
                    continue
                stored.add((source, target))
                slabs = list(system.edges(source, target, block_edges=3))
                np.testing.assert_array_equal(
                    np.concatenate([slab.sources for slab in slabs]), np.concatenate(lists)
                )
                np.testing.assert_array_equal(
                    system.in_degrees(source, target), [each.size for each in lists]
                )
            assert set(system.projections) == stored
            for name, count in counts.items():
                assert system.positions(name).shape == (count, 3)
                arriving = sum(
                    (system.in_degrees(*pair) for pair in stored if pair[1] == name),
                    start=np.zeros(count, dtype=np.int64),
                )
                np.testing.assert_array_equal(system.synapses(name)[0], arriving)
                if program.trees and count:
                    last = system.trees(name, count - 1)
                    assert last["Radius"].size == (count - 1) % 4 + 2
