"""``livn cut``: make a system of a selection."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.completed import SelectionText
from livn_cli.options import output_option, overwrite_option, system_argument
from livn_cli.output import Output, pass_output
from livn_cli.show import show_made, system_document
from livn_core.hookspecs import Report


@click.command("cut", epilog="Example: livn cut ./culture --selection e2 --output ./small")
@system_argument
@click.option(
    "--selection",
    type=SelectionText(),
    metavar="NAME",
    required=True,
    help="Which cells (livn select DIR).",
)
@output_option()
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Threads.  [default: the cores]")
@overwrite_option
@pass_output
def command(
    output: Output,
    directory: Path,
    selection: str,
    destination: Path | None,
    jobs: int | None,
    overwrite: bool,
) -> Report:
    """Make a system of the selected cells of DIR and the edges among them.

    Gids and synapses are numbered anew; the attribute Origin/gid holds the old gids. Without
    --output it goes beside DIR, as DIR-NAME.
    """
    from livn_core.cut.cut import cut_system
    from livn_core.system.reader import System
    from livn_core.system.selection import read_selection

    with System(directory) as system, output.progress() as progress:
        chosen = read_selection(system, selection)
        own = system.path.resolve()
        target = destination or own.with_name(f"{own.name}-{selection}")
        made = cut_system(system, chosen, target, overwrite=overwrite, jobs=jobs, progress=progress)
    return Report(system_document(made), show_made, made=True)
