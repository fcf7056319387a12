"""``livn plugins``: which components there are, what one takes, and how to begin one."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.options import ComponentName, output_option
from livn_cli.output import Output, pass_output
from livn_cli.show_components import show_details, show_listing
from livn_core.errors import ExitCode
from livn_core.hookspecs import HOOKS, Report

kind_option = click.option("--kind", type=click.Choice(list(HOOKS)), help="Only of this kind.")


@click.group("plugins", no_args_is_help=True)
def command() -> None:
    """List components, describe one, or write a new plugin.

    LIVN_DISABLE_PLUGINS=all|NAME,... leaves installed plugins out; LIVN_TRACE_HOOKS=1 shows every
    hook that is asked, on stderr.
    """


@command.command("list", epilog="Example: livn plugins list --kind placement")
@kind_option
@click.option(
    "--failures", is_flag=True, help="Only what failed or clashes; exit 3 if there is any."
)
def list_(kind: str | None, failures: bool) -> Report:
    """List the components, who supplies them, and the plugins that failed."""
    from livn_core.plugins.catalogue import listing
    from livn_core.plugins.registry import registry

    document = listing(registry(), kind, load=failures)
    if failures:
        document.pop("components")
    wrong = document["failures"] or document["clashes"]
    return Report(document, show_listing, ExitCode.PLUGIN if failures and wrong else ExitCode.OK)


@command.command("info", epilog="Example: livn plugins info disk")
@click.argument("name", type=ComponentName(None))
@kind_option
def info(name: str, kind: str | None) -> Report:
    """Describe the component NAME: its parameters with their units.

    Where two plugins supply one: DISTRIBUTION/NAME.
    """
    from livn_core.plugins.catalogue import details
    from livn_core.plugins.registry import registry

    return Report(details(registry(), name, kind), show_details)


@command.command("new", epilog="Example: livn plugins new my-ring --kind placement")
@click.argument("name")
@click.option(
    "--kind",
    type=click.Choice(list(HOOKS)),
    default="placement",
    show_default=True,
    help="What kind of component it adds.",
)
@output_option()
@pass_output
def new(output: Output, name: str, kind: str, destination: Path | None) -> Report:
    """Write a working plugin package, with tests, of the component NAME."""
    from livn_core.plugins.registry import registry
    from livn_core.plugins.scaffold import new_plugin

    folder, files = new_plugin(name, kind, components=registry(), output=destination)
    document = {"directory": str(folder), "files": [str(file) for file in files]}
    output.note(f"Next: pip install -e {folder}, then: livn plugins list, pytest {folder}")
    return Report(document, lambda document: document["files"], made=True)
