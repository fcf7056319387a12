"""Selections by region, as this project and livn read them."""

from __future__ import annotations

import json

import numpy as np
import pytest

from livn_core.errors import ComponentNotFoundError, LivnError, OutputError, SystemFormatError
from livn_core.system.reader import System
from livn_core.system.selection import (
    default_selections,
    list_selections,
    read_selection,
    select_box,
    select_disk,
    write_selection,
)


@pytest.fixture
def system(copy_of):
    with System(copy_of("culture")) as system:
        yield system


def inside(system: System, test) -> dict[str, list[int]]:
    """Choose cells one by one."""
    chosen = {}
    for population in system.populations:
        cells = [
            population.start + number
            for number, (x, y, _) in enumerate(system.positions(population.name).tolist())
            if test(x, y)
        ]
        if cells:
            chosen[population.name] = cells
    return chosen


def as_lists(selection) -> dict[str, list[int]]:
    return {name: gids.tolist() for name, gids in selection.gids.items()}


def test_box_around_the_centre(system: System):
    low, high = system.bounds()
    x0, y0 = (low[:2] + high[:2]) / 2
    selection = select_box(system, "e", 1500)
    wanted = inside(system, lambda x, y: abs(x - x0) <= 750 and abs(y - y0) <= 750)
    assert as_lists(selection) == wanted
    assert 0 < selection.count < 100


def test_box_elsewhere_and_of_some_populations(system: System):
    selection = select_box(system, "e", (1000, 400), centre=(500, 3000), populations=["EXC"])
    wanted = inside(system, lambda x, y: 0 <= x <= 1000 and 2800 <= y <= 3200)
    assert as_lists(selection) == {"EXC": wanted["EXC"]}


def test_disk(system: System):
    selection = select_disk(system, "e", 700, centre=(2000, 2000))
    assert as_lists(selection) == inside(
        system, lambda x, y: (x - 2000) ** 2 + (y - 2000) ** 2 <= 700**2
    )


def test_the_border_belongs_to_the_box(system: System):
    x, y, _ = system.positions("EXC")[3].astype(float)
    selection = select_box(system, "e", 100, centre=(x - 50, y + 50))
    assert 3 in selection.gids["EXC"]


@pytest.mark.parametrize("size", [0, -5, float("nan"), float("inf"), (100, 0)])
def test_wrong_sizes(system: System, size):
    with pytest.raises(LivnError, match="larger than 0"):
        select_box(system, "e", size)


@pytest.mark.parametrize("name", ["", "../x", "a/b", ".hidden", "two words"])
def test_wrong_names(system: System, name: str):
    with pytest.raises(LivnError, match="no name for a selection"):
        select_box(system, name, 1000)


def test_nothing_there(system: System):
    with pytest.raises(LivnError, match=r"no cell .* lies in the 10 x 10 um box"):
        select_box(system, "e", 10, centre=(-1000, 0))
    with pytest.raises(ComponentNotFoundError, match="did you mean 'EXC'"):
        select_box(system, "e", 1000, populations=["EXX"])
    with pytest.raises(LivnError, match="no cell"):
        select_box(system, "e", 1000, populations=[])


def test_round_trip(system: System):
    selection = select_box(system, "e2", 1500)
    (path,) = write_selection(system, selection)
    assert path == system.path / "selection" / "e2.json"
    again = read_selection(system, "e2")
    assert as_lists(again) == as_lists(selection)
    assert again.bounds == selection.bounds
    assert list_selections(system) == ["e2"]
    with pytest.raises(OutputError, match="exists already"):
        write_selection(system, selection)
    # All or none: the first is not written when the second may not be.
    with pytest.raises(OutputError, match=r"e2\.json' exists already"):
        write_selection(system, select_box(system, "e1", 1500), selection)
    assert list_selections(system) == ["e2"]
    write_selection(system, select_box(system, "e2", 2000), overwrite=True)
    assert read_selection(system, "e2").count > selection.count


def test_defaults(system: System):
    chosen = default_selections(system)
    # 100 cells on 16 mm2 are few: the small boxes may hold none, and are then left out.
    assert [selection.name for selection in chosen][-1] == "e3"
    for selection in chosen:
        assert as_lists(selection) == as_lists(
            select_box(system, "x", {"e1": 250.0, "e2": 500.0, "e3": 1000.0}[selection.name])
        )


def test_unknown_selection(system: System):
    with pytest.raises(ComponentNotFoundError, match="no selection 'e2'") as caught:
        read_selection(system, "e2")
    assert "livn select" in caught.value.hint
    write_selection(system, select_box(system, "middle", 1500))
    with pytest.raises(ComponentNotFoundError, match="did you mean 'middle'"):
        read_selection(system, "midle")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d["gids"].__setitem__("EXC", [80]), r"gid 80 is no cell of 'EXC' \(0 to 79\)"),
        (lambda d: d["gids"].__setitem__("EXC", ["a"]), "not integers"),
        (lambda d: d.__setitem__("gids", {}), "no gids by population"),
        (lambda d: d["meta"].__setitem__("graph", "other"), "chosen from another graph"),
        (lambda d: d["meta"]["bounds"].pop(), "meta.bounds has 1 entries, not 2"),
        (lambda d: d["meta"]["bounds"][1].pop(), r"meta.bounds\[1\] has 1 entries, not 2"),
    ],
)
def test_broken_files(system: System, change, message: str):
    (path,) = write_selection(system, select_box(system, "e2", 1500))
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(SystemFormatError, match=message):
        read_selection(system, "e2")


def test_livn_reads_it(system: System):
    livn = pytest.importorskip("livn.system")
    selection = select_box(system, "e2", 1500)
    write_selection(system, selection)
    theirs = livn.System(str(system.path), comm=False)
    assert theirs.selections(comm=False) == ["e2"]
    resolved = theirs.selection("e2")
    assert {name: np.asarray(gids).tolist() for name, gids in resolved.items()} == as_lists(
        selection
    )
    # A box given to livn itself chooses the same cells.
    boxed = theirs.selection(None, method="patch", bounds=selection.bounds)
    assert {name: np.asarray(gids).tolist() for name, gids in boxed.items()} == as_lists(selection)


def test_shipped_cultures_carry_theirs(tmp_path):
    from livn_core import generate

    system = generate("E5I", total_cells=400, output_directory=tmp_path / "E5I")
    assert list_selections(system) == ["e1", "e2", "e3"]
    for name, wanted in zip(("e1", "e2", "e3"), default_selections(system), strict=True):
        stored = read_selection(system, name)
        assert as_lists(stored) == as_lists(wanted)
        assert stored.bounds == wanted.bounds
    assert [selection.name for selection in default_selections(system)] == ["e1", "e2", "e3"]


def test_a_configuration_may_name_its_own(tmp_path):
    from livn_core import generate
    from livn_core.errors import ConfigError

    system = generate(
        total_cells=100, selections={"middle": 2000, "speck": 1e-3}, output_directory=tmp_path / "s"
    )
    # A square without a cell makes no selection: livn could not read one.
    assert list_selections(system) == ["middle"]
    assert as_lists(read_selection(system, "middle")) == as_lists(select_box(system, "m", 2000))
    assert system.provenance["configuration"]["selections"]["middle"] == 2000
    with pytest.raises(ConfigError, match=r"selections\.middle"):
        generate(selections={"middle": 0}, output_directory=tmp_path / "t")


def test_nothing_is_written_through_a_folder_that_is_a_link(system: System, tmp_path):
    (tmp_path / "others").mkdir()
    (system.path / "selection").symlink_to(tmp_path / "others")
    with pytest.raises(OutputError, match="is a link"):
        write_selection(system, select_box(system, "e1", 1500))
    assert not list((tmp_path / "others").iterdir())
