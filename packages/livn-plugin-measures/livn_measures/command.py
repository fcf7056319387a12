"""``livn measure``."""

from __future__ import annotations

from pathlib import Path

import click

from livn_core import Report
from livn_measures.show import show


@click.command(epilog="Example: livn measure ./culture --module left --module right")
@click.argument("directory", metavar="DIR", type=click.Path(path_type=Path))
@click.option(
    "--module",
    "selections",
    multiple=True,
    metavar="SELECTION",
    help="The cells of this selection are a module; may be repeated.  [default: Culture/module]",
)
@click.option(
    "--sources",
    type=click.IntRange(min=1),
    default=64,
    show_default=True,
    help="Cells from which path lengths are measured.",
)
@click.option(
    "--bins",
    type=click.IntRange(min=1),
    default=40,
    show_default=True,
    help="Bins of distance, with equally many connections each.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the samples.",
)
def command(
    directory: Path, selections: tuple[str, ...], sources: int, bins: int, seed: int
) -> Report:
    """Measure the graph of the system in DIR and the pattern of its somata.

    Degrees; reciprocal pairs against what distance alone would give; clustering; path length from
    a sample of cells; modularity of given modules; Clark and Evans' R and Ripley's K of somata in
    the plane, corrected for the edge of the box that the system has as bounds.

    Of a study's directory every system is measured: measures.csv has a row each.
    """
    if (directory / "study.yml").is_file():
        from livn_measures.study import measure_study, show_study

        options = {"selections": selections, "sources": sources, "bins": bins, "seed": seed}
        return Report(measure_study(directory, **options), show_study)
    from livn_core import System

    with System(directory) as system:
        from livn_measures.measure import measure

        document = measure(system, selections, sources=sources, bins=bins, seed=seed)
    return Report(document, show)
