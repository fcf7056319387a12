"""Divides a number of cells by ratios, into whole numbers that add up to it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

__all__ = ["apportion"]


def apportion(total: int, ratios: Mapping[str, float]) -> dict[str, int]:
    """Divide ``total`` cells by ratios, by largest remainder (Hamilton's method).

    Each population gets the whole part of its share; the cells that are left go one each to the
    largest fractions, equal fractions in alphabetical order of name. Ratios need not sum to 1.

    Parameters
    ----------
    total
        Cells to divide, >= 0.
    ratios
        Name -> share, >= 0; at least one is positive.

    Returns
    -------
    dict
        Name -> cells, in the order of ``ratios``; the sum is ``total``.

    Notes
    -----
    The arithmetic is exact, on the decimal number that was written: in binary 0.29 of 100 cells is
    28.999999999999996.
    """
    shares = {name: Fraction(repr(ratio)) for name, ratio in ratios.items()}
    whole = sum(shares.values())
    if total < 0 or whole <= 0 or min(shares.values()) < 0:
        raise ValueError("apportion needs a total >= 0, ratios >= 0, and one of them positive")
    exact = {name: total * share / whole for name, share in shares.items()}
    counts = {name: int(quota) for name, quota in exact.items()}
    left = total - sum(counts.values())
    for name in sorted(exact, key=lambda name: (counts[name] - exact[name], name))[:left]:
        counts[name] += 1
    return counts
