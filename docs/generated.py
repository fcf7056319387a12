"""Writes the reference pages from the code while the site is built: an MkDocs hook.

Nothing of it is stored, so nothing of it can be stale.
"""

from __future__ import annotations

import html as html_text
import re
from collections.abc import Iterator

import click

HEAD = "<!-- written from the code by docs/generated.py -->\n"
#: A console block of a page, as it is written: before and after the end of its first tag's attributes.
CONSOLE = re.compile(r'(<div class="language-console highlight")(>.*?</pre>)', re.DOTALL)
SECTIONS = {
    "Build": "make systems and what belongs to them",
    "Inspect": "look at them",
    "Extend": "add components",
}

COMMANDS_INTRO = """\
What `--help` prints, for every command. Options of a component (`--radius` of a disk) appear in
the help once the component is chosen: `livn generate --area disk --help`. All of them stand under
[components](components.md). Exit codes: [errors](errors.md).
"""
COMPONENTS_INTRO = """\
The components that ship. `livn plugins list` shows those of installed plugins too, and
`livn plugins info NAME` prints what stands here. How to add one: [plugins](../plugins.md).
"""
ERRORS_INTRO = """
An error says what is wrong and where; a hint says what to do next. Both go to stderr, the result to
stdout. With `--json` a failing command prints one object too:

```json
{"version": 1, "error": {"type": "ConfigError", "message": "...", "hint": "..."}}
```

In Python every one of them is a `LivnError`, with `message`, `hint` and `exit_code`:
"""


def pages() -> dict[str, str]:
    """Return the generated pages: path below ``docs`` to Markdown."""
    return {
        "reference/commands.md": HEAD + _commands(),
        "reference/components.md": HEAD + _components(),
        "reference/errors.md": HEAD + _errors(),
        "reference/shipped.md": HEAD + _shipped(),
    }


def on_files(files, config):
    """Add the generated pages to the site's files."""
    from mkdocs.structure.files import File

    for path, text in pages().items():
        files.append(File.generated(config, path, content=text))
    return files


def on_page_content(html, page, config, files):
    """Show the roles of docstrings as names, and their ``::`` as a colon."""
    html = re.sub(r":\w+:<code>~(?:\w+\.)*(\w+)</code>", r"<code>\1</code>", html)
    html = re.sub(r":(?:class|func|meth|mod|data|attr|exc):(?=<code>)", "", html)
    html = CONSOLE.sub(_with_commands, html)
    return html.replace("</code>::</p>", "</code>:</p>")


def commands_of(session: str) -> str:
    """Return the commands of a console block, without prompts and without what they print.

    Examples
    --------
    >>> commands_of("$ livn plot a \\\\\\n    --seed 1\\na.png\\n$ livn view a")
    'livn plot a \\\\\\n    --seed 1\\nlivn view a'
    """
    kept, goes_on = [], False
    for line in session.splitlines():
        if goes_on or line.startswith("$ "):
            kept.append(line if goes_on else line[2:])
            goes_on = line.endswith("\\")
    return "\n".join(kept)


def _with_commands(block: re.Match[str]) -> str:
    """Give a console block what its copy button copies."""
    commands = commands_of(html_text.unescape(re.sub(r"<[^>]+>", "", block[2][1:])))
    return f'{block[1]} data-copy="{html_text.escape(commands)}"{block[2]}'


def prose(text: str) -> str:
    """Return a docstring as Markdown."""
    if re.search(r"^ *-{4,}$", text, re.MULTILINE):
        return f"```text\n{text}\n```"
    text = re.sub(r":\w+:`~(?:\w+\.)*(\w+)`", r"`\1`", text)
    text = re.sub(r":\w+:(?=`)", "", text)
    return text.replace("``", "`")


def walk(command: click.Command, words: tuple[str, ...]) -> Iterator[tuple[tuple, click.Command]]:
    """Yield a command and all below it, with the words that call them."""
    yield words, command
    if isinstance(command, click.Group):
        for name, child in sorted(command.commands.items()):
            yield from walk(child, (*words, name))


def help_of(command: click.Command, words: tuple[str, ...]) -> str:
    """Return what ``--help`` prints, 78 columns wide: what a page shows without scrolling."""
    with click.Context(command, info_name=" ".join(words), terminal_width=78) as context:
        context.help_option_names = ["-h", "--help"]
        return command.get_help(context)


def _commands() -> str:
    from livn_cli.main import main
    from livn_cli.program_commands import sections

    parts = [
        "# Commands\n",
        COMMANDS_INTRO,
        f"```text\n{help_of(main, ('livn',))}\n```\n",
    ]
    for section, told in SECTIONS.items():
        parts.append(f"## {section}: {told}\n")
        for line in sections()[section]:
            for words, command in walk(main.commands[line.name], ("livn", line.name)):
                if not command.hidden:
                    parts.append(
                        f"### {' '.join(words)}\n\n```text\n{help_of(command, words)}\n```\n"
                    )
    return "\n".join(parts)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


def _components() -> str:
    from livn_core.hookspecs import HOOKS
    from livn_core.plugins.catalogue import details
    from livn_core.plugins.entries import KINDS
    from livn_core.plugins.registry import Registry

    known = Registry.discover({"LIVN_DISABLE_PLUGINS": "all"})
    parts = [
        "# Components\n",
        COMPONENTS_INTRO,
    ]
    for kind, hook in HOOKS.items():
        parts.append(f"## {KINDS[kind][0].upper()}{KINDS[kind][1:]}s\n")
        parts.append(f"Kind `{kind}`, hook `{hook}()`.\n")
        for entry in known.components(kind):
            told = details(known, entry.name, kind)
            parts.append(f"### {entry.name} {{ #{kind}-{entry.name} }}\n")
            parts.append(f"{_cell(entry.summary)}.\n")
            if entry.aliases:
                parts.append("Also " + ", ".join(f"`{name}`" for name in entry.aliases) + ".\n")
            if told.get("documentation"):
                parts.append(prose(told["documentation"]) + "\n")
            rows = told.get("parameters") or []
            if rows:
                parts.append(
                    "| parameter | default | bounds | unit | meaning |\n|---|---|---|---|---|"
                )
                for row in rows:
                    default = "required" if row["required"] else f"`{_cell(row['default'])}`"
                    cells = (row["bounds"], row["unit"], row["description"])
                    shown = " | ".join(_cell("" if cell is None else cell) for cell in cells)
                    parts.append(f"| `{row['name']}` | {default} | {shown} |")
                parts.append("")
    return "\n".join(parts)


MEANINGS = {
    "OK": "done",
    "NO": "it ran, and the answer is no: an audit that found a fault, a reproduction that differs",
    "REQUEST": "the request is wrong: usage, an unknown component, a wrong configuration or file",
    "PLUGIN": "a plugin could not be loaded, failed, or two claim one name",
    "BACKEND": "the backend is unavailable, or its job failed",
    "BUG": "a bug in livn; `livn --debug ...` shows the traceback",
    "INTERRUPTED": "interrupted with Ctrl-C",
}


def _errors() -> str:
    from livn_core import errors

    parts = [
        "# Exit codes and errors\n",
        "| code | name | meaning |\n|---|---|---|",
        *(f"| {int(code)} | `{code.name}` | {MEANINGS[code.name]} |" for code in errors.ExitCode),
        ERRORS_INTRO,
        "| error in `livn_core.errors` | also a | exit code | meaning |\n|---|---|---|---|",
    ]
    found = [
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, errors.LivnError)
    ]
    for item in found:
        also = ", ".join(f"`{b.__name__}`" for b in item.__bases__ if b.__module__ == "builtins")
        meaning = (item.__doc__ or "").strip().splitlines()[0]
        parts.append(f"| `{item.__name__}` | {also} | {int(item.exit_code)} | {meaning} |")
    return "\n".join(parts) + "\n"


def _shipped() -> str:
    from livn_core.documents.shipped import configurations

    parts = [
        "# Configurations that ship\n",
        "`livn generate NAME` makes one, `livn config show NAME` prints it whole.\n",
        "| name | what it is |\n|---|---|",
    ]
    for row in configurations():
        parts.append(f"| `{row.name}` | {_cell(row.summary)} |")
    return "\n".join(parts) + "\n"
