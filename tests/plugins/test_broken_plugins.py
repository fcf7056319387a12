"""A broken plugin is one warning and a kept reason; everything else works."""

from __future__ import annotations

import json
import os

import pytest

from livn_core.errors import ComponentNotFoundError, PluginError
from livn_core.plugins.registry import PluginWarning, Registry

HEAD = "from livn_core.hookspecs import Component, hookimpl\n"

# source of the plugin's module -> what the reason must say
BROKEN = {
    "import-error": ("import not_there\n", "ModuleNotFoundError: No module named 'not_there'"),
    "import-from": ("from os import nothing_like_it\n", "ImportError"),
    "raises": ("raise RuntimeError('oh no')\n", "RuntimeError: oh no (broken_module.py:1)"),
    "system-exit": ("raise SystemExit\n", "SystemExit"),
    "sys-exit-3": ("import sys\nsys.exit(3)\n", "sys.exit(3)"),
    "sys-exit-text": ("import sys\nsys.exit('bye')\n", "bye"),
    "syntax": ("def broken(:\n", "SyntaxError: invalid syntax (broken_module.py:1)"),
    "empty": ("", "implements no hook"),
    "no-marker": ("def livn_placements():\n    return []\n", "not marked with @hookimpl"),
    "misspelt": (
        HEAD + "@hookimpl\ndef livn_placement():\n    yield Component('g', 'a:B', 'c')\n",
        "there is no hook 'livn_placement'; did you mean 'livn_placements'?",
    ),
    "parameter": (
        HEAD + "@hookimpl\ndef livn_placements(registry):\n    yield Component('g', 'a:B', 'c')\n",
        "livn_placements() takes no arguments, but it asks for 'registry'",
    ),
    "raises-late": (
        HEAD + "@hookimpl\ndef livn_placements():\n"
        "    yield Component('ghost', 'a:B', 'c')\n    1 / 0\n",
        "ZeroDivisionError: division by zero (broken_module.py:5)",
    ),
    "exits-late": (
        HEAD + "@hookimpl\ndef livn_placements():\n"
        "    yield Component('ghost', 'a:B', 'c')\n    raise SystemExit(3)\n",
        "sys.exit(3)",
    ),
    "not-a-component": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield 'ghost'\n",
        "must yield Components, not a str ('ghost')",
    ),
    "no-list": (
        HEAD + "@hookimpl\ndef livn_placements():\n    return 3\n",
        "must yield Components, not return a int (3)",
    ),
    "one-not-a-list": (
        HEAD + "@hookimpl\ndef livn_placements():\n    return Component('ghost', 'a:B', 'c')\n",
        "must yield Components, not return a Component",
    ),
    "no-end": (
        HEAD + "@hookimpl\ndef livn_placements():\n    n = 0\n    while True:\n        n += 1\n"
        "        yield Component(f'p{n}', 'a:B', 'c')\n",
        "livn_placements() yields more than 1000 components",
    ),
    "bad-name": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield Component('Ghost', 'a:B', 'c')\n",
        "named 'Ghost': a name has lower-case letters",
    ),
    "name-no-text": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield Component(3, 'a:B', 'c')\n",
        "with 3 where a text is due",
    ),
    "bad-target": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield Component('ghost', 'a.B', 'c')\n",
        "the target 'a.B', which is not 'module:Class'",
    ),
    "no-summary": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield Component('ghost', 'a:B', ' ')\n",
        "summary is not one line",
    ),
    "aliases-text": (
        HEAD + "@hookimpl\ndef livn_placements():\n    yield Component('g', 'a:B', 'c', 'alias')\n",
        "aliases are not a tuple of texts",
    ),
    "asks-while-imported": (
        "from livn_core.plugins.registry import Registry\nRegistry.discover()\n" + HEAD,
        "it asks for the components before all of them are known",
    ),
    "asks-in-a-hook": (
        HEAD
        + "from livn_core.plugins.registry import Registry\n@hookimpl\ndef livn_placements():\n"
        "    yield Component('ghost', 'a:B', str(Registry.discover()))\n",
        "it asks for the components before all of them are known",
    ),
    "unprintable": (
        "class Odd(Exception):\n    def __str__(self):\n        raise ValueError\nraise Odd\n",
        "Odd: (an error without a text)",
    ),
    "twice": (
        HEAD + "@hookimpl\ndef livn_placements():\n"
        "    yield Component('ghost', 'a:B', 'c')\n    yield Component('ghost', 'a:C', 'c')\n",
        "yields 'ghost' twice",
    ),
}


def discover() -> tuple[Registry, list[str]]:
    with pytest.warns(PluginWarning) as caught:
        found = Registry.discover({})
    return found, [str(item.message) for item in caught]


@pytest.mark.parametrize("case", BROKEN)
def test_one_warning_and_the_rest_works(case, distribute, yields):
    source, reason = BROKEN[case]
    distribute("livn-plugin-bad", {"broken_module": source}, version="2.5")
    distribute("livn-plugin-good", {"good_module": yields("spiral")})
    found, warnings = discover()
    assert len(warnings) == 1
    assert "livn-plugin-bad 2.5" in warnings[0]
    assert reason in warnings[0]
    assert "\n" not in warnings[0]
    assert [(f.provider.name, f.provider.version) for f in found.failures] == [
        ("livn-plugin-bad", "2.5")
    ]
    assert reason in found.failures[0].reason
    assert found.find("placement", "spiral").provider.name == "livn-plugin-good"
    found.create("placement", "disk", {"radius": 3})
    # The unknown name may have been meant to come from the broken plugin.
    with pytest.raises(PluginError, match=r"livn-plugin-bad 2\.5"):
        found.find("placement", "unheard-of")


@pytest.mark.parametrize("case", ["raises-late", "exits-late", "twice"])
def test_asking_for_what_it_had_named_tells_why(case, distribute):
    source, reason = BROKEN[case]
    distribute("livn-plugin-bad", {"broken_module": source})
    found, _ = discover()
    assert "ghost" not in {entry.name for entry in found.components()}
    for name in ("ghost", "livn-plugin-bad/ghost"):
        with pytest.raises(PluginError, match=f"placement '{name}' is not usable") as caught:
            found.find("placement", name)
        assert reason in str(caught.value)


@pytest.mark.parametrize(
    ("points", "reason"),
    [
        ({"bad": "broken_module:nothing"}, "AttributeError"),
        ({"bad": "not a module"}, "is not 'module' or 'module:attribute'"),
        ({"bad": "broken_module:"}, "is not 'module' or 'module:attribute'"),
        ({"bad": ""}, "is not 'module' or 'module:attribute'"),
        ("[livn]\nno equals sign\n", "livn-plugin-bad"),
    ],
)
def test_entry_points_that_lead_nowhere(points, reason, distribute, yields):
    distribute("livn-plugin-bad", {"broken_module": "x = 1\n"}, points=points)
    distribute("livn-plugin-good", {"good_module": yields("spiral")})
    found, warnings = discover()
    assert len(warnings) == 1
    assert reason in warnings[0]
    assert found.find("placement", "spiral")


def test_an_unreadable_file_hides_no_other_plugin(distribute, yields):
    site = distribute("livn-plugin-bad", {"broken_module": "x = 1\n"})
    (site / "livn_plugin_bad-1.0.dist-info" / "entry_points.txt").write_bytes(
        b"[livn]\n\xff\xfe=\n"
    )
    distribute("livn-plugin-good", {"good_module": yields("spiral")})
    found, warnings = discover()
    assert "entry_points.txt cannot be read" in warnings[0]
    assert found.find("placement", "spiral")


def test_a_distribution_without_metadata_still_has_a_name(distribute, yields):
    distribute("livn-plugin-bare", {"bare_module": yields("spiral")}, version="0.3", metadata=False)
    found = Registry.discover({})
    assert str(found.find("placement", "spiral").provider) == "livn_plugin_bare 0.3"


def test_what_a_plugin_prints_stays_out_of_the_result(distribute, yields, capsys):
    distribute("livn-plugin-loud", {"loud_module": "print('hello')\n" + yields("spiral")})
    Registry.discover({})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "hello" in captured.err


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("gone_away:Disk", "No module named 'gone_away'"),
        ("module_classes:Nothing", "has no attribute 'Nothing'"),
        ("module_classes:Plain", "does not derive from livn_core.components.Placement"),
        ("module_classes:function", "does not derive from livn_core.components.Placement"),
        ("module_classes:WrongKind", "does not derive from livn_core.components.Placement"),
        ("module_classes:Unfinished", "does not define bounds, place"),
    ],
)
def test_a_component_that_cannot_be_loaded(target, reason, distribute, yields):
    classes = """
        from livn_core.components import MEALayout, Placement

        class Plain:
            pass

        def function(count, rng):
            return []

        class WrongKind(MEALayout):
            def electrodes(self, bounds):
                return bounds

        class Unfinished(Placement):
            pass
        """
    distribute(
        "livn-plugin-odd", {"odd_module": yields("spiral", target), "module_classes": classes}
    )
    found = Registry.discover({})
    assert found.find("placement", "spiral")
    with pytest.raises(PluginError) as caught:
        found.load("placement", "spiral")
    assert reason in str(caught.value)
    assert "placement 'spiral' of livn-plugin-odd 1.0" in str(caught.value)
    with pytest.raises(ComponentNotFoundError, match="did you mean 'spiral'"):
        found.find("placement", "spirall")


@pytest.mark.parametrize("case", ["import-error", "sys-exit-3"])
def test_commands_go_on(case, distribute, livn, root):
    """As a user meets it: a line on stderr, and the result on stdout."""
    source, reason = BROKEN[case]
    site = distribute("gen-bad", {"broken_module": source})
    env = {"PYTHONPATH": os.pathsep.join([str(site), str(root)])}
    help_ = livn("--help", env=env)
    assert help_.code == 0
    listed = livn("plugins", "list", "--json", env=env)
    assert listed.code == 0
    assert reason in listed.err
    assert len(listed.err.splitlines()) == 1
    document = json.loads(listed.out)
    assert [failure["provider"] for failure in document["failures"]] == ["gen-bad"]
    assert reason in document["failures"][0]["reason"]
    assert livn("plugins", "list", "--failures", env=env).code == 3
    assert livn("plugins", "info", "disk", env=env).code == 0
    asked = livn("plugins", "info", "its-kernel", env=env)
    assert asked.code == 3
    assert "gen-bad 1.0" in asked.err
    assert "Traceback" not in asked.err


@pytest.mark.parametrize(
    ("target", "reason"),
    [
        ("gone_module:Gone", "cannot be loaded: ModuleNotFoundError: No module named 'gone_module'"),
        ("bad_module:Gone", "cannot be loaded: AttributeError: module 'bad_module' has no attribute 'Gone'"),
        ("os:PathLike", "(os:PathLike) does not derive from livn_core.components.Placement"),
    ],
)  # fmt: skip
def test_a_component_that_cannot_be_used_is_among_the_failures(
    livn, root, distribute, yields, target, reason
):
    """The error on use says: see 'livn plugins list --failures'."""
    site = distribute("bad", {"bad_module": yields("ghost", target)})
    env = {"PYTHONPATH": os.pathsep.join([str(site), str(root)])}
    assert (
        f"the placement 'ghost' of bad 1.0 {reason}\n"
        in livn("plugins", "info", "ghost", env=env).err
    )
    ran = livn("plugins", "list", "--failures", "--json", env=env)
    assert ran.code == 3
    [failure] = json.loads(ran.out)["failures"]
    assert (failure["plugin"], failure["reason"]) == ("placement ghost", reason)
    assert livn("plugins", "list", "--failures", "--kind", "mea", env=env).code == 0
    assert livn("plugins", "list", env=env).code == 0
