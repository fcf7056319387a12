"""What provenance.json says: how a system was made, and what came out of it."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from livn_core.__about__ import __version__
from livn_core.documents.jsonio import dumps
from livn_core.program import Plan, Population, Table, Task

__all__ = ["describe", "job_key", "versions"]

_LIBRARIES = ("numpy", "scipy", "numba", "h5py")


def versions() -> dict[str, str]:
    """Return the versions of what has a part in the content of a system."""
    found = {"livn-core": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def job_key(provenance: Mapping[str, Any], tables: Sequence[Table], tasks: Sequence[Task]) -> str:
    """Return a short name of the work: equal for runs whose blocks may be put together."""
    text = dumps({"provenance": provenance, "versions": versions()})
    state = hashlib.blake2b(text.encode(), digest_size=6, person=b"livn-job")
    state.update(repr((list(tables), list(tasks))).encode())
    return state.hexdigest()


def describe(
    program: Mapping[str, Any],
    *,
    populations: Sequence[Population],
    plan: Plan,
    edges: Mapping[tuple[str, str], int],
    warnings: Sequence[str],
    digest: str,
) -> dict[str, Any]:
    """Return the content of provenance.json.

    Everything but ``volatile`` is equal for equal systems made by equal software.

    Parameters
    ----------
    program
        The generator's part: configuration, seed, generator, components, its own warnings.
    populations, plan
        Of the program.
    edges
        (source, target) -> realised number of edges.
    warnings
        What the user was told.
    digest
        Content digest.
    """
    planned = {(p.source, p.target): p for p in plan.projections}
    expected = {pair: p.expected_edges for pair, p in planned.items()}
    asked = {pair: p.asked_degree for pair, p in planned.items() if p.asked_degree is not None}
    area = {} if plan.area is None else {"area_um2": plan.area}
    counts = {p.name: p.count for p in populations}
    return {
        "version": 1,
        **program,
        "digest": digest,
        **area,
        "populations": [
            {"name": p.name, "start": p.start, "count": p.count, "id": p.type_id}
            for p in populations
        ],
        "projections": [
            {
                "source": source,
                "target": target,
                "edges": edges[source, target],
                "mean_in_degree": edges[source, target] / counts[target],
                "expected_edges": expected.get((source, target)),
                "asked_mean_in_degree": asked.get((source, target)),
            }
            for source, target in sorted(edges)
            if edges[source, target]
        ],
        "projections_without_edges": [
            {"source": source, "target": target, "expected_edges": expected.get((source, target))}
            for source, target in sorted(edges)
            if not edges[source, target]
        ],
        "warnings": [*program.get("warnings", ()), *warnings],
        "versions": versions(),
        "volatile": {"created": datetime.now(UTC).isoformat(timespec="seconds")},
    }
