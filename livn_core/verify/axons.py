"""Sources of a layered system: within the extent of their axons, and by the law of the distances.

A source at arc distances (du, dv) is drawn with probability proportional to
exp(-(|du| - offset)^2 / (2 s^2)) along u, times the same along v, with s = (width / 2 - offset) / 3,
among the cells with |du| and |dv| below width / 2. Here these weights are added up over all sources
of some targets, without the generator's grids.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.dendrites import Stratum
from livn_core.layered.models import AxonExtent
from livn_core.verify.chance import contrasts_p_value, some
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit

if TYPE_CHECKING:
    from livn_core.verify.layered import LayeredChecks

__all__ = ["SourceAudit"]

FloatArray = NDArray[np.float64]

#: Pairs of a projection that are looked at, and cells at most.
PAIRS, MOST_CELLS = 10_000_000, 256
#: Bins of |du| and of |dv| within the extent.
BINS = 32
#: Cells with sources beyond it for which it is checked that they had no other.
MOST_UNREACHABLE = 2000


@dataclass(slots=True)
class _Tally:
    """One projection by one axon extent."""

    extent: AxonExtent
    contacts: int
    autapses: bool
    edges: int = 0
    beyond: int = 0
    unreachable: int = 0
    unchecked: int = 0
    cells: int = 0
    observed: FloatArray = field(default_factory=lambda: np.zeros((2, BINS)))
    expected: FloatArray = field(default_factory=lambda: np.zeros((2, BINS)))
    covariance: FloatArray = field(default_factory=lambda: np.zeros((2, BINS, BINS)))


class SourceAudit:
    """Compares sources with the extent of their axons, block by block."""

    def __init__(
        self,
        audit: Audit,
        checks: LayeredChecks,
        config: LayeredConfig,
        arc: dict[str, FloatArray],
        rng: np.random.Generator,
    ) -> None:
        self._audit, self._checks, self._config = audit, checks, config
        self._arc, self._rng = arc, rng
        self._tallies: dict[tuple[str, str, str], _Tally] = {}
        self._chosen: dict[tuple[str, str], NDArray[np.int64]] = {}

    def collect(
        self, block: SynapseBlock, stratum: NDArray[np.int64], strata: list[Stratum]
    ) -> None:
        """Take in the sources of a block's synapses."""
        if block.population not in self._arc or not strata:
            return
        cell = np.repeat(np.arange(len(block.counts)), block.counts) + block.start
        for number, source in enumerate(block.sources):
            extents = self._config.connections.axon_extents.get(source)
            if extents is None or source not in self._arc:
                continue
            layer_of = [
                next((layer for name, _, layer in s.sources if name == source), "") for s in strata
            ]
            key_of = [layer if layer in extents else "default" for layer in layer_of]
            mine = np.flatnonzero((block.owner == number) & (stratum >= 0))
            for key in sorted(set(key_of)):
                if key not in extents:
                    continue
                here = np.array([own == key for own in key_of])
                rows = mine[here[stratum[mine]]]
                if len(rows):
                    self._add(source, block.population, key, cell[rows], block.source_cell[rows])

    def _add(
        self,
        source: str,
        target: str,
        key: str,
        cell: NDArray[np.int64],
        source_cell: NDArray[np.int64],
    ) -> None:
        projection = (source, target, key)
        if projection not in self._tallies:
            rule = self._config.connections.synapses[target][source]
            self._tallies[projection] = _Tally(
                self._config.connections.axon_extents[source][key],
                rule.contacts,
                source != target
                or bool(self._checks.parameters.get("allow_autapses", True))
                or len(self._arc[source]) == 1,
            )
        held = self._tallies[projection]
        held.edges += len(cell)
        step = np.abs(self._arc[source][source_cell] - self._arc[target][cell])
        half = np.array(held.extent.width) / 2
        beyond = np.any(step >= half * (1 + 1e-9), axis=1)
        self._check_beyond(held, projection, cell[beyond])
        inside = ~beyond
        chosen = self._choose(source, target)
        for one in chosen[np.isin(chosen, cell)]:
            rows = inside & (cell == one)
            weight = self._weights(held, source, target, int(one))
            total = weight.sum()
            if total <= 0:
                continue
            held.cells += 1
            away = np.abs(self._arc[source] - self._arc[target][one])
            for axis in (0, 1):
                width = half[axis] / BINS
                bins = np.minimum(away[:, axis] / width, BINS - 1).astype(np.int64)
                share = np.bincount(bins, weights=weight / total, minlength=BINS)
                draws = np.count_nonzero(rows)
                held.expected[axis] += draws * share
                held.covariance[axis] += draws * (np.diag(share) - np.outer(share, share))
                own = np.minimum(step[rows, axis] / width, BINS - 1).astype(np.int64)
                held.observed[axis] += np.bincount(own, minlength=BINS)

    def _choose(self, source: str, target: str) -> NDArray[np.int64]:
        if (source, target) not in self._chosen:
            most = min(MOST_CELLS, max(int(PAIRS / len(self._arc[source])), 8))
            self._chosen[source, target] = some(self._rng, len(self._arc[target]), most)
        return self._chosen[source, target]

    def _weights(self, held: _Tally, source: str, target: str, cell: int) -> FloatArray:
        half, offset = np.array(held.extent.width) / 2, np.array(held.extent.offset)
        away = np.abs(self._arc[source] - self._arc[target][cell])
        along = np.exp(-0.5 * ((away - offset) / ((half - offset) / 3)) ** 2) * (away < half)
        weight: FloatArray = along.prod(axis=1)
        if source == target and not held.autapses:
            weight[cell] = 0.0
        return weight

    def _check_beyond(
        self, held: _Tally, projection: tuple[str, str, str], cells: NDArray[np.int64]
    ) -> None:
        """A source beyond the extent is right only where there is none within it."""
        numbers, edges = np.unique(cells, return_counts=True)
        for cell, count in zip(numbers.tolist(), edges.tolist(), strict=True):
            if held.unreachable + held.beyond >= MOST_UNREACHABLE:
                held.unchecked += count
            elif self._weights(held, *projection[:2], cell).sum() > 0:
                held.beyond += count
            else:
                held.unreachable += 1

    def judge(self) -> None:
        """Give the verdicts."""
        told = self._checks.recorded.get("out_of_reach")
        for (source, target, key), held in self._tallies.items():
            name = f"{source}->{target}" + (f" in {key}" if key != "default" else "")
            untold = isinstance(told, dict) and f"{source}->{target}" not in told
            u, v = held.extent.width
            expected = f"|du| below {u / 2:g} um, |dv| below {v / 2:g} um"
            with self._audit.check("axon-extent", name, expected) as check:
                if held.beyond:
                    check.fail(f"{held.beyond:,} of {held.edges:,} sources are beyond, needlessly")
                if held.unreachable and untold:
                    check.fail(
                        f"{held.unreachable:,} cells have no source in reach, and nothing says so"
                    )
                if held.unchecked:
                    self._audit.note(
                        f"{name}: {held.unchecked:,} sources beyond reach, not checked"
                    )
                check.found = f"{held.edges:,} edges" + (
                    f"; {held.unreachable:,} cells out of reach have the nearest source"
                    * bool(held.unreachable)
                )
            self._test(name, held)

    def _test(self, name: str, held: _Tally) -> None:
        for axis, observed, expected, covariance in zip(
            "uv", held.observed, held.expected, held.covariance, strict=True
        ):
            # Sources that are shared by several contacts are fewer draws than edges.
            statistic, p, freedom = contrasts_p_value(
                (observed - expected) / held.contacts, covariance / held.contacts
            )
            if not freedom:
                continue
            self._audit.test(
                f"source-offsets-{axis}",
                name,
                found=f"chi2 {statistic:.1f} of {freedom} contrasts, {held.cells} cells",
                expected=f"sources by distance along {axis}",
                statistic=statistic,
                p_value=p,
            )
