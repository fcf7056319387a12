"""What the parts of a culture's configuration must agree on.

Works on the document rather than on the models, so that these mistakes are reported together with
those of single values. Parts with a mistake of their own are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from livn_core.culture.transmitters import TRANSMITTERS
from livn_core.documents.apportion import apportion
from livn_core.documents.jsonio import unfit
from livn_core.documents.names import name_problem, names_alike, projection_key, split_projection
from livn_core.errors import Finding
from livn_core.program import MOST_CELLS
from livn_core.suggest import did_you_mean

__all__ = ["connecting", "population_counts", "relations"]


def relations(document: Mapping[str, Any], broken: Collection[str] = ()) -> list[Finding]:
    """Return what is wrong beyond its single values with a prepared document.

    ``broken`` are the paths that have a finding already.
    """

    def sound(path: str) -> bool:
        """Whether nothing at a path, or inside it, is broken."""
        inside = (f"{path}.", f"{path}[")
        return not any(
            p == path or p.startswith(inside) or path.startswith(f"{p}.") for p in broken
        )

    findings = list(_values(document))
    z_range = document.get("z_range")
    if isinstance(z_range, list | tuple) and sound("z_range") and z_range[0] > z_range[1]:
        findings.append(Finding("z_range", f"begins above its end: {list(z_range)}"))
    populations = document.get("populations")
    if not isinstance(populations, Mapping):
        return findings
    if not populations:
        findings.append(Finding("populations", "at least one population is needed"))
        return findings
    findings += _populations(populations, sound)
    if sound("total_cells") and sound("populations") and not findings:
        total = document.get("total_cells")
        if document.get("density") is None:
            findings += population_counts(populations, None if total is None else int(total))
        elif total is not None:
            findings.append(
                Finding("density", "excludes total_cells: give one of them, or total_cells: null")
            )
    definitions = document.get("population_definitions")
    if isinstance(definitions, Mapping) and sound("population_definitions"):
        findings += _definitions(definitions, populations)
    connectivity = document.get("connectivity")
    if isinstance(connectivity, Mapping):
        for key in ("mean_degree", "projections"):
            if isinstance(connectivity.get(key), Mapping):
                findings += _projections(
                    f"connectivity.{key}", connectivity[key], populations, key == "mean_degree"
                )
    return findings


def connecting(document: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """Return path -> ``connectivity``, and each of its projections, as far as they are mappings."""
    general = document.get("connectivity")
    if not isinstance(general, Mapping):
        return {}
    projections = general.get("projections")
    own = projections if isinstance(projections, Mapping) else {}
    every = {f"connectivity.projections.{name}": entry for name, entry in own.items()}
    return {"connectivity": general} | {p: e for p, e in every.items() if isinstance(e, Mapping)}


def _values(document: Mapping[str, Any]) -> Iterator[Finding]:
    # The models take any value as a component's parameter; provenance.json does not.
    holders = [("area_kwargs", document.get("area_kwargs"))]
    holders += [
        (f"{path}.{key}", entry.get(key))
        for path, entry in connecting(document).items()
        for key in ("rule_kwargs", "kernel_kwargs")
    ]
    for path, value in holders:
        for where, wrong in unfit(value, path):
            if isinstance(wrong, float):
                yield Finding(where, f"must be a finite number, not {wrong}")
            elif isinstance(wrong, str):
                yield Finding(where, f"a file cannot hold the text {wrong!a} (no UTF-8)")
            else:
                yield Finding(where, f"a file cannot hold a {type(wrong).__name__}")


def _populations(populations: Mapping[str, Any], sound: Callable[[str], bool]) -> Iterator[Finding]:
    for alike in names_alike(name for name in populations if isinstance(name, str)):
        yield Finding("populations", alike)
    for name, entry in populations.items():
        path = f"populations.{name}"
        if isinstance(name, str) and (problem := name_problem(name)):
            yield Finding("populations", problem)
        if not isinstance(entry, Mapping) or not sound(path):
            continue
        given = [key for key in ("ratio", "count") if entry.get(key) is not None]
        if len(given) == 2:
            yield Finding(path, "has both 'ratio' and 'count': give one of them")
        elif not given:
            yield Finding(path, "needs a 'ratio' of the total or a 'count' of cells")
        transmitter = TRANSMITTERS.get(entry.get("transmitter", ""))
        kind = entry.get("synapse_type")
        if transmitter is not None and kind is not None and transmitter.synapse_type != kind:
            yield Finding(
                f"{path}.transmitter",
                f"'{transmitter.name}' is {transmitter.synapse_type}, but the population is {kind}",
            )


def population_counts(
    populations: Mapping[str, Any], total: int | None, key: str = "total_cells"
) -> Iterator[Finding]:
    """Yield what is wrong with the populations' shares of all cells; ``key`` says how many."""
    gives = "is" if key == "total_cells" else "gives"
    counts = {n: int(p["count"]) for n, p in populations.items() if p.get("count") is not None}
    ratios = {n: p["ratio"] for n, p in populations.items() if p.get("ratio") is not None}
    counted = sum(counts.values())
    if ratios and total is None:
        names = ", ".join(sorted(ratios))
        yield Finding(key, f"is required: the cells that are shared out by ratio ({names})")
        return
    if total is not None and (counted > total or (not ratios and counted != total)):
        yield Finding(key, f"{gives} {total}, but the counts add up to {counted}")
        return
    if max(counted, total or 0) > MOST_CELLS:
        yield Finding(
            key,
            f"{max(counted, total or 0)} cells are more than a system can hold ({MOST_CELLS})",
        )
        return
    if not counted and not total:
        yield Finding("populations", "there are no cells: every count is 0")
    if ratios and not any(ratios.values()):
        yield Finding("populations", "every ratio is 0: at least one must be positive")
    elif ratios and total is not None:
        left = total - counted
        for name, count in apportion(left, ratios).items():
            if not count and ratios[name]:
                share = f"ratio {ratios[name]:g} of {left} cells"
                yield Finding(
                    f"populations.{name}",
                    f"would have 0 cells ({share}); give it a count, 0 if none is meant",
                )


def _definitions(definitions: Mapping[str, int], names: Collection[str]) -> Iterator[Finding]:
    owner: dict[int, str] = {}
    for name, number in definitions.items():
        path = f"population_definitions.{name}"
        if name not in names:
            yield Finding(path, f"there is no population '{name}'{did_you_mean(name, names)}")
        elif number in owner:
            yield Finding(path, f"{number} is the id of '{owner[number]}' already")
        owner.setdefault(number, name)
    for name in names:
        if name not in definitions:
            yield Finding(
                "population_definitions",
                f"the population '{name}' has no entry{did_you_mean(name, definitions)}; "
                "leave the mapping out to have ids given",
            )


def _projections(
    path: str, entries: Mapping[str, Any], names: Collection[str], default: bool
) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for key in entries:
        if not isinstance(key, str) or (default and key == "default"):
            continue
        pair = split_projection(key)
        where = f"{path}.{key}"
        if pair is None:
            also = " or 'default'" if default else ""
            close = did_you_mean(key, ["default"]) if default else ""
            yield Finding(where, f"'{key}' is no projection: write 'PRE->POST'{also}{close}")
            continue
        for name in dict.fromkeys(pair):
            if name not in names:
                yield Finding(where, f"there is no population '{name}'{did_you_mean(name, names)}")
        one = projection_key(key)
        if one in seen:
            yield Finding(where, f"'{key}' is given twice; the first is '{seen[one]}'")
        seen.setdefault(one, key)
