"""An HDF5 file that is made in memory as far as anything is written to it, then put on disk.

The HDF5 library cannot close a file that it cannot write: a disk that fails under it ends the process.
So it writes here, where nothing fails, and the bytes go to the disk by themselves. Datasets that are
allocated and not written take no memory, however large they are.
"""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from livn_core.neuroh5.positioned import write_at

__all__ = ["FileImage"]

_PAGE = 1 << 16


class FileImage(io.RawIOBase):
    """A file object of pages: those that nothing was written to are zeros, and are not held."""

    def __init__(self) -> None:
        super().__init__()
        self._pages: dict[int, bytearray] = {}
        self._at = 0
        self._size = 0

    def readable(self) -> bool:
        """Return True."""
        return True

    writable = seekable = readable

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to a position."""
        self._at = offset + (0, self._at, self._size)[whence]
        return self._at

    def tell(self) -> int:
        """Return the position."""
        return self._at

    def truncate(self, size: int | None = None) -> int:
        """Set the size."""
        self._size = self._at if size is None else size
        return self._size

    def readinto(self, buffer: Any) -> int:
        """Fill a buffer from the position on; return how many bytes there were."""
        view = memoryview(buffer).cast("B")
        count = max(0, min(len(view), self._size - self._at))
        done = 0
        while done < count:
            number, start = divmod(self._at + done, _PAGE)
            length = min(_PAGE - start, count - done)
            page = self._pages.get(number)
            view[done : done + length] = (
                bytes(length) if page is None else page[start : start + length]
            )
            done += length
        self._at += count
        return count

    def write(self, data: Any) -> int:
        """Write at the position."""
        view = memoryview(data).cast("B")
        done = 0
        while done < len(view):
            number, start = divmod(self._at + done, _PAGE)
            length = min(_PAGE - start, len(view) - done)
            page = self._pages.setdefault(number, bytearray(_PAGE))
            page[start : start + length] = view[done : done + length]
            done += length
        self._at += done
        self._size = max(self._size, self._at)
        return done

    def store(self, path: Path) -> None:
        """Write the file; it must not exist.

        Raises
        ------
        OSError
            The system refuses.
        """
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            for number, page in sorted(self._pages.items()):
                start = number * _PAGE
                write_at(handle, memoryview(page)[: max(0, self._size - start)], start)
            os.ftruncate(handle, self._size)
        finally:
            os.close(handle)
