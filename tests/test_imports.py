"""Imports point one way: livn_cli -> livn_core, livn_plugins -> livn_core, livn_core -> neither."""

from __future__ import annotations

import ast

import pytest

FORBIDDEN = {
    "livn_core": ("livn_cli", "livn_plugins", "click", "rich"),
    "livn_plugins": ("livn_cli", "click", "rich"),
    "livn_cli": ("livn_plugins", "h5py"),
}


def imported(source: str) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "absolute imports only"
            names.add(node.module or "")
    return names


@pytest.mark.parametrize("package", FORBIDDEN)
def test_imports_point_one_way(package, root):
    files = sorted((root / package).rglob("*.py"))
    assert files
    wrong = {
        str(file.relative_to(root)): name
        for file in files
        for name in imported(file.read_text(encoding="utf-8"))
        if name.split(".")[0] in FORBIDDEN[package]
    }
    assert wrong == {}


def test_the_check_sees_every_form_of_import():
    found = imported(
        "import click\nfrom livn_cli.main import main\ndef f():\n    import rich.table"
    )
    assert found == {"click", "livn_cli.main", "rich.table"}


def test_documents_know_no_generator(root):
    """Text, lines and findings are the same for every generator, and come before all of them."""
    known = {"documents", "errors", "suggest"}
    wrong = {
        file.name: name
        for file in sorted((root / "livn_core" / "documents").glob("*.py"))
        for name in imported(file.read_text(encoding="utf-8"))
        if name.startswith("livn_core.") and name.split(".")[1] not in known
    }
    assert wrong == {}
