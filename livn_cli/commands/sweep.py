"""``livn sweep``: many systems of one configuration."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livn_cli.component_options import Choice, ComponentCommand, chosen_parameters
from livn_cli.options import ComponentName, UserPath, output_option
from livn_cli.output import Output, pass_output
from livn_cli.request_options import CHOICES, configuration_of, overrides_of, request_options
from livn_cli.settings import split_settings
from livn_cli.show_jobs import show_submitted, submitted_document
from livn_cli.show_study import preview_document, show_preview, show_study, study_document
from livn_core.errors import BackendError
from livn_core.hookspecs import Report

if TYPE_CHECKING:
    from livn_core.study.request import Request
    from livn_core.study.study import Study

#: Members from which on the user has to say that so many are meant.
MANY = 100_000


@click.command(
    "sweep",
    cls=ComponentCommand,
    choices=(*CHOICES, Choice("backend", ("--backend",), defaults=("local",))),
    epilog="Example: livn sweep EI2 --vary connectivity.sigma=100,200 --replicates 3",
)
@request_options
@output_option(default="runs")
@click.option(
    "--vary",
    multiple=True,
    metavar="KEY=VALUES",
    help="sigma=100,200 or sigma=100:400:100; again for another key, crossed with it.",
)
@click.option(
    "--zip", "zipped", multiple=True, metavar="KEY,KEY", help="Keys that go together instead."
)
@click.option("--table", type=UserPath(), help="CSV: a column a key, a row a point.")
@click.option(
    "--sample",
    type=click.IntRange(min=1),
    metavar="N",
    help="N points within --vary KEY=LOW..HIGH[:log].",
)
@click.option("--replicates", type=click.IntRange(min=1), metavar="N", help="Systems a point.")
@click.option(
    "--seeds",
    type=click.Choice(["common", "independent"]),
    help="Replicate r has one seed at every point, or not.  [default: common]",
)
@click.option("--plate", type=int, metavar="WELLS", help="Name replicates A1 .. D6: 6 to 384.")
@click.option("--wells", type=UserPath(), help="CSV: well, then a column a key.")
@click.option(
    "--jobs", "-j", type=click.IntRange(min=1), help="Systems at a time.  [default: the cores]"
)
@click.option(
    "--backend", type=ComponentName("backend"), default="local", show_default=True, help="Where."
)
@click.option("--share", metavar="I/N", help="The I-th of every N systems, from 0, alone.")
@click.option("--resume", is_flag=True, help="Make what is missing, try again what failed.")
@click.option("--strict", is_flag=True, help="Take warnings about a network for errors.")
@click.option("--dry-run", is_flag=True, help="Print the points and write nothing.")
@click.option("--yes", is_flag=True, help=f"Make more than {MANY:,} systems.")
@pass_output
def command(output: Output, **values: Any) -> Report | None:
    """Generate a system for each of many values and seeds, with an index of them.

    CONFIG is a configuration, as for livn generate, or a study's file (study.yml).
    """
    from livn_core.jobs.launch_environment import launched, refuse_copies
    from livn_core.run.allocation import keep_freed_memory
    from livn_core.study.index import index_rows
    from livn_core.study.preview import preview
    from livn_core.study.run import kept_seed, open_study, run_study
    from livn_core.study.study import study_of

    directory: Path = values["destination"]
    study = study_of(
        _request(values),
        overrides_of(values),
        seed=kept_seed(directory) if values["resume"] else None,
    )
    count = len(study.members)
    backend = _backend(values)
    if values["dry_run"]:
        document = preview_document(study, preview(study, strict=values["strict"]), directory)
        if backend is not None:
            document["script"] = backend.describe_sweep(directory, count, values["jobs"])
        code = 1 if any(row["error"] for row in document["points"]) else 0
        return Report(document, show_preview, code=code)
    if count > MANY and not values["yes"]:
        raise click.UsageError(f"{count:,} systems are many: if so many are meant, say --yes.")
    launch = launched()
    several = backend is None and launch is not None and launch.size > 1
    if several and not values["resume"]:
        refuse_copies(hint="add --resume: then they share the systems")
    if together := several and values["resume"]:
        values["jobs"] = values["jobs"] or 1
    if backend is not None:
        for name in ("strict", "share"):
            if values[name]:
                raise click.UsageError(f"--{name} is for systems that are made here.")
        backend.describe_sweep(directory, count, values["jobs"])  # says what is wrong
        if (reason := backend.available()) is not None:
            raise BackendError(reason, hint="--dry-run shows the script that would be run")
        open_study(study, directory, resume=values["resume"])
        submitted = backend.sweep(directory, count, values["jobs"])
        if submitted is None:
            return _made(study, list(index_rows(study, directory)), directory)
        return Report(submitted_document(submitted), show_submitted, made=True)
    keep_freed_memory()
    with output.progress() as progress:
        rows = run_study(
            study,
            directory,
            resume=values["resume"],
            jobs=values["jobs"],
            strict=values["strict"],
            share=(launch.rank, launch.size) if together else _share(values["share"]),
            together=together,
            progress=progress,
        )
    if together and launch.rank:  # the first one reports
        return None
    return _made(study, rows, directory)


def _made(study: Study, rows: list[dict[str, Any]], directory: Path) -> Report:
    document = study_document(study, rows, directory)
    return Report(document, show_study, code=0 if document["made"] == len(rows) else 1, made=True)


def _backend(values: dict[str, Any]) -> Any:
    """Return who takes the study; None for this process."""
    from livn_core.plugins.registry import registry

    if values["backend"] == "local":
        return None
    options = chosen_parameters(values, "backend")
    return registry().create("backend", values["backend"], options)


def _share(text: str | None) -> tuple[int, int]:
    parts = (text or "0/1").split("/")
    if len(parts) == 2 and all(part.isdigit() for part in parts):
        number, count = map(int, parts)
        if number < count:
            return number, count
    raise click.UsageError(f"'--share {text}' is not of the form I/N: 0/8 to 7/8.")


def _request(values: dict[str, Any]) -> Request:
    """Return what the study's file and the options ask for; options have the last word."""
    from livn_core.execute import is_study, read_configuration
    from livn_core.study.request import read_request

    named = configuration_of(values["config"], values["config_file"])
    document = read_configuration(named)
    data: dict[str, Any] = {"base": _base(named, document)}
    if given := is_study(document):
        data = dict(document.data)
    data |= _points(values, data)
    for key in ("replicates", "seeds", "plate", "generator"):
        if values[key] is not None:
            data[key] = values[key]
    if values["plate"] is not None and values["replicates"] is None:
        data.pop("replicates", None)
    if values["replicates"] is not None and values["plate"] is None:
        data.pop("plate", None)
    if values["wells"] is not None:
        data["wells"] = values["wells"].absolute()
    if options := chosen_parameters(values, "generator"):
        data["options"] = options
    return read_request(data, document if given else None)


def _base(named: str | Path | None, document: Any) -> Any:
    if named is None:
        return {}
    # Standard input can be read but once.
    if str(named) == "-":
        return document
    return Path(named).absolute() if Path(named).is_file() else str(named)


def _points(values: dict[str, Any], data: dict[str, Any]) -> dict[str, Any]:
    """Return the keys that say the points, where options do: in place of the file's."""
    from livn_core.study.ranges import typed_values

    vary = {}
    for key, given in split_settings(values["vary"], "--vary ", "KEY=VALUES"):
        if key in vary:
            raise click.UsageError(f"--vary {key} is given twice.")
        vary[key] = typed_values(key, given)
    found: dict[str, Any] = {}
    if values["sample"] is not None:
        found["sample"] = {"points": values["sample"], "keys": vary}
    elif vary:
        found["vary"] = vary
    if values["table"] is not None:
        found["table"] = values["table"].absolute()
    if found:
        for key in ("vary", "zip", "table", "sample"):
            data.pop(key, None)
    if values["zipped"]:
        found["zip"] = [[key.strip() for key in text.split(",")] for text in values["zipped"]]
    return found
