"""Systems made by today's tools: known faults are found, harmless differences are not faults."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from livn_core.verify import verify


def fatal(path: Path) -> dict[tuple[str, str], str]:
    return {(v.check, v.subject): v.found for v in verify(path, jobs=1).of("fatal")}


def test_a_clipped_degree_is_found(reference: Callable[[str], Path]) -> None:
    found = fatal(reference("2d_gauss_100"))
    assert found.pop(("mean-degree", "INH->EXC")).startswith("4.0")
    assert found.pop(("mean-degree", "INH->INH")).startswith("3.9")
    # Nothing else is said to be wrong but the law of the same two projections.
    assert {subject for _, subject in found} <= {"INH->EXC", "INH->INH"}


def test_a_degree_that_cannot_be_reached_is_found(reference: Callable[[str], Path]) -> None:
    found = fatal(reference("2d_default_100"))
    assert {subject for _, subject in found} == {"INH->EXC"}


def test_the_last_layers_density_for_all_is_found(reference: Callable[[str], Path]) -> None:
    found = fatal(reference("3d_S1"))
    assert found[("synapse-density", "EXC excitatory apical/SLM")].startswith("3.54")
    assert found[("synapse-density", "INH excitatory apical/SLM")].startswith("4.15")
    assert ("cells-per-layer", "INH") in found
    assert {check for check, _ in found} == {"synapse-density", "cells-per-layer"}
