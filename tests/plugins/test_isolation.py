"""Third-party code that fails while it works: named, never taken for ours, never in the way."""

from __future__ import annotations

import json
import os
import sys
from textwrap import dedent

import pytest

from livn_core.errors import PluginError
from livn_core.execute import find_generator
from livn_core.plugins.attribution import third_party_in
from livn_core.plugins.registry import PluginWarning, Registry, registry

GENERATOR = """
    from livn_core.components import Generator

    class {name}(Generator):
        @classmethod
        def accepts(cls, document):
            return {accepts}

        @classmethod
        def configuration(cls, document, *, origin=""):
            return document

        def program(self, config):
            return None
    """


@pytest.fixture
def generators(distribute, yields, monkeypatch):
    """Install generators that accept what an expression says: name -> expression."""

    def put(**accepts: str) -> None:
        for name, expression in accepts.items():
            source = yields(name, f"{name}_classes:{name.title()}", "livn_generators")
            classes = dedent(GENERATOR).format(name=name.title(), accepts=expression)
            distribute(f"{name}-plugin", {f"{name}_module": source, f"{name}_classes": classes})
        found = Registry.discover({})
        monkeypatch.setattr(sys.modules["livn_core.execute"], "registry", lambda: found)

    return put


def test_a_generator_of_a_third_party_is_found(generators):
    generators(wells="'wells' in document")
    assert find_generator({"wells": 6})[0] == "wells-plugin/wells"


def test_no_third_party_changes_what_a_configuration_means(generators):
    generators(aaa="True")
    assert find_generator({})[0] == "culture2d"
    assert find_generator({"total_cells": 50})[0] == "culture2d"
    assert find_generator({"Geometry": {}})[0] == "layered3d"
    assert find_generator({"total_cells": 50}, "aaa")[0] == "aaa"


def test_two_third_parties_that_accept_the_same(generators):
    generators(ant="'wells' in document", bee="'wells' in document")
    with pytest.raises(PluginError, match="'ant-plugin/ant' and 'bee-plugin/bee'"):
        find_generator({"wells": 6})


@pytest.mark.parametrize("accepts", ["1 / 0", "document['absent']"])
def test_a_generator_that_cannot_say(generators, accepts):
    generators(aaa=accepts, wells="'wells' in document")
    with pytest.warns(PluginWarning, match=r"generator 'aaa' of aaa-plugin 1\.0 is left out"):
        assert find_generator({"wells": 6})[0] == "wells-plugin/wells"


def test_what_nobody_accepts_is_explained_by_the_flat_culture(generators):
    generators(wells="'wells' in document")
    assert find_generator({"connectivty": {}})[0] == "culture2d"


FAILING = """
    from livn_core.components import Placement, RadialKernel

    class Moody(Placement):
        def place(self, count, rng):
            return []

        def bounds(self):
            raise RuntimeError("not today")

    class Odd(RadialKernel):
        def weight(self, distance):
            return {}["k"]
    """

HOOKS = """
    from livn_core import Component, hookimpl

    @hookimpl
    def livn_placements():
        yield Component("moody", "moody_classes:Moody", "fails")

    @hookimpl
    def livn_connectivity_rules():
        yield Component("odd", "moody_classes:Odd", "fails")
    """


def test_commands_with_and_without_a_plugin_that_fails(distribute, livn, root):
    """The plugin is named when it is used; a culture without it is made as ever."""
    site = distribute("moody-plugin", {"moody_module": HOOKS, "moody_classes": FAILING})
    distribute("gen-bad", {"bad_module": "import not_there\n"})
    env = {"PYTHONPATH": os.pathsep.join([str(site), str(root)])}
    made = livn("generate", "--total-cells", "60", "--area", "disk", "--output", "o", env=env)
    assert made.code == 0, made.err
    assert made.err.count("gen-bad 1.0") == 1
    assert "Traceback" not in made.err
    assert ".py:1: " not in made.err
    for words in (["--area", "moody"], ["--set", "connectivity.kernel=odd"]):
        failed = livn("generate", "--total-cells", "20", *words, "--output", "p", env=env)
        assert failed.code in {2, 3}, failed.err
        assert "moody" in failed.err
        assert "bug in livn" not in failed.err
        assert "Traceback" not in failed.err


def test_whose_code_an_error_came_through(distribute, yields):
    distribute("moody-plugin", {"moody_module": HOOKS, "moody_classes": FAILING})
    found = Registry.discover({})
    moody = found.create("placement", "moody")
    with pytest.raises(RuntimeError) as caught:
        moody.bounds()
    third_party = third_party_in(caught.value, found.components())
    assert third_party is not None
    assert str(third_party.provider) == "moody-plugin 1.0"
    with pytest.raises(ValueError) as ours:
        json.loads("{")
    assert third_party_in(ours.value, found.components()) is None
    assert third_party_in(caught.value, registry().components()) is None
