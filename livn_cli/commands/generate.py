"""``livn generate``: make a system."""

from __future__ import annotations

from typing import Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, output_option, overwrite_option
from livn_cli.output import Output, pass_output
from livn_cli.request_options import CHOICES, configuration_of, overrides_of, request_options
from livn_cli.show import plan_document, show_made, show_plan, system_document
from livn_cli.show_jobs import show_submitted, submitted_document
from livn_core.hookspecs import Report


@click.command(
    "generate",
    cls=ComponentCommand,
    choices=(*CHOICES, Choice("backend", ("--backend",), defaults=("local",))),
    epilog="Example: livn generate --area disk --radius 300 --total-cells 100 --output culture",
)
@request_options
@output_option()
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
    overrides = overrides_of(values)
    job = resolve(
        configuration_of(values["config"], values["config_file"]),
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
    with output.progress() as progress:
        made = run(
            job,
            backend=backend,
            backend_options=backend_options,
            progress=progress,
            strict=values["strict"],
        )
    if made is None:  # another rank reports
        return None
    if isinstance(made, Submitted):
        return Report(submitted_document(made), show_submitted, made=True)
    return Report(system_document(made), show_made, made=True)
