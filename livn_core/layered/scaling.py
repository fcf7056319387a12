"""Shrinks a layered configuration: fewer cells, and by choice smaller boxes."""

from __future__ import annotations

import numpy as np

from livn_core.documents.apportion import apportion
from livn_core.errors import ConfigError, Finding
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.somata import box_of
from livn_core.program import MOST_CELLS

__all__ = ["scaled"]


def scaled(config: LayeredConfig, scale: float, *, extents: bool = False) -> LayeredConfig:
    """Return a configuration with ``scale`` times the cells.

    Cells are shared out by largest remainder, first among the populations, then among the layers
    of each, so that they add up.

    Parameters
    ----------
    config
        The whole system.
    scale
        Factor of the number of cells, > 0.
    extents
        Multiply the boxes' u and v sides by the square root of ``scale``, so that the density of
        cells stays as it is; depths stay.

    Raises
    ------
    ConfigError
        When a population that has cells would have none, or there are more than a system holds.
    """
    if scale == 1:
        return config
    counts = config.counts()
    if (total := sum(counts.values()) * scale) > MOST_CELLS:
        text = f"{total:.6g} cells are more than a system can hold ({MOST_CELLS})"
        raise ConfigError([Finding("scale", text)])
    shares = apportion(round(total), counts)
    gone = [name for name, count in counts.items() if count and not shares[name]]
    if gone:
        fewest = min(count for count in counts.values() if count)
        raise ConfigError(
            [
                Finding(
                    "", f"at scale {scale:g} population '{name}' ({counts[name]} cells) has no cell"
                )
                for name in gone
            ],
            hint=f"a scale of {_up(1 / fewest):g} leaves every population a cell",
        )
    distribution = {
        name: apportion(shares[name], layers) if counts[name] else layers
        for name, layers in config.distribution.items()
    }
    surface = config.geometry.surface
    if extents:
        low = box_of(config)[0]
        factor = np.array([np.sqrt(scale), np.sqrt(scale), 1.0])
        boxes = {
            name: tuple(
                tuple(float(value) for value in low + (np.array(corner) - low) * factor)
                for corner in box
            )
            for name, box in surface.layer_extents.items()
        }
        surface = surface.model_copy(update={"layer_extents": boxes})
    geometry = config.geometry.model_copy(update={"distribution": distribution, "surface": surface})
    return config.model_copy(update={"geometry": geometry})


def _up(value: float) -> float:
    """Return the next number with two significant digits."""
    digits = 1 - int(np.floor(np.log10(value)))
    return float(np.ceil(value * 10**digits) / 10**digits)
