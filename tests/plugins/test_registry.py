"""Who supplies which name: clashes, duplicates, switches, lookups."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import warnings
from dataclasses import dataclass
from functools import partial

import numpy as np
import pytest

from livn_core.errors import ComponentNotFoundError, ConfigError, PluginError
from livn_core.hookspecs import HOOKS, Component, hookimpl
from livn_core.plugins import discovery
from livn_core.plugins.discovery import Plugin, Provider
from livn_core.plugins.entries import Entry
from livn_core.plugins.registry import KINDS, PluginWarning, Registry, registry


def plugin(provider: str, *components: Component, hook: str = "livn_placements") -> Plugin:
    class ThirdParty:
        pass

    def implementation(_self):
        return list(components)

    implementation.__name__ = hook
    setattr(ThirdParty, hook, hookimpl(implementation))
    return Plugin(Provider(provider, "1.0"), f"{provider} = third party", ThirdParty)


def component(name: str, *aliases: str) -> Component:
    return Component(name, f"nowhere.{name.replace('-', '_')}:Nothing", "a test", aliases)


def test_without_plugins_there_is_nothing():
    assert Registry().components() == []
    empty = Registry.discover({"LIVN_DISABLE_PLUGINS": "all"}, builtins=())
    assert empty.components() == []
    assert empty.failures == []
    with pytest.raises(ComponentNotFoundError):
        empty.find("placement", "disk")


def test_builtins_are_there_and_supplied_by_livn():
    found = Registry.discover({"LIVN_DISABLE_PLUGINS": "all"})
    names = {(entry.kind, entry.name) for entry in found.components()}
    assert {
        ("placement", "rectangle"),
        ("placement", "disk"),
        ("placement", "custom"),
        ("connectivity", "pairwise_bernoulli"),
        ("connectivity", "fixed_indegree"),
        ("kernel", "gaussian"),
        ("kernel", "exponential"),
        ("mea", "grid"),
        ("mea", "coordinates"),
        ("generator", "culture2d"),
        ("backend", "local"),
    } <= names
    assert {entry.provider.name for entry in found.components()} == {"livn-core"}
    assert found.failures == []
    assert found.clashes == []
    assert registry() is registry()
    assert set(KINDS) == set(HOOKS)


def test_listing_imports_no_component_and_nothing_heavy():
    code = (
        "import sys; from livn_core.plugins.registry import registry; "
        "assert registry().components(); "
        "bad = [m for m in sys.modules if m.split('.')[0] in "
        "('numpy', 'pydantic', 'scipy', 'h5py', 'numba', 'rich', 'ruamel', 'click') "
        "or m.startswith('livn_plugins.') and m.count('.') > 1]; "
        "sys.exit(str(bad) if bad else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_listing_is_sorted_by_kind_and_name():
    found = Registry.discover({"LIVN_DISABLE_PLUGINS": "all"})
    kinds = [entry.kind for entry in found.components()]
    assert kinds == sorted(kinds, key=list(HOOKS).index)
    names = [entry.name for entry in found.components("placement")]
    assert names == sorted(names)


def test_aliases_and_qualified_names():
    found = registry()
    disk = found.find("placement", "disk")
    assert found.find("placement", "systems.generate_2d.disk") == disk
    assert found.find("placement", "livn-core/disk") == disk
    assert found.find("placement", "Livn_Core/disk") == disk


def test_what_a_subclass_of_component_has_beside_is_its_plugin_s_own():
    @dataclass(frozen=True)
    class Cited(Component):
        paper: str = "none"

    (entry,) = Registry(
        [plugin("theirs", Cited("ring", "nowhere.ring:Ring", "a test"))]
    ).components()
    assert (entry.name, entry.summary) == ("ring", "a test")


def test_did_you_mean():
    with pytest.raises(ComponentNotFoundError, match="no placement named 'disc'; did you mean"):
        registry().find("placement", "disc")
    with pytest.raises(ComponentNotFoundError, match="did you mean 'gaussian'") as caught:
        registry().find("kernel", "Gaussian")
    assert "livn plugins list --kind kernel" in caught.value.hint
    with pytest.raises(ComponentNotFoundError, match="no kind of component named 'placements'"):
        registry().components("placements")


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_two_third_parties_with_one_name(order):
    plugins = [
        plugin("zebra-plugin", component("spiral")),
        plugin("ant.plugin", component("spiral")),
        plugin("third", component("other")),
    ]
    found = Registry([plugins[index] for index in order])
    with pytest.raises(PluginError) as caught:
        found.find("placement", "spiral")
    assert str(caught.value) == (
        "placement 'spiral' is claimed by ant.plugin 1.0 and by zebra-plugin 1.0"
    )
    assert caught.value.hint == "pick one with 'ant-plugin/spiral' or 'zebra-plugin/spiral'"
    assert caught.value.exit_code == 3
    assert found.find("placement", "ant.plugin/spiral").provider.name == "ant.plugin"
    assert found.find("placement", "zebra_plugin/spiral").provider.name == "zebra-plugin"
    assert found.find("placement", "other")
    (clash,) = found.clashes
    assert (clash.kind, clash.name, clash.reserved) == ("placement", "spiral", False)
    with pytest.raises(ComponentNotFoundError):
        found.find("placement", "nobody/spiral")


def test_one_name_in_two_kinds_is_no_clash():
    found = Registry(
        [
            plugin("one", component("hex")),
            plugin("two", component("hex"), hook="livn_mea_layouts"),
        ]
    )
    assert found.clashes == []
    assert found.find("placement", "hex").provider.name == "one"
    assert found.find("mea", "hex").provider.name == "two"


@pytest.mark.parametrize("first", [True, False])
def test_a_builtin_name_is_reserved(first):
    third_party = plugin("pushy", component("disk"), component("spiral"))
    builtins = list(discovery.builtin_plugins())
    found = Registry([third_party, *builtins] if first else [*builtins, third_party])
    with pytest.warns(PluginWarning, match="pushy 1.0 claims the built-in placement 'disk'"):
        assert found.find("placement", "disk").builtin
    with warnings.catch_warnings():  # once is enough
        warnings.simplefilter("error")
        assert found.find("placement", "disk").builtin
    assert found.find("placement", "pushy/disk").provider.name == "pushy"
    assert found.find("placement", "spiral").provider.name == "pushy"
    (clash,) = found.clashes
    assert clash.reserved
    assert "pushy 1.0 claims the built-in placement 'disk'" in str(clash)
    assert "'pushy/disk'" in clash.hint


@pytest.mark.parametrize("alias", ["disk", "systems.generate_2d.disk"])
def test_an_alias_cannot_take_a_builtin_name(alias):
    third_party = plugin("pushy", component("spiral", alias))
    found = Registry([third_party, *discovery.builtin_plugins()])
    assert found.find("placement", alias).builtin
    assert found.find("placement", "spiral").provider.name == "pushy"
    assert [clash.name for clash in found.clashes] == [alias]


def test_two_entry_points_of_one_distribution_with_one_name():
    found = Registry([plugin("double", component("spiral")), plugin("double", component("spiral"))])
    with pytest.raises(PluginError) as caught:
        found.find("placement", "spiral")
    assert "report it to its authors" in caught.value.hint


def test_the_same_distribution_twice_counts_once(distribute, yields, tmp_path, monkeypatch):
    """An egg-info beside an install, lib and lib64, the same folder twice on the path."""
    counted = "calls = []\n" + yields("spiral").replace(
        "    yield", "    calls.append(1)\n    yield"
    )
    site = distribute("livn-plugin-twice", {"twice_module": counted})
    link = tmp_path / "lib64"
    link.symlink_to(site)
    monkeypatch.syspath_prepend(str(link))
    egg = tmp_path / "checkout" / "Livn_Plugin.twice.egg-info"
    egg.mkdir(parents=True)
    (egg / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: Livn_Plugin.twice\nVersion: 1.0\n")
    (egg / "entry_points.txt").write_text("[livn]\nlivn-plugin-twice = twice_module\n")
    monkeypatch.syspath_prepend(str(egg.parent))
    found = Registry.discover({})
    mine = [entry for entry in found.components() if entry.name == "spiral"]
    assert len(mine) == 1
    assert found.clashes == []
    assert found.failures == []
    assert sys.modules["twice_module"].calls == [1]


def test_one_module_under_two_entry_points_counts_once(distribute, yields):
    distribute(
        "livn-plugin-two",
        {"two_names": yields("spiral")},
        points={"b": "two_names", "a": "two_names"},
    )
    found = Registry.discover({})
    assert found.find("placement", "spiral")
    assert found.clashes == []


def test_the_command_lists_a_doubled_path_once(distribute, yields, livn, root, tmp_path):
    site = distribute("livn-plugin-twice", {"twice_module": yields("spiral")})
    link = tmp_path / "lib64"
    link.symlink_to(site)
    ran = livn(
        "plugins",
        "list",
        env={"PYTHONPATH": os.pathsep.join([str(site), str(link), str(root)])},
    )
    assert ran.code == 0
    assert ran.out.count("spiral") == 1
    assert ran.err == ""


@pytest.mark.parametrize(
    ("value", "there"),
    [
        ("all", set()),
        ("livn_plugin.one", {"two"}),
        ("LIVN-PLUGIN-ONE, livn-plugin-two", set()),
        ("its-entry-point", {"two"}),
        ("nobody", {"one", "two"}),
        ("", {"one", "two"}),
    ],
)
def test_disabling(value, there, distribute, yields):
    distribute(
        "livn-plugin-one", {"one_module": yields("one")}, points={"its-entry-point": "one_module"}
    )
    distribute("livn-plugin-two", {"two_module": yields("two")})
    found = Registry.discover({"LIVN_DISABLE_PLUGINS": value})
    assert {e.name for e in found.components() if e.name in {"one", "two"}} == there
    assert found.find("placement", "disk")
    if "one" not in there:
        with pytest.raises(ComponentNotFoundError) as caught:
            found.find("placement", "one")
        assert "LIVN_DISABLE_PLUGINS turns off livn-plugin-one 1.0" in caught.value.hint


def test_tracing_goes_to_stderr(distribute, yields, capsys):
    distribute("livn-plugin-one", {"one_module": yields("one")})
    Registry.discover({"LIVN_TRACE_HOOKS": "1"})
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "livn: livn_placements() of livn-plugin-one 1.0 gave one\n" in captured.err
    Registry.discover({})
    assert capsys.readouterr().err == ""


def test_hooks_give_the_same_twice():
    first, second = (Registry(discovery.builtin_plugins()).components() for _ in range(2))
    assert first == second


def test_entries_cannot_change():
    entry = registry().components()[0]
    assert isinstance(entry, Entry)
    with pytest.raises(AttributeError):
        entry.name = "other"


def test_a_keyboard_interrupt_is_not_swallowed():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Registry([Plugin(Provider("slow", "1"), "slow", partial(interrupted))])


@pytest.mark.parametrize("value", [3.0, 3, np.float32(3)])
def test_a_whole_number_may_be_written_as_a_decimal(value):
    component = registry().create("placement", "modules", {"rows": value})
    assert component.rows == 3
    assert isinstance(component.rows, int)


@pytest.mark.parametrize("value", [2.5, 2.0**60, True, "3"])
def test_what_is_no_whole_number_is_none(value):
    with pytest.raises(ConfigError, match="rows"):
        registry().create("placement", "modules", {"rows": value})
