"""``livn config``: the effective configuration, its schema, and what ships."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import click

from livn_cli.completed import ConfigurationText
from livn_cli.options import ComponentName
from livn_cli.output import format_table
from livn_cli.request_options import set_option
from livn_core.hookspecs import Report

generator_option = click.option(
    "--generator",
    type=ComponentName("generator"),
    default="culture2d",
    show_default=True,
    help="Whose configuration.",
)
study_option = click.option(
    "--study", is_flag=True, help="Of a study's file, which livn sweep takes."
)


@click.group("config")
def command() -> None:
    """Show configurations: a commented one, keys, effective values, schema, what ships."""


@command.command(
    "show", epilog="Example: livn config show EI2 --set connectivity.sigma=300 > my.yml"
)
@click.argument("config", type=ConfigurationText(), required=False, metavar="[NAME|FILE|-]")
@set_option
@click.option("--source", is_flag=True, help="The file itself, with its comments.")
def show(config: str | None, overrides: tuple[str, ...], source: bool) -> Report:
    """Print a configuration with every default written out, as YAML.

    It is that of a file, of standard input (-), of a name that ships, or the defaults, and can be
    given to 'livn generate --config' again.
    """
    from livn_core.documents.write import to_yaml
    from livn_core.execute import resolve

    if source:
        return _show_source(config, overrides)
    job = resolve(config, overrides=overrides)
    document = dict(job.document)
    return Report(
        {"generator": job.generator, "configuration": document},
        lambda _: to_yaml(document).rstrip(),
    )


def _show_source(config: str | None, overrides: tuple[str, ...]) -> Report:
    from pathlib import Path

    from livn_core.execute import read_configuration

    if config in {None, "-"}:
        raise click.UsageError(
            "--source prints a file: give its name, or one of 'livn config list'."
        )
    if overrides:
        raise click.UsageError("--source prints a file as it is; --set does not go with it.")
    path = read_configuration(config).origin
    text = Path(path).read_text(encoding="utf-8")
    return Report({"path": path, "source": text}, lambda _: text.removesuffix("\n"))


@command.command("new", epilog="Example: livn config new > net.yml")
@click.argument("config", type=ConfigurationText(), required=False, metavar="[NAME|FILE|-]")
def new(config: str | None) -> Report:
    """Print a configuration to start from: every key, with a comment.

    Its values are those of NAME (livn config list), or the defaults.
    """
    from livn_core.documents.write import to_yaml
    from livn_core.execute import resolve
    from livn_core.plugins.keys import comments

    job = resolve(config)
    document = dict(job.document)
    return Report(
        {"generator": job.generator, "configuration": document},
        lambda _: to_yaml(document, comments(job.generator, document)).rstrip(),
    )


@command.command("keys", epilog="Example: livn config keys | grep -A2 sigma")
@generator_option
@study_option
def keys(generator: str, study: bool) -> Report:
    """List every key of a configuration: default, unit, meaning.

    A * stands for a name: of a population, of a projection (EXC->INH).
    """
    from livn_core.plugins.keys import keys_of

    of, schema = _schema(generator, study)
    return Report({**of, "keys": [key.document() for key in keys_of(schema)]}, _show_keys)


def _show_keys(document: Mapping[str, Any]) -> Iterator[str]:
    import shutil
    import textwrap

    width = shutil.get_terminal_size().columns
    for key in document["keys"]:
        default = json.dumps(key["default"]) if "default" in key else ""
        told = " ".join(filter(None, (default, key["unit"] and f"({key['unit']})")))
        yield f"{key['key']}  {told}".rstrip()
        yield from textwrap.wrap(
            key["meaning"], width, initial_indent="    ", subsequent_indent="    "
        )


@command.command("schema", epilog="Example: livn config schema > culture2d.schema.json")
@generator_option
@study_option
def schema(generator: str, study: bool) -> Report:
    """Print the JSON schema of a configuration, for editors and tools."""
    of, found = _schema(generator, study)
    return Report(
        {**of, "schema": found}, lambda document: json.dumps(document["schema"], indent=2)
    )


def _schema(generator: str, study: bool) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return whose schema it is, and the schema."""
    if study:
        from livn_core.documents.fields import json_schema
        from livn_core.study.request import Request

        return {"file": "study.yml"}, json_schema(Request)
    from livn_core.plugins.schema import configuration_schema

    return {"generator": generator}, configuration_schema(generator)


@command.command("list", epilog="Example: livn config list")
def list_shipped() -> Report:
    """List the configurations that ship, with one line each."""
    from livn_core.documents.shipped import configurations

    found = configurations()
    rows = [
        {"name": entry.name, "summary": entry.summary, "path": str(entry.path)} for entry in found
    ]
    return Report(
        {"configurations": rows},
        lambda _: format_table(("name", "summary"), [(e.name, e.summary) for e in found]),
    )
