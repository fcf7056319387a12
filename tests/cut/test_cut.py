"""A part of a system is a system: the same cells, the edges among them, nothing else."""

from __future__ import annotations

import json

import h5py
import numpy as np
import pytest

from livn_core.cut.cut import cut_system
from livn_core.cut.program import CutProgram
from livn_core.errors import LivnError, OutputError
from livn_core.run.run import run_program
from livn_core.system.reader import System
from livn_core.system.selection import Selection, select_box


def choose(system: System, size: float) -> Selection:
    return select_box(system, "part", size)


@pytest.fixture(params=[("culture", 2500), ("2d_gauss_100", 2500), ("3d_S1", 30)])
def pair(request: pytest.FixtureRequest, copy_of, tmp_path):
    name, size = request.param
    with (
        System(copy_of(name)) as whole,
        cut_system(whole, choose(whole, size), tmp_path / "part") as part,
    ):
        yield whole, part


def edges_of(system: System) -> np.ndarray:
    """Return each edge with what its synapse is like: source and target gid, distance, ..."""
    found = []
    for source, target in system.projections:
        first, onto = system.population(source).start, system.population(target).start
        counts, synapses = system.synapses(target)
        owners = np.repeat(np.arange(len(counts)), counts)
        row = {
            key: number
            for number, key in enumerate(
                zip(owners.tolist(), synapses.pop("syn_ids").tolist(), strict=True)
            )
        }
        for slab in system.edges(source, target):
            keys = zip(slab.targets.tolist(), slab.columns["syn_id"].tolist(), strict=True)
            rows = [row[key] for key in keys]
            found.append(
                np.column_stack(
                    [
                        slab.sources.astype(float) + first,
                        slab.targets.astype(float) + onto,
                        slab.columns["distance"],
                        *(synapses[name][rows] for name in sorted(synapses)),
                    ]
                )
            )
    return np.concatenate(found)


def old_gids(part: System) -> np.ndarray:
    return np.concatenate(
        [part.attributes(population.name, "Origin")["gid"] for population in part.populations]
    )


def test_cells_edges_and_synapses_are_those_of_the_whole(pair):
    whole, part = pair
    old, every, found = old_gids(part), edges_of(whole), edges_of(part)
    wanted = every[np.isin(every[:, 0], old) & np.isin(every[:, 1], old)]
    found[:, :2] = old[found[:, :2].astype(int)]
    assert 100 < len(found) == len(wanted) < len(every)
    assert np.array_equal(found[np.lexsort(found.T)], wanted[np.lexsort(wanted.T)])


def test_numbers_are_counted_anew(pair):
    _, part = pair
    first = 0
    for population in part.populations:
        assert population.start == first
        first += population.count
        counts, columns = part.synapses(population.name, columns=["syn_ids"])
        assert columns["syn_ids"].tolist() == [n for c in counts.tolist() for n in range(c)]
        incoming = sum(
            part.in_degrees(source, target)
            for source, target in part.projections
            if target == population.name
        )
        assert np.array_equal(counts, incoming)


def test_positions_and_morphologies_stay(pair):
    whole, part = pair
    for population in part.populations:
        owner = whole.population(population.name)
        cells = part.attributes(population.name, "Origin")["gid"].astype(int) - owner.start
        assert np.array_equal(
            part.positions(population.name), whole.positions(population.name)[cells]
        )
        if "Trees" in whole.namespaces(population.name):
            for new, old in enumerate(cells.tolist()):
                ours, theirs = part.trees(population.name, new), whole.trees(population.name, old)
                assert set(ours) == set(theirs)
                assert all(np.array_equal(ours[name], theirs[name]) for name in ours)


def test_numbers_beside_a_namespace_stay(copy_of, tmp_path):
    with System(copy_of("3d_S1")) as whole:
        part = cut_system(whole, choose(whole, 30), tmp_path / "part")
        wanted = whole.namespace_attributes("INH", "Arc Distances")
        assert len(wanted) == 4
        assert part.namespace_attributes("INH", "Arc Distances") == wanted


def test_the_graph_speaks_of_the_part(pair):
    whole, part = pair
    config = part.graph["architecture"]["config"]
    counts = {population.name: population.count for population in part.populations}
    for name, layers in config["cell_distributions"].items():
        assert sum(layers.values()) == counts[name]
    first = next(iter(part.graph["connections"].values()))["config"]["synapses"]
    named = {(source, target) for target, sources in first.items() for source in sources}
    assert named == set(part.projections)
    assert part.graph["architecture"]["uuid"] != whole.graph["architecture"]["uuid"]
    # The part lies within its box, and the box within the whole.
    low, high = part.bounds()
    for population in part.populations:
        plane = part.positions(population.name)[:, :2]
        assert (plane >= low[:2]).all()
        assert (plane <= high[:2]).all()
    assert (low >= whole.bounds()[0]).all()
    assert (high <= whole.bounds()[1]).all()


def test_provenance_says_where_it_is_from(pair):
    whole, part = pair
    document = part.provenance
    assert document["generator"] == "cut"
    assert document["cut_from"]["name"] == whole.path.name
    assert document["cut_from"]["digest"] == (whole.provenance or {}).get("digest", whole.digest())
    assert document["configuration"]["selection"] == "part"
    assert document["digest"] == part.digest()


def test_blocks_do_not_show(copy_of, tmp_path):
    with System(copy_of("culture")) as whole:
        first = cut_system(whole, choose(whole, 2500), tmp_path / "first").digest()
        program = CutProgram(whole, choose(whole, 2500), block_edges=13)
        assert len(program.tasks()) > 2
        assert run_program(program, tmp_path / "second").digest() == first


def test_a_population_may_stay_behind(copy_of, tmp_path):
    with System(copy_of("culture")) as whole:
        selection = select_box(whole, "part", 2500, populations=["INH"])
        part = cut_system(whole, selection, tmp_path / "part")
        assert [(p.name, p.start) for p in part.populations] == [("INH", 0)]
        assert part.projections == (("INH", "INH"),)
        assert "EXC" not in json.dumps(part.graph)


def test_every_cell_is_the_system_again(copy_of, tmp_path):
    with System(copy_of("culture")) as whole:
        part = cut_system(whole, select_box(whole, "part", 1e5), tmp_path / "part")
        with h5py.File(part.path / "connections.h5") as new:
            for source, target in whole.projections:
                theirs = np.concatenate([s.sources for s in whole.edges(source, target)])
                ours = new[f"Projections/{target}/{source}/Edges/Source Index"][()]
                assert np.array_equal(ours, theirs)


def test_files_beside_are_copied_and_selections_are_not(copy_of, tmp_path):
    with System(copy_of("culture")) as whole:
        (whole.path / "params").mkdir()
        (whole.path / "params" / "default.json").write_text("{}")
        (whole.path / "selection").mkdir()
        part = cut_system(whole, choose(whole, 2500), tmp_path / "part")
        assert part.mea == whole.mea
        assert (part.path / "params" / "default.json").read_text() == "{}"
        assert not (part.path / "selection").exists()


def test_never_onto_itself_or_another(copy_of, tmp_path):
    with System(copy_of("culture")) as whole:
        with pytest.raises(OutputError, match="is the system itself"):
            cut_system(whole, choose(whole, 2500), whole.path, overwrite=True)
        cut_system(whole, choose(whole, 2500), tmp_path / "part")
        with pytest.raises(OutputError, match="exists"):
            cut_system(whole, choose(whole, 2500), tmp_path / "part")
        with pytest.raises(LivnError, match="holds no cell"):
            cut_system(whole, Selection("none", {}), tmp_path / "none")


def test_livn_loads_it(pair):
    livn = pytest.importorskip("livn.system")
    _, part = pair
    theirs = livn.System(str(part.path), comm=False)
    assert theirs.num_neurons == sum(population.count for population in part.populations)
    for population in part.populations:
        table = np.asarray(theirs.coordinate_array(population.name))
        gids = population.start + np.arange(population.count)
        assert np.array_equal(table[:, 0], gids)
        assert np.array_equal(table[:, 1:4].astype(np.float32), part.positions(population.name))
    for source, target in part.projections:
        edges = sum(
            len(np.asarray(sources)) for _, (sources, _) in theirs.projection_array(source, target)
        )
        assert edges == part.edge_count(source, target)
