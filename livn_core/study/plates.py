"""Multiwell plates: the names of their wells, and what is plated in each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from livn_core.documents.delimited import read_rows
from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError, Finding
from livn_core.outputs import saying_file_errors
from livn_core.suggest import did_you_mean

__all__ = ["PLATES", "read_table", "read_wells", "wells"]

#: Wells -> rows and columns, as ANSI SLAS 4-2004 numbers them: A1 at the top left.
PLATES = {6: (2, 3), 12: (3, 4), 24: (4, 6), 48: (6, 8), 96: (8, 12), 384: (16, 24)}

#: A key's value where a cell of a table has one.
Row = dict[str, Any]


def wells(plate: int) -> tuple[str, ...]:
    """Return the names of a plate's wells, by rows: A1, A2 ..."""
    rows, columns = PLATES[plate]
    return tuple(
        f"{chr(ord('A') + row)}{column + 1}" for row in range(rows) for column in range(columns)
    )


def read_table(path: Path) -> list[tuple[int, Row]]:
    """Return the rows of a table whose first row names the keys; each with its line.

    An empty cell leaves the configuration's own value.
    """
    with saying_file_errors(path, verb="read"):
        rows = read_rows(path)
    if len(rows) < 2:
        raise ConfigError(f"'{path}' has no rows", hint="the first row names the keys")
    keys = [key.strip() for key in rows[0][1]]
    twice = sorted({key for key in keys if keys.count(key) > 1 or not key})
    if twice:
        raise ConfigError(f"'{path}': the column '{twice[0]}' is there twice, or has no name")
    found = []
    for line, cells in rows[1:]:
        if len(cells) != len(keys):
            raise ConfigError(
                f"'{path}', line {line}: {len(keys)} values are due, not {len(cells)}",
                hint="values with commas need double quotes",
            )
        row = {
            key: parse_value(cell, path=key, source=f"{path.name}:{line}")
            for key, cell in zip(keys, cells, strict=True)
            if cell.strip()
        }
        found.append((line, row))
    return found


def read_wells(path: Path, plate: int) -> Mapping[str, Row]:
    """Return well -> what is changed in it; wells that the table leaves out are not in it."""
    names, found = wells(plate), {}
    for line, row in read_table(path):
        if "well" not in row:
            raise ConfigError(f"'{path}', line {line}: the column 'well' is missing or empty")
        given = str(row.pop("well"))
        parts = re.fullmatch(r"([A-Za-z])0*(\d+)", given.strip())
        name = f"{parts[1].upper()}{parts[2]}" if parts else given
        source = f"{path.name}:{line}"
        if name not in names:
            text = f"'{given}' is not on a plate of {plate}{did_you_mean(name, names)}"
            hint = f"its wells are {names[0]} to {names[-1]}"
            raise ConfigError([Finding("well", text, source)], hint=hint)
        if name in found:
            raise ConfigError([Finding("well", f"{name} is given twice", source)])
        found[name] = row
    return found
