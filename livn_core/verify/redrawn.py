"""Edges of a projection against what its rule gives when it is asked again."""

from __future__ import annotations

import numpy as np

from livn_core.components import Connector
from livn_core.culture.parts import ProjectionSettings
from livn_core.system.reader import EdgeSlab, System
from livn_core.verify.chance import some
from livn_core.verify.measure import SOMATA
from livn_core.verify.verdicts import Audit

__all__ = ["check_redrawn"]

#: Targets whose edges a rule is asked for again.
MOST_REDRAWN = 256


def check_redrawn(
    audit: Audit,
    system: System,
    settings: ProjectionSettings,
    connector: Connector,
    targets: int,
    rng: np.random.Generator,
) -> None:
    """Ask the rule for the edges of some targets again, and for distances that it alone knows."""
    chosen = some(rng, targets, MOST_REDRAWN)
    own, pair = settings.distance not in SOMATA, (settings.source, settings.target)
    none = np.empty(0, dtype=np.uint32)
    stored = EdgeSlab(none, none, {"distance": none})
    if pair in system.projections:
        columns = ("distance",) if own else ()
        slabs = system.edges(*pair, columns=columns, targets=chosen, block_edges=1 << 62)
        stored = next(slabs, stored)
    wanted = f"what the rule gives {len(chosen):,} of the targets"
    with audit.check("redrawn-edges", settings.name, wanted) as check:
        for target in chosen.tolist():
            again = connector.sources(target, target + 1)
            mine = np.flatnonzero(stored.targets == target)
            mine = mine[np.argsort(stored.sources[mine])]
            if not np.array_equal(stored.sources[mine], again.sources):
                check.fail(f"target {target} has {len(mine)} sources, others than the rule's")
            elif own and again.distances is not None:
                due = again.distances
                wrong = np.abs(stored.columns["distance"][mine] - due) > 2e-3 + 1e-5 * np.abs(due)
                if wrong.any():
                    check.fail(
                        f"target {target}: {np.count_nonzero(wrong)} of {len(due)} edges have "
                        f"another distance ({settings.distance}) than the rule's"
                    )
        check.found = "the same edges"
