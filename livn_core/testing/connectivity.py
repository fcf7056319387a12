"""What a connectivity rule keeps: a radial kernel, or a rule that gives edges itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from livn_core.components import RadialKernel
from livn_core.sampling.amplitude import solve_amplitude
from livn_core.sampling.projection import EdgeBlock, Projection
from livn_core.sampling.sampler import KernelSampler
from livn_core.sampling.streams import stream
from livn_core.testing.component import ComponentContract

__all__ = ["ConnectivityContract"]


class ConnectivityContract(ComponentContract):
    """Edges are legal, have the wanted number, and do not depend on how the work is cut.

    What is asked of a kernel itself is skipped for a rule that is none.
    """

    kind = "connectivity"

    #: Mean in-degree that the sampled projection is asked for, among 150 cells on 1 mm2.
    mean_degree: ClassVar[float] = 8.0

    def projection(self, *, recurrent: bool = True) -> Projection:
        """Return a small projection to try the rule on."""
        cells = _positions(150, "EXC")
        return Projection(
            source="EXC",
            target="EXC" if recurrent else "INH",
            source_positions=cells,
            target_positions=cells if recurrent else _positions(60, "INH"),
            seed=7,
            mean_degree=self.mean_degree,
        )

    def sample(
        self, example: Mapping[str, Any], projection: Projection, start: int, stop: int
    ) -> EdgeBlock:
        """Return the edges onto some targets, as the engine would make them."""
        rule = self.create(example)
        if isinstance(rule, RadialKernel):
            amplitude = solve_amplitude(projection, rule)
            return KernelSampler(projection, rule, amplitude.value).sample(start, stop)
        edges: EdgeBlock = rule.edges(projection, start, stop)
        return edges

    def test_edges_are_legal(self, example: Mapping[str, Any]) -> None:
        """Every source exists, no pair twice, no autapse, distances are those of the cells."""
        for recurrent in (True, False):
            projection = self.projection(recurrent=recurrent)
            targets = len(projection.target_positions)
            edges = self.sample(example, projection, 0, targets)
            assert edges.counts.shape == (targets,)
            assert edges.counts.dtype == np.int64
            assert edges.sources.dtype == np.uint32
            assert edges.distances.dtype == np.float32
            assert edges.counts.sum() == len(edges.sources) == len(edges.distances)
            target = np.repeat(np.arange(targets), edges.counts)
            assert (edges.sources < len(projection.source_positions)).all()
            pairs = np.stack([target, edges.sources.astype(np.int64)])
            assert np.unique(pairs, axis=1).shape == pairs.shape, "a pair is connected twice"
            if recurrent:
                assert (target != edges.sources).all(), "a cell connects to itself"
            apart = (
                projection.source_positions[edges.sources, :2]
                - projection.target_positions[target, :2]
            )
            np.testing.assert_allclose(edges.distances, np.hypot(*apart.T), rtol=1e-5, atol=1e-3)

    def test_blocks_do_not_matter(self, example: Mapping[str, Any]) -> None:
        """Any cut of the targets, in any order, gives the same edges; so does a second time."""
        projection = self.projection()
        whole = self.sample(example, projection, 0, 150)
        late = self.sample(example, projection, 37, 150)
        early = self.sample(example, projection, 0, 37)
        for field in ("counts", "sources", "distances"):
            parts = np.concatenate([getattr(early, field), getattr(late, field)])
            np.testing.assert_array_equal(getattr(whole, field), parts)

    def test_mean_degree(self, example: Mapping[str, Any]) -> None:
        """The mean in-degree of 150 targets is the wanted one, within five standard errors.

        A degree is a sum of independent draws, so that its variance is at most its mean.
        """
        projection = self.projection()
        realised = self.sample(example, projection, 0, 150).counts.mean()
        error = 5 * np.sqrt(self.mean_degree / 150)
        assert abs(realised - self.mean_degree) < error

    def kernel_and_distances(
        self, example: Mapping[str, Any]
    ) -> tuple[RadialKernel, NDArray[np.float64]]:
        """Return the kernel and distances that reach far beyond its scale; skip for a rule."""
        rule = self.create(example)
        if not isinstance(rule, RadialKernel):
            pytest.skip("it gives edges itself: it is no kernel")
        return rule, np.linspace(0.0, max(10 * rule.sigma, 1500.0), 4001)

    def test_kernel_is_a_function_of_each_distance(self, example: Mapping[str, Any]) -> None:
        """Vectorised over any shape, float64, finite, not negative, somewhere positive, pure."""
        kernel, distance = self.kernel_and_distances(example)
        given = distance.copy()
        weight = kernel.weight(distance)
        assert weight.shape == distance.shape
        assert weight.dtype == np.float64
        assert np.isfinite(weight).all()
        assert (weight >= 0).all()
        assert weight.max() > 0
        np.testing.assert_array_equal(distance, given, "it changed the distances it was given")
        np.testing.assert_array_equal(kernel.weight(distance[::-1].copy()), weight[::-1])
        np.testing.assert_array_equal(
            kernel.weight(distance[:4000].reshape(40, 100)), weight[:4000].reshape(40, 100)
        )
        assert kernel.weight(np.empty(0)).shape == (0,)

    def test_kernel_keeps_its_bound(self, example: Mapping[str, Any]) -> None:
        """``monotone`` is true only of a kernel that never grows; ``bound`` is never exceeded."""
        kernel, distance = self.kernel_and_distances(example)
        weight = kernel.weight(distance)
        slack = 1e-9 * weight.max()
        if kernel.monotone:
            assert (np.diff(weight) <= slack).all(), "k grows with distance: set monotone = False"
        for width in (1, 7, 400, 4000):
            nearest = distance[: len(distance) - width]
            farthest = distance[width:]
            windows = np.lib.stride_tricks.sliding_window_view(weight, width + 1)
            highest = windows.max(axis=1)
            bound = np.asarray(kernel.bound(nearest, farthest))
            assert bound.shape == nearest.shape
            assert (bound >= highest - slack).all(), "bound() is below k inside its interval"


def _positions(count: int, name: str) -> NDArray[np.float64]:
    flat = stream(7, "contract", name).uniform(0, 1000, (count, 2))
    return np.column_stack([flat, np.zeros(count)]).astype(np.float32).astype(np.float64)
