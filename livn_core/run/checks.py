"""Check a program: its tables and tasks before the work, and the arrays of each block after it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import PluginError
from livn_core.program import Block, Population, Program, Table, Task

__all__ = ["check_attributes", "check_block", "check_program", "check_tasks", "tables_of"]

#: What every reader of the files can take; wider values crash the NeuroH5 library.
_STORABLE = {"float32", "uint8", "uint16", "uint32", "int8", "int16", "int32"}


def check_program(program: Program) -> None:
    """Raise :class:`PluginError` when a program cannot be stored, saying what is wrong."""
    populations = list(program.populations)
    names = [population.name for population in populations]
    if names != sorted(set(names)) or not names:
        raise PluginError(
            f"the generator must give its populations once each, in alphabetical order, not {names}"
        )
    _check_ranges(populations)
    seen: set[str] = set()
    for table in program.tables:
        if table.key in seen:
            raise PluginError(f"the generator gives the table '{table.key}' twice")
        seen.add(table.key)
        _check_table(table, names)


def _check_ranges(populations: Sequence[Population]) -> None:
    first = 0
    for population in populations:
        if population.start != first or population.count < 0:
            raise PluginError(
                f"the gids of population '{population.name}' must start at {first}, not at "
                f"{population.start}"
            )
        first += population.count
    ids = [population.type_id for population in populations]
    if len(set(ids)) != len(ids) or not all(0 <= number < 1 << 16 for number in ids):
        raise PluginError(f"population ids must differ and lie in 0 to 65535, not {ids}")
    if first > 1 << 32:
        raise PluginError(f"{first} cells are more than the 32 bits of a gid can tell apart")


def _check_table(table: Table, names: Sequence[str]) -> None:
    if table.population not in names:
        raise PluginError(f"table '{table.key}' belongs to no population of the generator")
    columns = [column.name for column in table.columns]
    if len(set(columns)) != len(columns) or not columns:
        raise PluginError(f"table '{table.key}' needs columns of different names, not {columns}")
    if table.kind == "projection":
        if table.name not in names:
            raise PluginError(f"table '{table.key}' has no source population '{table.name}'")
        if "Source Index" not in columns:
            raise PluginError(f"table '{table.key}' has no column 'Source Index'")
    for column in table.columns:
        dtype, value = np.dtype(column.dtype), column.constant
        wrong = ""
        if dtype.name not in _STORABLE:
            wrong = f"; readers take {', '.join(sorted(_STORABLE))}"
        elif column.per_cell_counter and dtype.kind not in "iu":
            wrong = " and cannot be numbered: numbers are integers"
        elif value is not None and not _holds(dtype, value):
            wrong = f" and cannot hold its constant {value}"
        if wrong:
            raise PluginError(f"column '{column.name}' of table '{table.key}' is {dtype}{wrong}")


def _holds(dtype: np.dtype[Any], value: float) -> bool:
    if dtype.kind == "f":
        return bool(np.isfinite(value))
    limits = np.iinfo(dtype)
    return value == int(value) and limits.min <= value <= limits.max


def check_tasks(populations: Sequence[Population], tasks: Sequence[Task]) -> None:
    """Raise :class:`PluginError` unless the tasks cut every population into consecutive blocks."""
    covered = {population.name: 0 for population in populations}
    for task in tasks:
        if task.population not in covered or task.start != covered[task.population]:
            raise PluginError(f"the generator's {task} does not continue the block before it")
        if task.stop <= task.start:
            raise PluginError(f"the generator's {task} has no cells")
        covered[task.population] = task.stop
    for population in populations:
        if covered[population.name] != population.count:
            raise PluginError(
                f"the generator's blocks make {covered[population.name]} of {population.count} "
                f"cells of population '{population.name}'"
            )


def tables_of(tables: Sequence[Table]) -> Mapping[str, tuple[Table, ...]]:
    """Return the tables of each population, in the program's order."""
    found: dict[str, tuple[Table, ...]] = {}
    for table in tables:
        found[table.population] = (*found.get(table.population, ()), table)
    return found


def check_block(block: Block, task: Task, tables: Sequence[Table]) -> None:
    """Raise :class:`PluginError` when a block does not hold what its tables say."""
    cells = task.stop - task.start
    unknown = set(block.rows) - {table.key for table in tables}
    if unknown:
        raise PluginError(f"{task}: no table '{min(unknown)}' belongs to '{task.population}'")
    for table in tables:
        if table.key not in block.rows:
            continue
        counts, columns = block.rows[table.key]
        if counts.shape != (cells,) or (cells and counts.min() < 0):
            raise PluginError(f"{task}: '{table.key}' needs one count for each of {cells} cells")
        rows = int(counts.sum())
        for column in table.columns:
            if column.constant is not None:
                continue
            values, wanted = columns.get(column.name), column.length(cells, rows)
            if values is None or values.shape != (wanted,) or values.dtype != column.dtype:
                got = "nothing" if values is None else f"{values.shape} {values.dtype}"
                raise PluginError(
                    f"{task}: column '{column.name}' of '{table.key}' needs {wanted} values of "
                    f"{np.dtype(column.dtype)}, not {got}"
                )


def check_attributes(
    population: Population,
    namespaces: Mapping[str, tuple[Mapping[str, NDArray[Any]], Mapping[str, float]]],
) -> None:
    """Raise :class:`PluginError` unless every attribute has one storable value a cell."""
    for namespace, (columns, _) in namespaces.items():
        for column, values in columns.items():
            if values.shape != (population.count,) or values.dtype.name not in _STORABLE:
                raise PluginError(
                    f"attribute '{namespace}/{column}' of '{population.name}' needs "
                    f"{population.count} values of a storable type, not {values.shape} "
                    f"{values.dtype}"
                )
