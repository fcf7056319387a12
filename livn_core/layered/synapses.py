"""Synapses along the dendrites of a few cells at a time.

For each piece of dendrite a density is drawn from the positive normal distribution of its stratum;
the synapses are a Poisson process with that density along the piece. All pieces of the cells lie on
one line, stretched by their densities, on which the process has rate 1: one sorted draw gives every
synapse of every cell.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.dendrites import Pieces
from livn_core.layered.truncated_normal import draw_truncated_normal

__all__ = ["Synapses", "draw_synapses"]

#: Locations keep this distance from the ends of a section, which are nodes without membrane.
MARGIN = 1e-6


@dataclass(frozen=True, slots=True, eq=False)
class Synapses:
    """Synapses of consecutive cells, numbered from 0 in each cell.

    Parameters
    ----------
    counts
        (cells,) int64.
    stratum
        (n,) int64, index of the stratum.
    columns
        As stored in ``Synapse Attributes``.
    """

    counts: NDArray[np.int64]
    stratum: NDArray[np.int64]
    columns: dict[str, NDArray[np.generic]]


def draw_synapses(pieces: Pieces, cells: NDArray[np.int64], rng: np.random.Generator) -> Synapses:
    """Draw the synapses of cells: ``cells`` (cells,) is the number of pieces of each, in order."""
    density = draw_truncated_normal(rng, pieces.location, pieces.sd)
    mass = density * pieces.length
    ends = np.cumsum(mass)
    total = float(ends[-1]) if len(ends) else 0.0
    count = int(rng.poisson(total))
    along = np.sort(rng.random(count))
    along *= total
    stops = np.searchsorted(along, ends, side="left")
    if len(stops):
        stops[-1] = count
    numbers = np.diff(stops, prepend=0)
    fraction = along
    fraction -= np.repeat(ends - mass, numbers)
    fraction /= np.repeat(mass, numbers)
    location = fraction * np.repeat(pieces.dx, numbers)
    location += np.repeat(pieces.x, numbers)
    distance = fraction
    distance *= np.repeat(pieces.length, numbers)
    distance += np.repeat(pieces.cable, numbers)
    upto = np.concatenate(([0], stops))[np.concatenate(([0], np.cumsum(cells)))]
    counts = np.diff(upto)
    ids = np.arange(count, dtype=np.uint32)
    ids -= np.repeat(upto[:-1].astype(np.uint32), counts)
    return Synapses(
        counts=counts,
        stratum=np.repeat(pieces.stratum, numbers),
        columns={
            "syn_ids": ids,
            "syn_types": np.repeat(pieces.kind, numbers),
            "syn_cdists": np.maximum(distance, 0.0).astype(np.float32),
            "syn_locs": np.clip(location, MARGIN, 1.0 - MARGIN).astype(np.float32),
            "syn_secs": np.repeat(pieces.section, numbers),
            "syn_layers": np.repeat(pieces.layer, numbers),
            "swc_types": np.repeat(pieces.swc_type, numbers),
        },
    )
