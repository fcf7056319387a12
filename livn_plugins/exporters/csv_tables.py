"""Node and edge tables as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from pydantic import Field

from livn_core.components import Exporter
from livn_core.system.reader import System
from livn_plugins.exporters.tables import Table, both_tables

#: Lines that are put together before they are written.
BLOCK_EDGES = 200_000
#: What a formula begins with; a name that does gets an apostrophe, spreadsheets' sign for text.
_FORMULAS = set("=+-@\t\r")


class Csv(Exporter):
    """``nodes.csv`` and ``edges.csv``, with a header; positions and distances in um.

    Numbers are the shortest that give the stored value back. Edges are in order of projection and
    target; ``source`` and ``target`` are gids. Nodes have a ``module`` and a ``cluster`` where the
    culture has any. A population's name that a spreadsheet would run as a formula (``+PV``) has an
    apostrophe before it.
    """

    synapses: bool = Field(
        False, description="add the columns of each edge's synapse: location, section, type"
    )

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the two tables into the folder ``path``."""
        path.mkdir(parents=True, exist_ok=True)
        for name, columns, blocks in both_tables(system, self.synapses, BLOCK_EDGES):
            _write(path / f"{name}.csv", columns, blocks)
        return [path / "nodes.csv", path / "edges.csv"]


def _write(path: Path, columns: Sequence[str], blocks: Iterable[Table]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        file.write(",".join(columns) + "\n")
        for block in blocks:
            parts = [block[name] for name in columns]
            count = max(len(part) for part in parts if not isinstance(part, str))
            texts = [
                [_quoted(part)] * count if isinstance(part, str) else _texts(part) for part in parts
            ]
            file.write("".join(f"{','.join(row)}\n" for row in zip(*texts, strict=True)))


def _texts(values: np.ndarray) -> list[str]:
    if values.dtype.kind == "U":
        return [_quoted(text) for text in values.tolist()]
    # str() of a NumPy float32 is the shortest text that reads back as the same float32.
    texts: list[str] = values.astype(str).tolist()
    return texts


def _quoted(text: str) -> str:
    # A spreadsheet runs a cell that begins so as a formula, quoted or not.
    if text[:1] in _FORMULAS:
        text = f"'{text}"
    buffer = io.StringIO()
    csv.writer(buffer, lineterminator="").writerow([text])
    return buffer.getvalue()
