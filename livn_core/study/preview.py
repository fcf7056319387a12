"""What a study would make: for ``--dry-run``."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from livn_core.documents.paths import Key, join_path
from livn_core.errors import LivnError
from livn_core.execute import plan_of
from livn_core.study.study import Study

__all__ = ["preview"]


def preview(study: Study, *, strict: bool = False) -> list[dict[str, Any]]:
    """Return a row for each point, as its wells without changes of their own have it.

    Returns
    -------
    list of dict
        ``name``, ``values``, ``systems``, ``changes`` (key -> [in the base, here]), and of one system
        ``cells``, ``edges``, ``bytes``, ``seconds`` (None where that is not known), ``warnings``;
        ``error`` says why there is none.
    """
    study.check()
    systems = Counter(member.point for member in study.members)
    rows = []
    for number, (name, point) in enumerate(zip(study.names, study.points, strict=True)):
        row = {"name": name, "values": dict(point), "systems": systems[number], "error": None}
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # they stand in the row
                job = study.job(point)
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
                "seconds": plan.seconds,
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
