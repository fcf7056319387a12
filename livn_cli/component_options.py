"""Options that come from components: ``--pitch`` exists because the chosen layout has a ``pitch``.

A command names which of its options choose a component. The fields of the chosen class become
options of the command: in the parser, in ``--help`` and in errors, for built-ins and plugins alike.
Values are read as in ``--set``; the component's own model checks them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import click

from livn_core.errors import LivnError
from livn_core.plugins.entries import KINDS

__all__ = ["Choice", "ComponentCommand", "chosen_parameters"]

_PREFIX = "component__"


@dataclass(frozen=True)
class Choice:
    """An option that chooses a component.

    Parameters
    ----------
    kind
        Kind of the component.
    flags
        Spellings of the option: ``("--layout",)``.
    defaults
        Components whose fields are options when the option is absent.
    always
        Components whose fields are options whatever is chosen.
    """

    kind: str
    flags: tuple[str, ...]
    defaults: tuple[str, ...] = ()
    always: tuple[str, ...] = ()


class ComponentCommand(click.Command):
    """A command with options from its chosen components' fields."""

    def __init__(self, *args: Any, choices: Sequence[Choice] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = tuple(choices)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the choosing options first, then parse with the options that they bring."""
        ctx.meta["livn.components"] = self._component_options(args)
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and the components'."""
        own = super().get_params(ctx)
        extra: list[click.Parameter] = ctx.meta.get("livn.components", [])
        return [*own, *extra]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the command's own options, then each component's under its name."""
        extra = ctx.meta.get("livn.components", [])
        ctx.meta["livn.components"] = []
        super().format_options(ctx, formatter)
        ctx.meta["livn.components"] = extra
        groups: dict[str, list[tuple[str, str]]] = {}
        for option in extra:
            record = option.get_help_record(ctx)
            if record:
                groups.setdefault(option.owner, []).append(record)
        for owner, records in groups.items():
            with formatter.section(f"Options of {owner}"):
                formatter.write_dl(records)

    def _component_options(self, args: Sequence[str]) -> list[click.Parameter]:
        taken = {flag for param in self.params for flag in (*param.opts, *param.secondary_opts)}
        options: list[click.Parameter] = []
        for choice in self.choices:
            chosen = _value_of(args, choice.flags)
            names = (*choice.always, *((chosen,) if chosen else choice.defaults))
            for name in dict.fromkeys(names):
                for option in _options_of(choice.kind, name):
                    flags = {*option.opts, *option.secondary_opts}
                    if not flags & taken:
                        options.append(option)
                        taken |= flags
        return options


def _value_of(args: Sequence[str], flags: Sequence[str]) -> str | None:
    found = None
    for position, word in enumerate(args):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in flags:
            found = value if equals else next(iter(args[position + 1 : position + 2]), None)
    return found


class ComponentOption(click.Option):
    """An option that came from a field."""

    def __init__(self, declarations: Sequence[str], *, owner: str, **kwargs: Any) -> None:
        super().__init__(declarations, **kwargs)
        self.owner = owner


def _options_of(kind: str, name: str) -> list[ComponentOption]:
    from livn_core.plugins.registry import registry

    try:
        component = registry().load(kind, name)
    except LivnError:
        # An unknown or broken component: the command itself says so, with its own words. A
        # placement's name may also be a user's function.
        return []
    return [
        _option(kind, name, field, info) for field, info in sorted(component.model_fields.items())
    ]


def _option(kind: str, name: str, field: str, info: Any) -> ComponentOption:
    extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    flag = "--" + field.replace("_", "-")
    spelled = [*extra.get("flags", ()), flag]
    common: dict[str, Any] = {
        "owner": f"the {KINDS[kind]} '{name}'",
        "help": info.description or "",
        "default": None,
    }
    target = f"{_PREFIX}{kind}__{field}"
    if info.annotation is bool:
        return ComponentOption([target, f"{flag}/--no-{flag[2:]}"], **common)
    if not info.is_required() and info.default is not None and info.default_factory is None:
        common["help"] += f"  [default: {info.default}]"
    if extra.get("repeatable"):
        common["multiple"] = True
    metavar = str(extra.get("metavar", "VALUE"))
    return ComponentOption([target, *spelled], metavar=metavar, type=str, **common)


def chosen_parameters(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the fields of ``kind`` that were given on the command line.

    Texts are read as in ``--set``: numbers, lists and mappings in YAML's flow style.
    """
    from livn_core.documents.values import parse_value

    prefix = f"{_PREFIX}{kind}__"
    given = {}
    for key, value in values.items():
        if not key.startswith(prefix) or value is None or value == ():
            continue
        if isinstance(value, str):
            value = parse_value(value)
        elif isinstance(value, tuple):
            value = list(value)
        given[key.removeprefix(prefix)] = value
    return given
