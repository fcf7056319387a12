"""``livn completion``: teach a shell to complete commands, options, components and keys."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from click.shell_completion import get_completion_class

from livn_cli.options import overwrite_option
from livn_cli.output import program
from livn_core.errors import OutputError
from livn_core.hookspecs import Report

SHELLS = ("bash", "zsh", "fish")

shell_argument = click.argument("shell", type=click.Choice(SHELLS), required=False)


@click.group("completion")
def command() -> None:
    """Complete commands, options, configurations, components and keys in bash, zsh or fish."""


@command.command("show", epilog='Example: eval "$(livn completion show bash)"')
@shell_argument
def show(shell: str | None) -> Report:
    """Print the script, for this session or a place of your own.

    Without SHELL, that of the login shell.
    """
    chosen = shell or _login_shell()
    return Report({"shell": chosen, "script": _script(chosen)}, lambda d: d["script"].rstrip())


@command.command("install", epilog="Example: livn completion install")
@shell_argument
@overwrite_option
def install(shell: str | None, overwrite: bool) -> Report:
    """Write the script to where the shell looks for it.

    Without SHELL, that of the login shell. No file of yours is changed.
    """
    from livn_core.outputs import write_file

    chosen = shell or _login_shell()
    path = _place(chosen)
    script = _script(chosen)
    if path.exists() and not overwrite and "_COMPLETE" not in path.read_text(encoding="utf-8"):
        raise OutputError(
            f"'{path}' exists and is no completion of this program", hint="pass '--overwrite'"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    write_file(path, script)
    return Report({"shell": chosen, "path": str(path)}, _show_installed, made=True)


def _show_installed(document: Mapping[str, Any]) -> Iterator[str]:
    yield document["path"]
    if document["shell"] == "zsh":
        folder = Path(document["path"]).parent
        yield f"In .zshrc, before compinit:  fpath=({folder} $fpath); autoload -U compinit; compinit"
    elif document["shell"] == "bash":
        yield "New shells have it where the package bash-completion is loaded, or in .bashrc:"
        yield f"  source {document['path']}"
    else:
        yield "New shells have it."


def _login_shell() -> str:
    name = Path(os.environ.get("SHELL", "")).name
    if name not in SHELLS:
        raise click.UsageError(f"say which shell: {', '.join(SHELLS)} (SHELL is '{name}').")
    return name


def _script(shell: str) -> str:
    """Return Click's script under the name that this command was called by."""
    name = program()
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101
    variable = f"_{name}_COMPLETE".replace("-", "_").upper()
    own = found(click.Group("livn"), {}, name, variable)
    return str(own.source_template % own.source_vars())


def _place(shell: str) -> Path:
    name, home = program(), Path.home()

    def folder(variable: str, otherwise: str) -> Path:
        return Path(os.environ.get(variable) or home / otherwise)

    if shell == "bash":
        data = folder("XDG_DATA_HOME", ".local/share")
        own = os.environ.get("BASH_COMPLETION_USER_DIR")
        return Path(own or data / "bash-completion") / "completions" / name
    if shell == "zsh":
        return folder("ZDOTDIR", "") / ".zfunc" / f"_{name}"
    return folder("XDG_CONFIG_HOME", ".config") / "fish" / "completions" / f"{name}.fish"
