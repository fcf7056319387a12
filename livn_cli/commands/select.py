"""``livn select``: choose cells by region, by a name."""

from __future__ import annotations

from pathlib import Path

import click

from livn_cli.field_values import NumbersValue
from livn_cli.options import overwrite_option, system_argument
from livn_cli.output import format_table
from livn_core.documents.names import counted
from livn_core.hookspecs import Report


@click.command("select", epilog="Example: livn select ./culture --box 500 --name e2")
@system_argument
@click.option("--name", help="Name of the selection.")
@click.option(
    "--box", metavar="SIZE|W,H", type=NumbersValue(), help="Cells in a box of this edge, um."
)
@click.option("--disk", metavar="RADIUS", type=NumbersValue(), help="Cells within this radius, um.")
@click.option("--module", metavar="A1,B2", help="Cells of these modules.")
@click.option(
    "--centre",
    "--center",
    "centre",
    metavar="X,Y",
    type=NumbersValue(),
    help="Centre of the box or disk, um.  [default: the culture's]",
)
@click.option(
    "--population", "populations", multiple=True, metavar="NAME", help="Only this population."
)
@click.option("--defaults", is_flag=True, help="Choose e1, e2, e3: boxes of 250, 500, 1000 um.")
@overwrite_option
def command(
    directory: Path,
    name: str | None,
    box: tuple[float, ...] | None,
    disk: tuple[float, ...] | None,
    module: str | None,
    centre: tuple[float, ...] | None,
    populations: tuple[str, ...],
    defaults: bool,
    overwrite: bool,
) -> Report:
    """Write DIR/selection/NAME.json: cells that livn builds without the rest.

    In livn: System(DIR).selection("NAME"). Without a region, the selections of DIR are listed.
    """
    from livn_core.system.reader import System
    from livn_core.system.selection import (
        default_selections,
        list_selections,
        read_selection,
        select_box,
        select_disk,
        select_modules,
        write_selection,
    )

    if sum((box is not None, disk is not None, module is not None, defaults)) > 1:
        raise click.UsageError("give one of --box, --disk, --module and --defaults.")
    where = None if centre is None else _just("--centre", centre, 2)
    only = list(populations) or None
    with System(directory) as system:
        if not (defaults or box or disk is not None or module):
            if name is not None or where is not None or only:
                raise click.UsageError("give a region: --box SIZE, --disk RADIUS or --module A1.")
            chosen = [read_selection(system, known) for known in list_selections(system)]
            return _report(directory, chosen)
        if not defaults and name is None:
            raise click.UsageError("a selection needs a --name.")
        if defaults:
            chosen = default_selections(system)
        elif module:
            names = [each.strip() for each in module.split(",")]
            chosen = [select_modules(system, str(name), names, populations=only)]
        elif box:
            if len(box) > 2:
                told = "--box needs a size, W or W,H; --centre X,Y says where it is."
                raise click.UsageError(told)
            size = box[0] if len(box) == 1 else box
            chosen = [select_box(system, str(name), size, centre=where, populations=only)]
        else:
            (radius,) = _just("--disk", disk or (), 1)
            chosen = [select_disk(system, str(name), radius, centre=where, populations=only)]
        write_selection(system, *chosen, overwrite=overwrite)
    return _report(directory, chosen, made=True)


def _just(option: str, values: tuple[float, ...], count: int) -> tuple[float, ...]:
    if len(values) != count:
        raise click.UsageError(f"{option} needs {counted(count, 'number')}, not {len(values)}.")
    return values


def _report(directory: Path, chosen: list, *, made: bool = False) -> Report:
    documents = [
        {
            "name": selection.name,
            "path": str(directory / selection.path),
            "cells": {name: len(gids) for name, gids in selection.gids.items()},
            "bounds": selection.bounds,
        }
        for selection in chosen
    ]

    def lines(_: object) -> list[str]:
        if not chosen:
            return [f"'{directory}' has no selections; make one with --box 500 --name e2"]
        return format_table(
            ("selection", "cells", "by population"),
            (
                (
                    selection.name,
                    f"{selection.count:,}",
                    ", ".join(f"{name} {len(gids):,}" for name, gids in selection.gids.items()),
                )
                for selection in chosen
            ),
        )

    return Report({"selections": documents}, lines, made=made)
