"""Issue warnings at the line that called livn, rather than at one inside it."""

from __future__ import annotations

import sys
import warnings

__all__ = ["warn_caller"]

_OURS = ("livn_core", "livn_plugins", "livn_cli")


def warn_caller(text: str, category: type[Warning] = UserWarning) -> None:
    """Issue a warning at the innermost line that is not livn's own."""
    level = 1
    frame = sys._getframe(1)
    while frame is not None and frame.f_globals.get("__name__", "").partition(".")[0] in _OURS:
        level += 1
        frame = frame.f_back  # type: ignore[assignment]
    warnings.warn(text, category, stacklevel=level + 1 if frame is not None else 2)
