"""``livn mea``: options come from the layout, the default from the system."""

from __future__ import annotations

import json

import pytest

from livn_core import generate


@pytest.fixture(scope="module")
def culture(tmp_path_factory):
    """Five cells on 4 x 4 mm: where they fell must not matter."""
    return generate(
        total_cells=5,
        connectivity={"mean_degree": 0},
        output_directory=tmp_path_factory.mktemp("mea") / "culture",
    ).path


def electrodes(directory):
    return json.loads((directory / "mea.json").read_text())["electrode_coordinates"]


def test_grid_follows_the_configured_area(livn, culture):
    ran = livn("mea", str(culture), "--pitch", "1000")
    assert ran.code == 0, ran.err
    rows = electrodes(culture)
    assert [row[0] for row in rows] == list(range(16))
    assert sorted({row[1] for row in rows}) == [500, 1500, 2500, 3500]
    assert {row[3] for row in rows} == {5}


def test_the_simulator_reads_the_array(livn_here, culture):
    io = pytest.importorskip("livn.io")
    assert livn_here("mea", str(culture), "--pitch", "500", "--input-radius", "70").code == 0
    mea = io.MEA.from_directory(str(culture))
    assert mea.num_channels == 64
    assert mea.input_radius == 70
    assert mea.channel_ids.tolist() == list(range(64))


def test_an_array_that_was_there_is_kept(livn_here, culture):
    livn_here("mea", str(culture), "--pitch", "500")
    before = electrodes(culture)
    ran = livn_here("mea", str(culture), "--coordinates", "[[1, 2], [3, 4]]", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["electrodes"] == 2
    assert electrodes(culture) == [[0, 1, 2, 5], [1, 3, 4, 5]]
    kept = json.loads((culture / "mea.previous.json").read_text())
    assert kept["electrode_coordinates"] == before


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--pitch", "0"), "pitch"),
        (("--pitch", "wide"), "pitch"),
        (
            ("--rotate", "45"),
            "--layout axion-12 or --layout axion-24 or --layout axion-48 or 15 others",
        ),
        (("--layout", "gird"), "did you mean 'grid'"),
        (("--layout", "MCS60"), "'mcs-60mea100-10' or 'mcs-60mea200-30'?"),
        (("--layout", "grid", "--pich", "3"), "--pitch"),
        (("--input-radius", "-1"), "input_radius"),
    ],
)
def test_mistakes_are_sentences(livn_here, culture, words, says):
    ran = livn_here("mea", str(culture), *words)
    assert ran.code == 2, (ran.out, ran.err)
    assert says in ran.err
    assert "Traceback" not in ran.err


@pytest.mark.parametrize("place", ["absent", "empty", "half"])
def test_what_is_no_system_is_said(livn_here, tmp_path, culture, place):
    folder = tmp_path / place
    if place != "absent":
        folder.mkdir()
    if place == "half":
        (folder / "cells.h5").write_bytes((culture / "cells.h5").read_bytes())
    for words in (("mea", place), ("inspect", place)):
        ran = livn_here(*words)
        assert ran.code == 2
        assert place in ran.err
        assert "Traceback" not in ran.err
