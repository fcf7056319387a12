"""What is allowed and may not be meant: told before the work, recorded, and refused with --strict."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from livn_core.culture.config import Culture2DConfig
from livn_core.system.delays import LIVN_VELOCITY

if TYPE_CHECKING:
    from livn_core.components import Placement
    from livn_core.sampling.projection import Culture

__all__ = ["doubts"]

#: Somata are 5 um wide or more: more than this in a square millimetre, and they lie upon each other.
MOST_DENSE = 50_000.0
#: A culture that is smaller than a few somata, one narrower than a soma, and one larger than a dish, um.
SMALLEST, NARROWEST, LARGEST = 50.0, 5.0, 100_000.0
#: A length scale below a tenth of a soma, um.
SHORTEST = 1.0
#: Populations that the simulator's own model of a culture has cells for.
SIMULATED = ("EXC", "INH")


def doubts(config: Culture2DConfig, culture: Culture, placement: Placement) -> tuple[str, ...]:
    """Return a sentence for everything that may not be meant; some cells may stand for all."""
    return (
        *_types(config),
        *_extent(config, culture, placement),
        *_flat_distances(config),
        *_scales(config),
        *_left_out(config, placement),
        *_delays(config),
    )


def _types(config: Culture2DConfig) -> Iterator[str]:
    for name in config.assumed:
        yield (
            f"population '{name}' has no synapse_type: it is taken to be excitatory; say which it is"
        )
    others = [name for name, count in config.counts().items() if count and name not in SIMULATED]
    if others:
        yield (
            f"the simulator's own model of a culture has cells for {' and '.join(SIMULATED)} only: "
            f"{', '.join(others)} need a model of their own (model.json), or are left out there"
        )


def _extent(config: Culture2DConfig, culture: Culture, placement: Placement) -> Iterator[str]:
    cells = np.concatenate([each.positions[:, :2] for each in culture.cells.values()])
    # A placement that states no region is as large as what it placed.
    within = cells if config.region is None else config.region.bounds
    width, height = np.ptp(within, axis=0) if len(within) else (0.0, 0.0)
    longest = max(width, height)
    # Cells of a file or a function may be on a line; a region that is filled is where somata fit.
    small = longest < SMALLEST or (placement.uniform and min(width, height) < NARROWEST)
    if longest > 0 and (small or longest > LARGEST):
        what, why = "culture", "lengths are in um, and these may be in "
        why += "mm or m" if small else "nm"
        if placement.resolved() is not None:
            what, why = "drawing", "'units' says what its numbers are in"
        yield f"the {what} is {width:.4g} x {height:.4g} um: {why}"
    # The shadows of cells that lie above each other may well lie upon each other.
    if longest < SMALLEST or not len(cells) or config.volume is not None:
        return
    count = sum(config.counts().values())
    width, height = np.ptp(cells, axis=0)
    area = width * height / 1e6
    if area > 0 and count / area > MOST_DENSE:
        yield (
            f"{count} cells within {width:.4g} x {height:.4g} um are "
            f"{count / area:,.0f} a mm2, more than there is room for: lengths are in um"
        )


def _flat_distances(config: Culture2DConfig) -> Iterator[str]:
    flat = [p.name for p in config.projections() if p.distance == "plane"]
    if config.volume is not None and flat:
        yield (
            f"the cells fill a {config.area_name}, but distances are those of their shadows in the "
            f"plane ({', '.join(flat)}): distance: space takes those in space"
        )


def _scales(config: Culture2DConfig) -> Iterator[str]:
    found: dict[float, list[str]] = {}
    for settings in config.projections():
        scale = getattr(getattr(settings.rule, "kernel", None), "length_scale", None)
        if scale is not None and scale < SHORTEST:
            found.setdefault(scale, []).append(settings.name)
    for scale, names in found.items():
        yield (
            f"{', '.join(names)}: a sigma of {scale:g} um is less than a soma's width: lengths are "
            "in um, and this may be in mm"
        )


def _delays(config: Culture2DConfig) -> Iterator[str]:
    asked = {delay.velocity for p in config.projections() if (delay := p.delay) is not None} - {
        LIVN_VELOCITY
    }
    if asked:
        velocities = ", ".join(f"{velocity:g}" for velocity in sorted(asked))
        yield (
            f"delays of {velocities} um/ms are those of exports: the simulator livn takes distance / "
            f"{LIVN_VELOCITY:g} um/ms, whatever was asked for"
        )


def _left_out(config: Culture2DConfig, placement: Placement) -> Iterator[str]:
    left_out = getattr(placement, "left_out", None)
    for name, rows in (left_out(config.populations) if left_out is not None else {}).items():
        yield f"{rows} measured cells are left out: there is no population '{name}'"
