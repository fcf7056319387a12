"""How many chords a curve needs."""

from __future__ import annotations

import numpy as np

from livn_core.errors import MissingDependencyError

__all__ = ["arc_chords", "bezier_chords", "missing"]

#: Most chords of one curve.
MOST = 100_000


def arc_chords(radius: float, sweep: float, tolerance: float) -> int:
    """Return the chords of an arc that are nowhere farther from it than the tolerance.

    A chord over the angle a is off by r (1 - cos(a / 2)).
    """
    if radius <= tolerance:
        return 8
    widest = 2 * np.arccos(1 - tolerance / radius)
    return int(np.clip(np.ceil(abs(sweep) / widest), 1, MOST))


def bezier_chords(points: np.ndarray, tolerance: float) -> int:
    """Return the chords of a Bezier curve that are nowhere farther from it than the tolerance.

    Over a step h of the parameter a chord is off by at most h^2 / 8 times the largest second
    derivative, which is d (d - 1) times the largest second difference of the control points.
    """
    degree = len(points) - 1
    bend = degree * (degree - 1) * np.hypot(*np.diff(points, 2, axis=0).T).max()
    return int(np.clip(np.ceil(np.sqrt(bend / (8 * tolerance))), 1, MOST))


def missing(form: str, library: str) -> MissingDependencyError:
    """Return the error of a library that is not installed."""
    return MissingDependencyError(
        f"{form} drawings are read with {library}, which is not installed",
        hint=f"install it with: pip install {library}",
    )
