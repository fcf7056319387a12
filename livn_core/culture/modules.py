"""How many cells of each population are in each module: whole numbers that fit both margins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["cells_in_modules", "module_shares"]


def module_shares(
    wanted: Mapping[str, float] | Sequence[str] | None, weights: Mapping[str, float]
) -> dict[str, float]:
    """Return the share of each module in a population.

    As wanted: module -> share, or the modules, or all of them (None) in proportion to their weights.
    """
    if isinstance(wanted, Mapping):
        return {name: float(wanted.get(name, 0.0)) for name in weights}
    chosen = weights if wanted is None else set(wanted)
    return {name: weight if name in chosen else 0.0 for name, weight in weights.items()}


def cells_in_modules(
    counts: Mapping[str, int], shares: Mapping[str, Mapping[str, float]]
) -> NDArray[np.int64]:
    """Return the cells of each population in each module, (populations, modules).

    Each number is its exact share rounded down or up. A row sums to the population's count, a column
    to the module's exact share of all cells rounded by largest remainder: such a rounding always
    exists (Cox 1987, J Am Stat Assoc 82:520, "controlled rounding").

    Parameters
    ----------
    counts
        Population -> cells.
    shares
        Population -> module -> share, of the same modules in the same order.

    Examples
    --------
    >>> quarter = dict.fromkeys(("A1", "A2", "B1", "B2"), 1.0)
    >>> cells_in_modules({"EXC": 30, "INH": 10}, {"EXC": quarter, "INH": quarter}).sum(axis=0).tolist()
    [10, 10, 10, 10]
    """
    exact = []
    for name, count in counts.items():
        row = [Fraction(repr(share)) for share in shares[name].values()]
        exact.append([count * share / sum(row) for share in row])
    numbers = np.array([[int(value) for value in row] for row in exact], np.int64)
    columns = [sum(column, Fraction(0)) for column in zip(*exact, strict=True)]
    whole = np.array([int(value) for value in columns])
    more = sum(counts.values()) - int(whole.sum())
    for module in sorted(range(len(columns)), key=lambda m: (whole[m] - columns[m], m))[:more]:
        whole[module] += 1
    rest = [[value - int(value) for value in row] for row in exact]
    return numbers + _round_up(
        rest, np.array(list(counts.values())) - numbers.sum(1), whole - numbers.sum(0)
    )


def _round_up(
    rest: list[list[Fraction]], rows: NDArray[np.int64], columns: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return which fractions are rounded up, (populations, modules) of 0 and 1, largest first."""
    up = np.zeros((len(rows), len(columns)), np.int64)
    order = sorted(
        ((-value, p, m) for p, row in enumerate(rest) for m, value in enumerate(row) if value)
    )
    for _, p, m in order:
        if up[p].sum() < rows[p] and up[:, m].sum() < columns[m]:
            up[p, m] = 1
    for p in range(len(rows)):
        while up[p].sum() < rows[p]:
            _take_one_more(up, rest, columns, p)
    return up


def _take_one_more(
    up: NDArray[np.int64], rest: list[list[Fraction]], columns: NDArray[np.int64], start: int
) -> None:
    """Round one more of a row up, by passing modules on between rows until one has room."""
    came: dict[int, tuple[int, int]] = {}  # row -> (row that takes its module, module)
    waiting, seen = [start], {start}
    for p in waiting:
        for m, value in enumerate(rest[p]):
            if not value or up[p, m]:
                continue
            if up[:, m].sum() < columns[m]:
                up[p, m] = 1
                while p != start:
                    taker, module = came[p]
                    up[p, module], up[taker, module] = 0, 1
                    p = taker
                return
            for q in np.flatnonzero(up[:, m]).tolist():
                if q not in seen:
                    seen.add(q)
                    came[q] = (p, m)
                    waiting.append(q)
    raise ArithmeticError("no rounding fits both margins")
