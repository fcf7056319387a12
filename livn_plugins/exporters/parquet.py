"""Node and edge tables as Parquet."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from livn_core.components import Exporter
from livn_core.errors import needed
from livn_core.system.reader import System
from livn_plugins.exporters.tables import both_tables

BLOCK_EDGES = 1_000_000
UNITS = {**dict.fromkeys(("x", "y", "z", "distance"), "um"), "delay": "ms"}


class Parquet(Exporter):
    """``nodes.parquet`` and ``edges.parquet``: the tables of ``csv`` with their types.

    Populations are dictionary-encoded; each block of edges is a row group.
    """

    synapses: bool = Field(
        False, description="add the columns of each edge's synapse: location, section, type"
    )
    compression: Literal["snappy", "zstd", "gzip", "none"] = Field(
        "zstd", description="compression of the columns"
    )

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the two tables into the folder ``path``."""
        path.mkdir(parents=True, exist_ok=True)
        arrow, parquet = (
            needed(name, "the 'parquet' export") for name in ("pyarrow", "pyarrow.parquet")
        )
        names = arrow.array([population.name for population in system.populations])
        written = []
        for name, columns, blocks in both_tables(system, self.synapses, BLOCK_EDGES):
            file = path / f"{name}.parquet"
            dtypes = _dtypes(system, columns)
            schema = arrow.schema(
                [
                    arrow.field(
                        column,
                        arrow.dictionary(arrow.int32(), arrow.string())
                        if dtype is str
                        else arrow.from_numpy_dtype(dtype),
                        nullable=False,
                        metadata={"units": UNITS[column]} if column in UNITS else None,
                    )
                    for column, dtype in dtypes.items()
                ]
            )
            with parquet.ParquetWriter(file, schema, compression=self.compression) as writer:
                for block in blocks:
                    rows = max(len(part) for part in block.values() if not isinstance(part, str))
                    arrays = [
                        _array(arrow, block[column], dtype, names, rows)
                        for column, dtype in dtypes.items()
                    ]
                    writer.write_table(arrow.Table.from_arrays(arrays, schema=schema))
            written.append(file)
        return written


def _dtypes(system: System, columns: Sequence[str]) -> dict[str, Any]:
    fixed: dict[str, Any] = {
        **dict.fromkeys(("population", "source_population", "target_population", "module"), str),
        **dict.fromkeys(("gid", "source", "target", "syn_id", "cluster"), np.uint32),
        **dict.fromkeys(("x", "y", "z", "distance", "delay"), np.float32),
    }
    # A synapse column has the widest type of any population.
    stored = {
        column: np.result_type(
            *(
                system.synapses(target, 0, 0, [column])[1][column].dtype
                for target in sorted({target for _, target in system.projections})
            )
        )
        for column in columns
        if column not in fixed
    }
    return {column: fixed.get(column, stored.get(column)) for column in columns}


def _array(arrow: Any, part: Any, dtype: Any, names: Any, rows: int) -> Any:
    if isinstance(part, str):
        index = names.to_pylist().index(part)
        return arrow.DictionaryArray.from_arrays(np.full(rows, index, np.int32), names)
    if dtype is str:
        return arrow.array(part.tolist()).dictionary_encode()
    return arrow.array(np.ascontiguousarray(part, dtype=dtype))
