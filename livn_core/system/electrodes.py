"""The electrodes of a system one by one: label, place, and how many cells are in reach."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from livn_core.plotting.facts import read_labels, require_electrodes

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["electrode_rows"]


def electrode_rows(system: System) -> list[dict[str, Any]]:
    """Return a row for each electrode of ``mea.json``.

    Returns
    -------
    list of dict
        ``id``, ``label`` (the vendor's; None without one), ``x``, ``y``, ``z`` (um), and
        ``stimulates``, ``records``: cells within the input and the output radius, in space; None
        where mea.json has no such radius.

    Raises
    ------
    SystemFormatError
        There is no mea.json, or it has no rows of four numbers.
    """
    from scipy.spatial import cKDTree

    electrodes = require_electrodes(system)
    labels = read_labels(system, len(electrodes.ids))
    cells = [system.positions(population.name) for population in system.populations]
    tree = cKDTree(np.concatenate(cells) if cells else np.empty((0, 3)))

    def within(radius: float | None) -> list[int] | list[None]:
        if radius is None:
            return [None] * len(electrodes.ids)
        found = tree.query_ball_point(electrodes.positions, radius, return_length=True)
        return [int(count) for count in np.atleast_1d(found)]

    stimulates, records = within(electrodes.input_radius), within(electrodes.output_radius)
    return [
        {
            "id": int(number),
            "label": label,
            **dict(zip("xyz", map(float, place), strict=True)),
            "stimulates": stimulated,
            "records": recorded,
        }
        for number, label, place, stimulated, recorded in zip(
            electrodes.ids, labels, electrodes.positions, stimulates, records, strict=True
        )
    ]
