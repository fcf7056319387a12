"""The ``livn`` command: shows the help in sections, turns errors into exit codes.

The commands come from :mod:`livn_cli.program_commands`; ``livn --help`` needs their descriptors alone.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import sys
import warnings
from collections.abc import Callable, MutableMapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, cast

import click

from livn_cli.damage import damage_behind
from livn_cli.output import Output, printable, spoken
from livn_cli.program_commands import BrokenCommand, Commands, sections
from livn_core.__about__ import __version__
from livn_core.errors import ExitCode, LivnError, out_of_memory
from livn_core.plugins.attribution import reason_of, third_parties_in_use, third_party_in
from livn_core.plugins.registry import registry
from livn_core.suggest import did_you_mean


class LivnGroup(click.Group):
    """A group whose help has titled sections and whose errors are sentences."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.commands = cast("MutableMapping[str, click.Command]", Commands())

    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Make a context; a shell that completes a word hears of no broken plugin."""
        if kwargs.get("resilient_parsing"):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                registry()
        return super().make_context(*args, **kwargs)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section; those of third parties are loaded, to mark what is broken."""
        for title, lines in sections().items():
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (line.name, f"(broken) {line.summary}".rstrip())
                        if not line.builtin and isinstance(self.commands[line.name], BrokenCommand)
                        else (line.name, line.summary)
                        for line in lines
                    ]
                )

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; of an unknown one say which has a name like it."""
        found = super().get_command(ctx, cmd_name)
        if found is None and not ctx.resilient_parsing and not cmd_name.startswith("-"):
            near = did_you_mean(cmd_name, self.commands).removeprefix("; ")
            told = f" {near[0].upper()}{near[1:]}" if near else ""
            raise click.UsageError(f"No such command '{cmd_name}'.{told}", ctx)
        return found

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run, and end with the project's exit codes."""
        kwargs["standalone_mode"] = False
        _open_streams()
        output, stdout = Output(), sys.stdout
        try:
            with warnings.catch_warnings():
                warnings.showwarning = partial(_warn, output, warnings.showwarning)
                result = super().main(*args, obj=output, **kwargs)
            output.flush()
        except LivnError as error:
            code = _foreseen(output, error)
        except click.ClickException as error:
            if isinstance(error, click.NoSuchOption) and error.option_name[1:2].isdigit():
                # The second number of `--box -100 -100`: Click takes it for an option.
                told = " Numbers of one option are joined by commas: -100,50."
                error = click.UsageError(error.format_message() + told, error.ctx)
            if output.json:
                _say(output, "UsageError", error.format_message(), None)
            else:
                error.show()
            code = int(ExitCode.REQUEST)
        except (KeyboardInterrupt, click.Abort):
            click.echo("Interrupted.", err=True)
            code = int(ExitCode.INTERRUPTED)
        except (Exception, SystemExit) as error:
            if isinstance(error, BrokenPipeError) or sys.stdout is not stdout:
                # The reader of our stdout went away (`livn ... | head`): nothing is wrong. Click
                # makes an error of it, with another stdout that swallows what is left.
                os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
                sys.exit(int(ExitCode.OK))
            if output.debug or (
                isinstance(error, SystemExit) and not _of_a_third_party(output, error)
            ):
                raise
            code = _unforeseen(output, error)
        else:
            code = result if isinstance(result, int) else int(ExitCode.OK)
        # Saves a tenth of a second, in which Python would search what modules hold for garbage.
        atexit.register(gc.freeze)
        sys.exit(code)


def _open_streams() -> None:
    """Give a process that was started without standard streams empty ones."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115


def _of_a_third_party(output: Output, error: SystemExit) -> bool:
    """Whether a plugin called ``sys.exit``: it must not end the run without a word.

    Click exits by itself (completion, a closed pipe), and so does a rank that another speaks for.
    """
    return error is output.exit and third_party_in(error, registry().components()) is not None


def _foreseen(output: Output, error: LivnError) -> int:
    # What a component is blamed for may be the system's that it was given.
    if error.exit_code is ExitCode.PLUGIN and (damage := damage_behind(error)):
        _say(output, "SystemFormatError", *damage)
        return int(ExitCode.REQUEST)
    _say(output, type(error).__name__, error.message, error.hint)
    return int(error.exit_code)


def _unforeseen(output: Output, error: BaseException) -> int:
    third_party = third_party_in(error, registry().components())
    if third_party is None and (damage := damage_behind(error)):
        _say(output, "SystemFormatError", *damage)
        return int(ExitCode.REQUEST)
    if isinstance(error, MemoryError):
        lack = out_of_memory(error)
        text, hint, code = lack.message, lack.hint or "", lack.exit_code
    elif isinstance(error, FileNotFoundError) and error.filename is None and _nowhere():
        text = "the directory in which this runs has been removed"
        hint, code = "change to another one: cd", ExitCode.REQUEST
    elif third_party is None:
        text = f"internal error: {type(error).__name__}: {error}"
        # What a plugin gave may be wrong, and the error come when it is used.
        whose = " or in ".join(["livn", *third_parties_in_use(registry().components())])
        hint = f"this is a bug in {whose}; run again with 'livn --debug ...' for the traceback"
        code = ExitCode.BUG
    else:
        text = f"the plugin {third_party.provider} failed: {reason_of(error)}"
        hint = "report it to its authors; 'livn --debug ...' shows the traceback"
        code = ExitCode.PLUGIN
    _say(output, type(error).__name__, text, hint)
    return int(code)


def _nowhere() -> bool:
    """Whether the working directory is gone."""
    try:
        Path.cwd()
    except FileNotFoundError:
        return True
    return False


def _warn(
    output: Output,
    otherwise: Callable[..., None],
    message: Warning | str,
    category: type[Warning],
    *args: Any,
    **kwargs: Any,
) -> None:
    # Our own warnings are sentences for the user, who has no use for a line of our code.
    if category is UserWarning or category.__module__.startswith("livn_"):
        output.warn(str(message))
    else:
        otherwise(message, category, *args, **kwargs)


def _say(output: Output, kind: str, message: str, hint: str | None) -> None:
    click.secho(f"Error: {printable(spoken(message))}", err=True, fg="red")
    if hint:
        click.echo(f"Hint: {printable(spoken(hint))}", err=True)
    if output.json:
        error = {"type": kind, "message": message, "hint": hint}
        with suppress(OSError):  # where standard output is what cannot be written
            click.echo(json.dumps({"version": 1, "error": error}, indent=2, sort_keys=True))
            sys.stdout.flush()


@click.group(
    cls=LivnGroup,
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "LIVN"},
    epilog="Example: livn generate --area disk --total-cells 100",
)
@click.version_option(__version__, prog_name="livn", message="%(prog)s %(version)s")
@click.option("-v", "--verbose", count=True, help="Say more.")
@click.option("-q", "--quiet", count=True, help="Say less: only warnings and errors.")
@click.option("--debug", is_flag=True, help="Show tracebacks.  [env var: LIVN_DEBUG]")
@click.pass_context
def main(ctx: click.Context, verbose: int, quiet: int, debug: bool) -> None:
    """Generate synthetic in-vitro neural networks, ready for the livn simulator."""
    output = ctx.ensure_object(Output)
    output.verbosity = verbose - quiet
    output.debug = debug
