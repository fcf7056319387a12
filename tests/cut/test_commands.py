"""``livn select`` and ``livn cut`` as a user types them."""

from __future__ import annotations

import json

import pytest


@pytest.fixture
def culture(copy_of) -> str:
    return str(copy_of("culture"))


def test_select_then_cut(livn, livn_here, culture: str, tmp_path):
    ran = livn("select", culture, "--box", "2500", "--name", "e2", "--json")
    assert ran.code == 0, ran.err
    (selection,) = json.loads(ran.out)["selections"]
    assert selection["name"] == "e2"
    assert json.loads((tmp_path / selection["path"]).read_text())["meta"]["shape"] == "box"
    ran = livn_here("cut", culture, "--selection", "e2", "--output", "small", "--json")
    assert ran.code == 0, ran.err
    assert (tmp_path / "small" / "graph.json").is_file()
    listed = livn_here("select", culture)
    assert listed.out.splitlines()[1].split()[0] == "e2"


def test_without_a_name(livn_here, culture: str):
    ran = livn_here("select", culture, "--box", "2500")
    assert ran.code == 2
    assert "needs a --name" in ran.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--box", "0", "--name", "a"], "must be larger than 0 um"),
        (["--box", "9" * 400, "--name", "a"], "must be larger than 0 um, not inf"),
        (["--box", "x", "--name", "a"], "not a list of numbers"),
        (["--box", "true", "--name", "a"], "not a list of numbers"),
        (["--box", "[1,2]", "--name", "a"], "'[1,2]' is not a list of numbers"),
        (["--disk", "01,02", "--name", "a"], "--disk needs 1 number, not 2"),
        (["--disk", f"1e{'9' * 20}mm", "--name", "a"], "must be larger than 0 um, not inf"),
        (["--box", "1,2,3", "--name", "a"], "--box needs a size, W or W,H; --centre X,Y says"),
        (["--box", "-100", "-100", "100", "100", "--name", "a"], "are joined by commas: -100,50"),
        (["--disk", "1,2", "--name", "a"], "--disk needs 1 number, not 2"),
        (["--box", "4km", "--name", "a"], "write 100,200 (um), or 0.1mm,0.2mm"),
        (
            ["--box", "5", "--disk", "5", "--name", "a"],
            "give one of --box, --disk, --module and --defaults",
        ),
        (["--name", "a"], "give a region"),
        (["--module", "A1", "--name", "a"], "choose by place: --box SIZE or --disk RADIUS"),
        (["--disk", "2500", "--name", "a", "--population", "EXx"], "did you mean 'EXC'"),
    ],
)
def test_mistakes(livn_here, culture: str, words: list[str], message: str):
    ran = livn_here("select", culture, *words)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err


def test_cut_of_what_is_not_there(livn_here, culture: str):
    ran = livn_here("cut", culture, "--selection", "e2", "--output", "small")
    assert ran.code == 2
    assert "has no selection 'e2'" in ran.err
    assert "livn select" in ran.err


def test_on_what_is_no_system(livn_here, tmp_path):
    for words in (["select", "."], ["cut", ".", "--selection", "a"]):
        ran = livn_here(*words)
        assert ran.code == 2
        assert "is not a complete system" in ran.err
        assert "'livn generate' makes one" in ran.err
    runs = tmp_path / "my" / "runs"
    runs.mkdir(parents=True)
    (runs / "study.yml").write_text("base: EI2\n")
    assert "name one of its systems" in livn_here("select", "my/runs").err
    assert "give a file in it: 'my/runs/study.yml'" in livn_here("sweep", "my/runs").err


def test_lengths_with_a_unit(livn_here, culture: str):
    um = livn_here("select", culture, "--disk", "2500", "--centre", "100,200", "--name", "a")
    mm = livn_here("select", culture, "--disk", "2.5mm", "--centre", "0.1mm,200um", "--name", "b")
    assert um.code == mm.code == 0
    assert um.out.split()[5:] == mm.out.split()[5:]
    box = livn_here("select", culture, "--box", "4mm,3mm", "--name", "c")
    assert (
        box.out.split()[5:]
        == livn_here("select", culture, "--box", "4000,3000", "--name", "d").out.split()[5:]
    )
