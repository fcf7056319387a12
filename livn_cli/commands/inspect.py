"""``livn inspect``: what a system holds."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import click

from livn_cli.options import system_argument
from livn_cli.show import show_system, system_document
from livn_cli.show_study import show_study, study_document
from livn_core.errors import OutputError
from livn_core.hookspecs import Report


@click.command("inspect", epilog="Example: livn inspect ./system --json")
@system_argument
def command(directory: Path) -> Report:
    """Show populations, gids, projections with realised degrees, bounds and provenance.

    Of a study's directory (livn sweep), its systems; its index.csv is made again.
    """
    if (directory / "study.yml").is_file():
        return _study(directory)
    from livn_core.system.reader import System

    return Report(system_document(System(directory), distances=True), show_system)


def _study(directory: Path) -> Report:
    from livn_core.study.index import index_rows, read_study, write_index

    study = read_study(directory)
    rows = list(index_rows(study, directory))
    with suppress(OutputError):  # who may but read there is shown all the same
        write_index(directory, study, rows)
    return Report(study_document(study, rows, directory), show_study)
