"""``livn measure`` of a study: a row a system, with the numbers that each has by itself."""

import csv
import subprocess
import sys

import pytest
from livn_measures.measure import measure
from livn_measures.study import measure_study, show_study

from livn_core import LivnError, System


def test_a_study_has_a_row_a_system(tmp_path):
    words = ("sweep", "--total-cells", "30", "--seed", "7", "--replicates", "2")
    livn = [sys.executable, "-m", "livn_cli", *words]
    subprocess.run(livn, cwd=tmp_path, check=True, capture_output=True)
    document = measure_study(tmp_path / "runs")
    assert "Means of 2 systems" in list(show_study(document))[-1]
    with (tmp_path / "runs/measures.csv").open() as file:
        rows = {row["path"]: row for row in csv.DictReader(file)}
    assert list(rows) == ["r000", "r001"]
    for path, row in rows.items():
        with System(tmp_path / "runs" / path) as system:
            alone = measure(system)
        assert int(row["connections"]) == alone["connections"]
        assert float(row["reciprocity.ratio"]) == alone["reciprocity"]["ratio"]


def test_a_study_without_an_index_says_how_to_make_it(tmp_path):
    with pytest.raises(LivnError, match="is not there"):
        measure_study(tmp_path)
