"""What connectivity rules and kernels keep."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import pytest
from numpy.typing import NDArray

from livn_core.components import ConnectivityRule, Connector, Kernel
from livn_core.culture.synapses import DrawnEdges
from livn_core.culture.wiring import checked
from livn_core.plugins.registry import registry
from livn_core.sampling.projection import Cells, Projection
from livn_core.sampling.streams import stream
from livn_core.testing.component import ComponentContract

__all__ = ["ConnectivityContract", "KernelContract"]


class _Connects(ComponentContract):
    """What holds for everything that connects cells: 150 of them on 1 mm2."""

    #: Mean in-degree that is asked for, where the rule takes one.
    mean_degree: ClassVar[float] = 8.0

    def rule(self, example: Mapping[str, Any]) -> ConnectivityRule:
        """Return the rule to try."""
        raise NotImplementedError

    def projection(self, *, recurrent: bool = True) -> Projection:
        """Return a small projection to try the rule on."""
        source = Cells("EXC", _positions(150, "EXC"))
        target = source if recurrent else Cells("INH", _positions(60, "INH"))
        return Projection.within(source, target, seed=7)

    def connector(self, example: Mapping[str, Any], projection: Projection) -> Connector:
        """Return the rule's connector, with what is required of it."""
        rule = self.rule(example)
        connector = rule.connect(projection)
        assert isinstance(connector, Connector), "connect() must return a Connector"
        assert float(connector.expected_edges) >= 0
        assert connector.memory >= 0
        return connector

    def sample(
        self, connector: Connector, projection: Projection, start: int, stop: int
    ) -> DrawnEdges:
        """Return the edges onto some targets, as the engine takes them: checked."""
        return checked(connector.sources(start, stop), projection, start, stop, self.name)

    def test_edges_are_legal(self, example: Mapping[str, Any]) -> None:
        """Sources exist and ascend, no pair twice, no autapse, distances are those of the cells."""
        for recurrent in (True, False):
            projection = self.projection(recurrent=recurrent)
            targets = len(projection.target)
            edges = self.sample(self.connector(example, projection), projection, 0, targets)
            target = np.repeat(np.arange(targets), edges.counts)
            if projection.distance in {"plane", "space"}:
                away = projection.distances(target, edges.sources)
                np.testing.assert_allclose(edges.distances, away, rtol=1e-5, atol=1e-3)

    def test_an_empty_block(self, example: Mapping[str, Any]) -> None:
        """No target, no edge: this is asked before the work begins."""
        projection = self.projection()
        edges = self.sample(self.connector(example, projection), projection, 0, 0)
        assert len(edges.counts) == len(edges.sources) == 0

    def test_blocks_do_not_matter(self, example: Mapping[str, Any]) -> None:
        """Any cut of the targets, in any order, gives the same edges; so does a second time."""
        projection = self.projection()
        connector = self.connector(example, projection)
        whole = self.sample(connector, projection, 0, 150)
        late = self.sample(self.connector(example, projection), projection, 37, 150)
        early = self.sample(connector, projection, 0, 37)
        for field in ("counts", "sources", "distances"):
            parts = np.concatenate([getattr(early, field), getattr(late, field)])
            np.testing.assert_array_equal(getattr(whole, field), parts)

    def test_expected_edges(self, example: Mapping[str, Any]) -> None:
        """As many edges as expected, within five standard errors of independent draws."""
        for recurrent in (True, False):
            projection = self.projection(recurrent=recurrent)
            connector = self.connector(example, projection)
            realised = self.sample(connector, projection, 0, len(projection.target)).counts.sum()
            error = 5 * np.sqrt(connector.expected_edges) + 1
            assert abs(realised - connector.expected_edges) < error

    def test_probability_is_that_of_the_edges(self, example: Mapping[str, Any]) -> None:
        """What it says of pairs adds up to what it expects, and fits what it gives."""
        projection = self.projection()
        connector = self.connector(example, projection)
        target, source = np.divmod(np.arange(150 * 150), 150)
        p = connector.probability(target, source)
        if p is None:
            pytest.skip("it states no probabilities")
        assert p.shape == target.shape
        assert ((p >= 0) & (p <= 1)).all()
        np.testing.assert_allclose(p.sum(), connector.expected_edges, rtol=1e-3)
        edges = self.sample(connector, projection, 0, 150)
        made = np.zeros((150, 150), bool)
        made[np.repeat(np.arange(150), edges.counts), edges.sources] = True
        assert not made.ravel()[p <= 0].any(), "an edge where p is 0"
        assert made.ravel()[p >= 1].all(), "no edge where p is 1"


class ConnectivityContract(_Connects):
    """Edges are legal, have the expected number, and do not depend on how the work is cut.

    ``examples`` are the rule's parameters; a ``kernel`` among them may be a name, and a rule that
    takes a mean degree is given :attr:`mean_degree`.
    """

    kind = "connectivity"

    def create(self, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the component with these parameters."""
        given = dict(parameters or {})
        model = self.component()
        if not issubclass(model, Kernel):
            if "kernel" in model.model_fields:
                given.setdefault("kernel", {"kernel": "gaussian", "sigma": 200.0})
            if "mean_degree" in model.model_fields and given.get("amplitude") is None:
                given.setdefault("mean_degree", self.mean_degree)
        return super().create(given)

    def rule(self, example: Mapping[str, Any]) -> ConnectivityRule:
        """Return the rule; of a kernel that is registered as a rule, the one that takes it."""
        made = self.create(example)
        return _around(made, self.mean_degree) if isinstance(made, Kernel) else made


class KernelContract(_Connects):
    """A kernel is a function of each distance, keeps its bound, and gives the wanted degree."""

    kind = "kernel"

    def rule(self, example: Mapping[str, Any]) -> ConnectivityRule:
        """Return ``pairwise_bernoulli`` with this kernel."""
        return _around(self.create(example), self.mean_degree)

    def kernel_and_distances(self, example: Mapping[str, Any]) -> tuple[Kernel, NDArray]:
        """Return the kernel and distances that reach far beyond its scale, um."""
        kernel = self.create(example)
        farthest = max(10 * (kernel.length_scale or 0.0), 1500.0)
        return kernel, np.linspace(0.0, farthest, 4001)

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


def _around(kernel: Kernel, mean_degree: float) -> ConnectivityRule:
    rule: ConnectivityRule = registry().create(
        "connectivity", "pairwise_bernoulli", {"kernel": kernel, "mean_degree": mean_degree}
    )
    return rule


def _positions(count: int, name: str) -> NDArray[np.float64]:
    flat = stream(7, "contract", name).uniform(0, 1000, (count, 2))
    return np.column_stack([flat, np.zeros(count)]).astype(np.float32).astype(np.float64)
