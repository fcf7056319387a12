"""Measures of all systems of a study, a row each."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from livn_core import LivnError, System
from livn_measures.measure import measure

__all__ = ["measure_study", "show_study"]

#: The table, beside the study's index.
MEASURES = "measures.csv"


def measure_study(directory: Path, **options: Any) -> dict[str, Any]:
    """Measure every system that a study's index says is made, and write ``measures.csv``.

    Parameters
    ----------
    directory
        Of the study.
    **options
        Of :func:`~livn_measures.measure.measure`.

    Returns
    -------
    dict
        ``table`` (its path), ``columns``, and ``systems``: a row each, ``path`` and numbers by the
        names that they have in the measures of a system, ``reciprocity.observed``.

    Raises
    ------
    LivnError
        The study has no index, or no system.
    """
    index = directory / "index.csv"
    if not index.is_file():
        raise LivnError(f"'{index}' is not there", hint=f"'livn inspect {directory}' makes it")
    with index.open(encoding="utf-8", newline="") as file:
        paths = [row["path"] for row in csv.DictReader(file) if row["status"] == "made"]
    if not paths:
        raise LivnError(f"'{directory}' has no system to measure")
    systems = [{"path": path, **_measured(directory / path, options)} for path in paths]
    columns = sorted({name for row in systems for name in row} - {"path"})
    target = directory / MEASURES
    draft = target.with_suffix(".part")
    with draft.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, ["path", *columns], lineterminator="\n")
        table.writeheader()
        table.writerows(systems)
    draft.replace(target)
    return {"table": str(target), "columns": columns, "systems": systems}


def _measured(path: Path, options: Mapping[str, Any]) -> dict[str, float]:
    with System(path) as system:
        document = measure(system, **options)
    return dict(_numbers({key: document[key] for key in document.keys() - {"path", "seed"}}))


def _numbers(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yield the numbers of a document by their paths; lists are no columns."""
    if isinstance(value, Mapping):
        for key, entry in value.items():
            yield from _numbers(entry, f"{path}.{key}" if path else str(key))
    elif isinstance(value, bool | int | float):
        yield path, value


def show_study(document: Mapping[str, Any]) -> Iterator[str]:
    """Yield the mean of each measure over the systems, and where all of them are."""
    systems = document["systems"]
    width = max(map(len, document["columns"]))
    for name in document["columns"]:
        values = [row[name] for row in systems if name in row]
        yield f"{name:<{width}}  {sum(values) / len(values):.6g}"
    yield f"Means of {len(systems):,} systems; a row each: '{document['table']}'"
