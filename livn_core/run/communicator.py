"""Who works on a system together: one process, or the ranks of a parallel job."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Protocol, TypeVar

__all__ = ["Communicator", "Serial"]

T = TypeVar("T")


class Communicator(Protocol):
    """The processes of a run. All of them make the same calls in the same order."""

    @property
    def rank(self) -> int:
        """Number of this process, from 0. Rank 0 creates, publishes and reports."""
        ...

    @property
    def size(self) -> int:
        """Number of processes."""
        ...

    def allgather(self, value: Any) -> list[Any]:
        """Return what every rank gave, in order of rank."""
        ...

    def bcast(self, value: T) -> T:
        """Return what rank 0 gave."""
        ...

    def barrier(self) -> None:
        """Wait for everyone."""
        ...

    def shares_directory(self, directory: Path) -> bool:
        """Whether every process sees ``directory``, which rank 0 has made, and may write there."""
        ...

    def gathered(self, values: Iterable[T]) -> Iterator[T]:
        """Yield, on rank 0, the values of all the others, one at a time; on those, nothing."""
        ...


class Serial:
    """A communicator of one."""

    rank = 0
    size = 1

    def allgather(self, value: Any) -> list[Any]:
        """Return the one value."""
        return [value]

    def bcast(self, value: T) -> T:
        """Return the value."""
        return value

    def barrier(self) -> None:
        """Wait for nobody."""

    def shares_directory(self, directory: Path) -> bool:
        """Return True."""
        return True

    def gathered(self, values: Iterable[T]) -> Iterator[T]:
        """Yield nothing: there are no others."""
        yield from ()
