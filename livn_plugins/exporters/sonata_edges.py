"""An edge population of a SONATA file, with its two indices, in bounded memory.

Edges keep their order, by target. The index by target is then one range a cell. The index by source
has a range for nearly every edge: its ranges are counted in one pass and put in place in another,
through a memory map of the dataset, whose pages the operating system may drop. Datasets with a row
for every edge are declared, and written by position: the HDF5 library cannot close a file that a disk
refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from livn_core.neuroh5.image import FileImage
from livn_core.neuroh5.positioned import as_bytes, write_at
from livn_core.system.delays import Delay
from livn_core.system.edges import edges_with_synapses, synapse_columns
from livn_core.system.reader import System

__all__ = ["EdgePopulation", "constant", "stamp", "write_edges"]

#: Column of a synapse -> attribute of the edge that ends on it, and its type.
SYNAPSES: dict[str, tuple[str, Any]] = {
    "syn_secs": ("afferent_section_id", np.uint32),
    "syn_locs": ("afferent_section_pos", np.float32),
    "swc_types": ("afferent_section_type", np.uint8),
}
UNITS = {"distance": "um", "delay": "ms"}
BLOCK_EDGES = 1_000_000
RANGES = "indices/source_to_target/range_to_edge_id"


@dataclass(frozen=True)
class EdgePopulation:
    """One projection of a system as an edge population, with a column ``delay`` if it has delays.

    ``type_id`` is the ``edge_type_id`` of its edges; ``block_edges`` are in memory at a time.
    """

    system: System
    source: str
    target: str
    name: str
    type_id: int
    delay: Delay | None = None
    block_edges: int = BLOCK_EDGES

    def declare(self, file: h5py.File) -> tuple[dict[str, int], NDArray[np.int64]]:
        """Add the population without the rows of its edges.

        Returns where in the file each dataset begins, and the number of ranges of each source cell.
        """
        group = file.create_group(f"edges/{self.name}")
        edges = self.system.edge_count(self.source, self.target)
        for end, population in (("source", self.source), ("target", self.target)):
            _reserve(group, f"{end}_node_id", np.uint64, edges)
            group[f"{end}_node_id"].attrs["node_population"] = population
        constant(group, "edge_type_id", self.type_id, edges, np.int64)
        constant(group, "edge_group_id", 0, edges, np.uint32)
        _reserve(group, "edge_group_index", np.uint64, edges)
        names: dict[str, Any] = {"distance": np.float32, "syn_id": np.uint32}
        names |= dict(SYNAPSES[column] for column in self._synapses())
        if self.delay is not None:
            names["delay"] = np.float32
        for name, dtype in names.items():
            _reserve(group, f"0/{name}", dtype, edges)
            if name in UNITS:
                group[f"0/{name}"].attrs["units"] = UNITS[name]
        self._write_target_index(group)
        ranges = np.zeros(self.system.population(self.source).count, dtype=np.int64)
        for _, _, sources, _ in self._source_runs():
            ranges += np.bincount(sources, minlength=ranges.size)
        index = group.create_group("indices/source_to_target")
        ends = np.cumsum(ranges)
        _name_ranges(index, np.column_stack([ends - ranges, ends]))
        _reserve(index, "range_to_edge_id", np.uint64, int(ranges.sum()), 2)
        rows = ["source_node_id", "target_node_id", "edge_group_index", RANGES]
        rows += [f"0/{name}" for name in names]
        return {name: group[name].id.get_offset() for name in rows}, ranges

    def fill(self, path: Path, offsets: Mapping[str, int], ranges: NDArray[np.int64]) -> None:
        """Write the rows of the edges into the file, where :meth:`declare` said."""
        with path.open("r+b", buffering=0) as file:
            self._fill_edges(file.fileno(), offsets)
            if ranges.any():
                self._fill_source_ranges(file, offsets[RANGES], ranges)

    # -- attributes --------------------------------------------------------------------------

    def _synapses(self) -> list[str]:
        stored = synapse_columns(self.system, self.target)
        return [column for column in SYNAPSES if column in stored]

    def _fill_edges(self, handle: int, offsets: Mapping[str, int]) -> None:
        synapses = self._synapses()
        done = 0

        def write(name: str, values: NDArray[Any], dtype: Any = np.uint64) -> None:
            rows = values.astype(dtype, copy=False)
            write_at(handle, as_bytes(rows), offsets[name] + done * rows.itemsize)

        for slab in edges_with_synapses(
            self.system, self.source, self.target, synapses=synapses, block_edges=self.block_edges
        ):
            if not len(slab):
                continue
            write("source_node_id", slab.sources)
            write("target_node_id", slab.targets)
            write("edge_group_index", np.arange(done, done + len(slab)))
            write("0/distance", slab.columns["distance"], np.float32)
            write("0/syn_id", slab.columns["syn_id"], np.uint32)
            for column in synapses:
                name, dtype = SYNAPSES[column]
                write(f"0/{name}", slab.columns[column], dtype)
            if self.delay is not None:
                delays = self.delay.of(slab.sources, slab.columns["distance"])
                write("0/delay", delays, np.float32)
            done += len(slab)

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

    def _fill_source_ranges(self, file: FileIO, offset: int, ranges: NDArray[np.int64]) -> None:
        rows = int(ranges.sum())
        # A page that the disk has no room for ends the process (SIGBUS): the room is taken before.
        zeros = bytes(1 << 20)
        for start in range(0, rows * 16, len(zeros)):
            write_at(file.fileno(), zeros[: rows * 16 - start], offset + start)
        table = np.memmap(file, np.uint64, "r+", offset, (rows, 2))
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


def write_edges(path: Path, populations: Sequence[EdgePopulation]) -> None:
    """Write the file ``path``, which must not exist, of all edge populations."""
    image = FileImage()
    with h5py.File(image, "w") as file:
        stamp(file)
        declared = [population.declare(file) for population in populations]
    image.store(path)
    for population, (offsets, ranges) in zip(populations, declared, strict=True):
        population.fill(path, offsets, ranges)


def _name_ranges(index: h5py.Group, ranges: NDArray[np.int64]) -> None:
    """Store the ranges of the nodes by the name of the developer guide, and by BMTK's."""
    index["node_id_to_ranges"] = ranges.astype(np.uint64)
    index["node_id_to_range"] = index["node_id_to_ranges"]


def _reserve(group: h5py.Group, name: str, dtype: Any, *shape: int) -> None:
    """Declare a dataset that has its room in the file, and no values yet."""
    plist = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plist.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
    plist.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    group.create_dataset(name, shape, np.dtype(dtype).newbyteorder("<"), dcpl=plist)


def constant(group: Any, name: str, value: int, count: int, dtype: type) -> None:
    """Declare a dataset whose every row is its fill value: it takes no bytes."""
    group.create_dataset(name, shape=(count,), dtype=dtype, fillvalue=value)


def stamp(file: h5py.File) -> None:
    """Mark a file as SONATA's."""
    file.attrs["version"] = np.array((0, 1), dtype=np.uint32)
    file.attrs["magic"] = np.uint32(0x0A7A)
