"""The estimate of a system's bytes comes true."""

from __future__ import annotations

import pytest

from livn_core.neuroh5.size import estimate_bytes
from livn_core.run.run import run_program


@pytest.mark.parametrize("counts", [{"A": 5}, {"EXC": 80, "INH": 20}, {"EXC": 4000, "INH": 10}])
@pytest.mark.parametrize("trees", [False, True])
def test_estimated_bytes_come_true(synthetic, tmp_path, counts, trees):
    program = synthetic(counts, trees=trees, block=2000)
    system = run_program(program, tmp_path / "out")
    rows = {}
    for table in program.tables:
        if table.kind == "projection":
            rows[table.key] = system.edge_count(table.name, table.population)
        else:
            column = table.columns[0].name
            values = system.rows(table.population, table.name, columns=[column])[1]
            rows[table.key] = values[column].size
    columns = 4 if trees else 3
    expected = estimate_bytes(program.populations, program.tables, rows, cell_columns=columns)
    found = sum(entry.stat().st_size for entry in system.path.glob("*.h5"))
    # The documents of a real culture are larger than the synthetic program's.
    assert expected - 8000 == pytest.approx(found, rel=0.1)
