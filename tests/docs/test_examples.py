"""The examples in the docstrings run, and no public name is without one."""

from __future__ import annotations

import doctest
import inspect
import re
import shutil
import warnings
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name

import pytest

import livn_core
from livn_core.system.reader import System

MODULES = (
    *("api", "components", "errors", "hookspecs", "cut.cut", "culture.validation"),
    *("documents.apportion", "documents.document", "documents.shipped", "plotting.picture"),
    *("layered.configuration", "morphology.morphology", "morphology.read", "plugins.registry"),
    *("network", "study.functions", "verify.checks"),
    *("sampling.streams", "system.exporting", "system.mea", "system.reader", "system.selection"),
    "system.selection_files",
    *("verify.audit", "verify.reproduction", "viewer.page"),
)
#: What every newcomer reads of a system.
METHODS = (
    *("attributes", "bounds", "digest", "edges", "in_degrees", "incoming", "locate"),
    *("out_degrees", "positions", "projections", "synapses"),
)
TESTS = {
    test.name: test
    for name in MODULES
    for test in doctest.DocTestFinder().find(import_module(f"livn_core.{name}"))
    if test.examples
}


@pytest.fixture(scope="module")
def culture(tmp_path_factory) -> Path:
    """The folder that the examples read."""
    path = tmp_path_factory.mktemp("examples") / "culture"
    livn_core.generate(total_cells=200, output_directory=path).close()
    return path


@pytest.mark.parametrize("name", sorted(TESTS))
def test_example(name, culture, tmp_path, monkeypatch):
    if name.startswith("livn_core.plotting") or "plot" in TESTS[name].docstring:
        pytest.importorskip("matplotlib")
    shutil.copytree(culture, tmp_path / "culture")
    monkeypatch.chdir(tmp_path)
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        doctest.DocTestRunner().run(TESTS[name], out=said.append, clear_globs=False)
    assert not said, "".join(said)


def has_example(thing) -> bool:
    return f"{thing.__module__}.{thing.__qualname__}" in TESTS


def test_every_name_of_the_python_page_has_an_example(pages):
    names = re.findall(r"^::: (\S+)$", pages["docs/reference/python.md"], re.MULTILINE)
    assert len(names) > 15
    assert [name for name in names if not has_example(resolve_name(name))] == []


def test_every_public_name_has_an_example():
    public = [getattr(livn_core, name) for name in livn_core.__all__]
    documented = [item for item in public if inspect.isfunction(item) or inspect.isclass(item)]
    assert [item.__name__ for item in documented if not has_example(item)] == []
    assert [name for name in METHODS if f"{System.__module__}.System.{name}" not in TESTS] == []


def test_a_wrong_example_would_be_found():
    wrong = doctest.DocTestParser().get_doctest(">>> 1 + 1\n3\n", {}, "wrong", None, None)
    said: list[str] = []
    doctest.DocTestRunner().run(wrong, out=said.append)
    assert "Got:\n    2" in "".join(said)
