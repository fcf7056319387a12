"""Projections as they are stored: destination blocks, pointers, lengths, types, and their names."""

from __future__ import annotations

from pathlib import Path

import h5py
import numpy as np

from livn_core.documents.names import counted
from livn_core.neuroh5 import names
from livn_core.verify.columns import BLOCK, unfit
from livn_core.verify.containers import Types, datasets
from livn_core.verify.verdicts import Audit, Check

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
    with audit.check("projection-names", subject, "between populations that exist") as check:
        for target, sources in root.items():
            for source in sources:
                if missing := [n for n in (source, target) if n not in types.counts]:
                    check.fail(f"'{source}->{target}': no population '{missing[0]}'")
                else:
                    whole[source, target] = True
        check.found = f"{len(whole)} projections"
    for source, target in whole:
        group = root[target][source]
        before = len(audit.verdicts)
        name = f"{source}->{target}"
        counts = types.counts
        with audit.check("destination-blocks", name, "cover targets, the last n + 1") as check:
            _check_blocks(check, group, counts[target])
        with audit.check(
            "edge-columns", name, "one value an edge, float32 or at most 32 bits"
        ) as r:
            _check_columns(r, group)
        expected = f"0 to {counts[source] - 1}, the cells of '{source}'"
        with audit.check("source-range", name, expected) as check:
            _check_sources(check, group[f"{names.EDGES}/{names.SOURCE_INDEX}"], counts[source])
        whole[source, target] = all(v.level != "fatal" for v in audit.verdicts[before:])
    return whole


def _check_blocks(check: Check, group: h5py.Group, cells: int) -> None:
    edges = group[names.EDGES]
    first, bounds, pointer = (
        edges[name][()].astype(np.int64)
        for name in (names.BLOCK_INDEX, names.BLOCK_POINTER, names.DESTINATION_POINTER)
    )
    number = edges[names.SOURCE_INDEX].size
    if not number:
        check.fail("no edge: neuroh5 cannot read an empty projection")
    if bounds.size != first.size + 1:
        check.fail(f"{bounds.size} block pointers for {first.size} blocks")
        return
    if bounds[0] != 0 or np.any(np.diff(bounds) < 0):
        check.fail("the block pointers do not rise from 0")
    if int(bounds[-1]) == pointer.size - 1:
        check.fail(
            f"the block pointers end at {int(bounds[-1])}, one too early: readers lose the edges "
            "of the last target"
        )
    elif int(bounds[-1]) != pointer.size:
        check.fail(f"the block pointers end at {int(bounds[-1])} of {pointer.size} pointers")
    if not pointer.size or pointer[0] != 0:
        check.fail("the destination pointers do not begin at 0")
        return
    if np.any(np.diff(pointer) < 0):
        at = int(np.flatnonzero(np.diff(pointer) < 0)[0])
        check.fail(f"the destination pointers fall after entry {at}")
    if int(pointer[-1]) != number:
        check.fail(f"the destination pointers end at {int(pointer[-1])} of {number} edges")
    sizes = np.diff(bounds)
    sizes[-1:] -= 1
    ends = first + np.maximum(sizes, 0)
    if np.any(first < 0) or (ends.size and int(ends.max()) > cells):
        check.fail(f"a block reaches target {int(ends.max()) - 1} of {cells} targets")
        return
    covered = np.zeros(cells + 1, dtype=np.int64)
    np.add.at(covered, first, 1)
    np.add.at(covered, ends, -1)
    if np.any(np.cumsum(covered[:-1]) > 1):
        check.fail("a target is in two blocks")
    check.found = f"{counted(first.size, 'block')}, {number:,} edges"


def _check_columns(check: Check, group: h5py.Group) -> None:
    number = group[f"{names.EDGES}/{names.SOURCE_INDEX}"].size
    found = []
    for namespace, space in group.items():
        if namespace == names.EDGES or not isinstance(space, h5py.Group):
            continue
        for column, values in datasets(space, namespace):
            found.append(column)
            if why := unfit(values.dtype):
                check.fail(f"'{column}' is {why}")
            if values.size != number:
                check.fail(f"'{column}' has {values.size} values for {number} edges")
    for column in names.EDGE_COLUMNS.values():
        if column not in found:
            check.warn(f"no '{column}'")
    check.found = ", ".join(found)


def _check_sources(check: Check, sources: h5py.Dataset, cells: int) -> None:
    if sources.dtype.kind not in "iu":
        check.fail(f"sources of type {sources.dtype}")
        return
    outside = 0
    for start in range(0, sources.size, BLOCK):
        part = sources[start : start + BLOCK]
        outside += int(np.count_nonzero((part >= cells) | (part < 0)))
    if outside:
        check.fail(f"{outside:,} of {sources.size:,} edges have another source")
    check.found = f"{sources.size:,} edges"


def check_named(
    audit: Audit, file: h5py.File, types: Types, in_graph: set[Pair] | None, stored: set[Pair]
) -> None:
    """Check that the file's list, its groups and graph.json name the same projections."""
    subject = Path(file.filename).name
    with audit.check("valid-projections", subject, "a row for each stored projection") as check:
        listed = file.get(names.VALID_PROJECTIONS)
        if not isinstance(listed, h5py.Dataset):
            check.fail(f"no '{names.VALID_PROJECTIONS}': neuroh5 cannot open the file")
        else:
            rows = {
                (types.labels.get(int(s), f"#{s}"), types.labels.get(int(d), f"#{d}"))
                for s, d in zip(listed["Source"], listed["Destination"], strict=True)
            }
            for source, target in sorted(stored - rows):
                check.fail(f"'{source}->{target}' is stored, but has no row")
            for source, target in sorted(rows - stored):
                check.warn(f"'{source}->{target}' has a row, but is not stored")
            check.found = f"{len(rows)} rows"
    if in_graph is None:
        return
    with audit.check("graph-projections", "graph.json", "the projections of the file") as check:
        for source, target in sorted(in_graph - stored):
            check.fail(f"'{source}->{target}' is in graph.json, but not in the file")
        for source, target in sorted(stored - in_graph):
            check.fail(f"'{source}->{target}' is in the file, but not in graph.json")
        check.found = f"{len(in_graph)} projections"
