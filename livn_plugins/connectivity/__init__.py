"""Built-in connectivity rules and kernels: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl

_HERE = "livn_plugins.connectivity"


@hookimpl
def livn_connectivity_rules() -> Iterator[Component]:
    """Yield the built-in rules."""
    yield Component(
        "pairwise_bernoulli",
        f"{_HERE}.pairwise_bernoulli:PairwiseBernoulli",
        "every pair by itself, with p(d) = min(1, A k(d))",
    )
    yield Component(
        "fixed_indegree",
        f"{_HERE}.fixed_indegree:FixedIndegree",
        "so many distinct sources for every target, by the weights k(d)",
    )
    yield Component(
        "from_file",
        f"{_HERE}.from_file:FromFile",
        "measured connections: a table or a sparse matrix",
    )
    yield Component(
        "axon",
        f"{_HERE}.axon:Axon",
        "axons grow, and connect where they enter a dendritic disc",
    )


@hookimpl
def livn_kernels() -> Iterator[Component]:
    """Yield the built-in kernels."""
    yield Component("gaussian", f"{_HERE}.gaussian:Gaussian", "k(d) = exp(-d^2 / (2 sigma^2))")
    yield Component("exponential", f"{_HERE}.exponential:Exponential", "k(d) = exp(-d / sigma)")
    yield Component("uniform", f"{_HERE}.uniform:Uniform", "k(d) = 1: distance does not matter")
    yield Component("table", f"{_HERE}.table:Table", "k(d) linear between measured points")
    yield Component(
        "mixture", f"{_HERE}.mixture:Mixture", "kernels in shares of the expected connections"
    )
