"""A digest of the values in a system's files, whatever their storage.

Two systems with equal values have equal digests, whether their datasets are chunked, compressed,
contiguous or never written, in two files or in one. The values of each dataset are cut into
chunks of a fixed size; each chunk is hashed with BLAKE3 (seven times as fast here as the hashes of
Python's library, which would take longer than writing the files), by any thread or rank; the hash of
the list of all datasets and their chunks is the digest.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np
from blake3 import blake3

from livn_core.errors import SystemFormatError
from livn_core.neuroh5 import names
from livn_core.neuroh5.layout import Slot
from livn_core.neuroh5.opening import reading
from livn_core.neuroh5.positioned import as_bytes, read_at, scratch
from livn_core.program import Population

__all__ = [
    "Chunk",
    "Entry",
    "chunks",
    "combine",
    "content_digest",
    "group_attributes",
    "hash_chunks",
    "laid_out",
    "number_text",
    "survey",
]

#: Bytes of a chunk. Part of the definition of the digest: never change it.
CHUNK = 4 << 20


@dataclass(frozen=True, slots=True)
class Entry:
    """A dataset of the system.

    Parameters
    ----------
    path
        Path in the file.
    dtype
        Type of the values, in little-endian notation: ``<f4``.
    shape
        Shape of the dataset.
    file
        Where to read it: an open file, or one that was just created.
    dataset
        What to read by, unless offset or constant say it.
    offset
        First byte in the file, where the values lie there in one piece as they are.
    constant
        Bytes of one value, where the dataset was never written and reads as its fill value.
    twin
        Position of an earlier entry that is the same object under another name (a hard link).
    """

    path: str
    dtype: str
    shape: tuple[int, ...]
    file: h5py.File | Path = field(compare=False, repr=False)
    dataset: h5py.h5d.DatasetID | None = field(default=None, compare=False, repr=False)
    offset: int | None = None
    constant: bytes | None = None
    twin: int | None = None

    @property
    def nbytes(self) -> int:
        """Bytes of all values."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of an entry: ``nbytes`` bytes from byte ``start`` of its values."""

    entry: int
    start: int
    nbytes: int


def survey(files: Sequence[h5py.File]) -> list[Entry]:
    """Return every dataset below ``Populations`` and ``Projections``, sorted by path."""
    found: dict[str, tuple[h5py.File, h5py.h5d.DatasetID]] = {}
    for file in dict.fromkeys(files):
        for root in (names.POPULATIONS, names.PROJECTIONS):
            if root in file:
                with reading(file, f"'{root}'"):
                    found.update((path, (file, each)) for path, each in _walk(file[root].id, root))
    entries: list[Entry] = []
    seen: dict[tuple[h5py.File, int], int] = {}
    for path, (file, dataset) in sorted(found.items(), key=lambda item: item[0]):
        with reading(file, f"'{path}'"):
            identity = (file, h5py.h5o.get_info(dataset).addr)
            twin = seen.setdefault(identity, len(entries))
            if twin == len(entries):
                entries.append(_entry(path, file, dataset))
            else:
                entries.append(replace(entries[twin], path=path, twin=twin))
    return entries


def _walk(group: h5py.h5g.GroupID, path: str) -> Iterator[tuple[str, h5py.h5d.DatasetID]]:
    # Group.visititems shows an object once, however many names it has. Identifiers, not the objects
    # around them: a small system would spend most of its time on those.
    for name in group:
        member = h5py.h5o.open(group, name)
        below = f"{path}/{name.decode('utf-8', 'surrogateescape')}"
        if isinstance(member, h5py.h5d.DatasetID):
            yield below, member
        elif isinstance(member, h5py.h5g.GroupID):
            yield from _walk(member, below)


def _entry(path: str, file: h5py.File, dataset: h5py.h5d.DatasetID) -> Entry:
    dtype = dataset.dtype
    if dtype.kind not in "iuf":
        raise SystemFormatError(
            f"'{file.filename}': '{path}' holds {dtype}, not numbers: it has no digest"
        )
    little = dtype.newbyteorder("<")
    offset = constant = None
    made = dataset.get_create_plist()
    chunked = made.get_layout() == h5py.h5d.CHUNKED
    if not chunked and not made.get_external_count() and dtype == little:
        if dataset.get_storage_size() == 0:
            value = np.zeros((), dtype)
            made.get_fill_value(value)
            constant = value.astype(little).tobytes()
        else:
            offset = dataset.get_offset()
    return Entry(path, little.str, dataset.shape, file, dataset, offset, constant)


def laid_out(files: Mapping[Path, tuple[Sequence[Slot], Mapping[str, int]]]) -> list[Entry]:
    """Return what :func:`survey` finds in files that were created of these datasets.

    ``files``: file -> its datasets, and where those with values begin.
    """
    named = [
        (name, slot, path)
        for path, (slots, _) in files.items()
        for slot in slots
        for name in (slot.path, *slot.links)
    ]
    entries: list[Entry] = []
    seen: dict[tuple[Path, str], int] = {}
    for name, slot, path in sorted(named, key=lambda each: each[0]):
        twin = seen.setdefault((path, slot.path), len(entries))
        if twin < len(entries):
            entries.append(replace(entries[twin], path=name, twin=twin))
            continue
        little = slot.dtype.newbyteorder("<")
        unwritten = slot.constant is not None or not slot.rows
        constant = np.array(slot.constant or 0, little).tobytes() if unwritten else None
        offset = None if unwritten else files[path][1][slot.path]
        entries.append(Entry(name, little.str, (slot.rows,), path, None, offset, constant))
    return entries


def chunks(entries: Sequence[Entry]) -> list[Chunk]:
    """Return the pieces to hash, in the order of the entries; twins have none."""
    return [
        Chunk(number, start, min(CHUNK, entry.nbytes - start))
        for number, entry in enumerate(entries)
        if entry.twin is None
        for start in range(0, entry.nbytes, CHUNK)
    ]


def hash_chunks(
    entries: Sequence[Entry],
    pieces: Sequence[Chunk],
    *,
    jobs: int = 1,
    progress: Callable[[int, int], None] | None = None,
) -> list[bytes]:
    """Hash some of the chunks on ``jobs`` threads; (chunks,) 32 bytes each.

    Memory: ``jobs`` chunks.
    """
    handles: dict[h5py.File | Path, int] = {}
    try:
        for file in {entry.file for entry in entries}:
            if isinstance(file, Path):
                handles[file] = os.open(file, os.O_RDONLY | os.O_CLOEXEC)
            else:
                # Not by its name, which may be another file's by now.
                handles[file] = os.dup(file.id.get_vfd_handle())

        def hashed(piece: Chunk) -> bytes:
            return _hash(entries[piece.entry], piece, handles)

        results: list[bytes] = []
        with ThreadPoolExecutor(jobs) if jobs > 1 < len(pieces) else nullcontext() as pool:
            for result in map(hashed, pieces) if pool is None else pool.map(hashed, pieces):
                results.append(result)
                if progress is not None:
                    progress(len(results), len(pieces))
        return results
    finally:
        for handle in handles.values():
            os.close(handle)


def _hash(entry: Entry, piece: Chunk, handles: Mapping[h5py.File | Path, int]) -> bytes:
    if entry.constant is not None:
        return _constant_hash(entry.constant, piece.nbytes // len(entry.constant))
    if entry.offset is not None:
        buffer, start = scratch(piece.nbytes), entry.offset + piece.start
        try:
            return blake3(read_at(handles[entry.file], buffer, start)).digest()
        except EOFError:
            name = entry.file if isinstance(entry.file, Path) else entry.file.filename
            raise SystemFormatError(
                f"'{name}': '{entry.path}' ends too early: the file is truncated"
            ) from None
    itemsize = np.dtype(entry.dtype).itemsize
    with reading(entry.file, f"'{entry.path}'"):
        part = slice(piece.start // itemsize, (piece.start + piece.nbytes) // itemsize)
        values = h5py.Dataset(entry.dataset)
        values = values[part] if len(entry.shape) == 1 else values[()].reshape(-1)[part]
    return blake3(as_bytes(values)).digest()


@lru_cache(maxsize=256)
def _constant_hash(value: bytes, count: int) -> bytes:
    return blake3(value * count).digest()


def combine(
    populations: Sequence[Population],
    attributes: Sequence[tuple[str, str, str]],
    entries: Sequence[Entry],
    hashes: Sequence[bytes],
) -> str:
    """Return the digest, 64 hexadecimal figures, of the hashes of all entries' chunks in order.

    Names, gid ranges and type ids of the populations belong to the content, and so do HDF5 attributes,
    (group, name, value).
    """
    state = blake3()
    for p in sorted(populations, key=lambda p: p.name):
        state.update(f"population\0{p.name}\0{p.start}\0{p.count}\0{p.type_id}\n".encode())
    for group, name, value in sorted(attributes):
        state.update(f"attribute\0{group}\0{name}\0{value}\n".encode())
    of_entry: dict[int, list[bytes]] = {}
    for piece, result in zip(chunks(entries), hashes, strict=True):
        of_entry.setdefault(piece.entry, []).append(result)
    for number, entry in enumerate(entries):
        state.update(f"dataset\0{entry.path}\0{entry.dtype}\0{list(entry.shape)}\n".encode())
        own = number if entry.twin is None else entry.twin
        for result in of_entry.get(own, ()):
            state.update(result)
    return state.hexdigest()


def group_attributes(file: h5py.File) -> list[tuple[str, str, str]]:
    """Return the HDF5 attributes of the namespaces: (path of the namespace, name, value as text)."""
    found = []
    with reading(file, f"'{names.POPULATIONS}'"):
        for population, namespaces in file[names.POPULATIONS].items():
            for namespace, group in namespaces.items():
                path = f"{names.POPULATIONS}/{population}/{namespace}"
                found += [(path, name, number_text(value)) for name, value in group.attrs.items()]
    return found


def number_text(value: Any) -> str:
    """Return the value of an attribute as the digest has it."""
    return float(value).hex() if isinstance(value, (float, np.floating)) else str(value)


def content_digest(
    populations: Sequence[Population],
    cells: h5py.File,
    connections: h5py.File,
    *,
    jobs: int | None = None,
) -> str:
    """Return the digest of a system's open files; memory: a chunk a thread."""
    entries = survey([cells, connections])
    count = len(os.sched_getaffinity(0)) if jobs is None else jobs
    hashes = hash_chunks(entries, chunks(entries), jobs=count)
    return combine(populations, group_attributes(cells), entries, hashes)
