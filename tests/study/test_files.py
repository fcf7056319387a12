"""Names of files in a study start from the file that holds the line, or from where the user stands."""

from __future__ import annotations

import csv

import pytest

KEY = "connectivity.rule_kwargs.edges"
#: Folder -> connections of its ``e.csv``; ``.`` is where the user stands.
EDGES = {"net": 1, "study": 2, "table": 3, ".": 4}
NET = (
    "{total_cells: 20, populations: {EXC: {ratio: 1}}, "
    "connectivity: {rule: from_file, rule_kwargs: {edges: e.csv}}}"
)


@pytest.fixture
def folders(livn_here, tmp_path):
    for folder, count in EDGES.items():
        (tmp_path / folder).mkdir(exist_ok=True)
        rows = "".join(f"{k},{k + 1}\n" for k in range(count))
        (tmp_path / folder / "e.csv").write_text(f"source,target\n{rows}")
    (tmp_path / "net" / "net.yml").write_text(NET)
    (tmp_path / "table" / "vary.yml").write_text(f"{KEY}: [e.csv]\n")
    (tmp_path / "table" / "t.csv").write_text(f"{KEY}\ne.csv\n")
    (tmp_path / "table" / "w.csv").write_text(f"well,{KEY}\nA1,e.csv\n")
    return tmp_path


@pytest.mark.parametrize(
    ("study", "words", "holder"),
    [
        ("base: ../net/net.yml", (), "net"),
        ("base: !include ../net/net.yml", (), "net"),
        (f"base: {NET}", (), "study"),
        (f"base: ../net/net.yml\nset: {{{KEY}: e.csv}}", (), "study"),
        (f"base: ../net/net.yml\nvary: {{{KEY}: [e.csv]}}", (), "study"),
        ("base: ../net/net.yml\nvary: !include ../table/vary.yml", (), "table"),
        ("base: ../net/net.yml\ntable: ../table/t.csv", (), "table"),
        ("base: ../net/net.yml\nplate: 6\nwells: ../table/w.csv", (), "table"),
        ("base: ../net/net.yml", ("--set", f"{KEY}=e.csv"), "."),
        (f"base: ../net/net.yml\nvary: {{{KEY}: [e.csv]}}", ("--vary", f"{KEY}=e.csv"), "."),
        ("base: ../net/net.yml", ("--table", "table/t.csv"), "table"),
    ],
)
def test_a_study_and_its_record_mean_one_file(livn_here, folders, study, words, holder):
    (folders / "study" / "study.yml").write_text(study)
    made = livn_here("sweep", "study/study.yml", *words, "--output", "runs")
    assert made.code == 0, made.err
    kept = livn_here("sweep", "runs/study.yml", "--output", "again")
    assert kept.code == 0, kept.err
    for name in ("runs", "again"):
        with (folders / name / "index.csv").open(encoding="utf-8") as file:
            assert int(next(csv.DictReader(file))["edges"]) == EDGES[holder]
    ran = livn_here("sweep", "runs/study.yml", "--output", "runs", "--resume")
    assert ran.code == 0, ran.err


def test_from_python_what_is_typed_starts_from_the_working_directory(folders):
    from livn_core import sweep

    (folders / "study" / "study.yml").write_text("base: ../net/net.yml\nreplicates: 2\n")
    (made,) = sweep("study/study.yml", vary={KEY: ["e.csv"]}, replicates=1)
    assert made.result.edge_count("EXC", "EXC") == EDGES["."]
