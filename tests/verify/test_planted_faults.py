"""Each fault is a small corruption of a good system; the verdict has to name it."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from livn_core.api import generate
from livn_core.plugins.registry import registry
from livn_core.verify import verify

EXC = "Projections/EXC/EXC"
EDGES = f"{EXC}/Edges"
COORDINATES = "Populations/EXC/Generated Coordinates"
SYNAPSES = "Populations/EXC/Synapse Attributes"
#: Name of the fault -> (the system, the check that must fail, how to plant it).
FAULTS: dict[str, tuple[str, str, Callable[[Path], None]]] = {}


def fault(check: str, system: str = "culture") -> Callable[[Any], Any]:
    def keep(plant: Callable[[Path], None]) -> Callable[[Path], None]:
        FAULTS[plant.__name__] = (system, check, plant)
        return plant

    return keep


def put(file: h5py.File, path: str, values: np.ndarray, dtype: Any = None) -> None:
    """Replace a dataset; other names of it stay as they are."""
    del file[path]
    file.create_dataset(path, data=np.asarray(values), dtype=dtype)


def cells(path: Path) -> h5py.File:
    return h5py.File(path / "cells.h5", "r+")


def connections(path: Path) -> h5py.File:
    return h5py.File(path / "connections.h5", "r+")


def edit(path: Path, name: str, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((path / name).read_text())
    change(document)
    (path / name).write_text(json.dumps(document))


def asked(path: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change what was asked for: the system then is not what it should be."""
    edit(path, "provenance.json", lambda document: change(document["configuration"]))


def first_target(file: h5py.File, edges: int) -> slice:
    """Return the edges of the first target that has so many."""
    pointer = file[f"{EDGES}/Destination Pointer"][()].astype(int)
    at = int(np.flatnonzero(np.diff(pointer) >= edges)[0])
    return slice(pointer[at], pointer[at + 1])


# -- the container and its types --------------------------------------------------------------


@fault("gid-ranges")
def shifted_range(path: Path) -> None:
    for file in (cells(path), connections(path)):
        with file:
            rows = file["H5Types/Populations"][()]
            rows["Start"][1] += 5
            file["H5Types/Populations"][...] = rows


@fault("reading-order")
def swapped_populations(path: Path) -> None:
    for file in (cells(path), connections(path)):
        with file:
            file["H5Types/Populations"][...] = file["H5Types/Populations"][()][::-1]


@fault("same-populations")
def files_that_disagree(path: Path) -> None:
    with connections(path) as file:
        rows = file["H5Types/Populations"][()]
        rows["Count"][1] += 1
        file["H5Types/Populations"][...] = rows


@fault("labels")
def no_committed_labels(path: Path) -> None:
    with connections(path) as file:
        del file["H5Types/Population labels"]


@fault("pyfive")
def newest_hdf5(path: Path) -> None:
    pytest.importorskip("pyfive")
    stored_anew(path / "cells.h5", libver="latest")


def stored_anew(path: Path, *, libver: Any = None, **storage: Any) -> None:
    """Write a file's values once more, in another way."""

    def again(old: h5py.Group, new: h5py.Group) -> None:
        for name, member in old.items():
            if isinstance(member, h5py.Group):
                again(member, new.create_group(name))
            elif isinstance(member, h5py.Datatype):
                new[name] = member.dtype
            else:
                options = storage if member.dtype.names is None and member.size else {}
                new.create_dataset(name, data=member[()], dtype=member.dtype, **options)

    former = path.rename(path.with_suffix(".old"))
    with h5py.File(former) as old, h5py.File(path, "w", libver=libver) as new:
        again(old, new)
    former.unlink()


@fault("hdf5")
def truncated_file(path: Path) -> None:
    file = path / "connections.h5"
    os.truncate(file, file.stat().st_size // 2)


@fault("files")
def empty_file(path: Path) -> None:
    (path / "cells.h5").write_bytes(b"")


@fault("files")
def missing_file(path: Path) -> None:
    (path / "connections.h5").unlink()


# -- what cells have ---------------------------------------------------------------------------


@fault("attribute-pointers")
def truncated_pointer(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_ids/Attribute Pointer"
        put(file, place, file[place][:-1])


@fault("attribute-types")
def float64_attribute(path: Path) -> None:
    with cells(path) as file:
        place = f"{COORDINATES}/X Coordinate/Attribute Value"
        put(file, place, file[place][()].astype("f8"))


@fault("attribute-types")
def uint64_attribute(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_ids/Attribute Value"
        put(file, place, file[place][()].astype("u8"))


@fault("coordinates")
def nan_coordinate(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/Y Coordinate/Attribute Value"][3] = np.nan


@fault("coordinates")
def cell_without_coordinates(path: Path) -> None:
    with cells(path) as file:
        for name in ("Cell Index", "Attribute Pointer", "Attribute Value"):
            place = f"{COORDINATES}/X Coordinate/{name}"
            put(file, place, file[place][:-1])


@fault("namespaces")
def columns_of_other_lengths(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_cdists/Attribute Pointer"
        pointer = file[place][()]
        pointer[1] += 1
        put(file, place, pointer)


@fault("reading-order")
def population_without_a_range(path: Path) -> None:
    with cells(path) as file:
        file.copy("Populations/INH", "Populations/NEW")


@fault("attribute-pointers")
def values_of_two_dimensions(path: Path) -> None:
    with cells(path) as file:
        place = f"{COORDINATES}/X Coordinate/Attribute Value"
        put(file, place, file[place][()][:, None])


@fault("namespaces")
def stray_dataset(path: Path) -> None:
    with cells(path) as file:
        file["Populations/EXC/stray"] = np.arange(3)


@fault("synapse-ids")
def no_synapse_attributes(path: Path) -> None:
    with cells(path) as file:
        del file[SYNAPSES]


# -- projections as stored ---------------------------------------------------------------------


@fault("destination-blocks")
def block_pointer_without_the_last(path: Path) -> None:
    with connections(path) as file:
        file[f"{EDGES}/Destination Block Pointer"][1] -= 1


@fault("destination-blocks")
def falling_pointer(path: Path) -> None:
    with connections(path) as file:
        pointer = file[f"{EDGES}/Destination Pointer"]
        pointer[5] = int(pointer[7]) + 1


@fault("source-range")
def source_out_of_range(path: Path) -> None:
    with connections(path) as file:
        file[f"{EDGES}/Source Index"][7] = 240


@fault("edge-columns")
def column_too_short(path: Path) -> None:
    with connections(path) as file:
        place = f"{EXC}/Connections/distance"
        put(file, place, file[place][:-1])


@fault("edge-columns")
def syn_id_of_64_bits(path: Path) -> None:
    with connections(path) as file:
        place = f"{EXC}/Synapses/syn_id"
        put(file, place, file[place][()].astype("u8"))


@fault("valid-projections")
def missing_valid_row(path: Path) -> None:
    with connections(path) as file:
        place = "H5Types/Valid population projections"
        put(file, place, file[place][1:])


@fault("graph-projections")
def projection_only_in_graph(path: Path) -> None:
    with connections(path) as file:
        del file["Projections/INH/INH"]


@fault("graph-projections")
def projection_only_in_file(path: Path) -> None:
    edit(
        path,
        "graph.json",
        lambda graph: graph["connections"]["culture2d"]["config"]["synapses"]["EXC"].pop("INH"),
    )


@fault("mean-degree")
def projection_nowhere(path: Path) -> None:
    projection_only_in_graph(path)
    edit(
        path,
        "graph.json",
        lambda graph: graph["connections"]["culture2d"]["config"]["synapses"]["INH"].pop("INH"),
    )


# -- edges and synapses ------------------------------------------------------------------------


@fault("multapses")
def duplicated_edge(path: Path) -> None:
    with connections(path) as file:
        at = first_target(file, 2).start
        for column in ("Edges/Source Index", "Connections/distance"):
            file[f"{EXC}/{column}"][at + 1] = file[f"{EXC}/{column}"][at]


@fault("edge-counts")
def last_edge_gone(path: Path) -> None:
    with connections(path) as file:
        pointer = file[f"{EDGES}/Destination Pointer"]
        last = pointer[()]
        pointer[...] = np.minimum(last, last[-1] - 1)
        for column in ("Edges/Source Index", "Connections/distance", "Synapses/syn_id"):
            put(file, f"{EXC}/{column}", file[f"{EXC}/{column}"][:-1])


@fault("autapses")
def self_edge(path: Path) -> None:
    with connections(path) as file:
        pointer = file[f"{EDGES}/Destination Pointer"][()].astype(int)
        target = int(np.flatnonzero(np.diff(pointer))[0])
        file[f"{EDGES}/Source Index"][pointer[target]] = target
        file[f"{EXC}/Connections/distance"][pointer[target]] = 0


@fault("stored-distances")
def wrong_distance(path: Path) -> None:
    with connections(path) as file:
        file[f"{EXC}/Connections/distance"][11] += 1


@fault("synapse-locations")
def location_0(path: Path) -> None:
    spoil_location(path, 0.0)


@fault("synapse-locations")
def location_1(path: Path) -> None:
    spoil_location(path, 1.0)


@fault("synapse-locations")
def location_nan(path: Path) -> None:
    spoil_location(path, np.nan)


def spoil_location(path: Path, value: float) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_locs/Attribute Value"
        values = file[place][()]
        values[17] = value
        put(file, place, values)


@fault("synapse-ids")
def synapse_named_twice(path: Path) -> None:
    with connections(path) as file:
        at = first_target(file, 2).start
        file[f"{EXC}/Synapses/syn_id"][at + 1] = file[f"{EXC}/Synapses/syn_id"][at]


@fault("synapse-ids")
def synapse_of_nobody(path: Path) -> None:
    with connections(path) as file:
        file[f"{EXC}/Synapses/syn_id"][3] = 9999


@fault("synapse-ids")
def synapses_of_one_number(path: Path) -> None:
    with cells(path) as file:
        file[f"{SYNAPSES}/syn_ids/Attribute Value"][1] = 0


@fault("synapse-section-numbers")
def section_of_a_point_neuron(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_secs/Attribute Value"
        values = file[place][()]
        values[9] = 4
        put(file, place, values)


@fault("synapse-sections")
def inhibition_on_the_dendrite(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/swc_types/Attribute Value"
        put(file, place, np.full_like(file[place][()], 4))


# -- numbers -----------------------------------------------------------------------------------


@fault("cell-counts")
def wrong_count(path: Path) -> None:
    asked(path, lambda config: config.update(total_cells=310))


@fault("mean-degree")
def wrong_degree(path: Path) -> None:
    asked(path, lambda config: config["connectivity"].update(mean_degree=10.7))


@fault("sigma")
def wrong_sigma(path: Path) -> None:
    asked(path, lambda config: config["connectivity"].update(sigma=200, cutoff=2.25))


@fault("distance-law")
def wrong_kernel(path: Path) -> None:
    asked(path, lambda config: config["connectivity"].update(kernel="exponential"))


@fault("possible-pairs")
def edges_beyond_the_cutoff(path: Path) -> None:
    asked(path, lambda config: config["connectivity"].update(cutoff=2.5))


@fault("projections")
def projection_not_asked_for(path: Path) -> None:
    degrees = {"INH->INH": 0, "default": 10}
    asked(path, lambda config: config["connectivity"].update(mean_degree=degrees))


@fault("in-degrees")
def every_target_alike(path: Path) -> None:
    # The edges are dealt anew, ten a target: right on average, and without any scatter.
    with connections(path) as file:
        number = file[f"{EDGES}/Source Index"].size
        pointer = np.round(np.linspace(0, number, 241)).astype("u8")
        file[f"{EDGES}/Destination Pointer"][...] = pointer


@fault("out-degrees")
def hubs(path: Path) -> None:
    with connections(path) as file:
        sources = file[f"{EDGES}/Source Index"]
        sources[...] = sources[()] // 2 * 2


@fault("bounds")
def cell_outside_the_area(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/X Coordinate/Attribute Value"][20] = 1000.5


@fault("bounds")
def cell_above_the_culture(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/Z Coordinate/Attribute Value"][20] = 11


@fault("bounds")
def cell_just_above_the_culture(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/Z Coordinate/Attribute Value"][20] = 10.001


@fault("bounds")
def cell_just_below_the_culture(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/Z Coordinate/Attribute Value"][20] = -0.001


@fault("density")
def cells_clumped(path: Path) -> None:
    with cells(path) as file:
        x = file[f"{COORDINATES}/X Coordinate/Attribute Value"]
        x[...] = 1000 * (x[()] / 1000) ** 1.6


@fault("digest")
def stale_digest(path: Path) -> None:
    with cells(path) as file:
        z = file[f"{COORDINATES}/Z Coordinate/Attribute Value"]
        z[0] = (float(z[0]) + 1) % 10


# -- documents ---------------------------------------------------------------------------------


@fault("electrodes")
def electrode_ids_from_1(path: Path) -> None:
    def shift(mea: dict[str, Any]) -> None:
        for row in mea["electrode_coordinates"]:
            row[0] += 1

    edit(path, "mea.json", shift)


@fault("json")
def nan_in_graph(path: Path) -> None:
    text = (path / "graph.json").read_text()
    (path / "graph.json").write_text(text.replace('"weight": 1.0', '"weight": NaN', 1))


@fault("graph-elements")
def graph_of_another_shape(path: Path) -> None:
    edit(path, "graph.json", lambda graph: graph.update(architecture=3))


@fault("graph-version")
def unknown_graph_version(path: Path) -> None:
    edit(path, "graph.json", lambda graph: graph.update(version=7))


@fault("uuids")
def uuid_twice(path: Path) -> None:
    def same(graph: dict[str, Any]) -> None:
        graph["distances"]["culture2d"]["uuid"] = graph["architecture"]["uuid"]

    edit(path, "graph.json", same)


@fault("graph-belongs")
def graph_of_another_system(path: Path) -> None:
    edit(path, "provenance.json", lambda document: document.update(digest="0" * 64))


@fault("graph-bounds")
def bounds_of_the_cells(path: Path) -> None:
    def drawn(graph: dict[str, Any]) -> None:
        graph["architecture"]["config"]["layer_extents"]["2D"][0] = [2.5, 1.5, 0.0]

    edit(path, "graph.json", drawn)


# -- layered systems ---------------------------------------------------------------------------


def density(config: dict[str, Any]) -> dict[str, Any]:
    return config["Cell Types"]["EXC"]["synapses"]["density"]


@fault("synapse-density", "layered")
def wrong_layer_share(path: Path) -> None:
    # What happens when the last layer's density is used for all of them.
    asked(
        path,
        lambda config: density(config)["apical"]["excitatory"]["SLM"].update(
            density(config)["apical"]["excitatory"]["SR"]
        ),
    )


@fault("synapse-strata", "layered")
def layer_without_density(path: Path) -> None:
    with cells(path) as file:
        place = f"{SYNAPSES}/syn_layers/Attribute Value"
        values = file[place][()]
        values[values == 9] = 7
        put(file, place, values)


@fault("synapse-section-numbers", "layered")
def section_that_does_not_exist(path: Path) -> None:
    with cells(path) as file:
        file[f"{SYNAPSES}/syn_secs/Attribute Value"][100] = 5000


@fault("synapse-strata", "layered")
def section_of_another_layer(path: Path) -> None:
    with cells(path) as file:
        sections = file[f"{SYNAPSES}/syn_secs/Attribute Value"]
        sections[...] = sections[()][::-1]


@fault("projection-synapses", "layered")
def synapses_of_the_wrong_source(path: Path) -> None:
    def other(config: dict[str, Any]) -> None:
        config["Connection Generator"]["Synapses"]["EXC"]["EXC"]["proportions"][1] = 0.0

    asked(path, other)


@fault("cells-per-layer", "layered")
def cell_in_another_layer(path: Path) -> None:
    with cells(path) as file:
        file["Populations/EXC/Generated Coordinates/L Coordinate/Attribute Value"][0] = 20.0


@fault("arc-distances", "layered")
def other_arc_distances(path: Path) -> None:
    with cells(path) as file:
        arc = file["Populations/INH/Arc Distances/U Distance/Attribute Value"]
        arc[...] = arc[()] + 5


@fault("axon-extent", "layered")
def axons_too_long(path: Path) -> None:
    narrow = {"width": [60.0, 60.0], "offset": [0.0, 0.0]}
    asked(
        path,
        lambda config: config["Connection Generator"]["Axon Extent"]["EXC"].update(default=narrow),
    )


@fault("source-offsets-u", "layered")
def sources_too_far(path: Path) -> None:
    narrow = {"width": [120.0, 120.0], "offset": [0.0, 0.0]}
    asked(
        path,
        lambda config: config["Connection Generator"]["Axon Extent"]["EXC"].update(default=narrow),
    )


@fault("synapse-strata", "layered")
def synapses_of_a_type_without_density(path: Path) -> None:
    with cells(path) as file:
        types = file[f"{SYNAPSES}/syn_types/Attribute Value"]
        types[100:200] = 2  # modulatory, in the sections and layers where they were


@fault("rotation", "layered")
def cell_moved_without_its_layer(path: Path) -> None:
    with cells(path) as file:
        file[f"{COORDINATES}/X Coordinate/Attribute Value"][0] += 0.5


@fault("section-lengths", "layered")
def sections_without_their_parents_end(path: Path) -> None:
    with cells(path) as file:
        section = file["Populations/EXC/Trees/Section"]
        values, pointer = section["Attribute Value"][()], section["Attribute Pointer"][()]
        first = values[: pointer[1]].copy()
        # The second section lists its first point twice, in place of the parent's end.
        at = 1 + 1 + int(first[1]) + 1
        first[at] = first[at + 1]
        values[: pointer[1]] = first
        put(file, "Populations/EXC/Trees/Section/Attribute Value", values)


@fault("stored-distances", "layered")
def straight_distances(path: Path) -> None:
    with connections(path) as file:
        distance = file[f"{EXC}/Connections/distance"]
        distance[...] = distance[()] / np.sqrt(2)


# ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FAULTS)
def test_the_verdict_names_the_fault(name: str, spoiled: Callable[[str], Path]) -> None:
    system, check, plant = FAULTS[name]
    path = spoiled(system)
    plant(path)
    report = verify(path, jobs=1)
    fatal = {verdict.check for verdict in report.of("fatal")}
    assert check in fatal, sorted(fatal)
    assert not report.passed


def test_where_one_population_has_no_position_nothing_is_measured(
    spoiled: Callable[[str], Path],
) -> None:
    path = spoiled("culture")
    nan_coordinate(path)
    report = verify(path, jobs=1)
    assert {v.check for v in report.of("fatal")} == {"coordinates"}
    assert "cells without a position: nothing that depends on it was tested" in report.notes
    assert "stored-distances" not in {v.check for v in report.verdicts}


def test_leftovers_are_a_warning(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    (path / ".mea.json.4711.tmp").write_text("{")
    report = verify(path, jobs=1)
    assert [v.check for v in report.of("warning")] == ["leftovers"]
    assert report.passed


def test_what_is_not_installed_is_no_fault(plugin_kernel: str, tmp_path: Path) -> None:
    connectivity = {"kernel": plugin_kernel, "mean_degree": 3, "sigma": 200, "cutoff": None}
    config = {"total_cells": 40, "connectivity": connectivity}
    generate(config, output_directory=tmp_path / "system", jobs=1).close()
    sys.path.remove(str(tmp_path / "site"))
    registry.cache_clear()
    report = verify(tmp_path / "system", jobs=1)
    sys.path.insert(0, str(tmp_path / "site"))
    assert report.passed
    (doubt,) = report.of("warning")
    assert "'hoop' of 'livn-rings 2.5', which is not installed" in doubt.found
    assert "digest" in {v.check for v in report.of("ok")}


def test_a_configuration_that_is_none_is_a_fault(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    asked(path, lambda config: config.update(total_cells="many"))
    assert "configuration" in {v.check for v in verify(path, jobs=1).of("fatal")}


@pytest.mark.parametrize(
    "storage", [{"compression": "gzip", "shuffle": True}, {"libver": ("earliest", "v110")}]
)
def test_another_way_of_storing_is_no_fault(
    storage: dict[str, Any], spoiled: Callable[[str], Path]
) -> None:
    path = spoiled("culture")
    for name in ("cells.h5", "connections.h5"):
        stored_anew(path / name, **storage)
    report = verify(path, jobs=1)
    assert [v.check for v in report.verdicts if v.level != "ok"] == []


@pytest.mark.parametrize("key", ["area_kwargs", "kernel_kwargs"])
def test_a_component_of_another_version_is_a_warning(
    key: str, spoiled: Callable[[str], Path]
) -> None:
    path = spoiled("culture")

    def older(config: dict[str, Any]) -> None:
        owner = config if key == "area_kwargs" else config["connectivity"]
        owner[key] = {**owner.get(key, {}), "of_before": 1}

    asked(path, older)
    report = verify(path, jobs=1)
    (warning,) = report.of("warning")
    assert warning.check == "configuration"
    assert "of_before" in warning.found
    assert report.passed


def test_a_population_without_a_range_is_named(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    population_without_a_range(path)
    (verdict,) = (v for v in verify(path, jobs=1).of("fatal") if v.check == "reading-order")
    assert verdict.found == "population 'NEW' has cells but no gid range"
