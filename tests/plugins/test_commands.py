"""`livn plugins list|info|new` and the completion of names, as a user meets them."""

from __future__ import annotations

import json
import os

import pytest
from click.shell_completion import CompletionItem
from click.testing import CliRunner

from livn_cli.commands.plugins import command
from livn_cli.options import ComponentName
from livn_core.hookspecs import HOOKS


def test_list(livn):
    ran = livn("plugins", "list", "--kind", "placement")
    assert ran.code == 0
    assert ran.err == ""
    header, *rows = ran.out.splitlines()
    assert header.split() == ["kind", "name", "provider", "summary"]
    assert [row.split()[1] for row in rows] == sorted(row.split()[1] for row in rows)
    assert any(row.split()[:2] == ["placement", "disk"] for row in rows)
    assert "Traceback" not in ran.err


def test_list_as_json(livn):
    document = json.loads(livn("plugins", "list", "--json").out)
    assert document["version"] == 1
    assert set(document) == {"version", "components", "failures", "clashes", "disabled"}
    kinds = [entry["kind"] for entry in document["components"]]
    assert set(kinds) <= set(HOOKS)
    disk = next(entry for entry in document["components"] if entry["name"] == "disk")
    assert disk == {
        "kind": "placement",
        "name": "disk",
        "summary": "uniform per area over a disk or an annulus",
        "provider": "livn-core",
        "provider_version": disk["provider_version"],
        "builtin": True,
        "target": "livn_plugins.placement.disk:Disk",
        "aliases": ["systems.generate_2d.disk"],
    }


def test_clashes_are_listed_and_named_on_use(livn, root, distribute, yields):
    site = distribute("ant-plugin", {"ant_module": yields("spiral")}, version="1.1")
    distribute(
        "bee-plugin",
        {"bee_module": yields("spiral", "livn_plugins.placement.disk:Disk")},
        version="2.2",
    )
    distribute("cow-plugin", {"cow_module": yields("disk")}, version="3.3")
    env = {"PYTHONPATH": os.pathsep.join([str(site), str(root)])}
    listed = livn("plugins", "list", "--json", env=env)
    assert listed.code == 0
    clashes = {clash["name"]: clash for clash in json.loads(listed.out)["clashes"]}
    assert clashes["spiral"]["providers"] == ["ant-plugin", "bee-plugin"]
    assert clashes["disk"]["reserved"] is True
    assert livn("plugins", "list", "--failures", env=env).code == 3
    asked = livn("plugins", "info", "spiral", env=env)
    assert asked.code == 3
    assert "claimed by ant-plugin 1.1 and by bee-plugin 2.2" in asked.err
    assert "pick one with 'ant-plugin/spiral' or 'bee-plugin/spiral'" in asked.err
    off = {**env, "LIVN_DISABLE_PLUGINS": "ant-plugin,cow-plugin"}
    assert livn("plugins", "list", "--failures", env=off).code == 0
    assert "bee-plugin 2.2" in livn("plugins", "list", env=off).out


def test_no_failures(livn):
    ran = livn("plugins", "list", "--failures", env={"LIVN_DISABLE_PLUGINS": "all"})
    assert ran.code == 0


@pytest.mark.parametrize("name", ["disk", "systems.generate_2d.disk", "livn-core/disk"])
def test_info(livn, name):
    ran = livn("plugins", "info", name)
    assert ran.code == 0
    assert "uniform per area over a disk or an annulus" in ran.out
    rows = {line.split()[0]: line.split() for line in ran.out.splitlines() if line.strip()}
    assert rows["radius"][:5] == ["radius", "500.0", ">", "0", "um"]
    assert "livn generate --area disk" in ran.out


def test_info_as_json(livn):
    document = json.loads(livn("plugins", "info", "grid", "--json").out)
    pitch = next(entry for entry in document["parameters"] if entry["name"] == "pitch")
    assert pitch == {
        "name": "pitch",
        "type": "float",
        "required": False,
        "default": 200.0,
        "bounds": "> 0",
        "unit": "um",
        "description": "centre-to-centre distance",
    }
    assert document["component"]["provider"] == "livn-core"
    assert "power of two" in document["documentation"]


def test_info_of_nothing(livn):
    ran = livn("plugins", "info", "disc", "--json")
    assert ran.code == 2
    assert "no component named 'disc'; did you mean 'disk'?" in ran.err
    assert json.loads(ran.out)["error"]["type"] == "ComponentNotFoundError"
    wrong_kind = livn("plugins", "info", "disk", "--kind", "mea")
    assert wrong_kind.code == 2
    assert "no MEA layout named 'disk'" in wrong_kind.err


def test_info_of_a_name_in_two_kinds(livn):
    """`file` is a placement and an MEA layout."""
    ran = livn("plugins", "info", "file")
    assert ran.code == 2
    assert "'file' is the name of several components: placement and MEA layout" in ran.err
    assert "--kind placement or --kind mea" in ran.err
    assert livn("plugins", "info", "file", "--kind", "placement").code == 0


def test_new(livn, tmp_path):
    ran = livn("plugins", "new", "my-ring")
    assert ran.code == 0
    assert (tmp_path / "livn-plugin-my-ring" / "livn_my_ring" / "my_ring.py").is_file()
    assert ran.out.splitlines() == [
        f"livn-plugin-my-ring/{path}"
        for path in (
            "pyproject.toml",
            "README.md",
            "livn_my_ring/__init__.py",
            "livn_my_ring/my_ring.py",
            "tests/test_my_ring.py",
        )
    ]
    assert "pip install -e livn-plugin-my-ring" in ran.err


@pytest.mark.parametrize("words", [["list"], ["info"], ["new"], []])
def test_help_has_an_example(words):
    ran = CliRunner().invoke(command, [*words, "--help"])
    assert ran.exit_code == 0
    if words:
        assert f"Example: livn plugins {words[0]}" in ran.output


def test_names_complete_with_their_summaries():
    found = ComponentName("placement").shell_complete(None, None, "di")
    assert [(item.value, item.help) for item in found if isinstance(item, CompletionItem)] == [
        ("disk", "uniform per area over a disk or an annulus")
    ]
    every = {item.value for item in ComponentName(None).shell_complete(None, None, "")}
    assert {"disk", "gaussian", "grid", "local"} <= every


def test_completion_in_a_shell(livn):
    env = {
        "_LIVN_COMPLETE": "bash_complete",
        "COMP_WORDS": "livn plugins info dis",
        "COMP_CWORD": "3",
    }
    ran = livn(env=env)
    assert ran.out.splitlines() == ["plain,disk"]
    assert ran.err == ""


def test_types_are_short(livn_here):
    shown = livn_here("plugins", "info", "axon", "--json")
    types = {row["name"]: row["type"] for row in json.loads(shown.out)["parameters"]}
    assert types["bridges"] == "int | dict[str, int] | None"
    assert types["direction"] == "Direction | None"
    assert types["contact"] == "Literal['length', 'crossing', 'segments']"
