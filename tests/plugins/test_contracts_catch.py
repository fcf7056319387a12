"""The shipped contracts can fail: each planted mistake is caught by the test that should."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import ClassVar

import numpy as np
import planted_generators
import pytest
from pydantic import Field

from livn_core.components import (
    ConnectivityRule,
    Connector,
    MEALayout,
    Placement,
    RadialKernel,
)
from livn_core.errors import LivnError
from livn_core.hookspecs import HOOKS, Component, hookimpl
from livn_core.plugins.discovery import Plugin, Provider
from livn_core.plugins.registry import Registry
from livn_core.sampling.projection import Edges
from livn_core.testing import CONTRACTS, component, entry
from livn_core.testing import generator as generator_contract


class Good(Placement):
    """Uniform."""

    radius: float = Field(5.0, gt=0, description="half an edge, um")

    def place(self, count, rng):
        return self.radius * (2 * rng.random((count, 2)) - 1)

    def bounds(self):
        return np.array([[-self.radius] * 2, [self.radius] * 2])


class Undescribed(Good):
    """Uniform."""

    more: float = 1.0


class Unitless(Good):
    """Uniform."""

    width: float = Field(1.0, description="how wide")


class Lenient(Good):
    """Uniform."""

    model_config: ClassVar = {"extra": "ignore", "frozen": False}


class OneTooMany(Good):
    def place(self, count, rng):
        return super().place(count + 1, rng)


class NoCell(Good):
    def place(self, count, rng):
        return super().place(max(count, 1), rng)


class Unseeded(Good):
    def place(self, count, rng):
        return np.random.default_rng().random((count, 2))


class GlobalStream(Good):
    def place(self, count, rng):
        np.random.seed(0)  # noqa: NPY002
        return np.random.random((count, 2))  # noqa: NPY002


class Outside(Good):
    def place(self, count, rng):
        return super().place(count, rng) * 1.01


class LargeArea(Good):
    def area(self):
        return 101.0


class Boundless(Good):
    def bounds(self):
        return None


class GoodArray(MEALayout):
    """Four."""

    def electrodes(self, bounds):
        return bounds.mean(axis=0) + 10.0 * np.array([[0, 0, 0], [0, 1, 0], [1, 0, 0], [1, 1, 0]])


class Flat(GoodArray):
    def electrodes(self, bounds):
        return super().electrodes(bounds)[:, :2]


class SamePlace(GoodArray):
    def electrodes(self, bounds):
        return super().electrodes(bounds)[[0, 0]]


class Meddler(GoodArray):
    def electrodes(self, bounds):
        bounds += 1
        return super().electrodes(bounds)


class Fixed(GoodArray):
    def electrodes(self, bounds):
        return np.zeros((1, 3))


class FewLabels(GoodArray):
    def labels(self):
        return ["A", "B"]


class SameLabels(GoodArray):
    def labels(self):
        return ["A"] * 4


class GoodKernel(RadialKernel):
    """A step."""

    def weight(self, distance):
        return np.where(distance < self.sigma, 1.0, 0.1)


class Growing(GoodKernel):
    def weight(self, distance):
        return 1 + distance / self.sigma


class Negative(GoodKernel):
    def weight(self, distance):
        return np.cos(distance / self.sigma)


class Contextual(GoodKernel):
    """Depends on the other distances of the call."""

    def weight(self, distance):
        return np.exp(-np.arange(distance.size).reshape(distance.shape) / 100.0)


class LowBound(GoodKernel):
    monotone: ClassVar[bool] = False

    def bound(self, nearest, farthest):
        return self.weight(farthest)


class EightEach(ConnectivityRule):
    """Eight sources each, drawn from the target's stream."""

    def connect(self, projection):
        return EightEachConnector(projection)


class EightEachConnector(Connector):
    def __init__(self, projection):
        self.projection = projection
        self.expected_edges = 8.0 * len(projection.target)

    def sources(self, start, stop):
        return self.block(start, stop, self.projection.stream)

    def block(self, start, stop, stream):
        rows = [np.empty(0, np.int64)]
        for target in range(start, stop):
            others = np.arange(len(self.projection.source))
            if self.projection.recurrent:
                others = np.delete(others, target)
            rows.append(np.sort(stream(target).choice(others, 8, replace=False)))
        sources = np.concatenate(rows).astype(np.uint32)
        return Edges(np.full(stop - start, 8, dtype=np.int64), sources)


def planted(**members):
    """A rule whose connector has these members."""
    connector = type("Planted", (EightEachConnector,), members)
    rule = type(
        "PlantedRule", (EightEach,), {"connect": lambda _self, projection: connector(projection)}
    )
    rule.__doc__ = "A planted mistake."
    return rule


def _block_stream(self, start, stop):
    rng = self.projection.stream(start)
    return self.block(start, stop, lambda _target: rng)


def _autapses(self, start, stop):
    edges = self.block(start, stop, self.projection.stream)
    sources = edges.sources.reshape(-1, 8).copy()
    sources[:, 0] = np.arange(start, stop)
    return Edges(edges.counts, np.sort(sources, axis=1).ravel())


def _half(self, start, stop):
    edges = self.block(start, stop, self.projection.stream)
    return Edges(edges.counts // 2, edges.sources.reshape(-1, 8)[:, ::2].ravel())


def _far(self, start, stop):
    edges = self.block(start, stop, self.projection.stream)
    return Edges(edges.counts, edges.sources, np.full(len(edges.sources), 1.0, np.float32))


def _even(self, targets, sources):
    return np.full(len(targets), 0.5)


BlockStream = planted(sources=_block_stream)
Autapses = planted(sources=_autapses)
HalfDegree = planted(sources=_half)
FarAway = planted(sources=_far)
WrongLaw = planted(probability=_even)


@pytest.fixture
def run(monkeypatch, tmp_path):
    """Run one test of a contract on a class, as pytest would on a plugin that registers it."""

    def on(kind: str, cls: type, test: str, **settings: object) -> None:
        _run(kind, cls, test, settings, monkeypatch, tmp_path / test)

    return on


def _run(kind, cls, test, settings, monkeypatch, folder) -> None:

    @hookimpl
    def hook(_self):
        return [Component("planted", f"planted:{cls.__name__}", "a test")]

    hook.__name__ = HOOKS[kind]
    third_party = type("ThirdParty", (), {hook.__name__: hook})
    found = Registry([Plugin(Provider("planted", "1"), "planted", third_party)])
    monkeypatch.setitem(sys.modules, "planted", SimpleNamespace(**{cls.__name__: cls}))
    for module in (component, entry, generator_contract):
        monkeypatch.setattr(module, "registry", lambda: found)
    contract = type("TestPlanted", (CONTRACTS[kind],), {"name": "planted", **settings})()
    method = getattr(contract, test)
    wanted = method.__code__.co_varnames[: method.__code__.co_argcount]
    several = {"count": getattr(contract, "counts", ()), "culture": ("square", "oblong", "tiny")}
    extra = [name for name in ("count", "culture") if name in wanted]
    for value in several[extra[0]] if extra else [None]:
        given = {"example": {}, "document": {"cells": 60}, "tmp_path": folder}
        given |= {extra[0]: value} if extra else {}
        method(**{name: given[name] for name in wanted if name in given})


CAUGHT = [
    ("placement", Undescribed, "test_can_be_described"),
    ("placement", Unitless, "test_can_be_described"),
    ("placement", Lenient, "test_refuses_what_it_does_not_know"),
    ("placement", Lenient, "test_is_immutable"),
    ("placement", OneTooMany, "test_gives_as_many_positions_as_cells"),
    ("placement", NoCell, "test_gives_as_many_positions_as_cells"),
    ("placement", Unseeded, "test_same_stream_same_positions"),
    ("placement", GlobalStream, "test_same_stream_same_positions"),
    ("placement", Outside, "test_positions_lie_inside_the_bounds"),
    ("placement", LargeArea, "test_area_fits_into_the_bounds"),
    ("mea", Flat, "test_electrodes"),
    ("mea", SamePlace, "test_electrodes"),
    ("mea", Meddler, "test_electrodes"),
    ("mea", Fixed, "test_moves_with_the_culture"),
    ("mea", FewLabels, "test_labels_name_every_electrode_once"),
    ("mea", SameLabels, "test_labels_name_every_electrode_once"),
    ("kernel", Growing, "test_kernel_keeps_its_bound"),
    ("kernel", LowBound, "test_kernel_keeps_its_bound"),
    ("kernel", Negative, "test_kernel_is_a_function_of_each_distance"),
    ("kernel", Contextual, "test_kernel_is_a_function_of_each_distance"),
    ("connectivity", BlockStream, "test_blocks_do_not_matter"),
    ("connectivity", Autapses, "test_edges_are_legal"),
    ("connectivity", FarAway, "test_edges_are_legal"),
    ("connectivity", HalfDegree, "test_expected_edges"),
    ("connectivity", WrongLaw, "test_probability_is_that_of_the_edges"),
]


#: (class, test) -> kind, what the contract is told, and why the test is skipped.
NOT_THERE = {
    (Boundless, "test_positions_lie_inside_the_bounds"): ("placement", {}, "not state its bounds"),
    (Boundless, "test_area_fits_into_the_bounds"): ("placement", {}, "not state its area"),
    (GoodArray, "test_labels_name_every_electrode_once"): ("mea", {}, "names no electrode"),
    (Fixed, "test_moves_with_the_culture"): ("mea", {"follows_culture": False}, "absolute"),
    (EightEach, "test_probability_is_that_of_the_edges"): ("connectivity", {}, "no probabilities"),
}


@pytest.mark.parametrize(("kind", "cls", "test"), CAUGHT)
def test_a_planted_mistake_is_caught(kind, cls, test, run):
    with pytest.raises((AssertionError, LivnError, pytest.fail.Exception)):
        run(kind, cls, test)


@pytest.mark.parametrize(
    ("cls", "test", "words"),
    [pytest.param(*each, id=each[0].__name__) for each in planted_generators.CAUGHT],
)
def test_a_planted_generator_is_caught_and_told_what_is_wrong(cls, test, words, run):
    with pytest.raises((AssertionError, LivnError, pytest.fail.Exception), match=words):
        run("generator", cls, test)


@pytest.mark.parametrize(
    ("kind", "cls"),
    [
        ("placement", Good),
        ("mea", GoodArray),
        ("kernel", GoodKernel),
        ("connectivity", GoodKernel),
        ("connectivity", EightEach),
        ("generator", planted_generators.GoodGenerator),
    ],
)
def test_without_a_mistake_nothing_is_caught(kind, cls, run):
    tests = {test for found, _, test in CAUGHT if found == kind and (cls, test) not in NOT_THERE}
    if kind == "generator":
        tests = {test for _, test, _ in planted_generators.CAUGHT}
    for test in tests | {"test_can_be_described", "test_is_immutable"}:
        run(kind, cls, test)


@pytest.mark.parametrize(("cls", "test"), NOT_THERE)
def test_what_a_component_does_not_have_is_skipped_with_the_reason(cls, test, run):
    kind, settings, reason = NOT_THERE[cls, test]
    with pytest.raises(pytest.skip.Exception, match=reason):
        run(kind, cls, test, **settings)
