"""What arrays there are: the rows of ``livn mea list``."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from livn_core.errors import LivnError
from livn_core.plugins.registry import registry

__all__ = ["ArrayRow", "list_arrays"]


@dataclass(frozen=True, slots=True)
class ArrayRow:
    """A MEA layout in the list.

    Parameters
    ----------
    electrodes
        How many, with the layout's defaults; None where that depends on the culture or on a file.
    pitch
        Distance between nearest electrodes, um.
    references
        Labels of electrodes that serve as references.
    source
        Vendor document of the figures; empty for the user's own.
    """

    name: str
    summary: str
    provider: str
    electrodes: int | None = None
    pitch: float | None = None
    references: tuple[str, ...] = ()
    source: str = ""

    def document(self) -> dict[str, Any]:
        """Return it in JSON types."""
        return {**asdict(self), "references": list(self.references)}


def list_arrays() -> list[ArrayRow]:
    """Return every MEA layout, sorted by name; those of a fixed geometry with their figures."""
    return [_row(entry) for entry in registry().components("mea")]


def _row(entry: Any) -> ArrayRow:
    plain = ArrayRow(entry.name, entry.summary, str(entry.provider))
    try:
        layout = registry().create("mea", entry.name)
    except LivnError:
        return plain  # needs a file or coordinates, or its plugin is broken: listed without figures
    if not hasattr(layout, "sites"):
        return plain
    from scipy.spatial import cKDTree

    sites = np.asarray(layout.sites(), dtype=np.float64)
    pitch = None
    if len(sites) > 1:
        pitch = round(float(cKDTree(sites).query(sites[:1], k=2)[0][0, 1]), 6)
    references = tuple(layout.references()) if hasattr(layout, "references") else ()
    source = getattr(layout, "source", "")
    return replace(plain, electrodes=len(sites), pitch=pitch, references=references, source=source)
