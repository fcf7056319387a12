"""``livn reproduce``: make a system again from its provenance, and compare."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.options import output_option, overwrite_option, system_argument
from livn_cli.output import Output, pass_output
from livn_cli.show_verdicts import show_reproduction
from livn_core.hookspecs import Report


@click.command("reproduce", epilog="Example: livn reproduce ./system --output ./again")
@system_argument
@output_option()
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Threads.  [default: the cores]")
@click.option("--trust", is_flag=True, help="Run the functions that DIR names: its maker's code.")
@overwrite_option
@pass_output
def command(output: Output, directory: Path, destination: Path | None, **options: Any) -> Report:
    """Generate DIR again from its provenance.json and compare the contents.

    Into a temporary directory, unless --output keeps it. Exit code 0 when they are equal, else 1.
    """
    from livn_core.run.allocation import keep_freed_memory
    from livn_core.verify import reproduce

    keep_freed_memory()
    with output.progress() as progress:
        result = reproduce(directory, destination, progress=progress, **options)
    return Report(
        result.document(),
        lambda _: show_reproduction(result),
        code=0 if result.equal else 1,
        made=result.equal,
    )
