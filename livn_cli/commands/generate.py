"""``livn generate``: make a system."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters, typed_settings
from livn_cli.field_values import LENGTHS
from livn_cli.options import ComponentName, output_option, overwrite_option
from livn_cli.output import Output, pass_output
from livn_cli.show import plan_document, show_made, show_plan, system_document
from livn_cli.show_jobs import show_submitted, submitted_document
from livn_core.hookspecs import Report

if TYPE_CHECKING:
    from livn_core.documents.changes import Setting


@click.command(
    "generate",
    cls=ComponentCommand,
    choices=(
        Choice("placement", ("--area",), key="area"),
        Choice("connectivity", ("--rule",), key="connectivity.rule"),
        Choice("kernel", ("--kernel",), key="connectivity.kernel"),
        Choice("generator", ("--generator",), always=("culture2d", "layered3d")),
        Choice("backend", ("--backend",), defaults=("local",)),
    ),
    epilog="Example: livn generate --area disk --radius 300 --total-cells 100 --output culture",
)
@click.argument("config", required=False)
@click.option(
    "--config", "config_file", metavar="FILE", help="YAML or JSON file; '-' reads standard input."
)
@output_option()
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one key: connectivity.sigma=300. Quote '->' for the shell, or write 'EXC:INH'.",
)
@click.option("--area", type=ComponentName("placement"), help="Placement, or your own function.")
@click.option("--rule", type=ComponentName("connectivity"), help="Connectivity rule.")
@click.option("--kernel", type=ComponentName("kernel"), help="Kernel of distance, k(d).")
@click.option("--total-cells", metavar="N", help="Number of cells, shared out by ratio.")
@click.option("--seed", metavar="N", help="Random seed (key random_seed).")
@click.option("--generator", type=ComponentName("generator"), help="Default: by the configuration.")
@click.option(
    "--backend", type=ComponentName("backend"), default="local", show_default=True, help="Where."
)
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), help="Threads a process.  [default: the cores]"
)
@overwrite_option
@click.option("--resume", is_flag=True, help="Take up what an interrupted run left.")
@click.option("--strict", is_flag=True, help="Take warnings about the network for errors.")
@click.option("--dry-run", is_flag=True, help="Print the plan and write nothing.")
@pass_output
def command(output: Output, **values: Any) -> Report | None:
    """Generate a system: a file, a shipped configuration, or the defaults.

    CONFIG is a configuration's file or the name of one that ships (livn config list).
    """
    from livn_core.api import run
    from livn_core.culture.overrides import kept_by_projections
    from livn_core.execute import resolve
    from livn_core.job import Submitted
    from livn_core.jobs.launch_environment import refuse_copies
    from livn_core.run.allocation import keep_freed_memory

    if values["backend"] == "local":
        refuse_copies()
    overrides = _overrides(values)
    job = resolve(
        _configuration(values["config"], values["config_file"]),
        overrides=overrides,
        output=values["destination"],
        generator=values["generator"],
        options=chosen_parameters(values, "generator"),
        overwrite=values["overwrite"],
        jobs=values["jobs"],
        resume=values["resume"],
    )
    options = [setting for setting in overrides if not isinstance(setting, str)]
    for text in kept_by_projections(job.document, options):
        output.note(text)
    backend = values["backend"]
    backend_options = chosen_parameters(values, "backend")
    if values["dry_run"]:
        return Report(
            plan_document(job, backend, backend_options, strict=values["strict"]), show_plan
        )
    keep_freed_memory()
    progress = output.progress()
    try:
        made = run(
            job,
            backend=backend,
            backend_options=backend_options,
            progress=progress,
            strict=values["strict"],
        )
    finally:
        if progress is not None:
            progress.close()
    if made is None:  # another rank reports
        return None
    if isinstance(made, Submitted):
        return Report(submitted_document(made), show_submitted, made=True)
    return Report(system_document(made), show_made, made=True)


def _configuration(name: str | None, file: str | None) -> str | Path | None:
    if name is not None and file is not None:
        raise click.UsageError(f"two configurations: '{name}' and --config '{file}'; give one.")
    if name in LENGTHS and not Path(name).exists():
        raise click.UsageError(f"'{name}' stands alone: write a length without blanks, 300{name}.")
    return name if name is not None else file


def _overrides(values: dict[str, Any]) -> list[Setting | str]:
    """Return what options set, then the ``--set`` texts, which have the last word."""
    from livn_core.documents.changes import Setting
    from livn_core.documents.values import parse_value

    named = {"--total-cells": "total_cells", "--seed": "random_seed"}
    given = [(flag, key, values[flag[2:].replace("-", "_")]) for flag, key in named.items()]
    return [
        *typed_settings(values),
        *(
            Setting(key, parse_value(text, source=flag), flag)
            for flag, key, text in given
            if text is not None
        ),
        *values["overrides"],
    ]
