"""Projections as they are stored: destination blocks, pointers, lengths, types, and who has which."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from livn_core.neuroh5 import names
from livn_core.verify.columns import BLOCK, unfit
from livn_core.verify.containers import Types, datasets
from livn_core.verify.verdicts import Audit, Rule

__all__ = ["check_named", "check_projections"]

Pair = tuple[str, str]


def check_projections(audit: Audit, file: h5py.File, types: Types) -> dict[Pair, bool]:
    """Check every stored projection; return (source, target) -> whether its structure is whole."""
    subject = Path(file.filename).name
    whole: dict[Pair, bool] = {}
    root = file.get(names.PROJECTIONS, {})
    if not len(root):
        audit.note("there are no projections")
        return whole
    with audit.rule("projection-names", subject, "between populations that exist") as rule:
        for target, sources in root.items():
            for source in sources:
                if missing := [n for n in (source, target) if n not in types.counts]:
                    rule.breaks(f"'{source}->{target}': no population '{missing[0]}'")
                else:
                    whole[source, target] = True
        rule.found = f"{len(whole)} projections"
    for source, target in whole:
        group = root[target][source]
        before = len(audit.verdicts)
        name = f"{source}->{target}"
        counts = types.counts
        with audit.rule("destination-blocks", name, "cover targets, the last n + 1") as rule:
            _check_blocks(rule, group, counts[target])
        with audit.rule("edge-columns", name, "one value an edge, float32 or at most 32 bits") as r:
            _check_columns(r, group)
        expected = f"0 to {counts[source] - 1}, the cells of '{source}'"
        with audit.rule("source-range", name, expected) as rule:
            _check_sources(rule, group[f"{names.EDGES}/{names.SOURCE_INDEX}"], counts[source])
        whole[source, target] = all(v.level != "fatal" for v in audit.verdicts[before:])
    return whole


def _check_blocks(rule: Rule, group: h5py.Group, cells: int) -> None:
    edges = group[names.EDGES]
    first, bounds, pointer = (
        edges[name][()].astype(np.int64)
        for name in (names.BLOCK_INDEX, names.BLOCK_POINTER, names.DESTINATION_POINTER)
    )
    number = edges[names.SOURCE_INDEX].size
    if not number:
        rule.breaks("no edge: neuroh5 cannot read an empty projection")
    if bounds.size != first.size + 1:
        rule.breaks(f"{bounds.size} block pointers for {first.size} blocks")
        return
    if bounds[0] != 0 or np.any(np.diff(bounds) < 0):
        rule.breaks("the block pointers do not rise from 0")
    if int(bounds[-1]) == pointer.size - 1:
        rule.breaks(
            f"the block pointers end at {int(bounds[-1])}, one too early: readers lose the edges "
            "of the last target"
        )
    elif int(bounds[-1]) != pointer.size:
        rule.breaks(f"the block pointers end at {int(bounds[-1])} of {pointer.size} pointers")
    if not pointer.size or pointer[0] != 0:
        rule.breaks("the destination pointers do not begin at 0")
        return
    if np.any(np.diff(pointer) < 0):
        at = int(np.flatnonzero(np.diff(pointer) < 0)[0])
        rule.breaks(f"the destination pointers fall after entry {at}")
    if int(pointer[-1]) != number:
        rule.breaks(f"the destination pointers end at {int(pointer[-1])} of {number} edges")
    sizes = np.diff(bounds)
    sizes[-1:] -= 1
    reach = first + np.maximum(sizes, 0)
    if np.any(first < 0) or (reach.size and int(reach.max()) > cells):
        rule.breaks(f"a block reaches target {int(reach.max()) - 1} of {cells} targets")
        return
    covered = np.zeros(cells + 1, dtype=np.int64)
    np.add.at(covered, first, 1)
    np.add.at(covered, reach, -1)
    if np.any(np.cumsum(covered[:-1]) > 1):
        rule.breaks("a target is in two blocks")
    rule.found = f"{first.size} block{'s' * (first.size != 1)}, {number:,} edges"


def _check_columns(rule: Rule, group: h5py.Group) -> None:
    number = group[f"{names.EDGES}/{names.SOURCE_INDEX}"].size
    found = []
    for namespace, space in group.items():
        if namespace == names.EDGES or not isinstance(space, h5py.Group):
            continue
        for column, values in datasets(space, namespace):
            found.append(column)
            if why := unfit(values.dtype):
                rule.breaks(f"'{column}' is {why}")
            if values.size != number:
                rule.breaks(f"'{column}' has {values.size} values for {number} edges")
    for column in names.EDGE_COLUMNS.values():
        if column not in found:
            rule.doubts(f"no '{column}'")
    rule.found = ", ".join(found)


def _check_sources(rule: Rule, sources: h5py.Dataset, cells: int) -> None:
    if sources.dtype.kind not in "iu":
        rule.breaks(f"sources of type {sources.dtype}")
        return
    outside = 0
    for start in range(0, sources.size, BLOCK):
        part = sources[start : start + BLOCK]
        outside += int(np.count_nonzero((part >= cells) | (part < 0)))
    if outside:
        rule.breaks(f"{outside:,} of {sources.size:,} edges have another source")
    rule.found = f"{sources.size:,} edges"


def check_named(
    audit: Audit, file: h5py.File, types: Types, in_graph: set[Pair] | None, stored: set[Pair]
) -> None:
    """Check that the file's list, its groups and graph.json name the same projections."""
    subject = Path(file.filename).name
    with audit.rule("valid-projections", subject, "a row for each stored projection") as rule:
        listed = file.get(names.VALID_PROJECTIONS)
        if not isinstance(listed, h5py.Dataset):
            rule.breaks(f"no '{names.VALID_PROJECTIONS}': neuroh5 cannot open the file")
        else:
            rows = {
                (types.labels.get(int(s), f"#{s}"), types.labels.get(int(d), f"#{d}"))
                for s, d in zip(listed["Source"], listed["Destination"], strict=True)
            }
            for source, target in sorted(stored - rows):
                rule.breaks(f"'{source}->{target}' is stored, but has no row")
            for source, target in sorted(rows - stored):
                rule.doubts(f"'{source}->{target}' has a row, but is not stored")
            rule.found = f"{len(rows)} rows"
    if in_graph is None:
        return
    with audit.rule("graph-projections", "graph.json", "the projections of the file") as rule:
        for source, target in sorted(in_graph - stored):
            rule.breaks(f"'{source}->{target}' is in graph.json, but not in the file")
        for source, target in sorted(stored - in_graph):
            rule.breaks(f"'{source}->{target}' is in the file, but not in graph.json")
        rule.found = f"{len(in_graph)} projections"
