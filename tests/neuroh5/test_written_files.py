"""What is in the files: the same to every reader, and in today's layout."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np
import pyfive
import pytest

from livn_core.errors import PluginError
from livn_core.run.run import run_program
from livn_core.system.reader import System


def datasets(group, path=""):
    """Every dataset by path, hard links included, of an h5py or pyfive group."""
    for name in group:
        member = group[name]
        if hasattr(member, "shape"):
            yield f"{path}/{name}", member
        elif hasattr(member, "keys"):
            yield from datasets(member, f"{path}/{name}")


def expected_edges(program, source, target):
    cells = range(program.by_name[target].count)
    return [program.sources(source, target, cell) for cell in cells]


def test_the_reader_gives_back_what_the_program_made(synthetic, tmp_path):
    program = synthetic()
    with run_program(program, tmp_path / "out") as system:
        assert system.populations == program.populations
        np.testing.assert_array_equal(
            system.positions("INH")[:, 1],
            program.cell_attributes("INH")["Generated Coordinates"][0]["Y Coordinate"],
        )
        arrived = dict.fromkeys(("EXC", "INH"), 0)
        for source, target in system.projections:
            lists = expected_edges(program, source, target)
            np.testing.assert_array_equal(
                system.in_degrees(source, target), [each.size for each in lists]
            )
            (slab,) = system.edges(source, target)
            np.testing.assert_array_equal(slab.sources, np.concatenate(lists))
            np.testing.assert_array_equal(slab.columns["distance"], slab.sources * np.float32(1.5))
            arrived[target] = arrived[target] + system.in_degrees(source, target)
        for name, counts in arrived.items():
            found, columns = system.synapses(name)
            np.testing.assert_array_equal(found, counts)
            np.testing.assert_array_equal(columns["syn_locs"], np.full(counts.sum(), 0.5, "f4"))
            np.testing.assert_array_equal(columns["syn_secs"], np.ones(counts.sum(), "i2"))
            assert set(np.unique(columns["swc_types"])) == {1, 4}


def test_pyfive_and_h5py_read_the_same(synthetic, tmp_path):
    run_program(synthetic(trees=True), tmp_path / "out")
    seen = 0
    for name in ("cells.h5", "connections.h5"):
        # Every name: pyfive cannot read the named type of today's files with two enums in it.
        assert pyfive.File(tmp_path / "out" / name)["H5Types/Population projections"].dtype
        ours = dict(datasets(h5py.File(tmp_path / "out" / name)))
        other = dict(datasets(pyfive.File(tmp_path / "out" / name)))
        assert ours.keys() == other.keys()
        for path, dataset in ours.items():
            np.testing.assert_array_equal(dataset[()], other[path][()], err_msg=path)
            seen += 1
    assert seen > 80


def test_livn_reads_it(synthetic, tmp_path):
    livn = pytest.importorskip("livn.system")
    program = synthetic(trees=True)
    run_program(program, tmp_path / "out")
    system = livn.System(str(tmp_path / "out"))
    meta = livn.read_cells_meta_data(str(tmp_path / "out" / "cells.h5"))
    assert meta.population_ranges == {"EXC": (0, 80), "INH": (80, 20)}
    matrix = np.asarray(system.connectivity_matrix())
    wanted = np.zeros((100, 100), dtype=bool)
    for source, target in program.degrees:
        for cell, sources in enumerate(expected_edges(program, source, target)):
            wanted[
                program.by_name[source].start + sources, program.by_name[target].start + cell
            ] = True
    np.testing.assert_array_equal(matrix != 0, wanted)
    counts, columns = System(tmp_path / "out").synapses("INH")
    read = dict(livn.read_synapses(str(tmp_path / "out" / "cells.h5"), "INH"))
    np.testing.assert_array_equal(
        np.concatenate([read[gid]["swc_types"] for gid in sorted(read)]), columns["swc_types"]
    )
    assert [read[80 + cell]["syn_locs"].size for cell in range(20)] == list(counts)


def structure(path: Path) -> dict[str, tuple]:
    """Groups, dtypes and attributes of a file, with what differs by the culture left out."""
    found = {}
    with h5py.File(path) as file:
        for name, dataset in datasets(file):
            found[name] = (dataset.dtype, h5py.check_enum_dtype(dataset.dtype), dict(dataset.attrs))
        for name in ("Population labels", "Population range", "Population projections"):
            named = file["H5Types"][name]
            assert isinstance(named, h5py.Datatype)
            found[name] = (named.dtype, h5py.check_enum_dtype(named.dtype), {})
        ranges = file["H5Types/Populations"].dtype
        found["enum"] = (ranges, h5py.check_enum_dtype(ranges["Population"]), {})
    return found


def test_same_groups_types_and_attributes_as_todays_tools(synthetic, reference, tmp_path):
    theirs = reference("2d_gauss_100")
    run_program(synthetic(), tmp_path / "out")
    for name in ("cells.h5", "connections.h5"):
        ours, wanted = structure(tmp_path / "out" / name), structure(theirs / name)
        # The synthetic culture has fewer columns; all that it has are today's.
        assert ours.keys() <= wanted.keys()
        assert {path: wanted[path] for path in ours} == ours
        left_out = {path.split("/")[-2] for path in wanted.keys() - ours.keys()}
        assert left_out <= {
            "U Coordinate",
            "V Coordinate",
            "L Coordinate",
            "syn_cdists",
            "syn_types",
        }
        with h5py.File(theirs / name) as a, h5py.File(tmp_path / "out" / name) as b:
            for table in ("Populations", "Valid population projections"):
                np.testing.assert_array_equal(a["H5Types"][table][()], b["H5Types"][table][()])
                assert a["H5Types"][table].dtype == b["H5Types"][table].dtype
            assert a.id.get_create_plist().get_version() == b.id.get_create_plist().get_version()
    with h5py.File(theirs / "connections.h5") as a, h5py.File(tmp_path / "out/connections.h5") as b:
        for path in ("Destination Block Index", "Destination Block Pointer"):
            path = f"Projections/INH/EXC/Edges/{path}"
            np.testing.assert_array_equal(a[path][()], b[path][()])


def test_trees_share_what_todays_trees_share(synthetic, reference, tmp_path):
    run_program(synthetic(trees=True), tmp_path / "out")

    def shared(path):
        with h5py.File(path) as file:
            trees = file["Populations/EXC/Trees"]
            names: dict[int, set[str]] = {}
            for name, dataset in datasets(trees):
                names.setdefault(h5py.h5o.get_info(dataset.id).addr, set()).add(name)
            return names.values()

    mine = {name for names in shared(tmp_path / "out/cells.h5") for name in names}
    theirs = shared(reference("3d_S1") / "cells.h5")
    assert {frozenset(names & mine) for names in theirs} - {frozenset()} == {
        frozenset(names) for names in shared(tmp_path / "out/cells.h5")
    }
    with h5py.File(tmp_path / "out/cells.h5") as file:
        attributes = dict(file["Populations/EXC/Arc Distances"].attrs)
    assert attributes == {"Reference U Min": -20.0, "Reference U Max": 20.01}


def test_constants_take_no_bytes(synthetic, tmp_path):
    run_program(synthetic(), tmp_path / "out")
    with h5py.File(tmp_path / "out/cells.h5") as file:
        synapses = file["Populations/EXC/Synapse Attributes"]
        for column in ("syn_locs", "syn_secs", "syn_layers"):
            assert synapses[column]["Attribute Value"].id.get_storage_size() == 0
        assert synapses["syn_ids/Attribute Value"].id.get_storage_size() > 0


@pytest.mark.parametrize("empty", ["AAA", "MID", "ZZZ"])
def test_a_population_without_cells_shifts_nobody(synthetic, tmp_path, empty):
    livn = pytest.importorskip("livn.system")
    counts = {"EXC": 8, "PYR": 3, empty: 0}
    degrees = {("EXC", "PYR"): 2, ("PYR", "EXC"): 1, (empty, "EXC"): 0, ("EXC", empty): 0}
    program = synthetic(counts, degrees=degrees, trees=True)
    with pytest.warns(UserWarning, match="drew no edge"):
        system = run_program(program, tmp_path / "out")
    assert system.population(empty).count == 0
    assert system.positions(empty).shape == (0, 3)
    assert system.synapses(empty)[0].size == 0
    np.testing.assert_array_equal(system.positions("EXC")[:, 0].shape, (8,))
    read = livn.read_cells_meta_data(str(tmp_path / "out" / "cells.h5"))
    ranges = {p.name: (p.start, p.count) for p in program.populations}
    assert read.population_ranges == ranges
    for name, count in counts.items():
        assert len(livn.coordinate_array(str(tmp_path / "out/cells.h5"), name)) == count
        assert len(list(livn.read_synapses(str(tmp_path / "out/cells.h5"), name))) == count


def test_names_and_ids_in_different_orders(synthetic, tmp_path):
    livn = pytest.importorskip("livn.system")
    program = synthetic(
        {"PYR": 8, "BC": 2},
        ids={"PYR": 10, "BC": 11},
        degrees={("PYR", "BC"): 3, ("BC", "PYR"): 1},
    )
    system = run_program(program, tmp_path / "out")
    read = livn.read_cells_meta_data(str(tmp_path / "out" / "cells.h5")).population_ranges
    assert read == {p.name: (p.start, p.count) for p in system.populations}
    assert read == {"BC": (0, 2), "PYR": (2, 8)}
    assert {p.name: p.type_id for p in system.populations} == {"BC": 11, "PYR": 10}


def test_names_that_are_not_ascii(synthetic, tmp_path):
    livn = pytest.importorskip("livn.system")
    program = synthetic({"Körner": 8, "日": 2, "PV": 3})
    system = run_program(program, tmp_path / "out")
    ranges = {p.name: (p.start, p.count) for p in program.populations}
    assert {p.name: (p.start, p.count) for p in system.populations} == ranges
    read = livn.read_cells_meta_data(str(tmp_path / "out" / "cells.h5"))
    assert read.population_ranges == ranges
    assert len(system.projections) == 9


def test_a_projection_without_edges_is_nowhere_but_in_the_provenance(synthetic, tmp_path):
    program = synthetic({"A": 5, "B": 4}, degrees={("A", "B"): 2, ("B", "A"): 0})
    with pytest.warns(UserWarning, match="'B->A' drew no edge"):
        system = run_program(program, tmp_path / "out")
    assert system.projections == (("A", "B"),)
    assert system.graph["connections"]["culture2d"]["config"]["synapses"] == {
        "B": {"A": {"type": "excitatory"}}
    }
    with h5py.File(tmp_path / "out/connections.h5") as file:
        assert len(file["H5Types/Valid population projections"]) == 1
        assert list(file["Projections"]) == ["B"]
    (left_out,) = system.provenance["projections_without_edges"]
    assert (left_out["source"], left_out["target"]) == ("B", "A")
    assert "'B->A'" in system.provenance["warnings"][0]
    # A has cells but not one synapse: rows of length zero.
    assert system.synapses("A")[0].tolist() == [0] * 5


def test_no_projection_at_all(synthetic, tmp_path):
    program = synthetic({"A": 5}, degrees={("A", "A"): 0})
    with pytest.warns(UserWarning, match="drew no edge"):
        system = run_program(program, tmp_path / "out")
    assert system.projections == ()
    assert pyfive.File(tmp_path / "out/connections.h5")["Projections"].keys() == set()


BREACHES = {
    "order": lambda p: setattr(p, "populations", p.populations[::-1]),
    "ids": lambda p: setattr(p, "populations", [replace_id(x, 10) for x in p.populations]),
    "tasks": lambda p: setattr(p, "tasks", lambda: synthetic_tasks(p)[1:]),
    "rows": lambda p: setattr(p, "run", short_rows(p.run)),
    "dtype": lambda p: setattr(p, "run", wide_values(p.run)),
    "a number a row": lambda p: (
        setattr(p, "per_cell_counter", True) or setattr(p, "run", all_rows(p.run))
    ),
    "unknown": lambda p: setattr(p, "run", unknown_table(p.run)),
}


def replace_id(population, number):
    return type(population)(population.name, population.start, population.count, number)


def synthetic_tasks(program):
    return type(program).tasks(program)


def short_rows(run):
    def change(task):
        block = run(task)
        _, columns = next(iter(block.rows.values()))
        columns["Synapses/syn_id"] = columns["Synapses/syn_id"][:-1]
        return block

    return change


def wide_values(run):
    def change(task):
        block = run(task)
        _, columns = next(iter(block.rows.values()))
        columns["Connections/distance"] = columns["Connections/distance"].astype(float)
        return block

    return change


def all_rows(run):
    def change(task):
        block = run(task)
        counts, columns = next(iter(block.rows.values()))
        columns["Synapses/syn_id"] = np.zeros(counts.sum() + 1, np.uint32)
        return block

    return change


def unknown_table(run):
    def change(task):
        block = run(task)
        block.rows["projection/INH/GLIA"] = next(iter(block.rows.values()))
        return block

    return change


@pytest.mark.parametrize("breach", BREACHES)
def test_a_program_that_breaks_its_contract_is_told(synthetic, tmp_path, breach):
    program = synthetic()
    BREACHES[breach](program)
    with pytest.raises(PluginError):
        run_program(program, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []
