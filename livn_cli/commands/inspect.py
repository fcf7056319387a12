"""``livn inspect``: what a system holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from livn_cli.options import system_argument
from livn_cli.output import format_table
from livn_cli.show import show_system, system_document
from livn_cli.show_study import show_study, study_document
from livn_core.errors import OutputError
from livn_core.hookspecs import Report


@click.command("inspect", epilog="Example: livn inspect ./system --json")
@system_argument
@click.option(
    "--electrodes", is_flag=True, help="A row an electrode: label, place, cells in reach."
)
@click.option("--methods", is_flag=True, help="The paragraph for a paper's methods section.")
def command(directory: Path, electrodes: bool, methods: bool) -> Report:
    """Show populations, gids, projections with realised degrees, bounds and provenance.

    Of a study's directory (livn sweep), its systems; its index.csv is made again.
    """
    if electrodes and methods:
        raise click.UsageError("--electrodes and --methods exclude each other.")
    if (directory / "study.yml").is_file():
        if electrodes or methods:
            raise click.UsageError("--electrodes and --methods are of one system, not of a study.")
        return _study(directory)
    from livn_core.system.reader import System

    system = System(directory)
    if electrodes:
        from livn_core.system.electrodes import electrode_rows

        rows = electrode_rows(system)
        return Report({"directory": str(system.path), "electrodes": rows}, _show_electrodes)
    if methods:
        from livn_core.system.methods import methods as paragraph

        text = paragraph(system)
        return Report({"directory": str(system.path), "methods": text}, lambda _: _wrapped(text))
    return Report(system_document(system, distances=True), show_system)


def _show_electrodes(document: Mapping[str, Any]) -> Iterator[str]:
    rows = document["electrodes"]
    labelled = any(row["label"] is not None for row in rows)

    def count(value: int | None) -> str:
        return "-" if value is None else f"{value:,}"

    yield from format_table(
        ("id", *(["label"] if labelled else []), "x", "y", "z", "stimulates", "records"),
        [
            (
                row["id"],
                *([row["label"] or "-"] if labelled else []),
                *(f"{row[axis]:g}" for axis in "xyz"),
                count(row["stimulates"]),
                count(row["records"]),
            )
            for row in rows
        ],
    )


def _wrapped(text: str) -> str:
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    return textwrap.fill(text, width, break_long_words=False, break_on_hyphens=False)


def _study(directory: Path) -> Report:
    from livn_core.study.index import index_rows, read_study, write_index

    study = read_study(directory)
    rows = list(index_rows(study, directory))
    with suppress(OutputError):  # who may but read there is shown all the same
        write_index(directory, study, rows)
    return Report(study_document(study, rows, directory), show_study)
