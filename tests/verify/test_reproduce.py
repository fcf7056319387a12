"""Systems made again: equal, or it is said where not; and what stands in the way."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import h5py
import pytest

from livn_cli.show_verdicts import show_reproduction
from livn_core.api import generate
from livn_core.cut.cut import cut_system
from livn_core.errors import ExitCode, LivnError, PlacementError, PluginError, SystemFormatError
from livn_core.plugins.registry import registry
from livn_core.system.reader import System
from livn_core.system.selection import select_box
from livn_core.verify import reproduce, verify


@pytest.mark.parametrize("kind", ["culture", "layered"])
def test_a_system_is_reproduced(kind: str, spoiled: Callable[[str], Path], tmp_path: Path) -> None:
    path = spoiled(kind)
    result = reproduce(path, tmp_path / "again", jobs=1)
    assert result.equal
    assert result.found == result.recorded == System(tmp_path / "again").digest()
    assert result.differences == ()
    assert result.versions == {}


def test_a_change_is_found_where_it_is(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    with h5py.File(path / "connections.h5", "r+") as file:
        file["Projections/EXC/INH/Connections/distance"][12] += 1
    result = reproduce(path, jobs=1)
    assert not result.equal
    assert result.made == result.recorded
    assert [d.path for d in result.differences] == ["Projections/EXC/INH/Connections/distance"]
    assert result.differences[0].text.startswith("value 12 is ")


def test_another_seed_differs_first_in_the_cells(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    document = json.loads((path / "provenance.json").read_text())
    document["configuration"]["random_seed"] += 1
    document["versions"]["numpy"] = "0.1"
    (path / "provenance.json").write_text(json.dumps(document))
    result = reproduce(path, jobs=1)
    assert not result.equal
    assert result.differences[0].path.startswith("Populations/EXC/Generated Coordinates")
    assert result.versions["numpy"][0] == "0.1"


def test_a_foreign_provenance_is_refused(reference: Callable[[str], Path]) -> None:
    with pytest.raises(SystemFormatError, match=r"Generate2DSystem', not by 'livn generate'"):
        reproduce(reference("2d_gauss_100"))
    with pytest.raises(SystemFormatError, match=r"has no provenance\.json"):
        reproduce(reference("3d_S1"))


def test_a_cut_points_to_its_origin(culture: Path, tmp_path: Path) -> None:
    with System(culture) as system:
        cut_system(system, select_box(system, "e2", 500), tmp_path / "part", jobs=1).close()
    with pytest.raises(SystemFormatError, match="was cut from the system 'culture'"):
        reproduce(tmp_path / "part")


def test_a_missing_plugin_is_named_with_its_version(plugin_kernel: str, tmp_path: Path) -> None:
    path = tmp_path / "system"
    connectivity = {"kernel": plugin_kernel, "mean_degree": 3, "sigma": 200, "cutoff": None}
    generate(
        {"total_cells": 40, "connectivity": connectivity}, output_directory=path, jobs=1
    ).close()
    assert reproduce(path, jobs=1).equal
    sys.path.remove(str(tmp_path / "site"))
    registry.cache_clear()
    try:
        with pytest.raises(PluginError, match=r"'hoop' of 'livn-rings 2\.5'") as caught:
            reproduce(path)
    finally:
        sys.path.insert(0, str(tmp_path / "site"))
    assert "livn-rings==2.5" in str(caught.value.hint)
    assert caught.value.exit_code == ExitCode.PLUGIN


def test_a_component_that_its_provider_never_had_is_a_changed_record(
    spoiled: Callable[[str], Path],
) -> None:
    path = spoiled("culture") / "provenance.json"
    record = json.loads(path.read_text())
    record["components"][0]["name"] = "-"
    path.write_text(json.dumps(record))
    with pytest.raises(SystemFormatError, match=r"which is installed and has none of that name"):
        reproduce(path.parent)


def test_a_function_that_is_gone_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    code = "def line(count, rng):\n    return rng.random(count) * 300, rng.random(count)\n"
    (tmp_path / "mine.py").write_text(code)
    generate(
        {"total_cells": 30, "area": "mine.py:line", "connectivity": {"mean_degree": 2}},
        output_directory="system",
        jobs=1,
    ).close()
    assert reproduce("system", jobs=1, trust=True).equal
    (tmp_path / "mine.py").unlink()
    with pytest.raises(LivnError, match=r"'system' cannot be made again here: .*mine\.py"):
        reproduce("system", trust=True)


def test_code_that_a_record_names_is_run_only_for_who_trusts_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = "def line(count, rng):\n    return rng.random(count) * 300, rng.random(count)\n"
    (tmp_path / "mine.py").write_text(code)
    generate(
        {"total_cells": 60, "area": "mine.py:line", "connectivity": {"mean_degree": 2}},
        output_directory="system",
        jobs=1,
    ).close()
    (tmp_path / "mine.py").write_text("open('ran', 'w').close()\n" + code)
    report = verify("system")
    assert report.passed
    # All else is tested: the function is not needed for it.
    assert "mean-degree" in {verdict.check for verdict in report.verdicts}
    with pytest.raises(PlacementError, match=r"names the function 'mine\.py:line'.* not run"):
        reproduce("system")
    assert not (tmp_path / "ran").exists()
    assert reproduce("system", jobs=1, trust=True).equal
    assert (tmp_path / "ran").exists()


def test_the_system_itself_is_no_output(spoiled: Callable[[str], Path]) -> None:
    path = spoiled("culture")
    with pytest.raises(LivnError, match="is the system itself"):
        reproduce(path, path, overwrite=True)
    assert (path / "graph.json").is_file()


def test_what_a_generator_recorded_otherwise_is_told_and_suspected_first(culture: Path) -> None:
    again = replace(reproduce(culture), pipeline={"templates gEXC.hoc": ("0" * 64, None)})
    assert "Note: templates gEXC.hoc was 0000000000000000, is now absent." in [
        *show_reproduction(again)
    ]
    other = [*show_reproduction(replace(again, made="f" * 64))]
    assert other[1] == "First suspect: templates gEXC.hoc was 0000000000000000, is now absent."
    assert again.document()["pipeline"] == {"templates gEXC.hoc": {"then": "0" * 64, "now": None}}
