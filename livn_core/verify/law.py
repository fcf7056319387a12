"""The projections of a flat culture against p(d) = min(1, A k(d)): degrees, distances, sigma.

The amplitude A is solved anew from the configuration and the stored positions; the value in
graph.json is not used.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from livn_core.components import RadialKernel
from livn_core.culture.config import Culture2DConfig, ProjectionSettings
from livn_core.errors import DegreeError
from livn_core.plugins.registry import registry
from livn_core.sampling.amplitude import Amplitude, solve_amplitude
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Projection
from livn_core.system.reader import System
from livn_core.verify.chance import count_p_value, interval, merged, scatter_p_value
from livn_core.verify.distances import Expected, Observed, expect, observe
from livn_core.verify.sigma import fit_sigma
from livn_core.verify.specification import Specification
from livn_core.verify.verdicts import Audit

__all__ = ["check_laws"]

FloatArray = NDArray[np.float64]
#: Targets from which on the scatter of degrees is tested.
FEWEST = 16


@dataclass(frozen=True, slots=True)
class _Case:
    """A projection that was asked for."""

    settings: ProjectionSettings
    projection: Projection
    law: ConnectionProbability
    amplitude: Amplitude
    stored: int

    @property
    def targets(self) -> int:
        return len(self.projection.target_positions)


def check_laws(
    audit: Audit,
    system: System,
    specification: Specification,
    positions: dict[str, FloatArray],
    rng: np.random.Generator,
) -> None:
    """Test every projection that was asked for, and look for those that were not."""
    culture = specification.culture
    if culture is None:
        return
    made = {(p.source, p.target): p for p in culture.projections()}
    stored = set(system.projections)
    with audit.check(
        "projections", specification.source, "those that were asked for, no other"
    ) as check:
        for source, target in sorted(stored - set(made)):
            check.fail(f"'{source}->{target}' has edges, but was not asked for")
        check.found = ", ".join(f"{s}->{t}" for s, t in sorted(made)) or "none"
    for number, (pair, settings) in enumerate(sorted(made.items())):
        audit.phase("distance laws", number, len(made))
        if any(name not in positions for name in pair):
            continue
        count = system.edge_count(*pair) if pair in stored else 0
        _check_law(audit, system, specification, culture, settings, positions, count, rng)
    audit.phase("distance laws", len(made), len(made))


def _check_law(
    audit: Audit,
    system: System,
    specification: Specification,
    culture: Culture2DConfig,
    settings: ProjectionSettings,
    positions: dict[str, FloatArray],
    stored: int,
    rng: np.random.Generator,
) -> None:
    rule = registry().create(
        "connectivity", settings.kernel, settings.parameters, where=settings.where
    )
    projection = Projection(
        source=settings.source,
        target=settings.target,
        source_positions=positions[settings.source],
        target_positions=positions[settings.target],
        seed=culture.seed,
        mean_degree=settings.mean_degree,
        allow_autapses=settings.allow_self_connections,
        options={"cutoff": settings.cutoff_um, "min_probability": settings.min_probability},
    )
    if not isinstance(rule, RadialKernel):
        audit.note(
            f"the rule '{settings.kernel}' of {settings.name} states no law: not tested; it has "
            f"{stored / len(projection.target_positions):.4g} edges a target"
        )
        return
    law = ConnectionProbability(rule, settings.cutoff_um, settings.min_probability)
    amplitude, projection = _amplitude(audit, specification, settings, projection, rule)
    case = _Case(settings, projection, law, amplitude, stored)
    expected = expect(projection, law, amplitude.value, rng)
    _test_degree(audit, case, expected)
    if not stored:
        return
    observed = observe(system, projection, law, amplitude.value, expected)
    _test_distances(audit, case, expected, observed, ours=specification.ours)
    _test_sigma(audit, case, expected, observed)
    _test_scatter(audit, case, expected, observed)


def _amplitude(
    audit: Audit,
    specification: Specification,
    settings: ProjectionSettings,
    projection: Projection,
    kernel: RadialKernel,
) -> tuple[Amplitude, Projection]:
    """Solve the amplitude; where the degree cannot be reached, that of the largest."""

    def solve(case: Projection) -> Amplitude:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return solve_amplitude(
                case,
                kernel,
                cutoff=settings.cutoff_um,
                min_probability=settings.min_probability,
            )

    try:
        return solve(projection), projection
    except DegreeError as error:
        audit.add(
            "warning",
            "reachable-degree",
            settings.name,
            f"{error.reachable:.4g} is the largest that can be reached",
            f"mean in-degree {settings.mean_degree:g}",
        )
        projection = replace(projection, mean_degree=error.reachable)
        return solve(projection), projection


def _test_degree(audit: Audit, case: _Case, expected: Expected) -> None:
    mean = case.amplitude.expected_degree * case.targets
    sampled = len(expected.targets)
    variance = expected.variance.sum() * case.targets / max(sampled, 1)
    if sampled < case.targets:
        variance += 2 * np.std(expected.variance) / np.sqrt(sampled) * case.targets
    # The expectation itself is known to within the solver's error.
    error = case.amplitude.relative_error * mean
    nearest = float(np.clip(case.stored, mean - error, mean + error))
    low, high = (value / case.targets for value in interval(case.stored, variance))
    audit.test(
        "mean-degree",
        case.settings.name,
        found=f"{case.stored / case.targets:.5g} (95 % interval {low:.5g} to {high:.5g})",
        expected=f"mean in-degree {case.projection.mean_degree:.5g}",
        statistic=(case.stored - nearest) / np.sqrt(variance) if variance > 0 else None,
        p_value=count_p_value(case.stored + (mean - nearest), mean, variance),
    )


def _test_distances(
    audit: Audit, case: _Case, expected: Expected, observed: Observed, *, ours: bool
) -> None:
    name = case.settings.name
    with audit.check("possible-pairs", name, _limits(case)) as check:
        if observed.impossible:
            check.fail(f"{observed.impossible} edges between cells that cannot be connected")
        # Another tool solves for another amplitude: which pairs are certain differs with it.
        if ours and observed.certain != expected.certain:
            check.fail(f"{observed.certain} edges for {expected.certain} pairs of probability 1")
        check.found = f"{int(observed.bins.sum()):,} edges onto {len(expected.targets):,} targets"
    starts = merged(expected.bin_variance)
    if len(starts) < 2:
        audit.note(f"{name}: chance leaves its distances too little room to be tested")
        return
    parts = [
        np.add.reduceat(values, starts)
        for values in (
            observed.bins,
            expected.bin_mean,
            expected.bin_variance,
            expected.bin_fourth,
        )
    ]
    statistic, p = scatter_p_value(*parts)
    audit.test(
        "distance-law",
        name,
        found=f"chi2 {statistic:.1f} over {len(starts)} ranges of distance",
        expected=f"p(d) of {case.settings.kernel}, amplitude {case.amplitude.value:.4g}",
        statistic=statistic,
        p_value=p,
    )


def _limits(case: _Case) -> str:
    parts = []
    if case.settings.cutoff_um is not None:
        parts.append(f"none beyond {case.settings.cutoff_um:g} um")
    if case.settings.min_probability is not None:
        parts.append(f"none where p < {case.settings.min_probability:g}")
    return ", ".join(parts) or "edges where p > 0, all where p = 1"


def _test_sigma(audit: Audit, case: _Case, expected: Expected, observed: Observed) -> None:
    fit = fit_sigma(case.law, expected, observed.bins)
    if fit is None:
        return
    found = f"{fit.sigma:.4g} +- {fit.error:.2g} um"
    if not np.isfinite(fit.error):
        found = f"{'above' if fit.sigma > case.settings.sigma else 'below'} {fit.sigma:.3g} um"
    audit.test(
        "sigma",
        case.settings.name,
        found=found,
        expected=f"sigma {float(case.law.kernel.sigma):g} um",
        statistic=fit.statistic,
        p_value=fit.p_value,
    )


def _test_scatter(audit: Audit, case: _Case, expected: Expected, observed: Observed) -> None:
    name = case.settings.name
    sides = [
        (
            "in-degrees",
            observed.in_degrees,
            np.stack([expected.mean, expected.variance, expected.fourth]),
        )
    ]
    if expected.out.size:
        sides.append(("out-degrees", observed.out_degrees, expected.out))
    for check, degrees, (mean, variance, fourth) in sides:
        used = variance > 1.0
        if np.count_nonzero(used) < FEWEST:
            continue
        statistic, p = scatter_p_value(
            degrees[used].astype(np.float64),
            mean[used],
            variance[used],
            fourth[used],
            two_sided=True,
        )
        number = int(np.count_nonzero(used))
        audit.test(
            check,
            name,
            found=f"scatter {statistic / number:.3f} over {number:,} cells",
            expected="1: that of independent connections",
            statistic=statistic,
            p_value=p,
        )
    if len(expected.targets) < case.targets:
        audit.note(
            f"{name}: distances and degrees of {len(expected.targets):,} of {case.targets:,} "
            "targets, chosen at random"
        )
