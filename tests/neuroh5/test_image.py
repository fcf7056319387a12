"""Files made in memory are the files that HDF5 would have written, and large ones take no memory."""

from __future__ import annotations

import tracemalloc

import h5py
import numpy as np
import pytest

from livn_core.neuroh5.image import FileImage


def test_what_is_stored_reads_back(tmp_path):
    image = FileImage()
    with h5py.File(image, "w") as file:
        file["a/b"] = np.arange(100_000)
        file["text"] = "µm"
        file["a"].attrs["units"] = 3.5
    image.store(tmp_path / "a.h5")
    with h5py.File(tmp_path / "a.h5", "r") as file:
        assert file["a/b"][()].tolist() == list(range(100_000))
        assert file["text"][()].decode() == "µm"
        assert file["a"].attrs["units"] == 3.5


def test_what_is_not_written_takes_no_memory(tmp_path):
    tracemalloc.start()
    image = FileImage()
    with h5py.File(image, "w") as file:
        creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        creation.set_alloc_time(h5py.h5d.ALLOC_TIME_EARLY)
        creation.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
        space = h5py.h5s.create_simple((10**9,))
        h5py.h5d.create(file.id, b"large", h5py.h5t.NATIVE_DOUBLE, space, creation)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2**22
    image.store(tmp_path / "a.h5")
    assert (tmp_path / "a.h5").stat().st_size > 8 * 10**9


def test_a_file_that_is_there_stays(tmp_path):
    (tmp_path / "a").write_text("precious")
    with pytest.raises(FileExistsError):
        FileImage().store(tmp_path / "a")
    assert (tmp_path / "a").read_text() == "precious"
