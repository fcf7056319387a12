"""Counts that a placement holds itself, as measured positions do, against those that are stated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from livn_core.culture.placement import create_placement
from livn_core.errors import Finding, LivnError
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig

__all__ = ["against_measured", "measured_populations"]


def measured_populations(
    given: Mapping[str, Any], area: Any, parameters: Any
) -> dict[str, Any] | None:
    """Return the populations with the counts that the placement holds.

    ``given`` is the document before its defaults are written out; ``area`` and ``parameters`` its
    placement, with files where the document means them. None where it states any number of cells, or
    the placement holds none.
    """
    if any(given.get(key) is not None for key in ("total_cells", "density")):
        return None
    populations = given.get("populations", {})
    if not isinstance(populations, Mapping):
        return None
    for entry in populations.values():
        if not isinstance(entry, Mapping) or entry.get("ratio", entry.get("count")) is not None:
            return None
    components = registry()
    if not (isinstance(area, str) and "placement" in components.kinds_of(area)):
        return None  # a function draws as many as it is asked for
    try:
        held = create_placement(area, parameters, where="area_kwargs").measured()
    except LivnError:
        return None  # reported when the components are checked
    if held is None:
        return None
    if "populations" not in given:
        return {name: {"count": count} for name, count in held.items()}
    return {
        name: {**entry, "count": held[name]} if name in held else entry
        for name, entry in populations.items()
    }


def against_measured(config: Culture2DConfig) -> Iterator[Finding]:
    """Yield the populations whose stated count is not the one that the placement holds."""
    held = config.placement().measured()
    if held is None:
        return
    source = f"'{config.area_kwargs.get('path', config.area_name)}'"
    for name, count in config.counts().items():
        if count != held.get(name, 0):
            how = (
                "" if config.populations[name].count is not None else " (its ratio of total_cells)"
            )
            yield Finding(
                f"populations.{name}",
                f"is to have {count} cells{how}, but {source} holds {held.get(name, 0)} of it; "
                "leave all counts out to take those of the file",
            )
