"""Reading systems: ours is one of many ways in which the same content is written."""

from __future__ import annotations

import json
import shutil

import h5py
import numpy as np
import pytest

from livn_core.errors import ComponentNotFoundError, SystemFormatError
from livn_core.system.reader import System

WAYS = {
    "contiguous": {},
    "gzip": {"chunks": 3, "compression": "gzip"},
    "shuffled": {"chunks": 4, "compression": "gzip", "shuffled": True},
    "joint": {"joint": True, "shuffled": True},
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_storage_reads_the_same(foreign, way):
    made = foreign(**WAYS[way])
    with System(made.path) as system:
        # Rows are paired by enum id: pairing by position would exchange all three.
        assert {p.name: (p.start, p.count, p.type_id) for p in system.populations} == {
            "PYR": (0, 9, 30),
            "BC": (9, 4, 31),
            "AAC": (13, 2, 7),
        }
        for name, positions in made.positions.items():
            np.testing.assert_array_equal(system.positions(name), positions)
            assert system.positions(name).dtype == np.float32
            counts, columns = system.synapses(name)
            np.testing.assert_array_equal(counts, [len(ids) for ids in made.synapses[name]])
            np.testing.assert_array_equal(columns["syn_ids"], np.concatenate(made.synapses[name]))
        counts, columns = system.synapses("PYR", 2, 5, columns=["syn_ids"])
        np.testing.assert_array_equal(columns["syn_ids"], np.concatenate(made.synapses["PYR"][2:5]))
        assert system.projections == (("PYR", "BC"), ("BC", "PYR"), ("PYR", "PYR"))
        for (source, target), per_target in made.edges.items():
            for block_edges in (1, 7, 10**6):
                slabs = list(
                    system.edges(source, target, block_edges=block_edges, columns=["distance"])
                )
                found = np.concatenate([s.sources for s in slabs])
                np.testing.assert_array_equal(found, np.concatenate([e[0] for e in per_target]))
                found = np.concatenate([s.targets for s in slabs])
                np.testing.assert_array_equal(
                    found, np.repeat(np.arange(len(per_target)), [len(e[0]) for e in per_target])
                )
                found = np.concatenate([s.columns["distance"] for s in slabs])
                np.testing.assert_array_equal(found, np.concatenate([e[1] for e in per_target]))
            in_degrees = [len(e[0]) for e in per_target]
            np.testing.assert_array_equal(system.in_degrees(source, target), in_degrees)
            assert system.in_degrees(source, target).dtype == np.int64
            out_degrees = np.bincount(
                np.concatenate([e[0] for e in per_target]),
                minlength=system.population(source).count,
            )
            np.testing.assert_array_equal(system.out_degrees(source, target), out_degrees)
            assert system.edge_count(source, target) == sum(in_degrees)


def test_incoming_and_outgoing_name_the_same_edges(foreign):
    made = foreign(shuffled=True)
    with System(made.path) as system:
        pairs = set()
        for target in range(9, 13):
            slab = system.incoming(target)["PYR"]
            np.testing.assert_array_equal(slab.sources, made.edges["PYR", "BC"][target - 9][0])
            pairs |= {(int(source), target) for source in slab.sources}
        back = {
            (source, 9 + int(target))
            for source in range(9)
            for target in system.outgoing(source)["BC"].targets
        }
        assert back == pairs


def test_digest_is_of_the_content(foreign):
    paths = [foreign(way, **{**WAYS[way], "shuffled": False}).path for way in WAYS]
    digests = {System(path).digest(jobs=2) for path in paths}
    assert len(digests) == 1
    with h5py.File(paths[0] / "connections.h5", "r+") as file:
        distances = file["Projections/BC/PYR/Connections/distance"]
        distances[3] = np.nextafter(distances[3], np.float32(np.inf))
    assert System(paths[0]).digest() not in digests


def test_digest_counts_a_hard_link_as_the_values_it_names(foreign):
    plain, linked = foreign("plain").path, foreign("linked").path
    with h5py.File(linked / "cells.h5", "r+") as file:
        group = file["Populations/PYR/Generated Coordinates"]
        for axis in "YZ":
            del group[f"{axis} Coordinate/Cell Index"]
            group[f"{axis} Coordinate/Cell Index"] = group["X Coordinate/Cell Index"]
    assert System(plain).digest() == System(linked).digest()


def test_bounds_are_the_union_of_the_layers(foreign):
    bounds = System(foreign().path).bounds()
    np.testing.assert_array_equal(bounds, [[-500, -500, 0], [500, 500, 90]])


def test_unknown_names_are_clean_errors(foreign):
    with System(foreign().path) as system:
        with pytest.raises(ComponentNotFoundError, match="did you mean 'PYR'"):
            system.positions("PYRR")
        with pytest.raises(ComponentNotFoundError, match="'AAC->PYR'"):
            system.in_degrees("AAC", "PYR")
        with pytest.raises(ComponentNotFoundError, match="gid 15"):
            system.incoming(15)
        with pytest.raises(SystemFormatError, match="'Trees'"):
            system.trees("PYR", 0)
        with pytest.raises(SystemFormatError, match="syn_id"):
            next(system.edges("PYR", "BC"))
        with pytest.raises(SystemFormatError, match="one value a cell"):
            system.attributes("PYR", "Synapse Attributes")


def damage_file(path):
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def without(path, name):
    with h5py.File(path, "r+") as file:
        del file[name]


DAMAGE = {
    "absent": (shutil.rmtree, "does not exist"),
    "a file": (lambda path: (shutil.rmtree(path), path.write_text("x")), "not a directory"),
    "empty": (lambda path: (shutil.rmtree(path), path.mkdir()), "cells.h5, connections.h5, graph"),
    "half": (lambda path: (path / "connections.h5").unlink(), "connections.h5 is missing"),
    "no graph": (lambda path: (path / "graph.json").unlink(), "graph.json is missing"),
    "bad graph": (lambda path: (path / "graph.json").write_text("{"), "graph.json.*not valid JSON"),
    "NaN graph": (
        lambda path: (path / "graph.json").write_text('{"a": NaN}'),
        "'NaN' is not a JSON number",
    ),
    "list graph": (lambda path: (path / "graph.json").write_text("[]"), "JSON object"),
    "truncated": (lambda path: damage_file(path / "cells.h5"), "cells.h5.*truncated"),
    "no bytes": (lambda path: (path / "cells.h5").write_bytes(b""), "cells.h5.*is empty"),
    "text": (lambda path: (path / "cells.h5").write_text("hello" * 999), "not an HDF5 file"),
    "no types": (lambda path: without(path / "cells.h5", "H5Types"), "no group 'H5Types'"),
    "no ranges": (
        lambda path: without(path / "cells.h5", "H5Types/Populations"),
        "no dataset 'H5Types/Populations'",
    ),
    "no cells": (lambda path: without(path / "cells.h5", "Populations"), "no group 'Populations'"),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_broken_system_is_refused_with_what_is_missing(foreign, damage):
    path = foreign().path
    spoil, message = DAMAGE[damage]
    spoil(path)
    with pytest.raises(SystemFormatError, match=message) as caught:
        System(path)
    assert str(path) in caught.value.message
    assert "\n" not in caught.value.message


BROKEN_PARTS = {
    "no population": ("cells.h5", "Populations/PYR", lambda s: s.positions("PYR")),
    "no axis": (
        "cells.h5",
        "Populations/PYR/Generated Coordinates/Y Coordinate",
        lambda s: s.positions("PYR"),
    ),
    "no pointer": (
        "cells.h5",
        "Populations/PYR/Synapse Attributes/syn_ids/Attribute Pointer",
        lambda s: s.synapses("PYR"),
    ),
    "no sources": (
        "connections.h5",
        "Projections/BC/PYR/Edges/Source Index",
        lambda s: list(s.edges("PYR", "BC", columns=())),
    ),
    "no blocks": (
        "connections.h5",
        "Projections/BC/PYR/Edges/Destination Block Index",
        lambda s: s.in_degrees("PYR", "BC"),
    ),
}


@pytest.mark.parametrize("part", BROKEN_PARTS)
def test_a_missing_part_is_named(foreign, part):
    path = foreign().path
    file, name, read = BROKEN_PARTS[part]
    without(path / file, name)
    with pytest.raises(SystemFormatError, match=name.rsplit("/", 1)[-1]), System(path) as system:
        read(system)


def test_a_population_without_a_group_has_no_namespaces(foreign):
    path = foreign().path
    without(path / "cells.h5", "Populations/AAC")
    with System(path) as system:
        assert system.namespaces("AAC") == ()
        assert system.namespaces("PYR") == ("Generated Coordinates", "Synapse Attributes")


def test_cells_that_an_attribute_lacks_are_said(foreign):
    path = foreign().path
    with h5py.File(path / "cells.h5", "r+") as file:
        group = file["Populations/BC/Generated Coordinates/X Coordinate"]
        for name, values in {"Cell Index": [0, 2], "Attribute Pointer": [0, 1, 2]}.items():
            del group[name]
            group[name] = np.array(values, dtype=np.uint32)
    with pytest.raises(SystemFormatError, match="lacks 2 of 4 cells"):
        System(path).positions("BC")


@pytest.mark.parametrize("name", ["2d_gauss_100", "2d_default_100", "3d_S1"])
def test_todays_systems(reference, name):
    with System(reference(name)) as system:
        for population in system.populations:
            positions = system.positions(population.name)
            assert positions.shape == (population.count, 3)
            counts, columns = system.synapses(population.name)
            assert all(values.size == counts.sum() for values in columns.values())
            np.testing.assert_array_equal(
                system.synapses(population.name, 1, 3)[1]["syn_ids"],
                columns["syn_ids"][counts[0] : counts[:3].sum()],
            )
        for source, target in system.projections:
            pre = system.positions(source).astype(float)
            post = system.positions(target).astype(float)
            slabs = list(system.edges(source, target, block_edges=5000))
            assert sum(map(len, slabs)) == system.edge_count(source, target)
            assert system.out_degrees(source, target).sum() == system.edge_count(source, target)
            if name.startswith("2d"):
                # Indices are relative to the populations: the stored distances come out.
                away = pre[slabs[0].sources, :2] - post[slabs[0].targets, :2]
                np.testing.assert_allclose(
                    np.hypot(*away.T), slabs[0].columns["distance"], atol=1e-3
                )
        graph = json.loads((reference(name) / "graph.json").read_text())
        assert system.graph == graph
        assert len(system.digest()) == 64


def test_a_tree_of_todays_3d_system(reference):
    with System(reference("3d_S1")) as system:
        tree = system.trees("EXC", 6)
        assert tree["Parent Point"][0] == -1
        assert tree["X Coordinate"].shape == tree["Radius"].shape == tree["Parent Point"].shape
        assert tree["Source Section"].shape == tree["Destination Section"].shape
        assert tree["Section"][0] == tree["Source Section"].size + 1


@pytest.mark.parametrize("index", [[0, 4], [-1, 2]])
def test_cells_that_a_population_does_not_have_are_said(foreign, index):
    path = foreign().path
    with h5py.File(path / "cells.h5", "r+") as file:
        group = file["Populations/BC/Generated Coordinates/X Coordinate"]
        for name, values in {"Cell Index": index, "Attribute Pointer": [0, 1, 2]}.items():
            del group[name]
            group[name] = np.array(values, dtype=np.int64)
    with pytest.raises(
        SystemFormatError, match=r"names cell [-0-9]+, but the population has 4 cells"
    ):
        System(path).positions("BC")
