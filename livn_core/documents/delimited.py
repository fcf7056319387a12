"""Rows of delimited text with the lines that they stand on: CSV, TSV, blanks.

Files may come from a spreadsheet: a byte-order mark, CRLF, semicolons, comments from ``#`` on and
blank lines are read.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

from livn_core.errors import ConfigError

__all__ = ["delimiter_of", "finite", "read_lines", "read_rows", "rows_of"]

#: Characters that are read at a time.
BLOCK = 1 << 20
#: What a line without content may still hold.
_EMPTY = ",;\t \r\n"

#: A line's number, and its values.
Row = tuple[int, list[str]]


def read_rows(path: Path) -> list[Row]:
    """Return the rows of a small file; a header is a row like any other.

    Raises
    ------
    ConfigError
        The file is no UTF-8 text, or its quotes do not match.
    """
    rows: list[Row] = []
    delimiter = None
    for number, lines in read_lines(path):
        delimiter = delimiter or delimiter_of(lines)
        rows += rows_of(path, number, lines, delimiter or " ")
    return rows


def read_lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield blocks of a file: the number of their first line, and the lines.

    Raises
    ------
    ConfigError
        The file is no UTF-8 text.
    """
    number = 1
    try:
        with path.open(encoding="utf-8-sig") as file:
            while lines := file.readlines(BLOCK):
                yield number, lines
                number += len(lines)
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"'{path}' is not UTF-8 text", hint="save it again as 'CSV UTF-8'"
        ) from error


def delimiter_of(lines: Sequence[str]) -> str | None:
    """Return what delimits: a tab, a semicolon, a comma in the first row, else a blank.

    None where there is no row.
    """
    for line in lines:
        content = line.partition("#")[0].strip()
        if content.strip(_EMPTY):
            return next((mark for mark in "\t;," if mark in content), " ")
    return None


def rows_of(path: Path, number: int, lines: Sequence[str], delimiter: str) -> list[Row]:
    """Return the rows among some lines, of which the first has this number."""
    kept = [
        (at, content.strip(" \r\n"))
        for at, line in enumerate(lines, number)
        if (content := line.partition("#")[0]).strip(_EMPTY)
    ]
    if delimiter == " ":
        return [(at, content.split()) for at, content in kept]
    try:
        rows = list(csv.reader([content for _, content in kept], delimiter=delimiter))
        return [(at, row) for (at, _), row in zip(kept, rows, strict=True)]
    except (csv.Error, ValueError) as error:
        # One that spans lines is found where it ends, or at the longest value that is allowed.
        last = number + len(lines) - 1
        where = f"line {number}" if last == number else f"lines {number} to {last}"
        what = error if isinstance(error, csv.Error) else "a quote is not closed on its line"
        raise ConfigError(f"'{path}', {where}: {what}", hint="a row is one line") from error


def finite(text: str) -> float | None:
    """Return the finite number that a cell holds, or None."""
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None
