"""Commands of third parties: beside ours, marked when broken, one of two by its full name."""

from __future__ import annotations

import json
import os
from textwrap import dedent

import pytest

from livn_core.errors import LivnError
from livn_core.plugins.registry import PluginWarning, Registry, registry
from livn_core.testing import CommandContract

COMMAND = """
    import click
    from livn_core import Report

    @click.command()
    @click.argument("word", default="hello")
    def command(word):
        '''Say a word.'''
        {work}
        return {report}
    """
REPORT = 'Report({"word": word}, lambda document: document["word"], code=len(word) - 5)'


@pytest.fixture
def command(distribute):
    """Install a distribution with one command; the registry sees it."""

    def install(
        name: str,
        distribution: str = "lab-a",
        *,
        work: str = "pass",
        report: str = REPORT,
        section: str = "",
        code: str = COMMAND,
    ) -> None:
        module = distribution.replace("-", "_")
        plugin = f"""
            from livn_core import Command, hookimpl

            @hookimpl
            def livn_commands():
                yield Command({name!r}, "{module}_work:command", "Say a word.", {section!r})
            """
        source = dedent(code).replace("{work}", work).replace("{report}", report)
        distribute(distribution, {module: plugin, f"{module}_work": source}, version="1.2")
        registry.cache_clear()

    yield install
    registry.cache_clear()


def headings(out: str) -> dict[str, list[str]]:
    """Return heading -> lines of a help page."""
    found: dict[str, list[str]] = {}
    for line in out.splitlines():
        if line.endswith(":") and not line.startswith(" "):
            lines = found.setdefault(line[:-1], [])
        elif line.startswith("  ") and found:
            lines.append(line.strip())
    return found


@pytest.mark.parametrize(
    ("section", "heading"), [("", "lab-a"), ("Measure", "Measure"), ("Build", "lab-a")]
)
def test_it_stands_under_a_heading_of_its_own(command, livn_here, section, heading):
    bare = headings(livn_here("--help").out)
    command("speak", section=section)
    assert headings(livn_here("--help").out) == {
        **bare,
        heading: ["speak  Say a word.", bare["Extend"][-1]],
        "Extend": bare["Extend"][:-1],
    }


def test_its_report_is_printed_as_text_or_json(command, livn_here):
    command("speak", work="print('thinking')")
    ran = livn_here("speak")
    assert (ran.code, ran.out) == (0, "hello\n")
    assert ran.err == "thinking\n"
    ran = livn_here("speak", "--json", "hello!")
    assert json.loads(ran.out) == {"version": 1, "word": "hello!"}
    assert ran.code == 1
    assert "--json" in livn_here("speak", "--help").out


def test_a_text_may_be_lines(command, livn_here):
    command("speak", report='Report({}, lambda _: iter(["a", "b"]))')
    assert livn_here("speak").out == "a\nb\n"


def test_a_group_of_commands(command, livn_here):
    code = COMMAND.replace("command()", "group()", 1).replace(
        '@click.argument("word", default="hello")\n    def command(word):',
        "def command():\n        '''Many.'''\n\n    @command.command()\n"
        '    @click.argument("word", default="hello")\n    def loud(word):',
    )
    command("speak", code=code)
    assert json.loads(livn_here("speak", "loud", "--json").out)["word"] == "hello"
    assert "--json" not in livn_here("speak", "--help").out


def test_nothing_to_report_is_no_mistake(command, livn_here):
    """Of several ranks one reports."""
    command("speak", report="None")
    ran = livn_here("speak", "--json")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


@pytest.mark.parametrize(
    ("work", "report", "says"),
    [
        ("pass", "{}", "the command 'speak' of lab-a 1.2 returned a dict, not a Report"),
        ("pass", "Report({1: {2}}, str)", "lab-a 1.2 gave a document that is not JSON"),
        ("pass", "Report({'a': float('nan')}, str)", "lab-a 1.2 gave a document that is not JSON"),
        ("1 / 0", REPORT, "the plugin lab-a 1.2 failed: ZeroDivisionError"),
        ("pass", "Report({}, lambda _: 1 / 0)", "the plugin lab-a 1.2 failed: ZeroDivisionError"),
        ("raise SystemExit", REPORT, "the plugin lab-a 1.2 failed: SystemExit"),
    ],
)
def test_whose_mistake_it_is(command, livn_here, work, report, says):
    command("speak", work=work, report=report)
    words = ["speak"] if "lambda _" in report else ["speak", "--json"]
    ran = livn_here(*words)
    assert ran.code == 3
    assert says in ran.err
    assert livn_here("version").code == 0


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import not_there\n", "ModuleNotFoundError: No module named 'not_there'"),
        ("print('hi')\nraise SystemExit(3)\n", "it called sys.exit(3)"),
        ("command = 3\n", "is no Click command"),
        ("import click\ncommand = click.Command\n", "is no Click command"),
    ],
)
def test_a_broken_one_is_listed_marked_and_says_whose_bug_it_is(command, livn_here, code, reason):
    command("speak", code=code)
    assert "speak  (broken) Say a word." in headings(livn_here("--help").out)["lab-a"]
    told = livn_here("speak", "--help")
    assert told.code == 0
    text = " ".join(told.out.split())
    assert "the command 'speak' of lab-a 1.2" in text
    assert reason in text
    ran = livn_here("speak", "some", "--words")
    assert (ran.code, ran.out) == (3, "")
    assert "the command 'speak' of lab-a 1.2" in ran.err
    assert reason in ran.err


def test_one_that_was_named_before_its_plugin_failed(distribute, livn_here):
    source = """
        from livn_core import Command, hookimpl

        @hookimpl
        def livn_commands():
            yield Command("speak", "nowhere:command", "Say a word.")
            yield Command("version", "nowhere:command", "Not ours.")
            1 / 0
        """
    distribute("lab-a", {"lab_a": source}, version="1.2")
    registry.cache_clear()
    try:
        shown = headings(livn_here("--help").out)
        assert "speak  (broken)" in shown["lab-a"]
        assert not any(line.startswith("version") for line in shown["lab-a"])
        told = " ".join(livn_here("speak", "--help").out.split())
        assert "of lab-a 1.2 failed: ZeroDivisionError" in told
        assert livn_here("speak").code == 3
        assert livn_here("version").code == 0
    finally:
        registry.cache_clear()


def test_two_that_claim_one_name(command, livn_here):
    command("speak")
    command("speak", "lab-b", report="Report({}, lambda _: 'b')")
    shown = headings(livn_here("--help").out)
    assert shown["lab-a"][0].split()[0] == "lab-a/speak"
    assert shown["lab-b"][0].split()[0] == "lab-b/speak"
    ran = livn_here("speak")
    assert ran.code == 3
    assert "command 'speak' is claimed by lab-a 1.2 and by lab-b 1.2" in ran.err
    assert "pick one with 'lab-a/speak' or 'lab-b/speak'" in ran.err
    assert livn_here("lab-a/speak").out == "hello\n"
    assert livn_here("Lab_B/speak").out == "b\n"


def test_the_name_of_a_builtin_is_reserved(command, livn_here):
    command("version")
    assert "livn-core" in livn_here("version").out
    assert livn_here("lab-a/version").out == "hello\n"
    assert headings(livn_here("--help").out)["lab-a"][0].split()[0] == "lab-a/version"


def test_switched_off(command, livn_here, monkeypatch):
    monkeypatch.setenv("LIVN_DISABLE_PLUGINS", "lab-a")
    command("speak")
    assert "speak" not in livn_here("--help").out
    assert livn_here("speak").code == 2


def test_did_you_mean(command, livn_here):
    command("speak")
    ran = livn_here("speaks")
    assert ran.code == 2
    assert "Did you mean 'speak'?" in ran.err


def test_completion_knows_it_and_is_silent(command, distribute, livn, root):
    command("speak")
    site = distribute("lab-c", {"lab_c": "import not_there\n"})
    path = os.pathsep.join([str(site), str(root)])

    def complete(*words):
        env = {"_LIVN_COMPLETE": "bash_complete", "PYTHONPATH": path}
        ran = livn(env={**env, "COMP_WORDS": " ".join(words), "COMP_CWORD": str(len(words) - 1)})
        assert ran.err == ""
        return ran.out.splitlines()

    assert complete("livn", "spe") == ["plain,speak"]
    assert complete("livn", "speak", "--j") == ["plain,--json"]


def test_it_is_listed_and_described(command, livn_here):
    command("speak")
    row = next(line for line in livn_here("plugins", "list").out.splitlines() if "speak" in line)
    assert row.split() == ["command", "speak", "lab-a", "1.2", "Say", "a", "word."]
    told = livn_here("plugins", "info", "speak").out
    assert "use: livn speak --help" in told
    assert told.splitlines()[-1] == "Say a word."


@pytest.mark.parametrize(
    ("descriptor", "reason"),
    [
        ('"speak"', "must yield Commands, not a str"),
        ('Component("speak", "a:b", "c")', "must yield Commands, not a Component"),
        ('Command("Speak", "a:b", "c")', "yields a command named 'Speak'"),
        ('Command("speak", "a.b", "c")', "which is not 'module:command'"),
        ('Command("speak", "a:b", "c", "x\\ny")', "whose section is not one line"),
    ],
)
def test_a_descriptor_that_is_none(distribute, descriptor, reason):
    source = f"""
        from livn_core import Command, Component, hookimpl

        @hookimpl
        def livn_commands():
            yield {descriptor}
        """
    distribute("lab-a", {"lab_a": source})
    with pytest.warns(PluginWarning):
        found = Registry.discover({})
    assert reason in found.failures[0].reason


# -- the contract can fail -------------------------------------------------------------------------

CAUGHT = [
    ("test_is_listed_without_heavy_libraries", {"code": "import numpy\n" + dedent(COMMAND)}),
    ("test_help_says_what_it_does", {"code": COMMAND.replace("'''Say a word.'''", "pass")}),
    ("test_text_and_json_are_one_report", {"report": "None"}),
    ("test_text_and_json_are_one_report", {"report": "Report({}, lambda _: 'empty')"}),
    ("test_text_and_json_are_one_report", {"report": "Report({'a': {2}}, lambda _: 'a')"}),
    ("test_text_and_json_are_one_report", {"report": "Report({'a': 2}, lambda _: '')"}),
    ("test_text_and_json_are_one_report", {"work": "1 / 0"}),
    ("test_leaves_the_system_alone", {"work": "import h5py; h5py.File(word, 'a')['new'] = [1]"}),
]


class Digested:
    """What the contract asks of a system."""

    def __init__(self, path):
        self.path = path

    def digest(self):
        return self.path.read_bytes() if self.path.exists() else b""


def kept(test: str, tmp_path) -> None:
    contract = type("TestSpeak", (CommandContract,), {"name": "speak"})()
    system = Digested(tmp_path / "hello")
    given = {"example": [str(system.path)] if "alone" in test else [], "system": system}
    given["tmp_path"] = tmp_path
    method = getattr(contract, test)
    names = method.__code__.co_varnames[1 : method.__code__.co_argcount]
    method(**{name: given[name] for name in names})


@pytest.mark.parametrize(("test", "mistake"), CAUGHT)
def test_a_planted_mistake_is_caught(command, test, mistake, tmp_path, monkeypatch):
    monkeypatch.setattr("livn_core.testing.command.System", Digested)
    command("speak", **{"report": "Report({'word': word}, lambda _: word)", **mistake})
    with pytest.raises((AssertionError, LivnError, ValueError)):
        kept(test, tmp_path)


def test_without_a_mistake_nothing_is_caught(command, tmp_path, monkeypatch):
    monkeypatch.setattr("livn_core.testing.command.System", Digested)
    command("speak", report="Report({'word': word}, lambda _: word)")
    for test in {test for test, _ in CAUGHT}:
        kept(test, tmp_path)
