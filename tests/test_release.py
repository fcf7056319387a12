"""What a release is made of says the same everywhere."""

from __future__ import annotations

import json
import re
import tomllib

import pytest
from ruamel.yaml import YAML

from livn_core import __version__


def yaml(path):
    return YAML(typ="safe").load(path.read_text(encoding="utf-8"))


def test_the_citation_is_of_this_version(root):
    citation = yaml(root / "CITATION.cff")
    assert citation["cff-version"] == "1.2.0"
    assert citation["version"] == __version__
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert citation["license"] == project["license"]
    # What the format requires.
    assert {"message", "title", "authors"} <= set(citation)
    assert all("name" in author for author in citation["authors"])


def test_the_workflows_run_the_projects_own_check(root):
    check = yaml(root / ".github" / "workflows" / "check.yml")
    steps = json.dumps(check["jobs"]["check"]["steps"])
    assert "bash .ci/run" in steps
    readme = (root / "README.md").read_text(encoding="utf-8")
    versions = json.dumps(check["jobs"]["versions"]["steps"])
    assert re.search(r"<!-- test-command -->\n```bash\n(.*)\n```", readme)[1] in versions
    release = yaml(root / ".github" / "workflows" / "release.yml")
    assert release["jobs"]["publish"]["needs"] == "build"


@pytest.mark.parametrize("name", ["Dockerfile", "livn.def"])
def test_containers_install_extras_that_there_are(root, name):
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    text = (root / "containers" / name).read_text(encoding="utf-8")
    (extras,) = re.findall(r"pip install --no-cache-dir '[^\[]+\[([a-z0-9,]+)\]'", text)
    assert set(extras.split(",")) <= set(project["optional-dependencies"])
    assert "mpi" in extras
    base = re.search(r"python:(\d\.\d+)-slim", text)[1]
    assert f"Programming Language :: Python :: {base}" in project["classifiers"]


def test_change_fragments_have_a_type(root):
    kinds = {"feature", "fix", "docs", "removal"}
    for fragment in (root / "changes").glob("*.md"):
        if fragment.name != "README.md":
            assert fragment.name.split(".")[1] in kinds, fragment.name
            assert fragment.read_text(encoding="utf-8").strip()
