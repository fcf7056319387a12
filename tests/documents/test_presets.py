"""Presets of preparations: every value says where it is from, and the system is what it says."""

from __future__ import annotations

import json
import re
import warnings

import numpy as np
import pytest
import yaml

from livn_core import System, generate
from livn_core.culture.validation import validate
from livn_core.documents.document import load_document
from livn_core.documents.shipped import find_configuration

#: Name -> cells of each population, cells per mm2, inputs of a cell (least, most), ms in livn.
PRESETS = {
    # 900/mm2 x 2.56 mm2; 75 to 150 inputs: doi 10.1073/pnas.0707492105.
    "rat-cortex-mea": ({"EXC": 1843, "INH": 461}, 900, (75, 150), 5),
    "soriano-dish-3mm": ({"EXC": 2262, "INH": 565}, 400, (75, 150), 5),
    "two-chamber-chip": ({"EXC": 1440, "INH": 360}, 900, (75, 150), 5),
    # 160 cells on 4 x 0.04 mm2 with 30 inputs: doi 10.1126/sciadv.ade1755.
    "yamamoto-4-modules": ({"EXC": 128, "INH": 32}, 1000, (28.8, 31.2), 50),
    "hipsc-ngn2-well24": ({"EXC": 974}, 310, (49, 51), 50),
    # Without walls, straight axons have 22.4 inputs: alpha rho (2 E[R] E[L] + pi E[R^2]).
    "pdms-tracks": ({"EXC": 720, "INH": 180}, 100, (5, 22.4), 50),
}
SOURCE = re.compile(r"\b10\.\d{4,9}/\w|\bassumption\b")


def unsourced(text: str) -> list[str]:
    """Return the lines that hold a value and do not end in a comment with a source."""
    held = set()

    def visit(node: yaml.Node) -> None:
        if isinstance(node, yaml.MappingNode):
            for _, value in node.value:
                visit(value)
        elif isinstance(node, yaml.SequenceNode):
            for value in node.value:
                visit(value)
        else:
            held.add(node.end_mark.line)

    visit(yaml.compose(text, Loader=yaml.SafeLoader))
    lines = text.splitlines()
    return [
        lines[number]
        for number in sorted(held)
        if not SOURCE.search(lines[number].partition("  # ")[2])
    ]


@pytest.fixture(scope="module", params=PRESETS)
def preset(request, tmp_path_factory):
    """Return a preset's name and its system, made once."""
    with warnings.catch_warnings():
        # Bridges of the four modules that are too short: tests/axons has that.
        warnings.simplefilter("ignore")
        system = generate(
            request.param, output_directory=tmp_path_factory.mktemp("preset") / request.param
        )
    with system:
        yield request.param, system


def modules(system: System) -> dict[str, list[str]]:
    """Return the name of each cell's module, by population."""
    graph = json.loads((system.path / "graph.json").read_text(encoding="utf-8"))
    names = graph["architecture"]["config"]["modules"]
    return {
        p.name: [names[m] for m in system.attributes(p.name, "Culture")["module"].tolist()]
        for p in system.populations
    }


@pytest.mark.parametrize("name", PRESETS)
def test_every_value_has_a_source(name):
    assert unsourced(find_configuration(name).read_text(encoding="utf-8")) == []


def test_a_value_without_a_source_is_seen():
    text = (
        "area: disk  # assumption\n"
        "density: 5  # plated\n"
        "area_kwargs:\n"
        "  radius: 10  # 10.1038/nphys2686\n"
        "  center: [1, 2]\n"
        "spacing: 15  # as 10.5\n"
    )
    assert unsourced(text) == ["density: 5  # plated", "  center: [1, 2]", "spacing: 15  # as 10.5"]


@pytest.mark.parametrize("name", PRESETS)
def test_source_is_the_file_as_it_ships(livn_here, name):
    path = find_configuration(name)
    shown = livn_here("config", "show", name, "--source")
    assert (shown.code, shown.out) == (0, path.read_text(encoding="utf-8"))
    found = json.loads(livn_here("config", "show", name, "--source", "--json").out)
    assert found == {"version": 1, "path": str(path), "source": shown.out}


@pytest.mark.parametrize(
    ("words", "said"),
    [([], "give its name"), (["-"], "give its name"), (["EI1", "--set", "spacing=1"], "--set")],
)
def test_source_of_what_is_no_file(livn_here, words, said):
    ran = livn_here("config", "show", *words, "--source", stdin="{}")
    assert (ran.code, ran.out) == (2, "")
    assert said in ran.err


def test_counts_density_and_degrees(preset):
    name, system = preset
    counts, density, (least, most), _ = PRESETS[name]
    assert {p.name: p.count for p in system.populations} == counts
    assert sum(counts.values()) <= 3_000
    placement = validate(load_document(find_configuration(name))).placement()
    assert sum(counts.values()) / placement.area() * 1e6 == pytest.approx(density, rel=1e-3)
    edges = {pair: system.edge_count(*pair) for pair in system.projections}
    assert set(edges) == {(a, b) for a in counts for b in counts}
    assert sum(edges.values()) <= 300_000
    for target, count in counts.items():
        inputs = sum(system.in_degrees(source, target).sum() for source in counts) / count
        assert least <= inputs <= most, target


def test_no_two_somata_are_nearer_than_15_um(preset):
    from scipy.spatial import cKDTree

    _, system = preset
    where = np.concatenate([system.positions(p.name)[:, :2] for p in system.populations])
    distance, _ = cKDTree(where.astype(np.float64)).query(where.astype(np.float64), k=2)
    assert distance[:, 1].min() >= 15


def test_modules_of_the_preset(preset):
    name, system = preset
    if name not in {"yamamoto-4-modules", "two-chamber-chip", "pdms-tracks"}:
        assert "Culture" not in system.namespaces("EXC")
        return
    found = modules(system)
    sizes = {n: sum(v.count(n) for v in found.values()) for n in set().union(*found.values())}
    if name == "pdms-tracks":
        assert sizes == {f"{kind}{i}": 90 for kind in "VR" for i in range(1, 6)}
    else:
        names = {"yamamoto-4-modules": ("A1", "A2", "B1", "B2"), "two-chamber-chip": ("A", "B")}[
            name
        ]
        assert sizes == {n: sum(PRESETS[name][0].values()) // len(names) for n in names}
        assert {n: found["INH"].count(n) for n in names} == {
            n: system.population("INH").count // len(names) for n in names
        }
    across = total = 0
    for source, target in system.projections:
        pre, post = np.array(found[source]), np.array(found[target])
        for slab in system.edges(source, target):
            across += int((pre[slab.sources] != post[slab.targets]).sum())
            total += len(slab.sources)
    # Without walls, 3/4, 1/2 and 9/10 of the pairs are of two modules.
    low, high = {
        "yamamoto-4-modules": (0.05, 0.30),
        "two-chamber-chip": (0.01, 0.10),
        "pdms-tracks": (0.05, 0.30),
    }[name]
    assert low < across / total < high


def test_the_simulator_runs_it(preset):
    pytest.importorskip("livn")
    from livn.env import Env

    name, system = preset
    counts, _, _, duration = PRESETS[name]
    env = Env(str(system.path)).init()
    env.apply_model_defaults()
    env.record_spikes()
    gids, times, *_ = env.run(duration)
    assert env.system.num_neurons == sum(counts.values())
    assert len(gids) == len(times)
    assert set(np.asarray(gids).tolist()) <= set(range(sum(counts.values())))
