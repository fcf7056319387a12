"""The text of an SWC file: bytes to a table of points, or an error with the line.

An own pass, because synapses need what the libraries that read SWC do not keep: the eighth column,
and the line of every mistake. They also differ on real files. MorphIO 3.5 refuses a byte-order mark,
ids such as ``2.000000`` and a type that changes without a branch, reads nothing from a file with CR
line ends, and takes two roots, a cell without soma, and the piece between a dendrite and a later soma
point without a word. NEURON 9 loses the soma to a byte-order mark, and needs parents before their
children, and the points of a section one after the other. On files that all of them read, lengths
and sections agree (NEURON counts the soma as a section, MorphIO does not); the tests compare them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import MorphologyError

__all__ = ["PointTable", "parse_swc"]

_COLUMNS = ("id", "type", "x", "y", "z", "radius", "parent")
#: Types and layers are stored in 8 bits.
_INT8_MAX = 127


@dataclass(frozen=True, slots=True)
class PointTable:
    """The points of a file, one row a data line, in the order of the file.

    ``lines`` are line numbers from 1; ``layer`` is -1 where there is none; ``notes`` says what was
    passed over.
    """

    ids: NDArray[np.int64]
    types: NDArray[np.int8]
    xyz: NDArray[np.float64]
    radius: NDArray[np.float64]
    parents: NDArray[np.int64]
    layer: NDArray[np.int8]
    lines: NDArray[np.int64]
    notes: tuple[str, ...]


def parse_swc(data: bytes, origin: str) -> PointTable:
    """Read the points of an SWC file: UTF-8 (or any superset of ASCII), LF, CRLF or CR line ends.

    Raises MorphologyError with the file's name, ``origin``, the line and what is wrong there.
    """
    text = _decode(data, origin)
    rows, lines = _rows(text)
    if not rows:
        raise MorphologyError(
            f"{origin}: no points (line 1: {'the file is empty' if not data.strip() else 'comments only'})",
            hint="an SWC file has one line a point: id type x y z radius parent",
        )
    for row, line in zip(rows, lines, strict=True):
        if len(row) < len(_COLUMNS):
            raise _line_error(origin, line, _why_short(row))
    values = _numbers([row[:7] for row in rows], lines, origin, strict="_" in text)
    where = np.asarray(lines, dtype=np.int64)
    ids, types, parents = (
        _integers(values[:, column], where, origin, _COLUMNS[column]) for column in (0, 1, 6)
    )
    _check(ids, types, values[:, 2:6], where, origin)
    layer, notes = _layers(rows)
    zero = np.flatnonzero(values[:, 5] == 0)
    if len(zero):
        notes.append(
            f"line {where[zero[0]]}: radius 0, in {len(zero)} of {len(rows)} points; "
            "NEURON finds no membrane there"
        )
    return PointTable(
        ids=ids,
        types=types.astype(np.int8),
        xyz=values[:, 2:5],
        radius=values[:, 5],
        parents=np.maximum(parents, -1),
        layer=layer,
        lines=where,
        notes=tuple(notes),
    )


def _line_error(origin: str, line: int, what: str) -> MorphologyError:
    return MorphologyError(
        f"{origin}:{line}: {what}",
        hint="a data line is 'id type x y z radius parent', separated by blanks or tabs",
    )


def _decode(data: bytes, origin: str) -> str:
    hint = "save it as plain text (UTF-8 or ASCII)"
    if data[:2] == b"\x1f\x8b":
        raise MorphologyError(f"{origin}:1: gzip-compressed, not text", hint="gunzip it first")
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise MorphologyError(f"{origin}:1: UTF-16 text, which SWC readers cannot read", hint=hint)
    if b"\0" in data:
        line = data[: data.index(b"\0")].count(b"\n") + 1
        raise MorphologyError(f"{origin}:{line}: binary data (a zero byte), not text", hint=hint)
    # Old headers hold names in Latin-1, so bytes that are not UTF-8 are accepted in comments;
    # elsewhere they are refused because they are no numbers.
    text = data.decode("utf-8-sig", errors="replace")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _rows(text: str) -> tuple[list[list[str]], list[int]]:
    rows, lines = [], []
    for number, line in enumerate(text.split("\n"), start=1):
        words = line.partition("#")[0].split()
        if words:
            rows.append(words)
            lines.append(number)
    return rows, lines


def _why_short(row: list[str]) -> str:
    text = " ".join(row)
    for mark, name in ((",", "commas"), (";", "semicolons")):
        if mark in text:
            return f"'{text}' has {name} between its numbers"
    return f"'{text}' has {len(row)} columns of {len(_COLUMNS)}"


def _numbers(
    rows: list[list[str]], lines: list[int], origin: str, *, strict: bool
) -> NDArray[np.float64]:
    words = [word for row in rows for word in row]
    try:
        # Python reads 1_000 as a number; no SWC reader does.
        if strict and any("_" in word for word in words):
            raise ValueError
        return np.array([float(word) for word in words]).reshape(-1, 7)
    except ValueError:
        for row, line in zip(rows, lines, strict=True):
            for word, column in zip(row, _COLUMNS, strict=True):
                if not _is_number(word):
                    comma = " (a comma instead of a point or a blank?)" if "," in word else ""
                    raise _line_error(
                        origin, line, f"'{word}' is no number, in column '{column}'{comma}"
                    ) from None
        raise


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def _integers(
    values: NDArray[np.float64], lines: NDArray[np.int64], origin: str, column: str
) -> NDArray[np.int64]:
    with np.errstate(invalid="ignore"):
        bad = np.flatnonzero(~(np.abs(values) < 2**53) | (values != np.floor(values)))
    if len(bad):
        raise _line_error(
            origin, int(lines[bad[0]]), f"{column} '{values[bad[0]]:g}' is no whole number"
        )
    return values.astype(np.int64)


def _check(
    ids: NDArray[np.int64],
    types: NDArray[np.int64],
    numbers: NDArray[np.float64],
    lines: NDArray[np.int64],
    origin: str,
) -> None:
    with np.errstate(over="ignore"):  # the system's files hold 32-bit numbers
        finite = np.isfinite(numbers.astype(np.float32)).all(axis=1)
    for bad, message in (
        (ids < 0, lambda i: f"id {ids[i]} is negative"),
        ((types < 0) | (types > _INT8_MAX), lambda i: f"type {types[i]} is not within 0..127"),
        (~finite, lambda i: f"point {ids[i]} has a coordinate or radius that is not finite"),
        (numbers[:, 3] < 0, lambda i: f"point {ids[i]} has a negative radius {numbers[i, 3]:g}"),
    ):
        found = np.flatnonzero(bad)
        if len(found):
            raise _line_error(origin, int(lines[found[0]]), message(found[0]))


def _layers(rows: list[list[str]]) -> tuple[NDArray[np.int8], list[str]]:
    """Return the layer of each point: the eighth column, where it can be one."""
    none = np.full(len(rows), -1, dtype=np.int8)
    have = sum(len(row) > len(_COLUMNS) for row in rows)
    if not have:
        return none, []
    if have < len(rows):
        return none, [f"column 8 passed over: only {have} of {len(rows)} points have one"]
    try:
        values = np.array([float(row[7]) for row in rows])
    except ValueError:
        return none, ["column 8 passed over: it holds text, not layers"]
    with np.errstate(invalid="ignore"):
        fits = (values == np.floor(values)) & (values >= -1) & (values <= _INT8_MAX)
    if not fits.all():
        return none, ["column 8 passed over: it holds values that are no layer id (-1..127)"]
    return values.astype(np.int8), []
