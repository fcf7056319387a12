"""Reads a measured profile: a text file with a column of distances and one of weights."""

from __future__ import annotations

from pathlib import Path

from livn_core.documents.delimited import finite, read_rows
from livn_core.documents.paths import file_of
from livn_core.errors import ConfigError
from livn_core.suggest import did_you_mean

__all__ = ["read_profile"]


def read_profile(path: Path) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Return the columns ``distance``, um, and ``weight`` of a CSV or TSV file.

    Without a header there are two columns, in this order; others than these two are left alone.

    Raises
    ------
    ConfigError
        No such file, a missing column, a value that is not a finite number; names file and line.
    """
    path = file_of(path)
    rows = read_rows(path)
    if not rows:
        raise ConfigError(f"'{path}' holds no rows")
    header = [cell.strip().casefold() for cell in rows[0][1]]
    if len(header) == 2 and all(finite(cell) is not None for cell in header):
        header = ["distance", "weight"]
    else:
        rows = rows[1:]
    columns = []
    for name in ("distance", "weight"):
        if name not in header:
            raise ConfigError(
                f"'{path}' has no column '{name}'{did_you_mean(name, header)}; its columns are "
                + ", ".join(repr(other) for other in header)
            )
        at = header.index(name)
        column = []
        for line, cells in rows:
            value = finite(cells[at]) if at < len(cells) else None
            if value is None:
                given = repr(cells[at].strip()) if at < len(cells) else "missing"
                raise ConfigError(f"'{path}', line {line}: {name} is {given}, not a finite number")
            column.append(value)
        columns.append(column)
    return tuple(columns[0]), tuple(columns[1])
