"""The one "did you mean" of the project."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

__all__ = ["did_you_mean", "nearest"]


def nearest(name: str, choices: Iterable[str]) -> str | None:
    """Return the choice that ``name`` was probably meant to be, or None.

    Letter case is ignored, so ``Gaussian`` finds ``gaussian``.
    """
    by_folded = {choice.casefold(): choice for choice in sorted(choices, reverse=True)}
    found = get_close_matches(name.casefold(), sorted(by_folded), n=1, cutoff=0.6)
    return by_folded[found[0]] if found else None


def did_you_mean(name: str, choices: Iterable[str]) -> str:
    """Return ``"; did you mean 'disk'?"``, or an empty text when nothing is close."""
    found = nearest(name, choices)
    return f"; did you mean '{found}'?" if found else ""
