"""Reads measured coordinates from the files that people have: CSV, TSV, JSON, SONATA nodes.

Columns are found by name, in any letter case, with a unit if the header names one (``x``,
``X (mm)``, ``y_um``). Text files may come from a spreadsheet: a byte-order mark, CRLF, semicolons
and comment lines are read; anything else that is odd is an error that names the line.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.delimited import rows_of
from livn_core.documents.paths import file_of
from livn_core.errors import ConfigError, Finding
from livn_core.suggest import did_you_mean

__all__ = ["CoordinateTable", "read_coordinates"]

#: um in one of the units that a header may name.
UNITS = {"nm": 1e-3, "um": 1.0, "µm": 1.0, "μm": 1.0, "micron": 1.0, "mm": 1e3, "cm": 1e4, "m": 1e6}
_AXIS = re.compile(r"^([xyz])(?:[\s_]+([a-zµμ]+)|\s*[(\[]\s*([^)\]]*?)\s*[)\]])?$")


@dataclass(frozen=True)
class CoordinateTable:
    """Positions, and what else stood beside them.

    Parameters
    ----------
    positions
        (n, 2) or (n, 3) float64, um, in the file's order.
    columns
        Every other column, as text, by its lower-case name.
    """

    positions: NDArray[np.float64]
    columns: dict[str, list[str]] = field(default_factory=dict)
    origin: str = ""

    def column(self, *names: str) -> list[str] | None:
        """Return the first of these columns that is there."""
        return next((self.columns[name] for name in names if name in self.columns), None)


def read_coordinates(path: Path | str) -> CoordinateTable:
    """Read a table of coordinates.

    Parameters
    ----------
    path
        ``.csv``, ``.tsv``, ``.txt``; ``.json`` (a list of ``[x, y]`` or ``[x, y, z]``, a list of
        objects, or an object of columns); ``.h5``/``.hdf5``/``.sonata`` (SONATA nodes).

    Raises
    ------
    ConfigError
        No such file, no column x or y, a value that is not a finite number; names file and line.
    """
    path = file_of(path, hint="give a CSV, TSV, JSON or SONATA nodes file with columns x, y")
    suffix = path.suffix.lower()
    if suffix in {".h5", ".hdf5", ".sonata"}:
        from livn_core.documents.sonata import read_nodes

        positions, populations = read_nodes(path)
        return CoordinateTable(positions, {"population": populations}, str(path))
    if suffix not in {".csv", ".tsv", ".txt", ".json"}:
        raise ConfigError(
            f"'{path}': unknown file type '{suffix or path.name}'",
            hint="give a .csv, .tsv, .json or .h5 (SONATA nodes) file",
        )
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise ConfigError(
            f"'{path}' is not UTF-8 text", hint="save it again as 'CSV UTF-8'"
        ) from error
    return _from_json(path, text) if suffix == ".json" else _from_text(path, text)


def _from_text(path: Path, text: str) -> CoordinateTable:
    numbered = [
        (number, line if line.lstrip().startswith("#") else line.split("#", 1)[0])
        for number, line in enumerate(text.splitlines(), start=1)
    ]
    numbered = [(number, line) for number, line in numbered if line.strip(",;\t ")]
    remarks = [row for row in numbered if row[1].lstrip().startswith("#")]
    filled = [row for row in numbered if not row[1].lstrip().startswith("#")]
    if not filled:
        raise ConfigError(f"'{path}' holds no rows", hint="it needs a header with x and y")
    delimiter = next((mark for mark in "\t;," if mark in filled[0][1]), None)
    rows = [row for at, line in filled for row in rows_of(path, at, [line], delimiter or " ")]
    header = [cell.strip().casefold() for cell in rows[0][1]]
    if all(_number(cell) is not None for cell in header):
        above = [row for row in remarks if row[0] < rows[0][0]]
        names = _commented_header(above, len(header), delimiter) or _unnamed(
            path, len(header), f"line {rows[0][0]}"
        )
    else:
        names, rows = header, rows[1:]
    _refuse_labelled(path, [row for row in remarks if row[0] > filled[0][0]], len(names))
    for number, cells in rows:
        if len(cells) != len(names):
            raise ConfigError(
                f"'{path}', line {number}: {len(cells)} values for {len(names)} columns",
                hint="every row needs as many values as the header has names",
            )
    if twice := [name for name in names if names.count(name) > 1]:
        raise ConfigError(f"'{path}' has two columns '{twice[0]}'; letter case makes no difference")
    columns = {name: [cells[i].strip() for _, cells in rows] for i, name in enumerate(names)}
    return _table(path, columns, [f"line {number}" for number, _ in rows])


def _commented_header(
    remarks: Sequence[tuple[int, str]], width: int, delimiter: str | None
) -> list[str] | None:
    """Return the names in the last comment that has as many as there are columns, x and y among them.

    ``numpy.savetxt`` writes its header so.
    """
    for _, line in reversed(remarks):
        words = line.strip().lstrip("# ")
        for mark in dict.fromkeys((delimiter, ",", "\t", None)):
            names = [name.strip().casefold() for name in words.split(mark)]
            axes = {match[1] for name in names if (match := _AXIS.match(name))}
            if len(names) == width and {"x", "y"} <= axes:
                return names
    return None


def _refuse_labelled(path: Path, remarks: Sequence[tuple[int, str]], width: int) -> None:
    """Refuse comments among the rows that look like rows: labels such as ``#1`` make them so."""
    for number, line in remarks:
        cells = re.split(r"[,;\t ]+", line.strip())
        if len(cells) == width and all(_number(cell) is not None for cell in cells[1:]):
            raise ConfigError(
                f"'{path}', line {number}: a row that begins with '#' would be left out",
                hint="give it a label without '#', or take the line out",
            )


def _from_json(path: Path, text: str) -> CoordinateTable:
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ConfigError(f"'{path}', line {error.lineno}: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise ConfigError(
            f"'{path}' cannot be read: it is nested too deep, or a number too long"
        ) from error
    if isinstance(document, dict) and isinstance(document.get("electrode_coordinates"), list):
        document = document["electrode_coordinates"]  # a mea.json: rows are [id, x, y, z]
    if isinstance(document, dict):
        columns = {
            str(name).strip().casefold(): value
            for name, value in document.items()
            if isinstance(value, list)
        }
        lengths = {len(value) for value in columns.values()}
        if len(lengths) > 1:
            raise ConfigError(f"'{path}': the columns differ in length: {sorted(lengths)}")
    elif isinstance(document, list) and document and all(isinstance(r, dict) for r in document):
        names = list(dict.fromkeys(str(name) for row in document for name in row))
        columns = {name.strip().casefold(): [row.get(name) for row in document] for name in names}
    elif isinstance(document, list) and all(isinstance(row, list) for row in document):
        widths = {len(row) for row in document}
        if len(widths) > 1:
            raise ConfigError(f"'{path}': rows differ in length: {sorted(widths)}")
        names = _unnamed(path, widths.pop() if widths else 2, "each row")
        columns = {name: [row[i] for row in document] for i, name in enumerate(names)}
    else:
        raise ConfigError(
            f"'{path}' is not a table",
            hint='write [[x, y], ...], [{"x": 0, "y": 0}, ...] or {"x": [...], "y": [...]}',
        )
    count = len(next(iter(columns.values()), []))
    return _table(path, columns, [f"row {i}" for i in range(count)])


def _unnamed(path: Path, width: int, where: str) -> list[str]:
    """Return the names of a table without a header. Three columns are x, y, z, never an id."""
    if width not in (2, 3, 4):
        raise ConfigError(
            f"'{path}': {where} has {width} values and no header names them",
            hint="give x, y or x, y, z or label, x, y, z; or add a header",
        )
    return ["label", "x", "y", "z"] if width == 4 else ["x", "y", "z"][:width]


def _table(path: Path, columns: dict[str, Any], lines: Sequence[str]) -> CoordinateTable:
    axes: dict[str, tuple[str, float]] = {}
    for name in columns:
        match = _AXIS.match(name)
        if match is None:
            continue
        axis, bare, unit = match.groups()
        if bare is not None and bare not in UNITS:
            continue  # x_pos is a name, not a unit
        if unit is not None and unit not in UNITS:
            raise ConfigError(
                f"'{path}': column '{name}' is in '{unit}'", hint=f"units: {', '.join(UNITS)}"
            )
        if axis in axes:
            raise ConfigError(f"'{path}' has two columns for {axis}: '{axes[axis][0]}', '{name}'")
        axes[axis] = (name, UNITS[unit or bare or "um"])
    used = {name for name, _ in axes.values()}
    missing = [axis for axis in "xy" if axis not in axes]
    if missing:
        others = [name for name in columns if name not in used]
        raise ConfigError(
            [Finding("", f"no column '{axis}'{_meant(others, axis)}") for axis in missing],
            origin=f"'{path}'",
            hint=f"its columns are {', '.join(repr(name) for name in columns) or 'none'}",
        )
    found = []
    for axis, (name, scale) in sorted(axes.items()):
        values = [_number(value) for value in columns[name]]
        for where, value, given in zip(lines, values, columns[name], strict=True):
            if value is None:
                raise ConfigError(
                    f"'{path}', {where}: {axis} is {given!r}, not a finite number",
                    hint="coordinates are numbers with a decimal point",
                )
        found.append(np.asarray(values, dtype=np.float64) * scale)
    rest = {
        name: ["" if value is None else str(value) for value in values]
        for name, values in columns.items()
        if name not in used
    }
    positions = np.column_stack(found) if lines else np.empty((0, len(found)))
    return CoordinateTable(positions, rest, str(path))


def _meant(names: Sequence[str], axis: str) -> str:
    """Return a guess at the column that was meant: 'pos_x', 'xpos', 'X Coordinate'."""
    for name in names:
        words = re.split(r"[^a-z]+", name)
        if axis in words or name.startswith(axis) or name.endswith(axis):
            return f"; did you mean '{name}'?"
    return did_you_mean(axis, names)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None
