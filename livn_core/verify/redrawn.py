"""Edges of a projection against what its rule gives when it is asked again."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import Connector
from livn_core.culture.parts import ProjectionSettings
from livn_core.system.reader import System
from livn_core.verify.verdicts import Audit

__all__ = ["SOMATA", "check_redrawn"]

#: What distance means where it is that of the somata.
SOMATA = ("plane", "space")
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
    chosen = np.arange(targets)
    if targets > MOST_REDRAWN:
        chosen = np.sort(rng.choice(targets, MOST_REDRAWN, replace=False))
    own = settings.distance not in SOMATA
    stored = _stored(system, settings, chosen, own=own)
    wanted = f"what the rule gives {len(chosen):,} of the targets"
    with audit.check("redrawn-edges", settings.name, wanted) as check:
        for target in chosen.tolist():
            again = connector.sources(target, target + 1)
            sources, away = stored.get(target, (np.empty(0), np.empty(0)))
            order = np.argsort(sources)
            if not np.array_equal(sources[order], again.sources):
                check.fail(f"target {target} has {len(sources)} sources, others than the rule's")
            elif own and again.distances is not None:
                due = again.distances
                wrong = np.abs(away[order] - due) > 2e-3 + 1e-5 * np.abs(due)
                if wrong.any():
                    check.fail(
                        f"target {target}: {np.count_nonzero(wrong)} of {len(due)} edges have "
                        f"another distance ({settings.distance}) than the rule's"
                    )
        check.found = "the same edges"


def _stored(
    system: System, settings: ProjectionSettings, targets: NDArray[np.int64], *, own: bool
) -> dict[int, tuple[NDArray[Any], NDArray[Any]]]:
    """Return the sources of each target, and their distances where those are the rule's own."""
    pair = settings.source, settings.target
    found: dict[int, tuple[NDArray[Any], NDArray[Any]]] = {}
    if pair not in system.projections:
        return found
    columns = ("distance",) if own else ()
    for slab in system.edges(*pair, columns=columns, targets=targets, block_edges=1 << 62):
        for target in np.unique(slab.targets):
            mine = slab.targets == target
            away = slab.columns["distance"][mine] if own else np.empty(0)
            found[int(target)] = slab.sources[mine], away
    return found
