"""``livn generate``: make a system."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, json_option, output_option, overwrite_option
from livn_cli.output import Output, pass_output
from livn_cli.show import plan_document, show_made, show_plan, system_document
from livn_cli.show_jobs import show_submitted, submitted_document

SECTION = "Build"


@click.command(
    "generate",
    cls=ComponentCommand,
    choices=(
        Choice("placement", ("--area",)),
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
@json_option
@pass_output
def command(output: Output, **values: Any) -> int:
    """Generate a system: a file, a shipped configuration, or the defaults.

    CONFIG is a configuration's file or the name of one that ships (livn config list).
    """
    from livn_core.api import run
    from livn_core.execute import resolve
    from livn_core.job import Submitted
    from livn_core.jobs.launch_environment import refuse_copies

    if values["backend"] == "local":
        refuse_copies()
    job = resolve(
        _configuration(values["config"], values["config_file"]),
        overrides=_overrides(values),
        output=values["destination"],
        generator=values["generator"],
        options=chosen_parameters(values, "generator"),
        overwrite=values["overwrite"],
        jobs=values["jobs"],
        resume=values["resume"],
    )
    backend = values["backend"]
    backend_options = chosen_parameters(values, "backend")
    if values["dry_run"]:
        document = plan_document(job, backend, backend_options, strict=values["strict"])
        output.result(document, lambda: show_plan(document))
        return 0
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
    if isinstance(made, Submitted):
        document = submitted_document(made)
        output.result(document, lambda: show_submitted(document))
    elif made is not None:
        document = system_document(made)
        output.result(document, lambda: show_made(document))
    return 0


def _configuration(name: str | None, file: str | None) -> str | Path | None:
    if name is not None and file is not None:
        raise click.UsageError(f"two configurations: '{name}' and --config '{file}'; give one.")
    return name if name is not None else file


def _overrides(values: dict[str, Any]) -> list[str]:
    """Return ``--set`` texts, those of the short options first, so that ``--set`` has the last word."""
    import json

    short = []
    if values["area"] is not None:
        short.append("area=" + json.dumps(values["area"]))
        short.append("area_kwargs={}")
    for name, key in (("total_cells", "total_cells"), ("seed", "random_seed")):
        if values[name] is not None:
            short.append(f"{key}={values[name]}")
    short.extend(
        f"area_kwargs.{field}={json.dumps(value)}"
        for field, value in chosen_parameters(values, "placement").items()
    )
    return [*short, *values["overrides"]]
