"""What a study would make: for ``--dry-run``."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from livn_core.documents.paths import Key, join_path
from livn_core.errors import LivnError
from livn_core.execute import plan_of
from livn_core.study.points import canonical
from livn_core.study.study import Member, Study

__all__ = ["preview"]

#: Seconds that a member takes beside its cells and edges: its configuration, files and syncs.
MEMBER_SECONDS = 0.02


def preview(study: Study, *, strict: bool = False) -> list[dict[str, Any]]:
    """Return a row for each point, and for its wells that have other values.

    Returns
    -------
    list of dict
        ``name``, ``values``, ``wells`` (those that the row is of; none without a plate), ``systems``,
        ``changes`` (key -> [in the base, here]), and of one system ``cells``, ``edges``, ``bytes``,
        ``seconds`` of one core (None where that is not known), ``warnings``;
        ``error`` says why there is none.
    """
    study.check()
    alike: dict[tuple[int, str], list[Member]] = defaultdict(list)
    for member in study.members:
        alike[member.point, canonical(study.wells.get(member.well, {}))].append(member)
    rows = []
    for members in alike.values():
        first, wells = members[0], [member.well for member in members if member.well]
        name = study.names[first.point]
        if study.wells.get(first.well):
            name = f"{name}{'/' if name else ''}{', '.join(wells)}"
        row = {
            "name": name,
            "values": dict(first.values),
            "wells": wells,
            "systems": len(members),
            "error": None,
        }
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they stand in the row
                job = study.job(first.values, well=first.well)
                plan = plan_of(job, strict=strict)
        except LivnError as error:
            rows.append({**row, "error": error.message, "changes": {}})
            continue
        before, after = dict(_leaves(study.base.document)), dict(_leaves(job.document))
        paths = list(dict.fromkeys((*before, *after)))
        rows.append(
            {
                **row,
                "changes": {
                    join_path(path): [before.get(path), after.get(path)]
                    for path in paths
                    if before.get(path) != after.get(path)
                },
                "cells": sum(population.count for population in plan.populations),
                "edges": sum(projection.expected_edges for projection in plan.projections),
                "bytes": round(plan.expected_bytes),
                "seconds": None
                if plan.core_seconds is None
                else plan.core_seconds - plan.start_seconds + MEMBER_SECONDS,
                "warnings": list(plan.warnings),
            }
        )
    return rows


def _leaves(value: Any, path: tuple[Key, ...] = ()) -> Iterator[tuple[tuple[Key, ...], Any]]:
    if isinstance(value, Mapping) and value:
        for key, entry in value.items():
            yield from _leaves(entry, (*path, key))
    else:
        yield path, value
