"""The projections of a flat culture against the law of their rule: degrees, distances, sigma.

The rule is connected anew with the configuration and the stored positions; what graph.json says of
it is not believed. A rule without a law is asked for some targets' edges again.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.components import Connector
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.parts import ProjectionSettings
from livn_core.culture.wiring import projection_of
from livn_core.errors import LivnError, PluginError
from livn_core.sampling.kernel_rule import KernelRule
from livn_core.sampling.projection import Culture, Projection
from livn_core.system.reader import System
from livn_core.verify.chance import interval, merged, scatter_p_value, skewed_p_value
from livn_core.verify.distances import Expected, Observed, Probability, expect, observe
from livn_core.verify.measure import SOMATA
from livn_core.verify.redrawn import check_redrawn
from livn_core.verify.sigma import fit_sigma
from livn_core.verify.verdicts import Audit, reason

if TYPE_CHECKING:
    from livn_core.verify.culture import CultureChecks

__all__ = ["check_laws"]

FloatArray = NDArray[np.float64]
#: Targets from which on the scatter of degrees is tested.
FEWEST = 16


@dataclass(frozen=True, slots=True)
class _Case:
    """A projection that was asked for."""

    settings: ProjectionSettings
    projection: Projection
    connector: Connector
    stored: int

    @property
    def targets(self) -> int:
        return len(self.projection.target)

    @property
    def cutoff(self) -> float | None:
        """Distance beyond which nothing is connected, um."""
        rule = self.settings.rule
        return rule.cutoff_um if isinstance(rule, KernelRule) else None

    def probability(self, targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray:
        """Return the law's probabilities; only where there is a law."""
        p = self.connector.probability(targets, sources)
        if p is None:
            raise TypeError(f"{self.settings.rule_name} gives a law for some pairs only")
        found = np.asarray(p)
        if found.shape != targets.shape or not ((found >= 0) & (found <= 1 + 1e-9)).all():
            raise PluginError(
                f"connectivity rule '{self.settings.rule_name}' gave no probability, 0 to 1, for each "
                f"of {len(targets)} pairs"
            )
        return p


def check_laws(
    audit: Audit,
    system: System,
    checks: CultureChecks,
    positions: Mapping[str, FloatArray],
    rng: np.random.Generator,
) -> None:
    """Test every projection that was asked for, and look for those that were not."""
    culture = checks.culture
    made = {(p.source, p.target): p for p in culture.projections()}
    modules = {name: _modules(culture, xyz) for name, xyz in positions.items()}
    cells = culture.culture(culture.cells(positions, modules))
    stored = set(system.projections)
    with audit.check("projections", checks.source, "those that were asked for, no other") as check:
        for source, target in sorted(stored - set(made)):
            check.fail(f"'{source}->{target}' has edges, but was not asked for")
        check.found = ", ".join(f"{s}->{t}" for s, t in sorted(made)) or "none"
    for number, (pair, settings) in enumerate(sorted(made.items())):
        audit.phase("distance laws", number, len(made))
        if any(name not in positions for name in pair):
            continue
        count = system.edge_count(*pair) if pair in stored else 0
        _check_law(audit, system, checks, settings, cells, count, rng)
    audit.phase("distance laws", len(made), len(made))


def _modules(culture: Culture2DConfig, xyz: FloatArray) -> NDArray[np.uint16] | None:
    """Return the module that each cell is in by its position, (n,); None where there are none."""
    if not culture.modules or culture.region is None:
        return None
    return np.maximum(culture.region.module_of(xyz[:, :2]), 0).astype(np.uint16)


def _check_law(
    audit: Audit,
    system: System,
    checks: CultureChecks,
    settings: ProjectionSettings,
    culture: Culture,
    stored: int,
    rng: np.random.Generator,
) -> None:
    projection = projection_of(settings, culture)
    rule = settings.rule
    if "unreachable_degree" in type(rule).model_fields:
        # Whether that is an error was settled when the system was made.
        rule = rule.model_copy(update={"unreachable_degree": "largest"})
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            connector = rule.connect(projection)
    except LivnError as error:
        # A file that is gone is no fault of the system.
        found = f"'{settings.rule_name}' cannot connect it again here: {reason(error)}"
        audit.add("warning", "rule", settings.name, found, "a rule that can be asked again")
        return
    for text in connector.warnings:
        audit.add("warning", "reachable-degree", settings.name, text, "what was asked for")
    case = _Case(settings, projection, connector, stored)
    some = np.zeros(1, np.int64)
    lawful = connector.probability(some, some) is not None
    if not lawful:
        audit.note(
            f"{case.settings.name}: the rule '{settings.rule_name}' states no probabilities: its "
            f"degrees and distances were not tested; it has {stored / max(case.targets, 1):.4g} "
            "edges a target"
        )
    if checks.redraws and (not lawful or settings.distance not in SOMATA):
        check_redrawn(audit, system, settings, connector, case.targets, rng)
    if not lawful:
        return
    expected = expect(projection, case.probability, case.cutoff, rng, connector.both)
    _test_degree(audit, case, expected)
    if not stored:
        return
    observed = observe(system, projection, _generous(case), expected)
    _test_distances(audit, case, expected, observed, ours=checks.ours)
    _test_sigma(audit, case, expected, observed)
    _test_scatter(audit, case, expected, observed)
    _test_reciprocity(audit, case, expected, observed)


def _generous(case: _Case) -> Probability:
    """Return the law, with a little room at a cutoff: the last bit of a distance differs by machine."""
    rule = case.settings.rule

    def probability(targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray:
        p = case.probability(targets, sources)
        nothing = np.flatnonzero(p <= 0)
        if len(nothing) and isinstance(rule, KernelRule):
            pairs = targets[nothing], sources[nothing]
            away = case.projection.distances(*pairs)
            law = rule.law(case.projection)
            inside = law.kernel.weight(away * (1 - 1e-9)) * law.factor(*pairs) > 0
            outside = law.kernel.weight(away) <= 0
            p[nothing[inside & outside]] = np.finfo(np.float64).tiny
        return p

    return probability


def _test_degree(audit: Audit, case: _Case, expected: Expected) -> None:
    mean = case.connector.expected_edges
    # The expectation itself is known to within the solver's error.
    error = case.connector.expected_error * mean
    sampled = len(expected.targets)
    _, variance, third, _, _ = expected.total * (case.targets / max(sampled, 1))
    if sampled < case.targets:
        variance += 2 * np.std(expected.into[1]) / np.sqrt(sampled) * case.targets
        nearest = float(np.clip(case.stored, mean - error, mean + error))
        p_value = skewed_p_value(case.stored - nearest, max(variance, 1e-9), third, room=0.5)
    elif expected.mutual is not None:
        nearest = float(np.clip(expected.total[0], mean - error, mean + error))
        p_value = skewed_p_value(case.stored - nearest, max(variance, 1e-9), third, room=0.5)
    else:
        law = expected.trials.mean
        nearest = float(np.clip(law, mean - error, mean + error))
        p_value = expected.trials.p_value(case.stored + law - nearest)
    low, high = (value / case.targets for value in interval(case.stored, variance))
    audit.test(
        "mean-degree",
        case.settings.name,
        found=f"{case.stored / case.targets:.5g} (95 % interval {low:.5g} to {high:.5g})",
        expected=f"mean in-degree {mean / case.targets:.5g}",
        statistic=(case.stored - nearest) / np.sqrt(variance) if variance > 0 else None,
        p_value=p_value,
    )


def _test_distances(
    audit: Audit, case: _Case, expected: Expected, observed: Observed, *, ours: bool
) -> None:
    name = case.settings.name
    with audit.check("possible-pairs", name, _limits(case)) as check:
        if observed.impossible:
            check.fail(f"{observed.impossible} edges between cells that cannot be connected")
        # Another tool solves for another amplitude: which pairs are certain differs with it.
        if ours and observed.certain != expected.trials.certain:
            check.fail(
                f"{observed.certain} edges for {expected.trials.certain} pairs of probability 1"
            )
        check.found = f"{int(observed.bins.sum()):,} edges onto {len(expected.targets):,} targets"
    starts = merged(expected.binned[1])
    if len(starts) < 2:
        audit.note(f"{name}: chance leaves its distances too little room to be tested")
        return
    statistic, p = scatter_p_value(
        np.add.reduceat(observed.bins, starts), np.add.reduceat(expected.binned, starts, axis=1)
    )
    audit.test(
        "distance-law",
        name,
        found=f"chi2 {statistic:.1f} over {len(starts)} ranges of distance",
        expected=f"p of {case.settings.kernel_name or case.settings.rule_name}",
        statistic=statistic,
        p_value=p,
    )


def _limits(case: _Case) -> str:
    parts = []
    if case.cutoff is not None:
        parts.append(f"none beyond {case.cutoff:g} um")
    smallest = getattr(case.settings.rule, "min_probability", None)
    if smallest is not None:
        parts.append(f"none where p < {smallest:g}")
    return ", ".join(parts) or "edges where p > 0, all where p = 1"


def _test_sigma(audit: Audit, case: _Case, expected: Expected, observed: Observed) -> None:
    rule = case.settings.rule
    law = rule.law(case.projection) if isinstance(rule, KernelRule) else None
    if law is None or not law.plain:
        return
    fit = fit_sigma(law.kernel, expected, observed.bins)
    if fit is None:
        return
    sigma = law.kernel.kernel.length_scale or 0.0
    found = f"{fit.sigma:.4g} +- {fit.error:.2g} um"
    if not np.isfinite(fit.error):
        found = f"{'above' if fit.sigma > sigma else 'below'} {fit.sigma:.3g} um"
    audit.test(
        "sigma",
        case.settings.name,
        found=found,
        expected=f"sigma {sigma:g} um",
        statistic=fit.statistic,
        p_value=fit.p_value,
    )


def _test_scatter(audit: Audit, case: _Case, expected: Expected, observed: Observed) -> None:
    name = case.settings.name
    sides = [("in-degrees", observed.in_degrees, expected.into)]
    if expected.out.size:
        sides.append(("out-degrees", observed.out_degrees, expected.out))
    for check, degrees, due in sides:
        used = due[1] > 1.0
        if np.count_nonzero(used) < FEWEST:
            continue
        statistic, p = scatter_p_value(
            degrees[used].astype(np.float64), due[:, used], two_sided=True
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


def _test_reciprocity(audit: Audit, case: _Case, expected: Expected, observed: Observed) -> None:
    """Hold the pairs that are connected both ways against P(both): independent trials, a pair each."""
    if expected.mutual is None:
        return
    by_chance = max(expected.by_chance, 1e-300)
    audit.test(
        "reciprocity",
        case.settings.name,
        found=f"{observed.mutual:,} pairs both ways, {observed.mutual / by_chance:.4g} of p^2",
        expected=f"{expected.mutual.mean:,.1f} pairs, {expected.mutual.mean / by_chance:.4g} of p^2",
        statistic=None,
        p_value=expected.mutual.p_value(observed.mutual),
    )
