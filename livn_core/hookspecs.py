"""The hooks through which components are found: one a kind.

This module is on the way to every ``--help``: it imports pluggy and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pluggy

#: Entry-point group, and the name that hook markers carry.
GROUP = "livn"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True, slots=True)
class Component:
    """Describes a component without importing it.

    Parameters
    ----------
    name
        What users write: lower case, letters, digits, ``_`` and ``-``.
    target
        Where the class is: ``"package.module:Class"``; imported on first use.
    summary
        One line for ``livn plugins list``.
    aliases
        Other names that mean the same, e.g. the dotted names of older configurations.
    """

    name: str
    target: str
    summary: str
    aliases: tuple[str, ...] = ()


@hookspec
def livn_placements() -> Iterable[Component]:
    """Yield placements: rules that give soma positions."""


@hookspec
def livn_connectivity_rules() -> Iterable[Component]:
    """Yield connectivity rules: radial kernels, or rules that give blocks of edges."""


@hookspec
def livn_mea_layouts() -> Iterable[Component]:
    """Yield MEA layouts: rules that give electrode positions."""


@hookspec
def livn_generators() -> Iterable[Component]:
    """Yield generators: rules that turn a configuration into a whole system."""


@hookspec
def livn_backends() -> Iterable[Component]:
    """Yield backends: where a generator runs."""


@hookspec
def livn_exporters() -> Iterable[Component]:
    """Yield exporters: writers of a system in another format."""


#: kind -> hook name, in the order in which they are listed.
HOOKS = {
    "placement": "livn_placements",
    "connectivity": "livn_connectivity_rules",
    "mea": "livn_mea_layouts",
    "generator": "livn_generators",
    "backend": "livn_backends",
    "exporter": "livn_exporters",
}
