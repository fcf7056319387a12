"""A third party's package, as users get it: wheels, a fresh environment, install, uninstall."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from livn_core.errors import ConfigError
from livn_core.hookspecs import HOOKS
from livn_core.plugins.registry import Registry
from livn_core.plugins.scaffold import example_files, new_plugin, plugin_files


def build_wheel(project: Path, folder: Path) -> Path:
    before = set(folder.glob("*.whl"))
    done = subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (wheel,) = set(folder.glob("*.whl")) - before
    return wheel


class Environment:
    """A virtual environment that holds our wheels, and finds what they need in this one."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "zz_requirements.pth").write_text(sysconfig.get_path("purelib") + "\n")
        self.environ = {
            name: value
            for name, value in os.environ.items()
            if name not in {"PYTHONPATH", "VIRTUAL_ENV"} and not name.startswith("LIVN_")
        } | {"COLUMNS": "80", "NO_COLOR": "1"}

    def pip(self, action: str, *words: str) -> None:
        python = str(self.folder / "bin" / "python")
        if uv := shutil.which("uv"):
            command = [uv, "pip", action, "--offline", "-q", "--python", python]
        else:
            pytest.importorskip("pip")  # an environment that uv made has none
            command = [sys.executable, "-m", "pip", "--python", python, action, "-q"]
            command += ["-y"] if action == "uninstall" else []
        if action == "install":
            command += ["--no-deps", "--no-index"]
        subprocess.run([*command, *words], check=True, capture_output=True, text=True)

    def run(self, *words: object, cwd: Path, code: int = 0) -> str:
        done = subprocess.run(
            [str(self.folder / "bin" / str(words[0])), *map(str, words[1:])],
            cwd=cwd,
            env=self.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return done.stdout

    def livn(self, *words: object, cwd: Path, code: int = 0) -> str:
        return self.run("livn", *words, cwd=cwd, code=code)


@pytest.fixture(scope="module")
def environment(tmp_path_factory, root) -> Environment:
    folder = tmp_path_factory.mktemp("installed")
    made = Environment(folder / "venv")
    made.pip("install", str(build_wheel(root, folder / "wheels")))
    return made


def components(environment: Environment, cwd: Path) -> dict[tuple[str, str], str]:
    document = json.loads(environment.livn("plugins", "list", "--json", cwd=cwd))
    assert document["version"] == 1
    assert document["failures"] == []
    assert document["clashes"] == []
    return {(c["kind"], c["name"]): c["provider"] for c in document["components"]}


def test_the_example_from_wheel_to_electrodes_and_away(environment, root, tmp_path):
    bare = components(environment, tmp_path)
    assert set(bare.values()) == {"livn-core"}
    where = environment.run(
        "python", "-c", "import livn_core; print(livn_core.__file__)", cwd=tmp_path
    )
    assert Path(where.strip()).is_relative_to(environment.folder)

    wheel = build_wheel(root / "examples" / "livn-plugin-hexmea", tmp_path / "wheels")
    environment.pip("install", str(wheel))
    there = components(environment, tmp_path)
    mine = {key for key, provider in there.items() if provider == "livn-plugin-hexmea"}
    assert mine == {
        ("mea", "hex"),
        ("placement", "hexgrid"),
        ("kernel", "ring"),
        ("connectivity", "reach"),
    }
    assert {key: there[key] for key in bare} == bare

    document = json.loads(environment.livn("plugins", "info", "hex", "--json", cwd=tmp_path))
    pitch = next(p for p in document["parameters"] if p["name"] == "pitch")
    assert (pitch["default"], pitch["bounds"], pitch["unit"]) == (200.0, "> 0", "um")
    assert "--pitch" in environment.livn("mea", "--layout", "hex", "--help", cwd=tmp_path)

    environment.livn(
        *("generate", "--area", "hexgrid", "--total-cells", "60", "--output", "dish"),
        *("--set", "connectivity.kernel=ring", "--set", "connectivity.mean_degree=3"),
        cwd=tmp_path,
    )
    environment.livn("mea", "dish", "--layout", "hex", "--pitch", "100", cwd=tmp_path)
    mea = json.loads((tmp_path / "dish" / "mea.json").read_text())
    rows = np.array(mea["electrode_coordinates"])
    assert rows[:, 0].tolist() == list(range(len(rows)))
    heights = np.unique(rows[:, 2].round(6))
    np.testing.assert_allclose(np.diff(heights), 100 * np.sqrt(3) / 2, atol=1e-5)
    first, second = (np.sort(rows[np.isclose(rows[:, 2], y), 1]) for y in heights[:2])
    np.testing.assert_allclose(second - first, 50.0)

    environment.pip("uninstall", "livn-plugin-hexmea")
    assert components(environment, tmp_path) == bare
    environment.livn("plugins", "info", "hex", cwd=tmp_path, code=2)
    environment.livn("mea", "dish", "--layout", "hex", cwd=tmp_path, code=2)
    environment.livn("mea", "dish", "--layout", "grid", cwd=tmp_path)
    environment.livn("inspect", "dish", cwd=tmp_path)


def test_the_example_passes_its_own_tests(environment, root, tmp_path):
    project = tmp_path / "livn-plugin-hexmea"
    shutil.copytree(root / "examples" / "livn-plugin-hexmea", project)
    environment.pip("install", str(build_wheel(project, tmp_path / "wheels")))
    out = environment.run("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=project)
    assert " passed" in out
    environment.pip("uninstall", "livn-plugin-hexmea")


def test_new_plugins_of_every_kind_pass_their_tests(environment, tmp_path):
    """`livn plugins new`: each builds, installs, is found, and keeps its contract."""
    wheels, projects = [], []
    for kind in HOOKS:
        name = f"my-{kind}-2"
        environment.livn(
            "plugins", "new", name, "--kind", kind, "--output", tmp_path / kind, cwd=tmp_path
        )
        projects.append(tmp_path / kind)
        wheels.append(str(build_wheel(tmp_path / kind, tmp_path / "wheels")))
    environment.pip("install", *wheels)
    found = components(environment, tmp_path)
    assert {(kind, f"my-{kind}-2") for kind in HOOKS} <= set(found)
    out = environment.run(
        *("python", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib"),
        *projects,
        cwd=tmp_path,
    )
    assert " passed" in out
    assert "failed" not in out
    environment.pip("uninstall", *(f"livn-plugin-my-{kind}-2" for kind in HOOKS))


# -- the scaffold itself ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", HOOKS)
def test_the_reference_is_what_is_written(kind):
    """Under its own name, a new plugin is the docstring of its hook to the letter."""
    example = example_files(kind)
    assert len(example) == 3
    (name,) = {path.split("/")[1][:-3] for path in example} & {
        path.split("test_")[1][:-3] for path in example if "test_" in path
    }
    files = plugin_files(name, kind)
    assert {path: files[path] for path in example} == example
    for path, text in example.items():
        compile(text, path, "exec")


@pytest.mark.parametrize("kind", HOOKS)
def test_a_new_name_goes_everywhere(kind):
    files = plugin_files("my-own", kind)
    (old,) = {path.split("test_")[1][:-3] for path in example_files(kind) if "test_" in path}
    assert set(files) == {
        "pyproject.toml",
        "README.md",
        "livn_my_own/__init__.py",
        "livn_my_own/my_own.py",
        "tests/test_my_own.py",
    }
    code = "".join(text for path, text in files.items() if path.endswith(".py"))
    assert f"livn_{old}" not in code
    assert f'"{old}"' not in code
    assert f"class {old.title()}" not in code
    assert ("def command(" if kind == "command" else "class MyOwn(") in code
    assert "class TestMyOwn(" in code


def test_a_distributions_name_means_the_same(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder, files = new_plugin("livn-plugin-spiral", "placement", components=Registry())
    assert str(folder) == "livn-plugin-spiral"
    assert {str(file) for file in files} == {
        f"livn-plugin-spiral/{path}" for path in plugin_files("spiral", "placement")
    }


@pytest.mark.parametrize(
    "name", ["Ring", "my ring", "1st", "a", "class", "", "ring-", "../up", "core"]
)
def test_names_that_cannot_be_used(tmp_path, name):
    with pytest.raises(ConfigError, match="cannot name a component"):
        new_plugin(name, "placement", components=Registry(), output=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_folder_that_exists_is_left_alone(livn, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "file").write_text("precious")
    ran = livn("plugins", "new", "my-ring", "--output", "mine")
    assert ran.code == 2
    assert "'mine' exists" in ran.err
    assert (tmp_path / "mine" / "file").read_text() == "precious"
    taken = livn("plugins", "new", "disk")
    assert taken.code == 2
    assert "there is a placement named 'disk' already" in taken.err


@pytest.mark.parametrize("kind", HOOKS)
def test_a_new_plugin_has_no_word_of_the_example(kind):
    """What the example is called may stay only where the summary says what the code does."""
    first = next(iter(example_files(kind).values()))
    old, summary = re.search(
        r'(?:Component|Command)\(\s*"(\w+)",\s*"[^"]+",\s*"([^"]+)"', first
    ).groups()
    files = plugin_files("zork-two", kind)
    for path, text in files.items():
        assert old not in path
        assert f"livn_{old}" not in text
        assert old.title() not in re.findall(r"\bclass (?:Test)?(\w+)", text)
        if old not in summary.casefold():
            assert old not in text.casefold(), path
