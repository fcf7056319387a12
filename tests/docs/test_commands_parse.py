"""Every ``livn`` line of the documentation is one that the command line takes."""

from __future__ import annotations

import re
import shlex

import click
import pytest

from livn_cli.main import main

#: What stands before the command's name in a line of a shell.
BEFORE = r"(?:\$ )?(?:mpiexec -n \d+ )?(?:\.venv/bin/)?"
LINE = re.compile(rf"^\s*{BEFORE}livn(?:-cli)? (.*)$", re.MULTILINE)
INLINE = re.compile(r"(?<!`)`livn(?:-cli)? ([^`\n]*)`(?!`)")
#: Words that stand for something else, and names of the reader's own.
PLACEHOLDER = re.compile(r"\.\.\.|[\[|<]|\b(NAME|KIND|DIR|FILE|KEY)\b")
MINE = ("my-ring", "my_module", "hex", "livn_spiral")


def lines(text: str, blocks) -> list[str]:
    shown = [body for kind, body in blocks(text) if kind in ("", "sh", "bash", "console")]
    joined = "\n".join(shown).replace("\\\n", " ")
    return [re.split(r"\s#\s|\s&&\s|\s>\s", line)[0] for line in LINE.findall(joined)]


def problem(words: list[str]) -> str | None:
    """Return what the command line would say to these words; None when it takes them."""
    context, command = click.Context(main, info_name="livn"), main
    try:
        while True:
            name, command, words = command.resolve_command(context, list(words))
            context = command.make_context(name, list(words), parent=context)
            if not isinstance(command, click.Group):
                return None
            words = [*context._protected_args, *context.args]
            if not words:
                return None
    except click.exceptions.Exit:
        return None
    except click.BadParameter as error:
        if re.search("does not exist|is a file|is a directory", error.format_message()):
            return None
        return error.format_message()
    except click.UsageError as error:
        return error.format_message()


def test_lines_of_the_pages(pages, blocks):
    found, wrong = 0, []
    for page, text in pages.items():
        for line in lines(text, blocks):
            if PLACEHOLDER.search(line) or line.startswith("systems"):
                continue
            found += 1
            said = problem(shlex.split(line))
            if said:
                wrong.append(f"{page}: livn {line}\n    {said}")
    assert not wrong, "\n".join(wrong)
    assert found > 60


def test_commands_within_the_text(pages):
    commands = set(main.commands)
    wrong = [
        f"{page}: `livn {words}`"
        for page, text in pages.items()
        for words in INLINE.findall(text)
        if (first := words.split()[0]) not in commands and not first.startswith("-")
    ]
    assert not wrong, "\n".join(wrong)


def test_whole_commands_within_the_text(pages):
    wrong = []
    for page, text in pages.items():
        for line in INLINE.findall(text):
            if PLACEHOLDER.search(line) or line.startswith("systems"):
                continue
            said = problem(shlex.split(line))
            if said and not said.startswith("Missing"):
                wrong.append(f"{page}: livn {line}\n    {said}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "words", ["genrate", "generate --aera disk", "mea culture --layot grid", "plugins lst"]
)
def test_a_mistake_would_be_found(words):
    assert problem(words.split())
