"""The page on plugins says what the code says."""

import re

import pytest

from livn_core import components, hookspecs, testing
from livn_core.culture.placement import place
from livn_core.hookspecs import HOOKS
from livn_core.plugins.registry import Registry
from livn_core.plugins.scaffold import example_files
from livn_core.sampling.streams import stream


@pytest.fixture(scope="module")
def page(root):
    return (root / "docs" / "plugins.md").read_text(encoding="utf-8")


def test_every_kind_has_its_row(page):
    rows = {
        cells[0].strip("` "): cells
        for line in page.splitlines()
        if line.startswith("| `") and len(cells := line.strip("|").split("|")) == 4
    }
    assert list(rows) == list(HOOKS)
    for kind, (_, hook, base, contract) in rows.items():
        assert hook.strip() == f"`{HOOKS[kind]}()`"
        assert contract.strip() == f"`{testing.CONTRACTS[kind].__name__}`"
        classes = re.findall(r"`([A-Z]\w+)`", base)
        assert classes
        home = hookspecs if kind == "command" else components
        for name in classes:
            assert isinstance(getattr(home, name), type)
        for method in re.findall(r"`([a-z]\w+)(?:\(.*?\))?`", base.partition(":")[2]):
            assert any(hasattr(getattr(home, name), method) for name in classes)


def test_the_example_is_that_of_the_hook(page):
    blocks = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    assert blocks == list(example_files("placement").values())


def test_every_contract_is_named(page):
    for name in testing.__all__:
        if name.endswith("Contract") and name not in {"ComponentContract", "EntryContract"}:
            assert name in page


def test_the_plugin_of_the_readme_works(root, distribute):
    readme = (root / "README.md").read_text(encoding="utf-8")
    (source,) = [
        block
        for block in re.findall(r"```python\n(.*?)```", readme, re.DOTALL)
        if "@hookimpl" in block
    ]
    distribute("livn-plugin-spiral", {"livn_spiral": source})
    spiral = Registry.discover({}).create("placement", "spiral")
    cells = place(spiral, 50, stream(1, "readme"))
    low, high = spiral.bounds()
    assert (cells >= low).all()
    assert (cells <= high).all()
