"""The options of a picture."""

from __future__ import annotations

from dataclasses import dataclass

from livn_core.errors import LivnError

__all__ = ["Options", "PlotError", "check_least"]


class PlotError(LivnError, ValueError):
    """A picture that cannot be drawn as asked."""


@dataclass(frozen=True, slots=True)
class Options:
    """Options of all kinds of pictures; see :func:`livn_core.plotting.plot`."""

    cell: int | None = None
    show_connections: bool = True
    show_mea: bool = True
    max_edges: int | None = None
    seed: int = 0
    color_by: str = "population"
    show_labels: bool = False
    width: float | None = None
    font: str | None = None
    title: str = ""


def check_least(least: int, **values: int | None) -> None:
    """Raise PlotError if a value that is given is below ``least``."""
    for name, value in values.items():
        if value is not None and value < least:
            raise PlotError(f"{name} is {value}; it must be {least} or more")
