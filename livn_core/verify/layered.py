"""A layered system against its configuration: somata in their layers, then synapses and sources."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from livn_core.layered.somata import ArcDistances
from livn_core.system.rotation import rotation_matrix
from livn_core.verify.axons import SourceAudit
from livn_core.verify.chance import uniform_p_value
from livn_core.verify.strata import StrataAudit
from livn_core.verify.verdicts import Audit

if TYPE_CHECKING:
    from livn_core.layered.configuration import LayeredConfig
    from livn_core.system.reader import System
    from livn_core.verify.layered_checks import LayeredChecks
    from livn_core.verify.synapses import SynapseBlock

__all__ = ["LayeredAudit"]

FloatArray = NDArray[np.float64]

#: Cells of a layer from which on their density is tested.
FEWEST = 40
_ARC = "Arc Distances"


class LayeredAudit:
    """Compares a layered system with what was asked for.

    Parameters
    ----------
    positions
        Population -> (n, 3) positions, um.
    rng
        Chooses the cells that are looked at closely.
    """

    def __init__(
        self,
        audit: Audit,
        system: System,
        checks: LayeredChecks,
        positions: Mapping[str, FloatArray],
        rng: np.random.Generator,
    ) -> None:
        self.config: LayeredConfig = checks.layered
        self._audit, self._system, self._checks = audit, system, checks
        self._positions = positions
        #: Population -> (n, 2) arc distances, um; without those that the file lacks.
        self.arc: dict[str, FloatArray] = {}
        for name in positions:
            if _ARC in system.namespaces(name):
                columns = system.attributes(name, _ARC)
                if {"U Distance", "V Distance"} <= set(columns):
                    arc = [columns[f"{axis} Distance"].astype(np.float64) for axis in "UV"]
                    self.arc[name] = np.stack(arc, axis=1)
        self._strata = StrataAudit(audit, system, checks, self.config, rng)
        self._sources = SourceAudit(audit, checks, self.config, self.arc, rng)

    def collect(self, block: SynapseBlock) -> None:
        """Take in a block of synapses with the projection that each belongs to."""
        stratum = self._strata.collect(block)
        if stratum is not None:
            self._sources.collect(block, stratum, self._strata.of(block.population).strata)

    def judge(self) -> None:
        """Give the verdicts on synapses and sources."""
        self._strata.judge()
        self._sources.judge()

    # -- somata --------------------------------------------------------------------------------

    def check_somata(self) -> None:
        """Check the somata's layers, boxes, depth limits, and arc distances."""
        for name in self._positions:
            columns = self._system.attributes(name, "Generated Coordinates")
            if not {f"{axis} Coordinate" for axis in "UVL"} <= set(columns):
                self._audit.note(f"'{name}' has no u, v, l coordinates: its layers were not tested")
                continue
            uvl = np.stack([columns[f"{axis} Coordinate"] for axis in "UVL"], axis=1)
            self._check_layers(name, uvl.astype(np.float64))
            self._check_arc(name, uvl)

    def _check_layers(self, name: str, uvl: FloatArray) -> None:
        surface = self.config.geometry.surface
        wanted = self.config.distribution.get(name, {})
        limits = self.config.geometry.constraints.get(name, {})
        expected = ", ".join(f"{layer} {count}" for layer, count in wanted.items() if count)
        placed = np.zeros(len(uvl), dtype=bool)
        with self._audit.check("cells-per-layer", name, expected or "none") as check:
            found: dict[str, int] = {}
            for layer, box in surface.layer_extents.items():
                low, high = np.array(box, dtype=np.float64)
                # Boxes touch: a cell on a face belongs to the layer that begins there.
                inside = np.all((uvl >= low - 1e-4) & (uvl <= high + 1e-4), axis=1)
                if low[2] < high[2] and self._begins_at(high[2]):
                    inside &= uvl[:, 2] < high[2]
                inside &= ~placed
                placed |= inside
                found[layer] = int(np.count_nonzero(inside))
                if found[layer] != wanted.get(layer, 0):
                    check.fail(f"{found[layer]} cells in {layer}, not {wanted.get(layer, 0)}")
                if layer in limits:
                    self._check_limits(name, layer, uvl[inside, 2], limits[layer])
                if found[layer] >= FEWEST:
                    self._check_even(f"{name} in {layer}", uvl[inside], low, high)
            outside = int(np.count_nonzero(~placed))
            if outside:
                check.fail(f"{outside} of {len(uvl)} cells are in no layer's box")
            check.found = ", ".join(f"{layer} {count}" for layer, count in found.items() if count)

    def _begins_at(self, depth: float) -> bool:
        boxes = self.config.geometry.surface.layer_extents.values()
        return any(low[2] == depth for low, _ in boxes)

    def _check_limits(
        self, name: str, layer: str, depth: FloatArray, limit: tuple[float, float]
    ) -> None:
        low, high = limit
        expected = f"{layer} between {low:g} and {high:g} um"
        with self._audit.check("depth-limits", name, expected) as check:
            beyond = int(np.count_nonzero((depth < low - 1e-4) | (depth > high + 1e-4)))
            if beyond:
                check.fail(f"{beyond} of {len(depth)} cells are beyond")

    def _check_even(self, subject: str, uvl: FloatArray, low: FloatArray, high: FloatArray) -> None:
        side = (high - low)[:2]
        # Of a narrower box the files' float32 hold too few places to tell even from uneven.
        step = np.spacing(np.abs([low, high]).max(axis=0)[:2].astype(np.float32))
        if np.any(side <= 1e3 * step.astype(np.float64)):
            return
        statistic, p, bins = uniform_p_value((uvl[:, :2] - low[:2]) / side)
        self._audit.test(
            "density",
            subject,
            found=f"chi2 {statistic:.1f} over {bins} equal areas",
            expected="even over the layer's box",
            statistic=statistic,
            p_value=p,
        )

    def _check_arc(self, name: str, uvl: NDArray[np.float32]) -> None:
        if name not in self.arc:
            self._audit.note(f"'{name}' has no arc distances")
            return
        if not self._checks.ours:
            return  # other tools measure from the median of the cells, or along curved surfaces
        origin = ArcDistances.of(self.config)
        due = origin.distances(uvl)
        slack = 1e-3 + 1e-6 * np.abs(due).max(initial=0.0)
        with self._audit.check("arc-distances", name, f"u, v from {origin.origin} um") as check:
            wrong = int(np.count_nonzero(np.abs(self.arc[name] - due).max(axis=1) > slack))
            if wrong:
                check.fail(f"{wrong} of {len(due)} cells have others")
        turned = uvl.astype(np.float64) @ rotation_matrix(self.config.geometry.surface.rotation).T
        slack = 1e-3 + 1e-6 * np.abs(turned).max(initial=0.0)
        with self._audit.check("rotation", name, "x, y, z are u, v, l turned") as check:
            wrong = int(
                np.count_nonzero(np.abs(self._positions[name] - turned).max(axis=1) > slack)
            )
            if wrong:
                check.fail(f"{wrong} of {len(due)} cells lie elsewhere")
