"""Synapses of a layered system by section type, synapse type and layer: how many, and whose.

The dendritic length is that of the stored trees, so that what is tested is what is in the file.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from livn_core.errors import LivnError
from livn_core.layered.configuration import LayeredConfig
from livn_core.layered.dendrites import Pieces, Strata, Stratum
from livn_core.layered.morphologies import load_morphologies
from livn_core.morphology.morphology import Morphology
from livn_core.neuroh5 import names
from livn_core.run.provenance import scheme_of
from livn_core.system.reader import System
from livn_core.verify.chance import count_p_value, share_p_value, some
from livn_core.verify.stored_trees import shortened_sections, stored_morphology
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit

if TYPE_CHECKING:
    from livn_core.verify.layered import LayeredChecks

__all__ = ["StrataAudit", "density_variance"]

FloatArray = NDArray[np.float64]

#: Cells of a population whose synapses are compared with their dendrites.
MOST_CELLS = 256


@dataclass(slots=True)
class _Held:
    """What was met of one population.

    Parameters
    ----------
    table
        Its strata, and ``index`` to find them by [section type, synapse type, layer + 1].
    chosen
        Cells that are compared with their dendrites, ascending.
    observed, mean, variance
        (strata,) synapses of these cells, and what is expected of them.
    shares
        (strata, 1 + sources) int64: synapses without a source, and of each source population.
    """

    table: Strata
    index: NDArray[np.int64]
    chosen: NDArray[np.int64]
    sources: tuple[str, ...]
    shares: NDArray[np.int64]
    observed: FloatArray
    mean: FloatArray
    variance: FloatArray
    cells: int = 0
    nowhere: int = 0
    misplaced: int = 0
    #: Sections of stored trees whose points do not make up their length.
    shortened: int = 0
    seen: int = 0


class StrataAudit:
    """Counts synapses by stratum, block by block."""

    def __init__(
        self,
        audit: Audit,
        system: System,
        checks: LayeredChecks,
        config: LayeredConfig,
        rng: np.random.Generator,
    ) -> None:
        self._audit, self._system, self._checks = audit, system, checks
        self._config, self._rng = config, rng
        self._layers = {number: name for name, number in config.definitions.layers.items()}
        self._held: dict[str, _Held] = {}
        self._pieces: dict[tuple[str, bytes], Pieces | None] = {}

    def _of(self, population: str, sources: tuple[str, ...]) -> _Held:
        if population not in self._held:
            table = Strata(self._config, population)
            index = np.full((256, 4, 130), -1, dtype=np.int64)
            for number, stratum in enumerate(table.strata):
                index[stratum.section, stratum.kind, stratum.layer + 1] = number
            cells = self._system.population(population).count
            chosen = some(self._rng, cells, MOST_CELLS)
            if cells > MOST_CELLS:
                self._audit.note(
                    f"synapses against dendrites: {MOST_CELLS} of {cells:,} cells of "
                    f"'{population}', chosen at random"
                )
            n = len(table.strata)
            shares = np.zeros((n, 1 + len(sources)), dtype=np.int64)
            sums = np.zeros((3, n))
            self._held[population] = _Held(table, index, chosen, sources, shares, *sums)
        return self._held[population]

    def collect(self, block: SynapseBlock) -> tuple[NDArray[np.int64], list[Stratum]] | None:
        """Count a block's synapses; return the stratum of each, -1 for none, and the strata."""
        columns = block.columns
        if not {"swc_types", "syn_types", "syn_layers"} <= set(columns):
            return None
        held = self._of(block.population, block.sources)
        kind = np.minimum(columns["syn_types"].astype(np.int64), 3)
        layer = np.clip(columns["syn_layers"].astype(np.int64) + 1, 0, 129)
        section = columns["swc_types"].astype(np.int64) & 255
        stratum: NDArray[np.int64] = held.index[section, kind, layer]
        held.seen += len(stratum)
        held.nowhere += int(np.count_nonzero(stratum < 0))
        known = stratum >= 0
        code = stratum[known] * held.shares.shape[1] + block.owner[known] + 1
        held.shares += np.bincount(code, minlength=held.shares.size).reshape(held.shares.shape)
        ends = np.cumsum(block.counts)
        first, last = np.searchsorted(
            held.chosen, [block.start, block.start + len(block.counts)], side="left"
        )
        for cell in held.chosen[first:last]:
            row = int(cell) - block.start
            at = slice(int(ends[row] - block.counts[row]), int(ends[row]))
            self._compare(held, block, stratum, int(cell), at)
        return stratum, held.table.strata

    def _compare(
        self, held: _Held, block: SynapseBlock, stratum: NDArray[np.int64], cell: int, at: slice
    ) -> None:
        pieces, strata = self._pieces_of(block.population, cell), held.table.strata
        if pieces is None:
            return
        held.cells += 1
        mine = stratum[at]
        held.observed += np.bincount(mine[mine >= 0], minlength=len(strata))
        mean, spread = np.zeros((2, len(strata)))
        np.add.at(mean, pieces.stratum, pieces.length)
        density = np.array([s.mean for s in strata])
        # One density is drawn for each piece; how other tools cut dendrites is not known: at worst
        # one for a whole section.
        unit = np.arange(len(pieces)) if self._checks.ours else pieces.section.astype(np.int64)
        code, inverse = np.unique(np.stack([pieces.stratum, unit]), axis=1, return_inverse=True)
        length = np.bincount(inverse.ravel(), weights=pieces.length)
        np.add.at(spread, code[0], length**2)
        held.mean += mean * density
        held.variance += mean * density + spread * np.array(
            [density_variance(s.location, s.sd) for s in strata]
        )
        if self._checks.ours and "syn_secs" in block.columns:
            there = _places(pieces.section, pieces.swc_type, pieces.layer)
            own = _places(*(block.columns[c][at] for c in ("syn_secs", "swc_types", "syn_layers")))
            held.misplaced += int(np.count_nonzero(~np.isin(own, there)))

    def _pieces_of(self, population: str, cell: int) -> Pieces | None:
        tree, key = None, b""
        if names.TREES in self._system.namespaces(population):
            tree = self._system.trees(population, cell)
            key = b"".join(tree[name].tobytes() for name in sorted(tree))
        if (population, key) not in self._pieces:
            if len(self._pieces) > 64:
                self._pieces.clear()
            morphology = self._morphology(population, cell, tree)
            table = self._held[population].table
            pieces = None if morphology is None else table.pieces(morphology)
            self._pieces[population, key] = pieces
        return self._pieces[population, key]

    def _morphology(
        self, population: str, cell: int, tree: dict[str, NDArray] | None
    ) -> Morphology | None:
        if tree is not None:
            found = stored_morphology(tree, f"tree of '{population}' {cell}")
            self._held[population].shortened += shortened_sections(tree, found)
            return found
        source = self._config.cell_types[population].morphology
        try:
            files = load_morphologies(source) if source is not None else ()
        except LivnError:
            files = ()
        if len(files) == 1 and files[0].has_layers:
            return files[0]
        self._audit.note(
            f"'{population}' stores no trees, and its morphologies are not at hand: its synapses "
            "were not compared with its dendrites"
        )
        return None

    # -- verdicts ------------------------------------------------------------------------------

    def judge(self) -> None:
        """Give the verdicts."""
        for population, held in self._held.items():
            with self._audit.check(
                "synapse-strata", population, "where a density is given"
            ) as check:
                if held.nowhere:
                    (check.fail if self._checks.ours else check.warn)(
                        f"{held.nowhere:,} of {held.seen:,} synapses are of a section type, "
                        "synapse type and layer for which none is configured"
                    )
                if held.misplaced:
                    check.fail(f"{held.misplaced:,} synapses say of their section what is not so")
                check.found = f"{held.seen:,} synapses in {len(held.table.strata)} strata"
            with self._audit.check(
                "section-lengths", population, "sections as long as their trees"
            ) as check:
                if held.shortened:
                    # Scheme 1 left them out of every tree.
                    old = not self._checks.ours or scheme_of(self._checks.recorded) < 2
                    (check.warn if old else check.fail)(
                        f"the points of {held.shortened} sections leave a piece of them out: a cell "
                        "that is built of them is smaller"
                    )
                check.found = "all of them"
            self._judge_dealt(population, held)
            for number, stratum in enumerate(held.table.strata):
                self._judge_density(population, held, number, stratum)
                self._judge_shares(population, held, number, stratum)

    def _name(self, population: str, stratum: Stratum) -> str:
        return f"{population} {stratum.name}/{self._layers.get(stratum.layer, '-')}"

    def _judge_density(self, population: str, held: _Held, number: int, stratum: Stratum) -> None:
        if not held.cells or held.mean[number] <= 0:
            return
        observed, mean, variance = (
            float(values[number]) for values in (held.observed, held.mean, held.variance)
        )
        self._audit.test(
            "synapse-density",
            self._name(population, stratum),
            found=f"{observed / mean * stratum.mean:.4g} per um: {observed:,.0f} synapses",
            expected=f"{stratum.mean:g} per um: {mean:,.0f} on {held.cells} cells",
            statistic=(observed - mean) / np.sqrt(variance),
            p_value=count_p_value(observed, mean, variance),
        )

    def _judge_dealt(self, population: str, held: _Held) -> None:
        expected = "each of a projection that takes its stratum"
        with self._audit.check("projection-synapses", population, expected) as check:
            for stratum, (lost, *counts) in zip(
                held.table.strata, held.shares.tolist(), strict=True
            ):
                name = self._name(population, stratum)
                wanted = {source for source, _, _ in stratum.sources}
                for source, count in zip(held.sources, counts, strict=True):
                    if count and source not in wanted:
                        check.fail(f"{count:,} of {name} belong to '{source}->{population}'")
                if lost and wanted and held.sources:
                    text = f"{lost:,} of {name} have no source"
                    (check.fail if self._checks.ours else check.warn)(text)
            check.found = f"{int(held.shares[:, 1:].sum()):,} with a source"

    def _judge_shares(self, population: str, held: _Held, number: int, stratum: Stratum) -> None:
        name = self._name(population, stratum)
        found = dict(zip(held.sources, held.shares[number, 1:].tolist(), strict=True))
        wanted = {source: share for source, share, _ in stratum.sources}
        total = sum(found.values())
        there = [source for source in wanted if source in found]
        if len(there) < 2 or not total:
            return
        share = np.array([wanted[source] for source in there])
        observed = np.array([found[source] for source in there], dtype=np.float64)
        share /= share.sum()
        if total * share.min() < 5:
            self._audit.note(f"{name}: too few synapses to test all its proportions")
            return
        statistic, p = share_p_value(observed, share)
        seen, due = (
            ", ".join(f"{s} {n:.3g}" for s, n in zip(there, shares, strict=True))
            for shares in (observed / observed.sum(), share)
        )
        self._audit.test(
            "proportions", name, found=seen, expected=due, statistic=statistic, p_value=p
        )


def _places(
    section: NDArray[np.integer], swc_type: NDArray[np.integer], layer: NDArray[np.integer]
) -> NDArray[np.int64]:
    code = section.astype(np.int64) * 256 + swc_type.astype(np.int64)
    return code * 256 + layer.astype(np.int64) + 1


def density_variance(location: float, sd: float) -> float:
    """Return the variance of the positive part of a normal distribution.

    With a = -location / sd and h = pdf(a) / sf(a) it is sd^2 (1 + a h - h^2); Johnson, Kotz and
    Balakrishnan 1994, "Continuous univariate distributions", chapter 13. Far above the location
    that is the difference of large numbers: its asymptotic series stands for it there, which is
    1e-6 of it off at a = 30.
    """
    if sd == 0:
        return 0.0
    a = -location / sd
    if a > 30:
        square = 1 / a / a  # a itself may be too large for its powers
        return sd**2 * square * (1 - 6 * square + 50 * square**2)
    h = float(np.exp(-0.5 * a * a - 0.5 * np.log(2 * np.pi) - special.log_ndtr(-a)))
    return float(sd**2 * max(1 + a * h - h * h, 0.0))
