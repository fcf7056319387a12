"""Reads measured connections from the files that people have: CSV, TSV, Parquet, sparse matrices.

A table has a row an edge, with columns ``source`` and ``target`` and perhaps ``source_population``
and ``target_population``; a matrix has an entry an edge. What the numbers mean (gids, rows within a
population) is not decided here.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.delimited import delimiter_of, finite, read_lines, rows_of
from livn_core.documents.paths import file_of
from livn_core.errors import ConfigError, MissingDependencyError
from livn_core.suggest import did_you_mean

__all__ = ["EdgeTable", "read_edges"]

Int = NDArray[np.int64]

#: Columns that a table has, and those that it may have.
ENDS = ("source", "target")
POPULATIONS = ("source_population", "target_population")
#: Characters of a population's name that are looked at.
LONGEST = 64
_KINDS = "give a .csv, .tsv, .parquet, .npz (scipy.sparse) or .mtx (Matrix Market) file"


@dataclass(frozen=True, slots=True)
class EdgeTable:
    """Edges as a file holds them, in its order.

    Parameters
    ----------
    sources, targets
        (n,) int64 >= 0.
    populations
        (2, n) int64 numbers of each edge's source and target population in ``names``; None where
        the file does not say.
    names
        Of populations.
    shape
        Sources and targets of a matrix; None for a table.
    lines
        (n,) int64 line or row of each edge; None for a matrix.
    several
        Entries of a matrix of whole numbers that are above 1.
    """

    sources: Int
    targets: Int
    origin: str
    populations: Int | None = None
    names: tuple[str, ...] = ()
    shape: tuple[int, int] | None = None
    lines: Int | None = None
    several: int = 0

    def __len__(self) -> int:
        return len(self.sources)

    @property
    def nbytes(self) -> int:
        """Bytes that it holds."""
        arrays = (self.sources, self.targets, self.populations, self.lines)
        return sum(array.nbytes for array in arrays if array is not None)

    def where(self, edge: int) -> str:
        """Return the place of an edge in the file, for messages: ``'edges.csv', line 12``."""
        if self.lines is None:
            return f"'{self.origin}', source {self.sources[edge]}, target {self.targets[edge]}"
        unit = "row" if self.origin.endswith((".parquet", ".pq")) else "line"
        return f"'{self.origin}', {unit} {self.lines[edge]}"


def read_edges(path: Path | str, *, row_is_target: bool = False) -> EdgeTable:
    """Read a file of edges.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.txt``; ``.parquet``; ``.npz`` (``scipy.sparse.save_npz``); ``.mtx``.
    row_is_target
        Rows of a matrix are targets, not sources.

    Raises
    ------
    ConfigError
        No such file, a missing column, a number that is no id; names file and line.
    MissingDependencyError
        Parquet needs pyarrow.
    """
    path = file_of(path, hint=_KINDS)
    suffix = path.suffix.lower()
    if suffix in {".csv", ".tsv", ".txt"}:
        return _from_text(path)
    if suffix in {".parquet", ".pq"}:
        return _from_parquet(path)
    if suffix in {".npz", ".mtx"}:
        return _from_matrix(path, row_is_target=row_is_target)
    raise ConfigError(f"'{path}': unknown file type '{suffix or path.name}'", hint=_KINDS)


def _from_text(path: Path) -> EdgeTable:
    names: list[str] = []
    known: dict[str, int] = {}
    delimiter = None
    parts: list[NDArray[np.float64]] = []
    for number, lines in read_lines(path):
        delimiter = delimiter or delimiter_of(lines)
        if delimiter is None:
            continue
        if not names:
            found = rows_of(path, number, lines, delimiter)[0]
            names, skipped = _header(path, found, number)
            number, lines = number + skipped, lines[skipped:]
        ends, texts = _fast(number, lines, names, delimiter) or _slow(
            path, names, rows_of(path, number, lines, delimiter)
        )
        parts.append(np.array([*ends, *(_numbered(column, known) for column in texts)]))
    if not names:
        raise ConfigError(f"'{path}' holds no rows", hint="it needs a header: source, target")
    table = np.concatenate(parts, axis=1)
    wrong = ~_are_ids(table[:2])
    if wrong.any():
        at = int(np.argmax(wrong.any(axis=0)))
        end = int(np.argmax(wrong[:, at]))
        raise _no_id(path, int(table[2, at]), ENDS[end], f"{table[end, at]:g}")
    ids = table.astype(np.int64)
    return EdgeTable(
        ids[0],
        ids[1],
        str(path),
        populations=ids[3:] if len(ids) > 3 else None,
        names=tuple(known),
        lines=ids[2],
    )


def _header(path: Path, row: tuple[int, list[str]], number: int) -> tuple[list[str], int]:
    """Return the names of the columns, and how many lines they take."""
    line, cells = row
    names = [cell.strip().casefold() for cell in cells]
    if len(names) == 2 and all(finite(cell) is not None for cell in names):
        return list(ENDS), 0
    _require(path, names)
    return names, line - number + 1


def _require(path: Path, names: Sequence[str]) -> None:
    """Refuse a table that lacks a column; of the populations' it has both or none."""
    needed = ENDS + (POPULATIONS if set(POPULATIONS) & set(names) else ())
    for name in needed:
        if names.count(name) != 1:
            what = "no column" if name not in names else "two columns"
            raise ConfigError(
                f"'{path}' has {what} '{name}'{did_you_mean(name, names)}",
                hint=f"its columns are {', '.join(repr(name) for name in names)}",
            )


#: Of some rows: (3, n) float64 source, target, line; and (n,) texts of each population column.
_Part = tuple[NDArray[np.float64], list[NDArray[np.str_]]]


def _fast(number: int, lines: list[str], names: list[str], delimiter: str) -> _Part | None:
    """Return the rows of lines that all look alike; None where they do not."""
    joined = "".join(lines)
    if delimiter == " " or "#" in joined or '"' in joined:
        return None
    if {line.count(delimiter) for line in lines} != {len(names) - 1}:
        return None
    wanted = [name for name in ENDS + POPULATIONS if name in names]
    kinds = [(name, "f8" if name in ENDS else f"U{LONGEST}") for name in wanted]
    try:
        rows = np.loadtxt(
            lines,
            kinds,
            delimiter=delimiter,
            usecols=[names.index(name) for name in wanted],
            comments=None,
            ndmin=1,
        )
    except ValueError:
        return None
    if len(rows) != len(lines):
        return None  # a blank line
    at = np.arange(number, number + len(lines), dtype=np.float64)
    return np.array([rows["source"], rows["target"], at]), [rows[name] for name in wanted[2:]]


def _slow(path: Path, names: list[str], rows: list[tuple[int, list[str]]]) -> _Part:
    """Return rows one by one, or say which of them is wrong."""
    ends: list[tuple[float, float, int]] = []
    for line, cells in rows:
        if len(cells) != len(names):
            raise ConfigError(
                f"'{path}', line {line}: {len(cells)} values for {len(names)} columns",
                hint="every row needs as many values as the header has names",
            )
        values = [finite(cells[names.index(name)]) for name in ENDS]
        for name, value in zip(ENDS, values, strict=True):
            if value is None:
                raise _no_id(path, line, name, repr(cells[names.index(name)].strip()))
        ends.append((values[0] or 0.0, values[1] or 0.0, line))
    texts = [
        np.array([cells[names.index(name)] for _, cells in rows], f"U{LONGEST}")
        for name in POPULATIONS
        if name in names
    ]
    return np.array(ends, np.float64).reshape(-1, 3).T, texts


def _numbered(texts: NDArray[np.str_], known: dict[str, int]) -> NDArray[np.float64]:
    """Return the number of each text among those that are known, which it adds to."""
    found, index = np.unique(texts, return_inverse=True)
    numbers = [known.setdefault(str(text).strip(), len(known)) for text in found]
    return np.array(numbers, np.float64)[index]


def _are_ids(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which numbers are finite, whole, and not negative."""
    # Whatever is larger belongs to no cell: gids have 32 bits.
    return (values >= 0) & (values < 2**53) & (np.floor(values) == values)


def _no_id(path: Path, line: int, name: str, given: str) -> ConfigError:
    return ConfigError(f"'{path}', line {line}: {name} is {given}, not a whole number from 0 on")


def _from_parquet(path: Path) -> EdgeTable:
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError as error:
        raise MissingDependencyError(
            f"'{path}': reading Parquet needs the library pyarrow",
            hint="install it with: pip install pyarrow, or give the table as CSV",
        ) from error
    try:
        names = parquet.read_schema(path).names
        _require(path, names)
        wanted = [name for name in ENDS + POPULATIONS if name in names]
        table = parquet.read_table(path, columns=wanted).combine_chunks()
    except (pyarrow.ArrowException, OSError) as error:
        raise ConfigError(f"'{path}' cannot be read as Parquet: {error}") from error
    rows = np.arange(len(table))
    ends = []
    for name in ENDS:
        values = table[name].to_numpy()
        number = values.dtype.kind in "iuf"
        wrong = ~_are_ids(values) if number else rows >= 0
        if wrong.any():
            at = int(np.argmax(wrong))
            raise ConfigError(
                f"'{path}', row {at}: {name} is {values[at]!s}, not a whole number from 0 on"
            )
        ends.append(values.astype(np.int64))
    owners: list[Int] = []
    known: dict[str, int] = {}
    for name in wanted[2:]:
        column = table[name].cast(pyarrow.string()).combine_chunks().dictionary_encode()
        column = column.chunk(0) if isinstance(column, pyarrow.ChunkedArray) else column
        if column.null_count:
            at = int(np.argmax(column.is_null().to_numpy(zero_copy_only=False)))
            raise ConfigError(f"'{path}', row {at}: {name} is empty")
        texts = column.dictionary.to_pylist()
        numbers = np.array([known.setdefault(text, len(known)) for text in texts], np.int64)
        owners.append(numbers[column.indices.to_numpy()])
    return EdgeTable(
        ends[0],
        ends[1],
        str(path),
        populations=np.array(owners) if owners else None,
        names=tuple(known),
        lines=rows,
    )


def _from_matrix(path: Path, *, row_is_target: bool) -> EdgeTable:
    from scipy import io, sparse

    try:
        matrix: Any = sparse.load_npz(path) if path.suffix == ".npz" else io.mmread(path)
        matrix = sparse.coo_array(matrix)
    except (OSError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        what = "a sparse matrix of scipy" if path.suffix == ".npz" else "a Matrix Market file"
        raise ConfigError(
            f"'{path}' is not {what}: {error}",
            hint="write it with scipy.sparse.save_npz or scipy.io.mmwrite",
        ) from error
    row, column, value = matrix.row, matrix.col, matrix.data
    if value.dtype.kind not in "biuf":
        raise ConfigError(f"'{path}' holds numbers of type {value.dtype}, not counts or distances")
    wrong = ~(np.isfinite(value) & (value >= 0))
    if wrong.any():
        at = int(np.argmax(wrong))
        raise ConfigError(
            f"'{path}', row {row[at]}, column {column[at]}: the entry is {value[at]}, "
            "not a finite number >= 0",
            hint="an entry that is not 0 is a connection; signs and weights are no part of it",
        )
    there = value != 0
    ends = [row[there].astype(np.int64), column[there].astype(np.int64)]
    shape = matrix.shape
    if row_is_target:
        ends, shape = ends[::-1], shape[::-1]
    several = int(np.count_nonzero(value > 1)) if value.dtype.kind in "iu" else 0
    return EdgeTable(ends[0], ends[1], str(path), shape=shape, several=several)
