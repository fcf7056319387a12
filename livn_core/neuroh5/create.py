"""Create the HDF5 files with all their datasets, and return where in the files those lie.

Datasets are contiguous and allocated at once, so that their bytes can be written by position, by
any thread or process, without HDF5. A constant dataset is allocated late and never written: every
reader gives its fill value, and it takes no bytes.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from livn_core.neuroh5.image import FileImage
from livn_core.neuroh5.layout import Slot
from livn_core.neuroh5.positioned import as_bytes, write_at
from livn_core.neuroh5.types import write_types
from livn_core.program import Population

__all__ = ["create_file"]

#: Datasets of this size begin at a block of the file system.
_ALIGNED = 1 << 16
_BLOCK = 4096


def create_file(
    path: Path,
    populations: Sequence[Population],
    projections: Sequence[tuple[str, str]],
    slots: Iterable[Slot],
    *,
    groups: Iterable[str] = (),
    attributes: Mapping[str, Mapping[str, float]] | None = None,
) -> dict[str, int]:
    """Create a file and write the values that are known; return where the others go.

    Parameters
    ----------
    path
        The file; it must not exist.
    groups
        Groups that exist even if nothing is in them.
    attributes
        Path of a group -> its HDF5 attributes, float64.

    Returns
    -------
    dict
        Path of a dataset -> its first byte in the file; without constants and empty datasets.
    """
    slots = list(slots)
    offsets = {}
    image = FileImage()
    with h5py.File(image, "w", alignment_threshold=_ALIGNED, alignment_interval=_BLOCK) as file:
        write_types(file, populations, projections)
        made: dict[str, h5py.h5g.GroupID] = {"": file.id}
        for name in groups:
            _group(made, name)
        for slot in slots:
            offset = _create(made, slot)
            if offset is not None:
                offsets[slot.path] = offset
        for group, named in (attributes or {}).items():
            for name, value in named.items():
                file[group].attrs.create(name, np.float64(value))
    image.store(path)
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC)
    try:
        for slot in slots:
            values = slot.values
            if values is None or slot.path not in offsets:
                continue
            if isinstance(values, range):
                values = np.arange(values.start, values.stop, dtype=slot.dtype)
            write_at(handle, as_bytes(values), offsets[slot.path])
    finally:
        os.close(handle)
    return offsets


def _group(made: dict[str, h5py.h5g.GroupID], path: str) -> h5py.h5g.GroupID:
    """Return a group, made with those above it where it is not there."""
    if path not in made:
        above, _, name = path.rpartition("/")
        parent = _group(made, above)
        key = name.encode()
        made[path] = h5py.h5o.open(parent, key) if key in parent else h5py.h5g.create(parent, key)
    return made[path]


def _create(groups: dict[str, h5py.h5g.GroupID], slot: Slot) -> int | None:
    parent, _, name = slot.path.rpartition("/")
    made = h5py.h5d.create(
        _group(groups, parent),
        name.encode(),
        _stored(slot.dtype),
        h5py.h5s.create_simple((slot.rows,)),
        _creation(slot.constant, slot.dtype),
    )
    for link in slot.links:
        parent, _, name = link.rpartition("/")
        h5py.h5o.link(made, _group(groups, parent), name.encode())
    offset: int | None = made.get_offset()
    return offset


@lru_cache(maxsize=128)
def _stored(dtype: np.dtype[Any]) -> h5py.h5t.TypeID:
    return h5py.h5t.py_create(dtype.newbyteorder("<"))


@lru_cache(maxsize=128)
def _creation(constant: float | None, dtype: np.dtype[Any]) -> h5py.h5p.PropDCID:
    """Return how a dataset is made: with room for its values, or of one value, which takes no bytes."""
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_layout(h5py.h5d.CONTIGUOUS)
    # Without times of creation and change, equal systems have equal files.
    creation.set_obj_track_times(False)
    if constant is None:
        creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        creation.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    else:
        creation.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
        creation.set_fill_value(np.array(constant, dtype=dtype))
    return creation
