"""Some edges, as they are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["EdgeSlab"]


@dataclass(frozen=True, slots=True)
class EdgeSlab:
    """Some edges of a projection, ordered by target.

    Parameters
    ----------
    targets, sources
        (edges,) uint32: cells relative to the first gid of their population.
    columns
        (edges,) arrays by column name: ``distance`` float32 (um), ``syn_id`` uint32.
    """

    targets: NDArray[np.uint32]
    sources: NDArray[np.uint32]
    columns: Mapping[str, NDArray[Any]]

    def __len__(self) -> int:
        return int(self.targets.size)
