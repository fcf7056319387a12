"""The estimate of a system's bytes comes true."""

from __future__ import annotations

import pytest

from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
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


@pytest.mark.parametrize("cells", [200, 2000])
def test_estimated_bytes_of_cells_come_true(generate_here, tmp_path, cells):
    """A culture's six coordinates, with no connections beside which they are little."""
    document = {"total_cells": cells, "random_seed": 7, "connectivity": {"mean_degree": 0}}
    path = generate_here(tmp_path / "culture", document)
    found = sum(entry.stat().st_size for entry in path.glob("*.h5"))
    planned = CultureProgram(validate(document)).plan().expected_bytes
    assert planned - 8000 == pytest.approx(found, rel=0.05)
