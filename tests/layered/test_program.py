"""The program: every synapse has a source, any cut gives the same system, options do what they say."""

from __future__ import annotations

import json

import numpy as np
import pytest
from scipy.stats import chisquare

from livn_core.errors import ConfigError
from livn_core.layered.configuration import validate
from livn_core.layered.program import LayeredProgram
from livn_core.layered.scaling import scaled
from livn_core.morphology import MorphologyWarning
from livn_core.program import Task
from livn_core.run.run import run_program
from livn_core.system.default_grid import default_grid

SYNAPSES = "attributes/{}/Synapse Attributes"


def made(program):
    """Return table -> (counts, columns), of all blocks."""
    rows = {}
    for task in program.tasks():
        for key, (counts, columns) in program.run(task).rows.items():
            rows.setdefault(key, []).append((counts, columns))
    return {
        key: (
            np.concatenate([counts for counts, _ in parts]),
            {name: np.concatenate([c[name] for _, c in parts]) for name in parts[0][1]},
        )
        for key, parts in rows.items()
    }


def cells_of(counts):
    return np.repeat(np.arange(len(counts)), counts)


def same(first, second):
    assert first.keys() == second.keys()
    for key, (counts, columns) in first.items():
        np.testing.assert_array_equal(counts, second[key][0])
        for name, values in columns.items():
            np.testing.assert_array_equal(values, second[key][1][name])


def test_every_synapse_has_exactly_one_source(document, make_program):
    rows = made(make_program(document))
    for target in ("EXC", "INH"):
        counts, columns = rows[SYNAPSES.format(target)]
        edges = [
            (cells_of(c), e)
            for key, (c, e) in rows.items()
            if key.startswith(f"projection/{target}/")
        ]
        cell = np.concatenate([cells for cells, _ in edges])
        syn_id = np.concatenate([e["Synapses/syn_id"] for _, e in edges])
        order = np.lexsort((syn_id, cell))
        np.testing.assert_array_equal(cell[order], cells_of(counts))
        np.testing.assert_array_equal(syn_id[order], columns["syn_ids"])


def test_shares_follow_the_proportions(document, make_program):
    rows = made(make_program(document))
    counts, columns = rows[SYNAPSES.format("EXC")]
    first = np.cumsum(counts) - counts
    number, edges = rows["projection/EXC/EXC"]
    mine = first[cells_of(number)] + edges["Synapses/syn_id"]
    for section, layer, share in ((3, 5, 0.7), (4, 8, 1.0), (4, 9, 0.4)):
        there = (columns["swc_types"] == section) & (columns["syn_layers"] == layer)
        got, total = there[mine].sum(), there.sum()
        assert abs(got - share * total) <= 4 * np.sqrt(total * share * (1 - share))
        assert total > 1000


def test_sources_lie_in_reach_and_distances_are_theirs(document, make_program):
    program = make_program(document)
    rows = made(program)
    for key in ("projection/EXC/INH", "projection/INH/EXC"):
        _, target, source = key.split("/")
        counts, edges = rows[key]
        offset = np.abs(
            program.arc(source)[edges["Source Index"]].astype(float)
            - program.arc(target)[cells_of(counts)]
        )
        np.testing.assert_allclose(edges["Connections/distance"], offset.sum(axis=1), rtol=1e-6)
        width = {"EXC": (450, 350), "INH": (400, 400)}[source]
        assert (offset < width).all()
        cell = cells_of(counts)
        inner = (cell[1:] == cell[:-1]) & (edges["Source Index"][1:] < edges["Source Index"][:-1])
        assert not inner.any()  # ascending within a target


def test_any_cut_into_blocks_gives_the_same(document, make_program):
    for name in ("EXC", "INH"):
        apical = document["Cell Types"][name]["synapses"]["density"]["apical"]
        apical["excitatory"]["SR"]["mean"] = 100.0
    rows = []
    for size in (2_000_000, 500_000, 1):
        program = make_program(document, block_synapses=size)
        rows.append((len(program.tasks()), made(program)))
    assert rows[0][0] < rows[1][0] < rows[2][0]
    same(rows[0][1], rows[1][1])
    same(rows[0][1], rows[2][1])


def test_a_block_may_not_cut_a_chunk(document, make_program):
    with pytest.raises(ValueError, match="chunks"):
        make_program(document).run(Task("EXC", 1, 150))


def test_the_order_of_keys_changes_nothing(document, make_program):
    first = made(make_program(document))

    def turned(value):
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    same(first, made(make_program(turned(document))))


def test_a_further_projection_moves_no_synapse(document, make_program):
    first = made(make_program(document))
    document["Definitions"]["Populations"]["MOD"] = 3
    document["Geometry"]["Cell Distribution"]["MOD"] = {"SR": 5}
    document["Connection Generator"]["Axon Extent"]["MOD"] = 5000
    document["Cell Types"]["EXC"]["synapses"]["density"]["soma"] = {
        "modulatory": {"default": {"mean": 0.5}}
    }
    document["Connection Generator"]["Synapses"]["EXC"]["MOD"] = {
        "type": "modulatory",
        "sections": ["soma"],
        "layers": ["SP"],
        "proportions": [1],
    }
    second = made(make_program(document))
    assert "projection/EXC/MOD" in second
    same({"x": first["projection/INH/EXC"]}, {"x": second["projection/INH/EXC"]})


def test_contacts_share_a_source_by_distance_in_each_layer(document, make_program):
    document["Connection Generator"]["Synapses"]["INH"]["EXC"]["contacts"] = 4
    rows = made(make_program(document))
    counts, columns = rows[SYNAPSES.format("INH")]
    number, edges = rows["projection/INH/EXC"]
    np.testing.assert_array_equal(counts, number)
    first = np.cumsum(counts) - counts
    source = np.empty(counts.sum(), dtype=np.int64)
    source[first[cells_of(number)] + edges["Synapses/syn_id"]] = edges["Source Index"]
    cell = cells_of(counts)
    runs = 0
    for layer in (5, 8, 9):
        for target in range(len(counts)):
            mine = np.flatnonzero((cell == target) & (columns["syn_layers"] == layer))
            mine = mine[np.argsort(columns["syn_cdists"][mine], kind="stable")]
            for start in range(0, len(mine), 4):
                assert len(set(source[mine[start : start + 4]])) == 1
                runs += 1
    assert runs > 1000


def test_axon_extents_of_a_layer_hold_for_the_synapses_there(document, make_program):
    document["Connection Generator"]["Axon Extent"]["EXC"]["SLM"] = {"width": [2500, 2500]}
    program = make_program(document)
    rows = made(program)
    counts, columns = rows[SYNAPSES.format("INH")]
    first = np.cumsum(counts) - counts
    number, edges = rows["projection/INH/EXC"]
    cell = cells_of(number)
    offset = np.abs(program.arc("EXC")[edges["Source Index"]] - program.arc("INH")[cell])
    layer = columns["syn_layers"][first[cell] + edges["Synapses/syn_id"]]
    assert (offset[layer != 9] < [450, 350]).all()
    assert offset[layer == 9].max() > 600


def test_autapses_are_drawn_by_the_law_or_not_at_all(document, make_program):
    document["Geometry"]["Cell Distribution"]["EXC"] = {"SP": 6}
    counts, edges = made(make_program(document))["projection/EXC/EXC"]
    assert (edges["Source Index"] == cells_of(counts)).sum() > 100
    without = made(make_program(document, allow_autapses=False))["projection/EXC/EXC"]
    assert not (without[1]["Source Index"] == cells_of(without[0])).any()
    np.testing.assert_array_equal(without[0], counts)


def test_out_of_reach_gets_the_nearest_and_says_so_or_is_refused(document, make_program):
    document["Connection Generator"]["Axon Extent"]["INH"] = 60
    program = make_program(document)
    lost = program.out_of_reach()
    assert list(lost) == ["INH->EXC"]
    assert 50 < lost["INH->EXC"] < 150
    assert f"{lost['INH->EXC']} of 150 cells" in program.warnings()[0]
    assert program.provenance()["out_of_reach"] == lost
    rows = made(program)
    counts, edges = rows["projection/EXC/INH"]
    assert counts.all()
    apart = np.abs(program.arc("INH").astype(float)[None] - program.arc("EXC")[:, None])
    reached = (apart < 30).all(axis=2)  # an axon is 60 um wide
    alone = ~reached.any(axis=1)
    assert alone.sum() == lost["INH->EXC"]
    cell, source = cells_of(counts), edges["Source Index"]
    assert reached[cell, source][~alone[cell]].all()
    nearest = np.hypot(*apart.T).T.argmin(axis=1)
    np.testing.assert_array_equal(source[alone[cell]], nearest[cell][alone[cell]])
    with pytest.raises(ConfigError, match=r"INH->EXC: .* no source in reach"):
        make_program(document, out_of_reach="error")


def test_layers_from_depth_where_the_file_has_none(document, folder, make_program):
    rows7 = "\n".join(
        " ".join(r.split()[:7]) for r in (folder / "cell.swc").read_text().split("\n")
    )
    (folder / "cell.swc").write_text(rows7)
    for name in ("EXC", "INH"):
        rule = document["Connection Generator"]["Synapses"]
        density = document["Cell Types"][name]["synapses"]["density"]
        density["basal"] = {"excitatory": {"default": {"mean": 2.0}}}
        density["apical"] = {"excitatory": {"default": {"mean": 3.0}}}
        assert rule
    program = make_program(document)
    rows = made(program)
    counts, columns = rows[SYNAPSES.format("INH")]
    assert counts.mean() == pytest.approx(
        100 * 2 + 100 * 3 + 2 * 2 * np.hypot(40, 50) * 3, rel=0.03
    )
    # cells in SO have their apical dendrite in SP and SR, cells in SR have theirs in SR and SLM
    first = columns["syn_layers"][cells_of(counts) < 10]
    last = columns["syn_layers"][cells_of(counts) >= 30]
    assert 6 in first
    assert 9 not in first
    assert {8, 9} <= set(last)
    tree = rows["tree_points/INH/Trees"][1]["Point Layer"]
    assert set(tree) <= {5, 6, 8, 9}


def test_a_folder_gives_each_cell_one_of_its_morphologies(document, folder, make_program):
    (folder / "cells").mkdir()
    text = (folder / "cell.swc").read_text()
    (folder / "cells" / "a.swc").write_text(text)
    (folder / "cells" / "b.swc").write_text(text + "11 4 -80 320 0 1 10 9\n")
    document["Cell Types"]["EXC"]["morphology"] = "cells"
    program = make_program(document)
    rows = made(program)
    points, columns = rows["tree_points/EXC/Trees"]
    sizes, number = np.unique(points, return_counts=True)
    assert sizes.tolist() == [14, 15]
    assert chisquare(number).pvalue > 1e-3
    x, z = columns["X Coordinate"], columns["Z Coordinate"]
    tip = np.cumsum(points) - points + 10
    np.testing.assert_allclose(np.hypot(x[tip], z[tip]), 80, rtol=1e-5)  # turned, each by its own
    assert len(np.unique(x[tip])) > 140


def test_trees_can_be_left_out(document, make_program):
    with_trees, without = make_program(document), make_program(document, trees=False)
    assert {t.kind for t in without.tables} == {"attributes", "projection"}
    first, second = made(with_trees), made(without)
    same({key: first[key] for key in second}, second)


def test_planned_bytes_of_trees_come_true(document, make_program, tmp_path):
    planned, found = [], []
    for trees in (True, False):
        program = make_program(document, trees=trees)
        system = run_program(program, tmp_path / f"system {trees}")
        planned.append(program.plan().expected_bytes)
        found.append(sum(path.stat().st_size for path in system.path.glob("*.h5")))
    assert planned[0] - planned[1] == pytest.approx(found[0] - found[1], rel=0.05)


def test_the_plan_expects_what_is_made(document, make_program):
    program = make_program(document)
    rows = made(program)
    planned = program.plan().projections
    assert {(p.source, p.target) for p in planned} == {
        ("EXC", "EXC"),
        ("INH", "EXC"),
        ("EXC", "INH"),
    }
    for projection in planned:
        edges = rows[f"projection/{projection.target}/{projection.source}"][0].sum()
        assert abs(edges - projection.expected_edges) < 5 * np.sqrt(edges)


@pytest.mark.parametrize("several", [False, True])
def test_the_plan_expects_the_mean_over_all_cells_whose_layers_follow_from_the_depth(
    document, folder, make_program, several
):
    lines = [line.split() for line in (folder / "cell.swc").read_text().splitlines()[1:]]
    (folder / "cell.swc").write_text("\n".join(" ".join(line[:7]) for line in lines))
    if several:
        (folder / "cells").mkdir()
        for name, columns in (("a", 7), ("b", 8)):
            text = "\n".join(" ".join(line[:columns]) for line in lines)
            (folder / "cells" / f"{name}.swc").write_text(text)
        document["Cell Types"]["INH"]["morphology"] = "cells"
    document["Geometry"]["Cell Distribution"]["INH"] = {"SO": 30, "SP": 70, "SR": 77}
    program = make_program(document)
    forest = program.forests["INH"]
    each = [forest.strata.expected(pieces) for pieces in forest.pieces(0, 177)]
    (planned,) = [p for p in program.plan().projections if p.target == "INH"]
    assert planned.expected_edges == pytest.approx(np.sum(each))


@pytest.mark.parametrize("scale", [0.5, 0.31, 2])
def test_scale_shares_cells_out_by_largest_remainder(document, folder, scale):
    config = validate(document)
    small = scaled(config, scale)
    assert sum(small.counts().values()) == round(190 * scale)
    for name, layers in small.distribution.items():
        for layer, count in layers.items():
            assert abs(count - config.distribution[name][layer] * scale) <= 1.5
    assert small.geometry.surface == config.geometry.surface
    assert validate(small.effective()).counts() == small.counts()


def test_scaled_extents_keep_the_density(document, folder):
    small = scaled(validate(document), 0.25, extents=True)
    assert small.geometry.surface.layer_extents["SR"] == ((0, 0, 150), (500, 400, 350))


@pytest.mark.parametrize(("scale", "cells"), [(1e9, "1.9e\\+11"), (1e308, "inf")])
def test_a_scale_that_makes_more_cells_than_gids_is_refused(document, folder, scale, cells):
    with pytest.raises(ConfigError, match=f"scale: {cells} cells are more than a system can hold"):
        scaled(validate(document), scale)


def test_a_scale_that_empties_a_population_is_refused(document, folder):
    with pytest.raises(ConfigError, match=r"population 'INH' .* has no cell"):
        scaled(validate(document), 0.01)


def test_graph_and_provenance_hold_no_path_of_this_machine(document, folder, make_program):
    program = make_program(document)
    graph = program.graph({("EXC", "INH"): 3}, "ab")
    for content in (graph, program.provenance()):
        assert str(folder) not in json.dumps(content, allow_nan=False)
    assert graph["synapse_forest"]["EXC"]["config"]["morphology"] == "cell.swc"
    assert list(graph["connections"]) == ["INH"]
    assert graph["connections"]["INH"]["config"]["synapses"]["INH"]["EXC"]["contacts"] == 1


def test_an_input_population_has_cells_and_no_synapses(document, make_program):
    document["Definitions"]["Populations"]["EC"] = 113
    document["Geometry"]["Cell Distribution"]["EC"] = {"SLM": 400}
    document["Connection Generator"]["Axon Extent"]["EC"] = 2000
    document["Cell Types"]["EC"] = {"template": "VecStim"}
    rules = document["Connection Generator"]["Synapses"]["EXC"]
    rules["EC"] = {
        "type": "excitatory",
        "sections": ["apical"],
        "layers": ["SLM"],
        "proportions": [0.6],
    }
    rules["INH"] = {
        "type": "excitatory",
        "sections": ["basal"],
        "layers": ["SO"],
        "proportions": [0.3],
    }
    program = make_program(document)
    rows = made(program)
    assert SYNAPSES.format("EC") not in rows
    assert rows["projection/EXC/EC"][1]["Source Index"].max() < 400
    assert isinstance(program, LayeredProgram)
    assert program.cell_attributes("EC")["Arc Distances"][0]["U Distance"].shape == (400,)


def test_a_projection_without_synapses_has_no_edges(document, make_program):
    document["Connection Generator"]["Synapses"]["INH"]["INH"] = {
        "type": "inhibitory",
        "sections": ["apical"],
        "layers": ["SR"],
        "proportions": [1.0],
    }
    counts, edges = made(make_program(document))["projection/INH/INH"]
    assert counts.tolist() == [0] * 40
    assert edges["Source Index"].shape == (0,)


def test_a_target_of_no_cells(document, make_program):
    document["Geometry"]["Cell Distribution"]["INH"] = {"SP": 0}
    del document["Connection Generator"]["Synapses"]["EXC"]["INH"]
    rules = document["Connection Generator"]["Synapses"]["EXC"]["EXC"]
    rules["proportions"] = [1.0, 1.0, 1.0]
    program = make_program(document)
    assert {table.population for table in program.tables} == {"EXC"}
    assert program.plan().projections[0].expected_edges > 0
    assert made(program)


def test_a_density_without_dendrite_is_named_where_layers_follow_from_the_depth(
    make_program, document, folder
):
    path = folder / "cell.swc"
    lines = [" ".join(line.split()[:7]) for line in path.read_text().splitlines() if line.strip()]
    lines.append("11 4 0 120 0 1 6")  # a section without length, which NEURON leaves out
    path.write_text("\n".join(lines))
    density = document["Cell Types"]["EXC"]["synapses"]["density"]
    density["tuft"] = {"excitatory": {"SLM": {"mean": 2.0}}}
    rule = document["Connection Generator"]["Synapses"]["EXC"]["EXC"]
    for key, value in (("sections", "tuft"), ("layers", "SLM"), ("proportions", 1.0)):
        rule[key] = [*rule[key], value]
    with pytest.warns(MorphologyWarning, match="no length"):
        program = make_program(document)
    assert any("no length of their own" in text for text in program.provenance()["notes"])
    (note,) = [text for text in program.warnings() if "meet no dendrite" in text]
    assert note.endswith("any there: EXC excitatory tuft/SLM")


def test_a_density_of_no_projection_that_meets_no_dendrite_is_left_alone(make_program, document):
    density = document["Cell Types"]["EXC"]["synapses"]["density"]
    first = made(make_program(document))
    density["tuft"] = {"excitatory": {"SLM": {"mean": 2.0}}}
    with np.errstate(all="raise"):
        program = make_program(document)
    assert any("meet no dendrite" in text for text in program.warnings())
    same(first, made(program))


@pytest.mark.parametrize(
    ("side", "depth", "pitch", "radius"),
    [
        (4000.0, 450.0, 1000.0, 250.0),
        (40.0, 45.0, 10.0, 22.5),
        (400.0, 100.0, 100.0, 50.0),
        (2000.0, 200.0, 500.0, 125.0),
        (400.0, 450.0, 100.0, 225.0),
        (8000.0, 900.0, 2000.0, 250.0),
    ],
)
def test_the_default_array_follows_the_boxes(side, depth, pitch, radius):
    rule = default_grid(np.array([[0.0, 0.0, 0.0], [side, side, depth]]))
    assert rule["pitch"] == (pitch, pitch)
    assert rule["offset"] == (pitch / 2, pitch / 2)
    assert (rule["columns"], rule["rows"]) == (4, 4)
    assert rule["z"] == pytest.approx(depth * 175 / 450)
    assert (rule["input_radius"], rule["output_radius"]) == (radius, radius)
