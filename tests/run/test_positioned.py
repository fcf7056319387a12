"""Reads and writes are whole, however little a system call does."""

from __future__ import annotations

import os

import numpy as np
import pytest

from livn_core.neuroh5.positioned import as_bytes, copy_range, read_at, scratch, write_at


@pytest.fixture
def handle(tmp_path):
    handle = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield handle
    os.close(handle)


@pytest.fixture
def lazy(monkeypatch):
    """System calls that move at most three bytes."""
    write, read = os.pwrite, os.preadv
    monkeypatch.setattr(os, "pwrite", lambda handle, data, at: write(handle, data[:3], at))
    monkeypatch.setattr(os, "preadv", lambda handle, views, at: read(handle, [views[0][:3]], at))


def test_short_calls_are_continued(handle, lazy):
    data = bytes(range(100))
    write_at(handle, data, 7)
    assert bytes(read_at(handle, scratch(100), 7)) == data


@pytest.mark.parametrize("piece", [{"piece": 10}, {}])
def test_a_copy_longer_than_its_buffer_and_a_short_one(handle, piece):
    data = bytes(range(95))
    write_at(handle, data, 0)
    copy_range(handle, 5, handle, 200, 90, **piece)
    assert bytes(read_at(handle, scratch(90), 200)) == data[5:]


def test_the_end_of_a_file_is_no_zeros(handle):
    write_at(handle, b"abc", 0)
    with pytest.raises(EOFError):
        read_at(handle, scratch(4), 0)


def test_bytes_are_little_endian_and_in_order():
    assert bytes(as_bytes(np.array([1, 2], dtype=">u4"))) == b"\1\0\0\0\2\0\0\0"
    assert bytes(as_bytes(np.arange(6, dtype=np.uint8)[::2])) == b"\0\2\4"
    assert bytes(as_bytes(np.array([], dtype=np.float32))) == b""
