"""What provenance.json says: how a system was made, and what came out of it."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from livn_core.__about__ import __version__
from livn_core.documents.jsonio import json_fit
from livn_core.program import Plan, Population, Table, Task

__all__ = ["SCHEME", "describe", "job_key", "scheme_of", "versions"]

#: Which random numbers a configuration and its seed stand for. It rises when equal configurations
#: come to give another system, so that this is told apart from a system that was changed.
SCHEME = 1

_LIBRARIES = ("numpy", "scipy", "numba", "h5py")


@cache
def versions() -> Mapping[str, str]:
    """Return the versions of what has a part in the content of a system."""
    found = {"livn-core": __version__, "python": platform.python_version()}
    for name in _LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def scheme_of(provenance: Mapping[str, Any]) -> int:
    """Return the scheme that a system was made by; the first one was not yet written down."""
    scheme = provenance.get("scheme")
    return scheme if isinstance(scheme, int) else 1


def job_key(provenance: Mapping[str, Any], tables: Sequence[Table], tasks: Sequence[Task]) -> str:
    """Return a short name of the work: equal for runs whose blocks may be put together."""
    text = json.dumps(
        json_fit({"provenance": provenance, "versions": versions(), "scheme": SCHEME})
    )
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
    seconds: float,
) -> dict[str, Any]:
    """Return the content of provenance.json, from the generator's part of it in ``program``.

    Everything but ``volatile`` is equal for equal systems made by equal software. ``edges`` are
    (source, target) -> realised number; ``warnings`` what the user was told beside the generator's.
    """
    plans = {(p.source, p.target): p for p in plan.projections}
    area = {} if plan.area is None else {"area_um2": plan.area}
    counts = {p.name: p.count for p in populations}

    def row(pair: tuple[str, str]) -> dict[str, Any]:
        """Return what was asked for, what was expected, and what is there."""
        source, target = pair
        known, found = plans.get(pair), edges[pair]
        realised = {"edges": found, "mean_in_degree": found / counts[target]} if found else {}
        return {
            "source": source,
            "target": target,
            **realised,
            "expected_edges": None if known is None else known.expected_edges,
            "asked_mean_in_degree": None if known is None else known.asked_degree,
        }

    return {
        "version": 1,
        "scheme": SCHEME,
        **program,
        "digest": digest,
        **area,
        "populations": [
            {"name": p.name, "start": p.start, "count": p.count, "id": p.type_id}
            for p in populations
        ],
        "projections": [row(pair) for pair in sorted(edges) if edges[pair]],
        "projections_without_edges": [row(pair) for pair in sorted(edges) if not edges[pair]],
        "warnings": [*program.get("warnings", ()), *warnings],
        "versions": versions(),
        "volatile": {
            "created": datetime.now(UTC).isoformat(timespec="seconds"),
            "seconds": round(seconds, 3),
        },
    }
