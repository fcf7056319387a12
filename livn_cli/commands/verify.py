"""``livn verify``: whether a system is right."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.options import system_argument
from livn_cli.output import Output, pass_output
from livn_cli.show_study import show_study_report
from livn_cli.show_verdicts import show_report
from livn_core.hookspecs import Report


@click.command("verify", epilog="Example: livn verify ./system --json")
@system_argument
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=0,
    show_default=True,
    help="Seed of the choice of cells in a large system.",
)
@click.option("--jobs", "-j", type=click.IntRange(min=1), help="Threads.  [default: the cores]")
@click.option("--failures", is_flag=True, help="Show only what is not ok.")
@pass_output
def command(output: Output, directory: Path, seed: int, jobs: int | None, failures: bool) -> Report:
    """Check the files of DIR and its numbers against what was asked for.

    One verdict a line; exit code 0 when nothing is fatal, else 1. Of a study's directory (livn
    sweep), one system a line.
    """
    from livn_core.verify import verify

    quiet = failures or output.verbosity < 0
    with output.progress() as progress:
        if (directory / "study.yml").is_file():
            from livn_core.study.index import read_study
            from livn_core.study.verdicts import verify_study

            of_study = verify_study(
                read_study(directory), directory, seed=seed, jobs=jobs, progress=progress
            )
            return Report(
                of_study.document(),
                lambda _: show_study_report(of_study, failures=quiet),
                code=0 if of_study.passed else 1,
                made=of_study.passed,
            )
        report = verify(directory, seed=seed, jobs=jobs, progress=progress)
    return Report(
        report.document(),
        lambda _: show_report(report, failures=quiet),
        code=0 if report.passed else 1,
        made=report.passed,
    )
