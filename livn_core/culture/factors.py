"""Factors of mean 1 by which the degrees of a population's cells differ.

A pair connects with p = min(1, A t_j s_i k(d)), t_j the in-degree factor of the target and s_i the
out-degree factor of the source. Before the clip an in-degree then has the coefficient of variation
sqrt(cv^2 + 1/k) at a mean of k: that of the factors, and of the chance of independent connections.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError
from livn_core.sampling.streams import stream

if TYPE_CHECKING:
    from livn_core.culture.parts import FactorConfig, PopulationConfig

__all__ = ["degree_factors", "velocity_factor"]


def degree_factors(
    population: PopulationConfig, name: str, count: int, seed: int
) -> dict[str, NDArray[np.float32]]:
    """Return ``in_degree`` and ``out_degree``, those that are configured, (count,) float32 each.

    Each is scaled to mean 1, and the float32 value is the one that is used. Name and seed key the
    random numbers.

    Raises
    ------
    ConfigError
        A file with another number of rows, or with what is no factor; factors whose mean is 0.
    """
    found = {}
    z: NDArray[np.float64] | None = None
    for key in ("in_degree", "out_degree"):
        factor: FactorConfig | None = getattr(population, key)
        if factor is None:
            continue
        if factor.path is not None:
            values = _column(Path(factor.path), f"populations.{name}.{key}.path", count)
        else:
            own = stream(seed, key, name).standard_normal(count)
            rho = population.degree_correlation if z is not None else 0.0
            normal = own if z is None else rho * z + np.sqrt(1 - rho * rho) * own
            z = normal
            values = _law(factor, normal)
        mean = values.mean() if count else 1.0
        if not 0 < mean < np.inf:
            raise ConfigError(
                f"the mean of the factors of its {count} cells is {mean:g}: it must be above 0",
                path=f"populations.{name}.{key}",
            )
        found[key] = (values / mean).astype(np.float32)
    return found


def velocity_factor(cv: float, name: str, count: int, seed: int) -> NDArray[np.float32]:
    """Return the factor of the velocity of each cell's axon, (count,): lognormal, of mean 1."""
    normal = stream(seed, "velocity_factor", name).standard_normal(count)
    values = _lognormal(cv, normal)
    return (values / (values.mean() if count else 1.0)).astype(np.float32)


def _lognormal(cv: float, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    variance = np.log1p(cv * cv)
    return np.exp(np.sqrt(variance) * normal - 0.5 * variance)


def _law(factor: FactorConfig, normal: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return values of mean 1 from standard normal numbers, rank by rank."""
    cv = factor.cv or 0.0
    if factor.law == "lognormal":
        return _lognormal(cv, normal)
    if cv < 1e-6:  # float32 does not tell such factors from 1
        return np.ones_like(normal)
    shape = 1 / (cv * cv)
    from scipy import special  # 0.2 s that only a culture with factors is to wait for

    values: NDArray[np.float64] = special.gammaincinv(shape, special.ndtr(normal)) / shape
    return values


def _column(path: Path, where: str, count: int) -> NDArray[np.float64]:
    """Read one number a line; a first line that is none is a header."""
    try:
        lines = expanded(path).read_text(encoding="utf-8-sig").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"'{path}' cannot be read: {error}", path=where) from None
    values = []
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text:
            continue
        try:
            value = float(text)
        except ValueError:
            if number == 1:
                continue  # a header
            problem = f"'{path}', line {number}: '{text[:40]}' is no number"
            raise ConfigError(problem, path=where) from None
        if not (np.isfinite(value) and value >= 0):
            problem = f"'{path}', line {number}: {text} is no factor: finite and >= 0"
            raise ConfigError(problem, path=where)
        values.append(value)
    if len(values) != count:
        raise ConfigError(f"'{path}' holds {len(values)} factors for {count} cells", path=where)
    return np.array(values)
