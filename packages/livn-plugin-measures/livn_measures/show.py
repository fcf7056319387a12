"""The measures as text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["show"]


def show(document: Mapping[str, Any]) -> Iterator[str]:
    """Render :func:`livn_measures.measure.measure`."""
    yield f"{document['path']}: {document['cells']:,} cells, {document['connections']:,} connections"
    yield ""
    for name, ways in document["degrees"].items():
        for way, found in ways.items():
            yield f"{way}-degree of {name}: {_degrees(found)}"
    yield ""
    yield from _reciprocity(document["reciprocity"])
    found = document["clustering"]
    yield (
        f"clustering: {_number(found['mean'])}, transitivity {_number(found['transitivity'])} "
        f"(random: {_number(found['density'])})"
    )
    found = document["path_length"]
    yield (
        f"path length: {_number(found['mean'])} +- {_number(found['standard_error'])} from "
        f"{found['sources']} cells; {_number(found['reachable'])} of the pairs have a path"
    )
    found = document["modularity"]
    if found is None:
        yield "modularity: no modules; name some with --module SELECTION"
    else:
        yield (
            f"modularity: Q = {_number(found['q'])} of {len(found['modules'])} modules; "
            f"{_number(found['within'])} of the connections stay in one"
        )
    yield ""
    yield from _somata(document["somata"])


def _reciprocity(found: Mapping[str, Any]) -> Iterator[str]:
    rows = {"all": found}
    rows |= {"-".join(row["populations"]): row for row in found["between"]}
    for name, row in rows.items() if len(found["between"]) > 1 else [("all", found)]:
        yield (
            f"reciprocal pairs, {name}: {row['pairs']:,}; {_number(row['expected'])} expected at "
            f"these distances, ratio {_number(row['ratio'])} "
            f"({_number(row['expected_uniform'])} by one probability)"
        )


def _somata(found: Mapping[str, Any]) -> Iterator[str]:
    for name, pattern in found["patterns"].items():
        nearest, ripley = pattern["clark_evans"], pattern["ripley"]
        if nearest is None or ripley is None:
            yield f"somata, {name}: too few"
            continue
        middle = len(ripley["radius"]) // 2
        yield (
            f"somata, {name}: R = {_number(nearest['R'])} (z = {nearest['z']:.1f}), nearest neighbour "
            f"at {nearest['mean']:.1f} um; L({ripley['radius'][middle]:.0f} um) = "
            f"{ripley['L'][middle]:.1f} um, L({ripley['radius'][-1]:.0f} um) = {ripley['L'][-1]:.1f} um"
        )
    if not found["box_is_region"]:
        yield "Note: R and K are those of the box around the cells, which may not fill it."


def _degrees(found: Mapping[str, Any] | None) -> str:
    if found is None:
        return "no cells"
    quantiles = found["quantiles"]
    return (
        f"mean {_number(found['mean'])}, sd {_number(found['sd'])}, cv {_number(found['cv'])}; "
        f"{quantiles['0']:.0f} | {quantiles['0.25']:.0f} {quantiles['0.5']:.0f} "
        f"{quantiles['0.75']:.0f} | {quantiles['1']:.0f}"
    )


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
