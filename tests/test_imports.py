"""Imports point one way: between the packages, between the rooms of livn_core, between modules."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

FORBIDDEN = {
    "livn_core": ("livn_cli", "livn_plugins", "click", "rich"),
    "livn_plugins": ("livn_cli", "click", "rich"),
    "livn_cli": ("livn_plugins", "h5py"),
}
#: The contract of commands calls them in the program.
ALLOWED = {("livn_core/testing/command.py", name) for name in ("click", "livn_cli")}

#: Rooms that know no other, and that every room may import.
GROUND = ("__about__", "errors", "notices", "suggest")

#: A room of livn_core (a package, or a module of the top floor) -> the rooms that it may import when
#: it runs, beside the ground. From the bottom up: a room may import what stands above it here.
ROOMS = {
    "outputs": "",
    "program": "",
    "job": "",
    "hookspecs": "",
    "components": "culture",
    "documents": "outputs",
    "morphology": "outputs",
    "neuroh5": "documents program",
    "plugins": "outputs documents hookspecs components",
    "sampling": "components plugins",
    "system": "outputs program documents neuroh5 plugins plotting",
    "run": "outputs program job documents neuroh5 system",
    "culture": "program components documents neuroh5 plugins sampling system run",
    "axons": "components documents plugins sampling system culture",
    "layered": "outputs program components documents morphology plugins sampling system run",
    "execute": "program job documents plugins",
    "network": "program job neuroh5 run system execute",
    "cut": "program job neuroh5 system run",
    "jobs": "outputs job components documents neuroh5 plugins",
    "plotting": "outputs documents neuroh5 plugins sampling system axons",
    "viewer": "outputs documents sampling system plotting",
    "verify": "outputs program components documents morphology neuroh5 plugins sampling system run "
    "culture layered execute",
    "testing": "program job components documents plugins sampling system run culture execute verify",
    "api": "program job documents plugins system execute plotting",
    "study": "outputs program job documents sampling system run execute verify network api",
    # Public names of what has moved into a room.
    "registry": "plugins",
    "exporting": "system",
    "mea": "system",
    "selection": "system",
}

#: What a room may import although it stands below: ``System.plot`` calls who draws, and the region of
#: a placement that states only its bounds is a box.
UPWARD = {("system", "plotting"), ("components", "culture")}


def imported(tree: ast.AST, *, types: bool = True) -> Iterator[str]:
    """Yield the full name of everything that is imported, ``types`` also under TYPE_CHECKING."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test) and not types:
            yield from imported(ast.Module(node.orelse, []), types=types)
        else:
            yield from imported(node, types=types)


def in_circles(graph: dict[str, set[str]]) -> dict[str, set[str]]:
    """Return the part of a graph that is left when every end of an arrow is taken away."""
    left = graph
    while True:
        aims = set().union(*left.values())
        kept = {name: arrows & left.keys() for name, arrows in left.items() if name in aims}
        kept = {name: arrows for name, arrows in kept.items() if arrows}
        if kept == left:
            return left
        left = kept


@pytest.fixture(scope="module")
def graph(root) -> dict[str, set[str]]:
    """Module -> the modules of ours that it imports when it runs, in functions too."""
    files = {}
    for package in FORBIDDEN:
        for file in (root / package).rglob("*.py"):
            parts = file.relative_to(root).with_suffix("").parts
            files[".".join(parts).removesuffix(".__init__")] = file

    def module(name: str) -> str | None:
        while name and name not in files:
            name = name.rpartition(".")[0]
        return name or None

    found = {}
    for name, file in files.items():
        names = imported(ast.parse(file.read_text(encoding="utf-8")), types=False)
        found[name] = {aim for each in names if (aim := module(each))} - {name}
    return found


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package, root):
    files = sorted((root / package).rglob("*.py"))
    assert files
    wrong = {
        str(file.relative_to(root)): name
        for file in files
        for name in imported(ast.parse(file.read_text(encoding="utf-8")))
        if (top := name.split(".")[0]) in FORBIDDEN[package]
        and (file.relative_to(root).as_posix(), top) not in ALLOWED
    }
    assert wrong == {}


def rooms_of(graph: dict[str, set[str]]) -> dict[str, dict[str, set[str]]]:
    """Return room -> imported room -> the arrows between their modules."""
    rooms: dict[str, dict[str, set[str]]] = {}
    for name, aims in graph.items():
        package, _, rest = name.partition(".")
        if package != "livn_core" or not rest:
            continue
        room = rest.partition(".")[0]
        arrows = rooms.setdefault(room, {})
        for aim in aims:
            other = aim.removeprefix("livn_core.").partition(".")[0]
            if aim != "livn_core" and other != room:
                arrows.setdefault(other, set()).add(f"{name} -> {aim}")
    return rooms


def test_rooms_import_what_they_may(graph):
    rooms = rooms_of(graph)
    assert rooms.keys() == {*GROUND, *ROOMS}
    wrong = {
        arrow
        for room, aims in rooms.items()
        for aim, arrows in aims.items()
        for arrow in arrows
        if aim not in ({*GROUND, *ROOMS[room].split()} if room in ROOMS else ())
        and (room, aim) != ("testing", "livn_cli")  # see ALLOWED
    }
    assert wrong == set()


def test_the_table_leads_down():
    order = list(ROOMS)
    upward = {
        (room, aim)
        for room, aims in ROOMS.items()
        for aim in aims.split()
        if order.index(aim) >= order.index(room)
    }
    assert upward == UPWARD


def test_no_circle_of_modules(graph):
    assert in_circles(graph) == {}


def test_the_check_sees_every_form_of_import():
    tree = ast.parse(
        "import click\nfrom livn_cli.main import main\ndef f():\n    import rich.table\n"
        "if TYPE_CHECKING:\n    from livn_core import api\nelse:\n    import json"
    )
    runs = {"click", "livn_cli.main.main", "rich.table", "json"}
    assert set(imported(tree)) == {*runs, "livn_core.api"}
    assert set(imported(tree, types=False)) == runs


def test_the_check_finds_circles():
    line = {"a": {"b"}, "b": {"c"}, "c": set(), "d": {"a"}}
    assert in_circles(line) == {}
    circle = {**line, "c": {"a"}, "e": {"e2"}, "e2": set()}
    assert in_circles(circle) == {"a": {"b"}, "b": {"c"}, "c": {"a"}}
    assert in_circles({"a": {"b"}, "b": {"a", "c"}, "c": set()}) == {"a": {"b"}, "b": {"a"}}


def test_arrows_between_rooms_are_seen():
    rooms = rooms_of({"livn_core.run.run": {"livn_core.run.spool", "livn_core.api", "livn_cli"}})
    assert rooms["run"].keys() == {"api", "livn_cli"}
