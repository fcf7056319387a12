"""What the tests of the sampler share: positions, and the exact law evaluated pair by pair."""

from collections.abc import Callable

import numpy as np
import pytest
from sampling import cells_at

from livn_core.sampling.projection import Projection


@pytest.fixture
def exact() -> Callable[..., np.ndarray]:
    """Return p of every pair, (targets, sources), from the definition."""

    def probabilities(
        projection, kernel, amplitude, cutoff=None, min_probability=None
    ) -> np.ndarray:
        targets, sources = projection.target.positions, projection.source.positions
        distance = np.sqrt(((targets[:, None, :2] - sources[:, :2]) ** 2).sum(axis=2))
        p = np.minimum(1.0, amplitude * kernel.weight(distance))
        if cutoff is not None:
            p[distance > cutoff] = 0.0
        if min_probability is not None:
            p[p < min_probability] = 0.0
        if projection.recurrent and not projection.allow_autapses:
            np.fill_diagonal(p, 0.0)
        return p

    return probabilities


@pytest.fixture
def recurrent() -> Callable[..., Projection]:
    """Return a recurrent projection of cells at given places, on float32 values."""

    def projection(positions, seed=1, **options) -> Projection:
        return Projection.within(cells_at("EXC", positions), seed=seed, **options)

    return projection


@pytest.fixture
def between() -> Callable[..., Projection]:
    """Return a projection from one population to another."""

    def projection(sources, targets, seed=1) -> Projection:
        return Projection.within(cells_at("EXC", sources), cells_at("INH", targets), seed=seed)

    return projection
