"""What ships: it is found however livn is installed, and it is what its name says."""

import math
import subprocess
import sys
import zipfile

import pytest

from livn_core.culture.validation import validate
from livn_core.documents import shipped as resources
from livn_core.documents.document import load_document
from livn_core.documents.shipped import configurations, find_configuration, systems_directory
from livn_core.errors import ConfigError, LivnError

CULTURES = ("EI1", "EI2", "EI3", "EI4", "E", "E5I", "E3I", "EI")


def shipped(name):
    return validate(load_document(find_configuration(name)))


def test_every_culture_ships_with_a_summary():
    found = {entry.name: entry for entry in configurations()}
    assert set(CULTURES) <= set(found)
    assert list(found) == sorted(found)
    for entry in found.values():
        assert entry.summary
        assert not entry.name.startswith("_")


@pytest.mark.parametrize("name", ["EI2", "ei2", "EI2.yml"])
def test_names_in_any_case(name):
    assert find_configuration(name).name == "EI2.yml"


def test_a_name_that_does_not_ship():
    with pytest.raises(ConfigError, match=r"no configuration named 'EI22'; did you mean 'EI2'"):
        find_configuration("EI22")
    with pytest.raises(ConfigError, match="file or shipped configuration"):
        find_configuration("./EI9")


def test_where_systems_are_found(tmp_path, monkeypatch):
    package = tmp_path / "site-packages" / "livn_core"
    package.mkdir(parents=True)
    monkeypatch.setattr(resources, "__file__", str(package / "documents" / "shipped.py"))
    with pytest.raises(LivnError, match="no folder 'config'"):
        systems_directory()
    (tmp_path / "site-packages" / "systems" / "config").mkdir(parents=True)
    assert systems_directory() == tmp_path / "site-packages" / "systems"
    (package / "_systems" / "config").mkdir(parents=True)
    assert systems_directory() == package / "_systems"
    (tmp_path / "mine" / "config").mkdir(parents=True)
    assert systems_directory(tmp_path / "mine") == tmp_path / "mine"
    with pytest.raises(LivnError, match="elsewhere"):
        systems_directory(tmp_path / "elsewhere")


@pytest.mark.parametrize(
    ("name", "cells"), [("EI1", 10), ("EI2", 100), ("EI3", 1000), ("EI4", 10_000)]
)
def test_sizes_and_density_of_the_ei_series(name, cells):
    config = shipped(name)
    assert config.counts() == {"EXC": cells * 8 // 10, "INH": cells * 2 // 10}
    area = config.placement().area()
    assert cells / area * 1e6 == pytest.approx(625, rel=1e-3)
    side = config.area_kwargs["x_range"][1]
    assert side == pytest.approx(math.sqrt(cells / 625) * 1000, abs=0.5)


@pytest.mark.parametrize(
    ("name", "inhibitory"), [("E", 0), ("E5I", 433), ("E3I", 650), ("EI", 1300)]
)
def test_the_motoneuron_series(name, inhibitory):
    config = shipped(name)
    counts = config.counts()
    assert sum(counts.values()) == 2600
    assert counts.get("INH", 0) == inhibitory
    assert ("INH" in counts) == bool(inhibitory)
    assert config.placement().bounds().tolist() == [[0, 0], [1600, 3200]]
    assert config.populations["EXC"].transmitter == "cholinergic"
    degrees = {p.name: p.rule.mean_degree for p in config.projections()}
    if inhibitory:
        assert config.populations["INH"].transmitter == "glycinergic"
        assert degrees == {"EXC->EXC": 20, "EXC->INH": 4, "INH->EXC": 40}
    else:
        assert degrees == {"EXC->EXC": 20}
    for settings in config.projections():
        assert (settings.kernel_name, settings.rule.kernel.sigma, settings.rule.cutoff) == (
            "exponential",
            600,
            None,
        )


@pytest.mark.parametrize("name", CULTURES)
def test_no_degree_is_more_than_the_sources_can_give(name):
    config = shipped(name)
    counts = config.counts()
    for settings in config.projections():
        own = settings.source == settings.target
        assert settings.rule.mean_degree < counts[settings.source] - own


def test_the_wheel_holds_every_file_of_systems(root, tmp_path):
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
        cwd=root,
        check=True,
        capture_output=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    held = set(zipfile.ZipFile(wheel).namelist())
    for folder in ("config", "morphology"):
        for file in (root / "systems" / folder).iterdir():
            assert f"livn_core/_systems/{folder}/{file.name}" in held
    assert not any(name.startswith(("systems/", "tests/")) for name in held)
