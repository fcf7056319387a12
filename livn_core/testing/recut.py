"""The same program, cut into other blocks than its own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.program import Block, Program, Task

__all__ = ["Recut", "columns_of", "other_cut"]


class Recut:
    """A program whose :meth:`tasks` are given; everything else is the program's own."""

    def __init__(self, program: Program, tasks: Sequence[Task]) -> None:
        self._program, self._tasks = program, list(tasks)

    def tasks(self) -> Sequence[Task]:
        """Return the blocks that were given."""
        return self._tasks

    def __getattr__(self, name: str) -> Any:
        return getattr(self._program, name)


def other_cut(program: Program) -> list[Task]:
    """Return a cut of every population in two, as near to its middle as the prepared program allows.

    Where it raises ValueError for a block that ends at a cell, it is asked for the next; a population
    that it cuts nowhere stays whole.
    """
    tasks = []
    for population in program.populations:
        name, count = population.name, population.count
        middle = (count + 1) // 2
        for point in sorted(range(1, count), key=lambda cell: abs(cell - middle)):
            parts = [Task(name, 0, point), Task(name, point, count)]
            try:
                program.run(parts[0])
            except ValueError:
                continue
            tasks += parts
            break
        else:
            tasks += [Task(name, 0, count)] * bool(count)
    return tasks


def columns_of(blocks: Sequence[Block]) -> dict[str, NDArray[Any]]:
    """Return what consecutive blocks hold together: table and column -> values.

    A table that a block leaves out has no rows there.
    """
    found: dict[str, list[NDArray[Any]]] = {}
    for key in sorted({key for block in blocks for key in block.rows}):
        for block in blocks:
            none = np.zeros(block.task.stop - block.task.start, dtype=np.int64)
            counts, columns = block.rows.get(key, (none, {}))
            found.setdefault(f"{key}: rows a cell", []).append(counts)
            for name, values in columns.items():
                found.setdefault(f"{key}: {name}", []).append(values)
    return {name: np.concatenate(parts) for name, parts in found.items()}
