"""Optical fibres over a culture: ``lightarray.json``, as livn's ``LightArray`` reads it.

The keys are the arguments of that class, which refuses others: ``fiber_coordinates`` rows
``[id, x, y, z]`` (um, ids 0..n-1), ``numerical_aperture``, ``fiber_radius_um``, ``wavelength_nm``
and ``scattering_coefficient`` (1/mm). The defaults are that class's own: a fibre of 200 um and
numerical aperture 0.37, blue light of 473 nm, and the scattering of mouse cortex (Aravanis et al.
2007, J Neural Eng 4(3), S143).
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from livn_core.documents.jsonio import replace_json
from livn_core.errors import ConfigError, Finding
from livn_core.outputs import saying_file_errors

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = ["LightArray", "build_light_array", "write_light_array"]


@dataclass(frozen=True, kw_only=True)
class LightArray:
    """What the fibres are like.

    Parameters
    ----------
    numerical_aperture
        Larger than 0, at most that of water's index, 1.33.
    fiber_radius
        Radius of a fibre's core, um.
    wavelength
        Of the light, nm.
    scattering
        Scattering coefficient of the tissue, 1/mm.
    height
        Tips above the top of the culture, um, where no z is given.
    """

    numerical_aperture: float = 0.37
    fiber_radius: float = 100.0
    wavelength: float = 473.0
    scattering: float = 11.2
    height: float = 0.0

    def __post_init__(self) -> None:
        """Refuse what no fibre is like."""
        findings = []
        for name in ("numerical_aperture", "fiber_radius", "wavelength"):
            value = getattr(self, name)
            if not (value > 0 and math.isfinite(value)):
                findings.append(Finding(name, f"must be larger than 0, not {value:g}"))
        if self.numerical_aperture > 1.33:
            findings.append(Finding("numerical_aperture", "must be at most 1.33 in water"))
        if not (self.scattering >= 0 and math.isfinite(self.scattering)):
            findings.append(Finding("scattering", f"must be at least 0, not {self.scattering:g}"))
        if findings:
            raise ConfigError(findings, origin="light array")


def build_light_array(
    bounds: ArrayLike,
    fibers: Sequence[Sequence[float]] | None = None,
    light: LightArray | None = None,
) -> dict[str, Any]:
    """Return the content of ``lightarray.json``.

    Parameters
    ----------
    bounds
        (2, 3), um: lowest and highest corner of the configured culture.
    fibers
        (x, y) or (x, y, z) of each fibre's tip, um; one over the centre by default. A tip without
        z is ``light.height`` above the culture.
    light
        What the fibres are like.

    Raises
    ------
    ConfigError
        A fibre that is not two or three finite numbers, or two at one point.
    """
    light = light or LightArray()
    low, high = np.asarray(bounds, dtype=np.float64)
    top = float(high[2]) + light.height
    if fibers is None:
        fibers = [((low[0] + high[0]) / 2, (low[1] + high[1]) / 2)]
    rows: list[list[float]] = []
    findings = []
    for number, fiber in enumerate(fibers):
        point = [float(value) for value in fiber]
        if len(point) not in (2, 3) or not all(math.isfinite(value) for value in point):
            findings.append(Finding(f"fibers[{number}]", f"must be x,y or x,y,z in um: {point}"))
            continue
        point = point if len(point) == 3 else [*point, top]
        if any(point == row[1:] for row in rows):
            findings.append(
                Finding(f"fibers[{number}]", f"is at the same place as another: {point}")
            )
        rows.append([float(number), *point])
    if findings or not rows:
        raise ConfigError(findings or "a light array needs at least one fibre", hint="--fibers X,Y")
    return {
        "fiber_coordinates": rows,
        "numerical_aperture": float(light.numerical_aperture),
        "fiber_radius_um": float(light.fiber_radius),
        "wavelength_nm": float(light.wavelength),
        "scattering_coefficient": float(light.scattering),
    }


def write_light_array(
    system: System,
    fibers: Sequence[Sequence[float]] | None = None,
    light: LightArray | None = None,
) -> Path:
    """Write ``lightarray.json`` into the system's directory and return the file.

    A file that was there and differs is kept as ``lightarray.previous.json``.

    Raises
    ------
    ConfigError
        See :func:`build_light_array`.
    OutputError
        The file cannot be written.
    """
    path = system.path / "lightarray.json"
    bounds = np.asarray(system.bounds(), dtype=np.float64)
    document = build_light_array(bounds, fibers, light)
    tips = np.array([row[1:3] for row in document["fiber_coordinates"]])
    outside = ((tips < bounds[0, :2]) | (tips > bounds[1, :2])).any(axis=1)
    if outside.any():
        text = f"{outside.sum()} of {len(tips)} fibres lie outside the culture; lengths are in um"
        warnings.warn(text, stacklevel=2)
    with saying_file_errors(path):
        replace_json(path, document)
    return path
