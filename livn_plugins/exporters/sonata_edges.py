"""An edge population of a SONATA file, with its two indices, in bounded memory.

Edges keep their order, by target. The index by target is then one range a cell. The index by source
has a range for nearly every edge: its ranges are counted in one pass and put in place in another,
through a memory map of the dataset, whose pages the operating system may drop.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.system.edges import edges_with_synapses, synapse_columns
from livn_core.system.reader import System

__all__ = ["EdgePopulation", "constant", "stamp"]

#: Column of a synapse -> attribute of the edge that ends on it, and its type.
SYNAPSES: dict[str, tuple[str, Any]] = {
    "syn_secs": ("afferent_section_id", np.uint32),
    "syn_locs": ("afferent_section_pos", np.float32),
    "swc_types": ("afferent_section_type", np.uint8),
}
UNITS = {"distance": "um", "delay": "ms"}
BLOCK_EDGES = 1_000_000


@dataclass(frozen=True)
class EdgePopulation:
    """One projection of a system as an edge population.

    Parameters
    ----------
    system, source, target
        Which projection.
    name
        Name of the edge population.
    type_id
        ``edge_type_id`` of its edges.
    velocity
        um/ms, for a column ``delay``; None for none.
    block_edges
        Edges that are held in memory at a time.
    """

    system: System
    source: str
    target: str
    name: str
    type_id: int
    velocity: float | None = None
    block_edges: int = BLOCK_EDGES

    def write(self, path: Path) -> None:
        """Add the population to the file ``path``."""
        ranges = self._count_source_ranges()
        with h5py.File(path, "a") as file:
            group = file.create_group(f"edges/{self.name}")
            self._write_edges(group)
            self._write_target_index(group)
            offset = self._write_source_index(group, ranges)
        if offset is not None and ranges.any():
            self._fill_source_ranges(path, offset, ranges)

    def _edges(self) -> int:
        return self.system.edge_count(self.source, self.target)

    # -- attributes --------------------------------------------------------------------------

    def _write_edges(self, group: h5py.Group) -> None:
        edges = self._edges()
        stored = synapse_columns(self.system, self.target)
        synapses = [column for column in SYNAPSES if column in stored]
        names: dict[str, Any] = {"distance": np.float32, "syn_id": np.uint32}
        names |= {SYNAPSES[column][0]: SYNAPSES[column][1] for column in synapses}
        if self.velocity is not None:
            names["delay"] = np.float32
        for end, population in (("source", self.source), ("target", self.target)):
            ids = group.create_dataset(f"{end}_node_id", (edges,), np.uint64)
            ids.attrs["node_population"] = population
        constant(group, "edge_type_id", self.type_id, edges, np.int64)
        constant(group, "edge_group_id", 0, edges, np.uint32)
        group.create_dataset("edge_group_index", (edges,), np.uint64)
        for name, dtype in names.items():
            column = group.create_dataset(f"0/{name}", (edges,), dtype)
            if name in UNITS:
                column.attrs["units"] = UNITS[name]
        done = 0
        for slab in edges_with_synapses(
            self.system, self.source, self.target, synapses=synapses, block_edges=self.block_edges
        ):
            part = slice(done, done + len(slab))
            group["source_node_id"][part] = slab.sources
            group["target_node_id"][part] = slab.targets
            group["edge_group_index"][part] = np.arange(part.start, part.stop, dtype=np.uint64)
            for column in ("distance", "syn_id"):
                group[f"0/{column}"][part] = slab.columns[column]
            for column in synapses:
                group[f"0/{SYNAPSES[column][0]}"][part] = slab.columns[column]
            if self.velocity is not None:
                group["0/delay"][part] = slab.columns["distance"] / np.float32(self.velocity)
            done = part.stop

    # -- indices -----------------------------------------------------------------------------

    def _write_target_index(self, group: h5py.Group) -> None:
        degrees = self.system.in_degrees(self.source, self.target)
        ends = np.cumsum(degrees)
        some = degrees > 0
        nodes = np.cumsum(some)
        index = group.create_group("indices/target_to_source")
        _name_ranges(index, np.column_stack([nodes - some, nodes]))
        ranges = np.column_stack([ends - degrees, ends])[some]
        index["range_to_edge_id"] = ranges.astype(np.uint64)

    def _write_source_index(self, group: h5py.Group, ranges: NDArray[np.int64]) -> int | None:
        """Write the index by source without its ranges; return where in the file those belong."""
        index = group.create_group("indices/source_to_target")
        ends = np.cumsum(ranges)
        _name_ranges(index, np.column_stack([ends - ranges, ends]))
        plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        dataset = h5py.h5d.create(
            index.id,
            b"range_to_edge_id",
            h5py.h5t.NATIVE_UINT64,
            h5py.h5s.create_simple((int(ranges.sum()), 2)),
            plist,
        )
        offset: int | None = dataset.get_offset()
        return offset

    def _source_runs(self) -> Iterator[tuple[int, NDArray[np.int64], NDArray[np.int64], int]]:
        """Yield (first edge, where runs of one source begin, their sources, edges) a slab."""
        before, done = -1, 0
        for slab in self.system.edges(
            self.source, self.target, columns=(), block_edges=self.block_edges
        ):
            sources = slab.sources.astype(np.int64)
            begins = np.flatnonzero(sources != np.concatenate(([before], sources[:-1])))
            yield done, begins, sources[begins], len(slab)
            before, done = int(sources[-1]), done + len(slab)

    def _count_source_ranges(self) -> NDArray[np.int64]:
        counts = np.zeros(self.system.population(self.source).count, dtype=np.int64)
        for _, _, sources, _ in self._source_runs():
            counts += np.bincount(sources, minlength=counts.size)
        return counts

    def _fill_source_ranges(self, path: Path, offset: int, ranges: NDArray[np.int64]) -> None:
        table = np.memmap(path, np.uint64, "r+", offset, (int(ranges.sum()), 2))
        free = np.cumsum(ranges) - ranges  # next free row of each source
        last: int | None = None  # row of the run that may go on in the next slab
        for done, begins, sources, edges in self._source_runs():
            if last is not None:
                table[last, 1] = done + (int(begins[0]) if begins.size else edges)
            if not begins.size:
                continue
            order = np.argsort(sources, kind="stable")
            ordered = sources[order]
            first = np.concatenate(([True], ordered[1:] != ordered[:-1]))
            starts = np.flatnonzero(first)
            rank = np.arange(ordered.size) - np.repeat(starts, np.diff([*starts, ordered.size]))
            rows = free[ordered] + rank
            ends = np.concatenate((begins[1:], [edges]))
            table[rows, 0] = done + begins[order]
            table[rows, 1] = done + ends[order]
            free += np.bincount(sources, minlength=free.size)
            last = int(rows[np.flatnonzero(order == begins.size - 1)[0]])
        table.flush()


def _name_ranges(index: h5py.Group, ranges: NDArray[np.int64]) -> None:
    """Store the ranges of the nodes by the name of the developer guide, and by BMTK's."""
    index["node_id_to_ranges"] = ranges.astype(np.uint64)
    index["node_id_to_range"] = index["node_id_to_ranges"]


def constant(group: Any, name: str, value: int, count: int, dtype: type) -> None:
    """Declare a dataset whose every row is its fill value: it takes no bytes."""
    group.create_dataset(name, shape=(count,), dtype=dtype, fillvalue=value)


def stamp(file: h5py.File) -> None:
    """Mark a file as SONATA's."""
    file.attrs["version"] = np.array((0, 1), dtype=np.uint32)
    file.attrs["magic"] = np.uint32(0x0A7A)
