"""The options that say which system is meant: a configuration, and what is changed in it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from livn_cli.completed import ConfigurationText, SettingText
from livn_cli.component_options import Choice, typed_settings
from livn_cli.field_values import LENGTHS, LengthValue
from livn_cli.options import Command, ComponentName

if TYPE_CHECKING:
    from livn_core.documents.changes import Setting

__all__ = ["CHOICES", "configuration_of", "overrides_of", "request_options", "set_option"]

#: Options that choose a component of the system.
CHOICES = (
    Choice("placement", ("--area",), key="area"),
    Choice("connectivity", ("--rule",), key="connectivity.rule"),
    Choice("kernel", ("--kernel",), key="connectivity.kernel"),
    Choice("generator", ("--generator",), always=("culture2d", "layered3d")),
)


set_option = click.option(
    "--set",
    "overrides",
    type=SettingText(),
    multiple=True,
    metavar="KEY=VALUE",
    help="Change one key: connectivity.sigma=300. Quote '->' for the shell, or write 'EXC:INH'.",
)


def request_options(command: Command) -> Command:
    """Add ``[CONFIG]`` and the options of what is asked for: ``--set``, ``--area``, ``--density`` ..."""
    for option in reversed(
        (
            click.argument("config", required=False, type=ConfigurationText(), metavar="[CONFIG]"),
            click.option(
                "--config",
                "config_file",
                type=ConfigurationText(),
                metavar="FILE",
                help="YAML or JSON file; '-' reads standard input.",
            ),
            set_option,
            click.option(
                "--area", type=ComponentName("placement"), help="Placement, or your own function."
            ),
            click.option("--rule", type=ComponentName("connectivity"), help="Connectivity rule."),
            click.option(
                "--kernel", type=ComponentName("kernel"), help="Kernel of distance, k(d)."
            ),
            click.option(
                "--total-cells", metavar="N", help="Number of cells, shared out by ratio."
            ),
            click.option("--density", metavar="N", help="Cells per mm2, in place of their number."),
            click.option(
                "--spacing", type=LengthValue(), metavar="UM", help="Least distance of two somata."
            ),
            click.option("--seed", metavar="N", help="Random seed (key random_seed)."),
            click.option(
                "--generator",
                type=ComponentName("generator"),
                help="Default: by the configuration.",
            ),
        )
    ):
        command = option(command)
    return command


def configuration_of(name: str | None, file: str | None) -> str | Path | None:
    """Return the one configuration that is named, None for the defaults."""
    if name is not None and file is not None:
        raise click.UsageError(f"two configurations: '{name}' and --config '{file}'; give one.")
    if name in LENGTHS and not Path(name).exists():
        raise click.UsageError(f"'{name}' stands alone: write a length without blanks, 300{name}.")
    return name if name is not None else file


def overrides_of(values: dict[str, Any]) -> list[Setting | str]:
    """Return what options set, then the ``--set`` texts, which have the last word."""
    from livn_core.documents.changes import Setting
    from livn_core.documents.values import parse_value

    if values["total_cells"] is not None and values["density"] is not None:
        raise click.UsageError("--total-cells and --density exclude each other.")
    found = typed_settings(values)
    for name in ("total_cells", "density", "spacing", "seed"):
        if (value := values[name]) is not None:
            flag = f"--{name.replace('_', '-')}"
            value = parse_value(value, source=flag) if isinstance(value, str) else value
            found.append(Setting("random_seed" if name == "seed" else name, value, flag))
    return [*found, *values["overrides"]]
