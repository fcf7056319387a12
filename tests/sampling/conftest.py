"""What the tests of the sampler share: positions, and the exact law evaluated pair by pair."""

from collections.abc import Callable

import numpy as np
import pytest

from livn_core.sampling.projection import Projection


@pytest.fixture
def exact() -> Callable[..., np.ndarray]:
    """Return p of every pair, (targets, sources), from the definition."""

    def probabilities(
        projection, kernel, amplitude, cutoff=None, min_probability=None
    ) -> np.ndarray:
        difference = projection.target_positions[:, None, :2] - projection.source_positions[:, :2]
        distance = np.sqrt((difference**2).sum(axis=2))
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

    def projection(positions, seed=1, degree=1.0, **options) -> Projection:
        cells = np.zeros((len(positions), 3))
        cells[:, :2] = np.asarray(positions, dtype=np.float32).reshape(-1, 2)
        return Projection("EXC", "EXC", cells, cells, seed, degree, **options)

    return projection


@pytest.fixture
def between() -> Callable[..., Projection]:
    """Return a projection from one population to another."""

    def projection(sources, targets, seed=1, degree=1.0) -> Projection:
        cells = []
        for positions in (sources, targets):
            at = np.zeros((len(positions), 3))
            at[:, :2] = np.asarray(positions, dtype=np.float32).reshape(-1, 2)
            cells.append(at)
        return Projection("EXC", "INH", *cells, seed, degree)

    return projection
