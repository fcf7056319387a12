"""The index of a study, made from its directories: a row a member, in ``index.csv``.

A member's own record is its directory, which appears whole or not at all; one that could not be
made has left ``r003.error.json``. So the index can be made again at any time.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from livn_core.documents.document import load_document
from livn_core.documents.jsonio import read_json
from livn_core.errors import SystemFormatError
from livn_core.outputs import saying_file_errors, write_file
from livn_core.study.request import read_request
from livn_core.study.study import Member, Study, study_of

__all__ = [
    "INDEX",
    "STUDY",
    "all_told",
    "error_file",
    "index_rows",
    "is_study_directory",
    "read_study",
    "write_index",
]

#: What a study's directory holds beside its members.
STUDY, INDEX = "study.yml", "index.csv"


def is_study_directory(directory: Path) -> bool:
    """Whether a directory is of a study."""
    return (directory / STUDY).is_file()


def read_study(directory: Path) -> Study:
    """Return the study that a directory keeps."""
    return study_of(read_request(load_document(directory / STUDY)))


def error_file(directory: Path) -> Path:
    """Return where it stands why a member could not be made."""
    return directory.with_name(f"{directory.name}.error.json")


def all_told(study: Study, directory: Path) -> bool:
    """Whether every member has its directory, or why it has none."""
    places = (directory / member.path for member in study.members)
    return all((at / "graph.json").is_file() or error_file(at).is_file() for at in places)


def index_rows(
    study: Study, directory: Path, members: Sequence[Member] | None = None
) -> Iterator[dict[str, Any]]:
    """Yield a row for each member, or for some: what :class:`Member` says, and what is there.

    That is ``status`` (``made``, ``error``, ``missing``, ``damaged``), ``message``, ``digest``,
    ``seconds``, ``cells`` (population -> count; empty where there is no system), ``modules`` (``EXC A1``
    -> count), ``edges``, and ``projections`` (``EXC->INH`` -> edges, and mean in-degrees ``asked``,
    ``expected``, ``realised``).
    """
    for member in study.members if members is None else members:
        place = directory / member.path
        found: dict[str, Any] = {"status": "missing", "message": "", "digest": "", "modules": {}}
        found |= {"seconds": None, "cells": {}, "edges": None, "projections": {}}
        try:
            if (place / "graph.json").is_file():
                found |= {"status": "made", **_made(read_json(place / "provenance.json"))}
            elif error_file(place).is_file():
                found |= {"status": "error", **_failed(read_json(error_file(place)))}
        except (SystemFormatError, AttributeError, KeyError, TypeError) as error:
            found |= {"status": "damaged", "message": str(error)}
        yield {**asdict(member), **found}


def _made(provenance: Mapping[str, Any]) -> dict[str, Any]:
    cells = {row["name"]: row["count"] for row in provenance["populations"]}
    projections = {}
    for row in (*provenance["projections"], *provenance["projections_without_edges"]):
        count, expected = cells[row["target"]], row["expected_edges"]
        projections[f"{row['source']}->{row['target']}"] = {
            "edges": row.get("edges", 0),
            "asked": row["asked_mean_in_degree"],
            "expected": expected / count if expected is not None and count else None,
            "realised": row.get("mean_in_degree", 0.0) if count else None,
        }
    return {
        "cells": cells,
        "modules": {
            f"{population} {module}": count
            for population, counts in provenance.get("module_counts", {}).items()
            for module, count in counts.items()
        },
        "edges": sum(row["edges"] for row in projections.values()),
        "projections": dict(sorted(projections.items())),
        "digest": provenance["digest"],
        "seconds": provenance["volatile"].get("seconds"),
        "seed": provenance["seed"],
    }


def _failed(record: Mapping[str, Any]) -> dict[str, Any]:
    lines = (" ".join(line.split()) for line in record["error"]["message"].splitlines())
    return {"message": "; ".join(lines), "seconds": record["seconds"]}


def write_index(directory: Path, study: Study, rows: Sequence[Mapping[str, Any]]) -> Path:
    """Write ``index.csv``: a column for each key, population, module, and number of each projection."""
    populations = sorted({name for row in rows for name in row["cells"]})
    projections = sorted({name for row in rows for name in row["projections"]})
    modules = list(dict.fromkeys(name for row in rows for name in row["modules"]))
    numbers = ("edges", "asked", "expected", "realised")
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(
        [
            *("path", *study.keys, "replicate", "well", "seed", "status"),
            *(f"cells {name}" for name in (*populations, *modules)),
            "edges",
            *(f"{number} {name}" for name in projections for number in numbers),
            *("digest", "seconds", "message"),
        ]
    )
    for row in rows:
        table.writerow(
            [
                row["path"],
                *(_cell(row["values"], key) for key in study.keys),
                *(row[name] for name in ("replicate", "well", "seed", "status")),
                *(row["cells"].get(name) for name in populations),
                *(row["modules"].get(name) for name in modules),
                row["edges"],
                *(
                    row["projections"].get(name, {}).get(number)
                    for name in projections
                    for number in numbers
                ),
                *(row[name] for name in ("digest", "seconds", "message")),
            ]
        )
    path = directory / INDEX
    with saying_file_errors(path):
        write_file(path, text.getvalue())
    return path


def _cell(values: Mapping[str, Any], key: str) -> Any:
    value = values.get(key, "")
    return json.dumps(value) if isinstance(value, list | dict | bool | None) else value
