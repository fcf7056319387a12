"""The reference has all there is, and the site's map leads to every page."""

from __future__ import annotations

import inspect
import re
import runpy

import pytest

from livn_cli.main import main
from livn_core import errors, hookspecs
from livn_core.hookspecs import HOOKS
from livn_core.plugins.registry import Registry


@pytest.fixture(scope="module")
def commands(root):
    walk = runpy.run_path(str(root / "docs" / "generated.py"))["walk"]
    return [words for words, command in walk(main, ()) if words and not command.hidden]


def test_every_command_has_its_help(commands, written):
    page = written["reference/commands.md"]
    for words in commands:
        assert f"### livn {' '.join(words)}\n\n```text\nUsage: livn {' '.join(words)} " in page
    assert len(commands) > 15


def test_every_command_is_told_in_prose(commands, pages):
    text = "\n".join(pages.values())
    missing = [words for words in commands if f"livn {' '.join(words)}" not in text]
    told_by_their_group = {("jobs", "show")}
    assert set(missing) <= told_by_their_group


def test_every_component_has_its_section(written):
    page = written["reference/components.md"]
    known = Registry.discover({"LIVN_DISABLE_PLUGINS": "all"})
    for entry in known.components():
        anchor = f"{{ #{entry.kind}-{entry.name} }}"
        assert anchor in page
        section = page.split(anchor)[1].split("\n### ")[0]
        assert entry.summary.replace("|", "\\|") in section
        for field in getattr(known.load(entry.kind, entry.name), "model_fields", ()):
            assert f"| `{field}` |" in section


def test_every_hook_with_its_arguments(pages, written):
    for hook in HOOKS.values():
        signature = f"{hook}{inspect.signature(getattr(hookspecs, hook)).replace(return_annotation=inspect.Signature.empty)}"
        assert f"`{signature}`" in pages["docs/plugins.md"]
        assert f"`{signature}`" in written["reference/components.md"]


def test_every_exit_code_and_error(written):
    page = written["reference/errors.md"]
    for code in errors.ExitCode:
        assert f"| {int(code)} | `{code.name}` |" in page
    for name, item in vars(errors).items():
        if isinstance(item, type) and issubclass(item, errors.LivnError):
            assert f"`{name}`" in page


def test_the_map_names_every_page(root, written):
    # The build warns of the rest, but only where the site's tools are installed.
    configuration = (root / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    named = set(re.findall(r"[\w/-]+\.md", configuration))
    docs = root / "docs"
    there = {str(path.relative_to(docs)) for path in docs.rglob("*.md")} | set(written)
    assert named == there


def test_contributing_names_every_room(pages, root):
    told = set(re.findall(r"`([\w/.]+)`", pages["CONTRIBUTING.md"]))
    core = root / "livn_core"
    rooms = {f"{path.parent.name}/" for path in core.glob("*/__init__.py")}
    modules = {path.name for path in core.glob("*.py") if not path.name.startswith("_")}
    assert rooms | modules <= told


def test_links_lead_to_files(pages, written, root):
    broken = []
    for page, text in pages.items():
        for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", text):
            place = (root / page).parent / target
            inside = target.startswith(("http://", "https://"))
            made = any(place.resolve() == (root / "docs" / path).resolve() for path in written)
            if not (inside or made or place.exists()):
                broken.append(f"{page}: {target}")
    assert not broken


def test_the_check_builds_strictly(root):
    # With -q warnings are not counted, and a broken link passes.
    lines = (root / ".ci" / "run").read_text(encoding="utf-8").splitlines()
    (build,) = [line for line in lines if "mkdocs build" in line]
    assert "--strict" in build
    assert not re.search(r" (-q|--quiet)\b", build)


def test_copied_commands_have_no_prompts(root):
    hook = runpy.run_path(str(root / "docs" / "generated.py"))["on_page_content"]
    lines = '<span class="gp">$ </span>livn plot &quot;a&quot; \\\n    --seed 1\n<span class="go">a.png</span>\n'
    page = '<div class="language-{} highlight"><pre><code>{}</code></pre></div>'
    made = hook(page.format("console", lines), None, None, None)
    assert 'data-copy="livn plot &quot;a&quot; \\\n    --seed 1">' in made
    assert lines in made
    assert hook(page.format("python", lines), None, None, None) == page.format("python", lines)


def test_the_picture_of_speed_has_its_table(root):
    rows = runpy.run_path(str(root / "docs" / "speed.py"))["rows"]()
    assert [cells for cells, *_ in rows] == [31_250 * 2**i for i in range(6)]


def test_pictures_are_small(root):
    for picture in (root / "docs" / "images").iterdir():
        assert picture.stat().st_size < 400_000, picture.name
