"""Plugins that clash, print, exit and fail while a system is being made."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from livn_core import System
from livn_core.plugins.registry import registry

PLACEMENT = """
    import numpy as np
    from livn_core.components import Placement
    from livn_core.hookspecs import Component, hookimpl

    class ThirdParty(Placement):
        "A unit square."

        def place(self, count, rng):
            {work}
            return rng.uniform(0, 1, (count, 2))

        def bounds(self):
            {bounds}
            return np.array([[0.0, 0.0], [1.0, 1.0]])

    @hookimpl
    def livn_placements():
        yield Component({name!r}, "{module}:ThirdParty", "of a third party")
"""
CALM = ("--total-cells", "20", "--set", "connectivity.mean_degree=1", "--output", "out")


@pytest.fixture
def third_party(distribute):
    """Install a distribution with one placement; the registry sees it."""

    def install(distribution: str, name: str, work: str = "pass", bounds: str = "pass") -> None:
        module = distribution.replace("-", "_")
        source = PLACEMENT.format(name=name, module=module, work=work, bounds=bounds)
        distribute(distribution, {module: source})
        registry.cache_clear()

    yield install
    registry.cache_clear()


@pytest.mark.parametrize("area", ["lab-b/square", "Lab_B/square"])
def test_one_of_two_that_clash_makes_the_system(third_party, livn_here, tmp_path, area):
    third_party("lab-a", "square")
    third_party("lab-b", "square")
    ran = livn_here("generate", "--area", area, *CALM)
    assert ran.code == 0, ran.err
    used = System(tmp_path / "out").provenance["components"]
    assert {"kind": "placement", "name": "square", "provider": "lab-b 1.0"} in used


def test_provenance_names_the_third_party_that_shares_a_builtin_name(
    third_party, livn_here, tmp_path
):
    third_party("lab-a", "disk")
    assert livn_here("generate", "--area", "lab-a/disk", *CALM).code == 0
    system = System(tmp_path / "out")
    assert system.bounds()[1, 0] == 1
    assert {c["provider"] for c in system.provenance["components"] if c["name"] == "disk"} == {
        "lab-a 1.0"
    }


def test_bounds_of_a_third_party_may_be_tuples(third_party, livn_here):
    third_party("lab-a", "square", bounds="return ((0.0, 0.0), (1.0, 1.0))")
    assert livn_here("generate", "--area", "square", *CALM).code == 0
    assert livn_here("verify", "out").code == 0


def test_what_a_third_party_prints_is_not_the_result(third_party, livn_here):
    third_party("lab-a", "square", "print('thinking')")
    ran = livn_here("generate", "--area", "square", "--json", *CALM)
    assert json.loads(ran.out)["cells"] == 20
    assert "thinking" in ran.err


@pytest.mark.parametrize("work", ["raise SystemExit(3)", "import sys; sys.exit()", "1 / 0"])
def test_a_third_party_that_gives_up_is_named(third_party, livn_here, tmp_path, work):
    third_party("lab-a", "square", work)
    ran = livn_here("generate", "--area", "square", *CALM)
    assert ran.code in (2, 3)
    assert "'lab-a/square' failed for 16 cells" in ran.err
    assert not (tmp_path / "out").exists()


def test_a_third_party_that_exits_where_nobody_expects_it(third_party, livn_here):
    third_party("lab-a", "square", bounds="raise SystemExit(0)")
    ran = livn_here("generate", "--area", "square", *CALM)
    assert ran.code == 3
    assert "the plugin lab-a 1.0 failed: SystemExit" in ran.err


def test_broken_entry_points_of_anybody_are_not_laid_to_a_plugin(distribute, tmp_path):
    source = PLACEMENT.format(name="square", module="lab_a", work="pass", bounds="pass")
    site = distribute("lab-a", {"lab_a": source})
    broken = site / "broken-1.0.dist-info"
    broken.mkdir()
    (broken / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (broken / "entry_points.txt").write_text("[console_scripts]\nfoo\n= x\n")
    # A process of its own: pydantic reads them once.
    ran = subprocess.run(
        [sys.executable, "-m", "livn_cli", "generate", "--area", "square", *CALM],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *filter(None, sys.path)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stderr
    assert "failed" not in ran.stderr


def test_a_distribution_without_a_version(distribute, yields):
    site = distribute("lab-a", {"lab_a": yields("square")}, metadata=False, version="0")
    (site / "lab_a-0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: lab-a\n")
    registry.cache_clear()
    try:
        assert str(registry().find("placement", "square").provider) == "lab-a"
    finally:
        registry.cache_clear()


def test_a_descriptor_may_say_more_than_ours(distribute):
    source = """
        from dataclasses import dataclass
        from livn_core.hookspecs import Component, hookimpl

        @dataclass(frozen=True)
        class Licensed(Component):
            terms: str = "MIT"

        @hookimpl
        def livn_placements():
            yield Licensed("square", "nowhere:Nothing", "of a third party", ("quad",))
        """
    distribute("lab-a", {"lab_a": source})
    registry.cache_clear()
    try:
        assert registry().find("placement", "quad").name == "square"
    finally:
        registry.cache_clear()
