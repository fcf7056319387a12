"""The engine's look at every block: each way to break a rule's contract is told, by rule and fault."""

import numpy as np
import pytest
from sampling import cells_at

from livn_core.culture.wiring import checked
from livn_core.errors import PluginError
from livn_core.sampling.projection import Edges, Projection

CELLS = cells_at("EXC", np.random.default_rng(71).uniform(0, 1000, (20, 3)))
WITHIN = Projection.within(CELLS)
START, STOP = 5, 9
#: Edges onto the targets 5 to 8.
GOOD = ([2, 0, 3, 1], [3, 17, 0, 6, 19, 4])


def block(counts=GOOD[0], sources=GOOD[1], distances=None, kind=np.uint32):
    """Return edges as a rule gives them."""
    return Edges(np.array(counts, None if counts else np.int64), np.array(sources, kind), distances)


@pytest.mark.parametrize("kind", [np.uint32, np.int64, np.int32, np.uint8])
def test_a_good_block_gets_distances_and_the_file_s_types(kind):
    found = checked(block(kind=kind), WITHIN, START, STOP, "planted")
    assert [getattr(found, name).dtype for name in ("counts", "sources", "distances")] == [
        np.int64, np.uint32, np.float32
    ]  # fmt: skip
    assert found.counts.tolist() == GOOD[0]
    assert found.sources.tolist() == GOOD[1]
    target = np.array([5, 5, 7, 7, 7, 8])
    away = (CELLS.positions[target] - CELLS.positions[GOOD[1]])[:, :2]
    assert np.array_equal(found.distances, np.hypot(*away.T).astype(np.float32))
    space = checked(block(), Projection.within(CELLS, distance="space"), START, STOP, "planted")
    assert (space.distances > found.distances).all()


def test_distances_that_a_rule_hands_over_are_kept():
    given = np.arange(6) + 0.5
    found = checked(block(distances=given), WITHIN, START, STOP, "planted")
    assert found.distances.dtype == np.float32
    assert np.array_equal(found.distances, given)


@pytest.mark.parametrize("counts", [[0, 0, 0, 0], []])
def test_a_block_without_edges(counts):
    found = checked(block(counts, []), WITHIN, START, START + len(counts), "planted")
    assert found.counts.tolist() == counts
    assert (len(found.sources), found.distances.dtype) == (0, np.float32)


FAULTS = {
    "a target too few": (block([2, 0, 4]), r"in-degrees of shape \(3,\) for 4 targets"),
    "a table of counts": (block([[2, 0], [3, 1]]), r"in-degrees of shape \(2, 2\) for 4 targets"),
    "a negative count": (block([2, -1, 4, 1]), "in-degrees"),
    "an edge too few": (block(sources=GOOD[1][:-1]), "5 sources for 6 edges"),
    "an edge too many": (block([2, 0, 3, 0]), "6 sources for 5 edges"),
    "a table of sources": (block(sources=[[3, 17, 0], [6, 19, 4]]), "sources for 6 edges"),
    "beyond the last": (block(sources=[3, 17, 0, 6, 20, 4]), "a source outside the 20 cells of 'EXC'"),
    "before the first": (
        block(sources=[-1, 17, 0, 6, 19, 4], kind=np.int64), "a source outside the 20 cells of 'EXC'"
    ),
    "descending": (block(sources=[17, 3, 0, 6, 19, 4]), "sources that do not ascend within a target"),
    "descending at last": (block(sources=[3, 17, 0, 19, 6, 4]), "sources that do not ascend"),
    "twice": (block(sources=[3, 3, 0, 6, 19, 4]), "the source 3 twice for one target"),
    "twice at last": (block(sources=[3, 17, 0, 6, 6, 4]), "the source 6 twice for one target"),
    "itself": (block(sources=[3, 5, 0, 6, 19, 4]), "the cell 5 as its own source"),
    "the last itself": (block(sources=[3, 17, 0, 6, 19, 8]), "the cell 8 as its own source"),
    "a distance too few": (block(distances=np.ones(5)), "5 distances for 6 edges"),
    "a table of distances": (block(distances=np.ones((6, 3))), "18 distances for 6 edges"),
}  # fmt: skip


@pytest.mark.parametrize("fault", FAULTS)
def test_a_broken_contract_names_the_rule_and_the_fault(fault):
    edges, message = FAULTS[fault]
    wanted = rf"^connectivity rule 'planted' gave .*{message}.*\(EXC->EXC\)$"
    with pytest.raises(PluginError, match=wanted):
        checked(edges, WITHIN, START, STOP, "planted")


def test_what_is_a_fault_of_one_projection_alone():
    """A cell of its own number in another population is not itself; nor where it may be."""
    own = block(sources=[3, 5, 0, 6, 19, 8])
    between = Projection.within(CELLS, cells_at("INH", CELLS.positions))
    for projection in (between, Projection.within(CELLS, allow_autapses=True)):
        assert checked(own, projection, START, STOP, "planted").sources.tolist() == [
            3,
            5,
            0,
            6,
            19,
            8,
        ]
    few = Projection.within(cells_at("EXC", CELLS.positions[:19]), CELLS)
    with pytest.raises(PluginError, match="outside the 19 cells of 'EXC'"):
        checked(block(), few, START, STOP, "planted")


def test_equal_sources_of_two_targets_are_no_fault():
    """The order is within a target: the next one's first source may be any."""
    edges = block([1, 1, 0, 2], [9, 9, 9, 10])
    assert checked(edges, WITHIN, START, STOP, "planted").sources.tolist() == [9, 9, 9, 10]
