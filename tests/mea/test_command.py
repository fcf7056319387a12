"""``livn mea`` with real arrays, as a user types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest


def test_list(livn_here):
    ran = livn_here("mea", "list", "--json")
    rows = {row["name"]: row for row in json.loads(ran.out)["layouts"]}
    assert rows["mcs-60mea200-30"]["electrodes"] == 60
    assert rows["mcs-60mea200-30"]["references"] == ["15"]
    assert rows["biocam-42"]["pitch"] == 42
    assert rows["grid"]["electrodes"] is None
    text = livn_here("mea", "list")
    assert text.code == 0
    assert len(text.out.splitlines()) == len(rows) + 1


def test_an_array_moved_turned_and_exported(livn, culture: Path, tmp_path: Path):
    pytest.importorskip("probeinterface")
    ran = livn(
        "mea", "culture", "--layout", "mcs-60mea200-30", "--origin", "1000,1500",
        "--rotate", "90", "--export", "probe.json", "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["electrodes"] == 60
    rows = json.loads((culture / "mea.json").read_text())["electrode_coordinates"]
    labels = json.loads((culture / "mea_labels.json").read_text())["labels"]
    assert [row[0] for row in rows] == list(range(60))
    # Electrode 21, second column and first row, comes to the left side when turned by 90 degrees.
    assert rows[labels.index("21")][1:3] == pytest.approx([1000 - 700, 1500 - 500])
    probe = json.loads((tmp_path / "probe.json").read_text())["probes"][0]
    assert probe["contact_ids"] == labels


def test_a_probe_file_takes_nothings_place_unless_told(livn_here, culture: Path, tmp_path: Path):
    pytest.importorskip("probeinterface")
    notes = tmp_path / "notes.json"
    notes.write_text("precious")
    before = (culture / "graph.json").read_text()
    ran = livn_here("mea", "culture", "--export", str(notes))
    assert ran.code == 2
    assert "exists" in ran.err
    assert notes.read_text() == "precious"
    ran = livn_here("mea", "culture", "--export", str(culture / "graph.json"), "--overwrite")
    assert ran.code == 2
    assert "in the system itself" in ran.err
    assert (culture / "graph.json").read_text() == before
    assert livn_here("mea", "culture", "--export", str(notes), "--overwrite").code == 0


def test_livn_stimulates_and_records_on_every_channel(livn_here, culture: Path):
    io = pytest.importorskip("livn.io")
    assert livn_here("mea", "culture", "--layout", "mcs-6wellmea200-30").code == 0
    array = io.MEA.from_directory(str(culture))
    assert list(array.channel_ids) == list(range(9))


def test_only_fibres(livn_here, culture: Path):
    assert livn_here("mea", "culture").code == 0
    before = (culture / "mea.json").read_text()
    ran = livn_here(
        "mea", "culture", "--fibers", "100,200", "--fibers", "3,4,5", "--wavelength", "590"
    )
    assert ran.code == 0, ran.err
    document = json.loads((culture / "lightarray.json").read_text())
    assert document["wavelength_nm"] == 590
    assert [row[1:3] for row in document["fiber_coordinates"]] == [[100, 200], [3, 4]]
    assert (culture / "mea.json").read_text() == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--layout", "mcs-60mea200"], "did you mean 'mcs-60mea200-30'"),
        (["--layout", "axion-12", "--wells", "Z9"], "A1 to C4"),
        (["--layout", "file"], "path"),
        (["--layout", "file", "--path", "none.csv"], "'none.csv' does not exist"),
        (["--fibers", "3"], "must be x,y or x,y,z"),
        (["--lightarray", "--wavelength", "-1"], "wavelength: must be larger than 0"),
    ],
)
def test_mistakes(livn_here, culture: Path, words: list[str], message: str):
    ran = livn_here("mea", "culture", *words)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err
