"""Sources of layered systems against the law of their axons' extent, worked out by hand."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from livn_core.layered.dendrites import Stratum
from livn_core.layered.models import AxonExtent
from livn_core.verify import axons
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit, Report

WIDTH, OFFSET = (200.0, 80.0), (30.0, 0.0)
STRATUM = Stratum(4, 0, 2, 1.0, 0.1, 1.0, (("PRE", 1.0, "SP"),))


def judged(sources: np.ndarray, targets: np.ndarray, edges: list[np.ndarray]) -> Report:
    """Judge the edges of each target from sources of these numbers, at (n, 2) arc distances, um."""
    extent = AxonExtent(width=WIDTH, offset=OFFSET)
    rules = {"POST": {"PRE": SimpleNamespace(contacts=1)}}
    made = SimpleNamespace(axon_extents={"PRE": {"default": extent}}, synapses=rules)
    checks = SimpleNamespace(parameters={}, recorded={})
    arc = {"PRE": sources, "POST": targets}
    audit = Audit()
    looked = axons.SourceAudit(
        audit, checks, SimpleNamespace(connections=made), arc, np.random.default_rng(1)
    )
    counts = np.array([len(own) for own in edges])
    cells = np.concatenate(edges).astype(np.int64)
    none = np.zeros(len(cells), dtype=np.int64)
    block = SynapseBlock("POST", 0, counts, {}, ("PRE",), none, cells)
    looked.collect(block, none, [STRATUM])
    looked.judge()
    return audit.report(Path())


def test_sources_in_the_shares_of_the_law_are_as_expected() -> None:
    """Normal in |u| around 30 um, SD 70/3, and in |v| around 0, SD 40/3: 300,000 edges of a cell."""
    u, v = (axis.ravel() for axis in np.meshgrid(np.arange(-99, 100, 3), np.arange(-39, 40, 3)))
    law = np.exp(-(((np.abs(u) - 30) / (70 / 3)) ** 2 + (v / (40 / 3)) ** 2) / 2)
    edges = np.repeat(np.arange(len(law)), np.round(3e5 * law / law.sum()).astype(int))
    report = judged(np.column_stack([u, v]).astype(float), np.zeros((1, 2)), [edges])
    assert report.passed
    tested = {v.check: v for v in report.verdicts if v.p_value is not None}
    # 34 distances along u in 32 bins, 14 along v: a contrast less than bins that have any.
    assert "of 31 contrasts, 1 cells" in tested["source-offsets-u"].found
    assert "of 13 contrasts, 1 cells" in tested["source-offsets-v"].found
    assert all(verdict.statistic < 1 for verdict in tested.values())


def test_sources_beyond_reach_are_looked_into_up_to_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The first cell has a nearer source, the second none, and of the third it is not asked."""
    monkeypatch.setattr(axons, "MOST_UNREACHABLE", 2)
    sources = np.array([[0.0, 0.0], [1000.0, 0.0]])
    targets = np.array([[0.0, 0.0], [500.0, 0.0], [600.0, 0.0]])
    with np.errstate(divide="raise", invalid="raise"):
        report = judged(sources, targets, [np.array([1]), np.array([1]), np.array([1, 1, 1])])
    (said,) = report.of("fatal")
    assert said.found == "1 of 5 sources are beyond, needlessly"
    assert report.notes == ("PRE->POST: 3 sources beyond reach, not checked",)
