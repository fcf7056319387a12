"""The region of a system: that of the placement in its record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from livn_core.errors import LivnError
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.culture.region import Region
    from livn_core.system.reader import System

__all__ = ["region_of"]


def region_of(system: System) -> Region | None:
    """Return where the cells of a system may be.

    None where its record names no placement that is installed here, or one that does not say; a
    user's own function is not called.
    """
    configuration = (system.provenance or {}).get("configuration")
    if not isinstance(configuration, Mapping):
        return None
    name, parameters = configuration.get("area"), configuration.get("area_kwargs")
    components = registry()
    if not isinstance(name, str) or "placement" not in components.kinds_of(name):
        return None
    try:
        region: Region | None = components.create("placement", name, parameters).region()
    except (LivnError, OSError):
        return None  # the plugin or the file is not here any more
    return region
