"""What a key of a projection asks of its cells: equal probabilities either way, one velocity an axon."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

import numpy as np

from livn_core.errors import Finding
from livn_core.sampling.pair_law import between_matrix

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig
    from livn_core.culture.parts import ProjectionSettings

__all__ = ["asymmetric", "several_velocities"]


def asymmetric(
    config: Culture2DConfig, settings: Iterable[ProjectionSettings]
) -> Iterator[Finding]:
    """Yield what keeps a projection from the reciprocity that is asked of it, with both keys."""
    modules = () if config.region is None else config.region.modules
    for projection in settings:
        rule = projection.rule
        if not (projection.made and getattr(rule, "reciprocity", None)):
            continue
        key = _key(config, projection.name, "reciprocity")
        population = config.populations[projection.source]
        for factor in ("in_degree", "out_degree"):
            if getattr(population, factor) is not None:
                other = f"populations.{projection.source}.{factor}"
                yield Finding(
                    key,
                    f"excludes {other}: with factors the two directions of a pair have different "
                    "probabilities; leave one of them out",
                )
        between = getattr(rule, "between", None)
        if between is None:
            continue
        matrix = between_matrix(between, modules)
        for one, other_one in np.argwhere(matrix != matrix.T)[:1]:
            there, back = matrix[one, other_one], matrix[other_one, one]
            a, b = modules[one], modules[other_one]
            yield Finding(
                key,
                f"excludes a one-way {_key(config, projection.name, 'between')}: {a}->{b} is "
                f"{there:g} and {b}->{a} is {back:g}; make them equal, or leave one of the keys out",
            )


def several_velocities(
    config: Culture2DConfig, settings: Iterable[ProjectionSettings]
) -> Iterator[Finding]:
    """Yield where two projections of a population scatter its velocities differently."""
    held: dict[str, tuple[str, float]] = {}
    for projection in settings:
        if projection.delay is None or not projection.made:
            continue
        key = f"{_key(config, projection.name, 'delay')}.cv"
        cv = projection.delay.cv
        other, first = held.setdefault(projection.source, (key, cv))
        if cv != first:
            yield Finding(
                key,
                f"is {cv:g} and {other} is {first:g}, both for the axons of {projection.source}: a "
                "cell has one axon, and one factor of its velocity; give both the same",
            )


def _key(config: Culture2DConfig, projection: str, key: str) -> str:
    """Return where a key of a projection stands."""
    own = config.connectivity.projections.get(projection)
    if own is not None and key in own.model_fields_set:
        return f"connectivity.projections.{projection}.{key}"
    return f"connectivity.{key}"
