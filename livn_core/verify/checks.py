"""What a generator brings to the audit of its systems."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from livn_core.system.reader import System
from livn_core.verify.measure import SOMATA, Measure, stated_distance
from livn_core.verify.space import check_box
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit

__all__ = ["Checks"]


class Checks:
    """What a generator holds a system against, beside its structure; it is made for one audit.

    :meth:`~livn_core.components.Generator.checks` gives it. :meth:`begin` comes first, then the
    synapses a block at a time, then :meth:`end`; all of them give their verdicts to the audit. What
    a subclass leaves out is that of a system of which nothing is known but its files.

    Examples
    --------
    >>> class ByHand(Checks):
    ...     counts = {"EXC": 160, "INH": 40}
    ...     multapses = False
    """

    #: What the system is, for the report.
    what: str = "a configuration"
    #: Where it stands what was asked for.
    source: str = "provenance.json"
    #: Population -> number of cells; None where nothing says it.
    counts: Mapping[str, int] | None = None
    #: Whether the uuids of graph.json follow from the content digest.
    uuids_from_digest: bool = False
    #: Whether two cells may have several edges; None where nothing says it.
    multapses: bool | None = None
    #: What the reader of the report has to know.
    notes: tuple[str, ...] = ()
    #: Name of a check -> what the generator does otherwise, by design: a warning instead of a fault.
    otherwise: Mapping[str, str] = {}

    def begin(
        self,
        audit: Audit,
        system: System,
        positions: Mapping[str, NDArray[np.float64]],
        seed: int,
    ) -> None:
        """Check the cells.

        Parameters
        ----------
        positions
            Population -> (n, 3) somata, um.
        seed
            Of the choice of cells in a system too large to look at all of them.
        """
        self.positions = positions
        check_box(audit, system, positions)

    def distance(self, system: System, source: str, target: str) -> str | None:
        """Return what a projection's stored distances mean; None where nothing says it."""
        config = system.graph.get("architecture", {}).get("config", {})
        flat = set(config.get("layer_extents") or ()) == {"2D"}
        return stated_distance(system.graph, source, target) if flat else None

    def measure(self, audit: Audit, system: System, source: str, target: str) -> Measure | None:
        """Return what a projection's stored distances should be; None where positions do not tell."""
        distance = self.distance(system, source, target)
        if distance is None or not {source, target} <= self.positions.keys():
            return None
        if distance not in SOMATA:
            audit.note(f"{source}->{target}: its distances are no soma distances but '{distance}'")
            return None
        what, axes = SOMATA[distance]
        sources, targets = self.positions[source], self.positions[target]
        return Measure(what, sources[:, :axes], targets[:, :axes])

    def autapses(self, source: str, target: str) -> bool | None:
        """Return whether a cell may be its own source; None where nothing says it."""
        return None

    def synapses(self, block: SynapseBlock) -> None:
        """Take in the synapses of some cells, with the edge of each."""

    def end(
        self,
        audit: Audit,
        system: System,
        whole: Mapping[tuple[str, str], bool],
        seed: int,
    ) -> None:
        """Give the verdicts on synapses, degrees and distances.

        Parameters
        ----------
        whole
            (source, target) -> whether the projection's structure is whole.
        """
