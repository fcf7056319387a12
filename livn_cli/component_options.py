"""Options that come from components: ``--pitch`` exists because the chosen layout has a ``pitch``.

A command names which of its options choose a component. The fields of the chosen class become
options of the command: in the parser, in ``--help`` and in errors, for built-ins and plugins alike.
So do the short keys of generators (``--sigma``). What was typed is checked by the component's own
model. Every such option has a long form that nothing else can have: ``--area.path``.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, get_origin

import click
from click.core import ParameterSource

from livn_cli.field_values import FieldValue, joined_rows
from livn_core.errors import ComponentNotFoundError, ConfigError, Finding, LivnError
from livn_core.plugins.entries import KINDS

if TYPE_CHECKING:
    from livn_core.documents.changes import Setting

__all__ = ["Choice", "ComponentCommand", "chosen_parameters", "typed_settings"]


@dataclass(frozen=True)
class Choice:
    """An option that chooses a component."""

    kind: str
    #: Spellings of the option: ``("--layout",)``; the first begins the long forms.
    flags: tuple[str, ...]
    #: Components whose fields are options when the option is absent, and whatever is chosen.
    defaults: tuple[str, ...] = ()
    always: tuple[str, ...] = ()
    #: Where the configuration names the component; its parameters stand beside, under
    #: ``KEY_kwargs``. Empty where they are none of the configuration's.
    key: str = ""


class ComponentOption(click.Option):
    """An option that came from a pydantic field.

    ``choice`` is None for a generator's short key; ``long`` the form of the flag that is always
    accepted; ``owner`` whose option the help says it is; ``path`` the key of the configuration that
    it sets, empty for none.
    """

    def __init__(
        self, choice: Choice | None, field: str, info: Any, *, long: str, owner: str, path: str
    ) -> None:
        extra = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
        flag = "--" + field.replace("_", "-")
        how: dict[str, Any] = {"help": info.description or "", "default": None}
        how["hidden"] = bool(extra.get("hidden"))  # what only a record has
        target = "component__" + re.sub(r"\W", "_", long[2:])
        if info.annotation is bool:
            forms = [f"{flag}/--no-{flag[2:]}", f"{long}/--no-{long[2:]}"]
        else:
            forms = [*extra.get("flags", ()), flag, long]
            how["type"] = value = FieldValue(info)
            how["help"] += value.default
            how["metavar"] = str(extra.get("metavar", value.metavar))
            how["multiple"] = bool(extra.get("repeatable"))
        super().__init__([target, *forms], **how)
        self.choice, self.field, self.owner, self.path, self.long = choice, field, owner, path, long

    @property
    def forms(self) -> set[str]:
        """All forms of the flag."""
        return {*self.opts, *self.secondary_opts}

    @property
    def flag(self) -> str:
        """The form that messages name."""
        return next((form for form in self.opts if form.startswith("--")), self.long)

    def lose(self, forms: Collection[str]) -> None:
        """Leave some forms to others."""
        self.opts = [form for form in self.opts if form not in forms]
        self.secondary_opts = [form for form in self.secondary_opts if form not in forms]

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        """Return the row of the help, with the long form only where there is no other."""
        every = self.opts, self.secondary_opts
        if len(self.opts) > 1:
            self.lose({form for form in self.forms if "." in form})
        try:
            return super().get_help_record(ctx)
        finally:
            self.opts, self.secondary_opts = every


class ComponentCommand(click.Command):
    """A command with options from its chosen components' fields."""

    def __init__(self, *args: Any, choices: Sequence[Choice] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.choices = tuple(choices)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Look for the choosing options first, then parse with the options that they bring."""
        found = _Found(self, args)
        try:
            return self._parsed(ctx, args, found)
        except click.NoSuchOption as error:
            if configured := _configured(self.choices, args):
                with suppress(click.NoSuchOption):
                    return self._parsed(ctx, args, _Found(self, args, configured))
            if found.absent is not None:  # without it, there are no options of it
                raise found.absent from None
            if owners := _owners(self.choices, error.option_name):
                if len(owners) > 6:
                    owners = [*owners[:3], f"{len(owners) - 3} others"]
                text = f"No such option: {error.option_name}; it comes with {' or '.join(owners)}."
                raise click.UsageError(text, ctx) from None
            raise

    def _parsed(self, ctx: click.Context, args: list[str], found: _Found) -> list[str]:
        ctx.meta["livn.components"] = found.options
        if not ctx.resilient_parsing:
            found.refuse_ambiguous(args)
        return super().parse_args(ctx, joined_rows(args, found.counts()))

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """Return the command's own parameters and the components'."""
        return [*super().get_params(ctx), *ctx.meta.get("livn.components", [])]

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the command's own options, then each component's under its name."""
        extra: list[ComponentOption] = ctx.meta.get("livn.components", [])
        ctx.meta["livn.components"] = []
        super().format_options(ctx, formatter)
        ctx.meta["livn.components"] = extra
        groups: dict[str, list[tuple[str, str]]] = {}
        for option in extra:
            if record := option.get_help_record(ctx):
                groups.setdefault(option.owner, []).append(record)
        for owner, records in groups.items():
            with formatter.section(f"Options of {owner}"):
                formatter.write_dl(records)


class _Found:
    """The options that the components of a command line bring.

    So do those of ``configured``: key -> the component that a configuration names there.
    """

    def __init__(
        self,
        command: ComponentCommand,
        args: Sequence[str],
        configured: Mapping[str, str] | None = None,
    ) -> None:
        #: Why a component that was asked for has no options.
        self.absent: ConfigError | None = None
        self._ambiguous: dict[str, list[ComponentOption]] = {}
        self._keys = {choice.key for choice in command.choices}
        self._short_keys = tuple(_short_keys(command.choices))
        weights = dict.fromkeys((option.long for option in self._short_keys), 1)
        by_long = {option.long: option for option in self._short_keys}
        for choice in command.choices:
            chosen = _value_of(args, choice.flags) or (configured or {}).get(choice.key)
            for name in (*choice.always, *((chosen,) if chosen else choice.defaults)):
                for option in self._of(choice, name):
                    by_long.setdefault(option.long, option)
                    weights[option.long] = int(name == chosen)
        self.options: list[ComponentOption] = list(by_long.values())
        own = {form for param in command.params for form in (*param.opts, *param.secondary_opts)}
        self._share_out(own, weights)

    def _of(self, choice: Choice, name: str) -> Iterator[ComponentOption]:
        """Yield the options of one component; a general key is no second option of a rule."""
        try:
            model = _load(choice.kind, name)
        except LivnError as error:
            # The command itself says what is wrong with the component. A placement's name may also
            # be a user's function.
            if isinstance(error, ComponentNotFoundError) and name.replace("-", "_").isidentifier():
                finding = Finding("", error.message, choice.flags[0])
                self.absent = ConfigError([finding], hint=error.hint)
            return
        general = {option.path for option in self._short_keys} | self._keys
        beside = choice.key.rpartition(".")[0]
        for field, info in sorted(model.model_fields.items()):
            if choice.key and (f"{beside}.{field}" in general):
                continue
            yield ComponentOption(
                choice,
                field,
                info,
                long=f"{choice.flags[0]}.{field.replace('_', '-')}",
                owner=f"the {KINDS[choice.kind]} '{name}'",
                path=f"{choice.key}_kwargs.{field}" if choice.key else "",
            )

    def _share_out(self, own: set[str], weights: Mapping[str, int]) -> None:
        """Give each short form to the command, else to the one chosen component that has it."""
        users: dict[str, list[ComponentOption]] = {}
        for option in self.options:
            option.lose(own)
            for form in option.forms:
                users.setdefault(form, []).append(option)
        for form, options in users.items():
            most = max(weights[option.long] for option in options)
            first = [option for option in options if weights[option.long] == most]
            if len(first) > 1:
                self._ambiguous[form] = first
            for option in options:
                if len(first) > 1 or option is not first[0]:
                    option.lose({form})

    def refuse_ambiguous(self, args: Sequence[str]) -> None:
        """Refuse a short form that two chosen components have."""
        for word in args:
            if word == "--":
                return
            form = word.partition("=")[0]
            if options := self._ambiguous.get(form):
                owners = " and ".join(option.owner for option in options)
                forms = " or ".join(option.long for option in options)
                raise click.UsageError(f"both {owners} have {form}: write {forms}.")

    def counts(self) -> dict[str, int]:
        """Return flag -> how many numbers its value has, of options with several."""
        return {
            form: option.type.count
            for option in self.options
            if isinstance(option.type, FieldValue) and option.type.count
            for form in option.opts
        }


def _configured(choices: Sequence[Choice], args: Sequence[str]) -> dict[str, str]:
    """Return key -> component, of the configuration that is among the words."""
    from livn_core.execute import read_configuration

    for word in args:
        named = word.removeprefix("--config=")
        if named.startswith("-"):
            continue
        try:
            document = read_configuration(named)
        except LivnError:  # another option's value, or what the command itself says more of
            continue
        found = {}
        for choice in choices:
            value: Any = document.data
            for key in choice.key.split("."):
                value = value.get(key) if isinstance(value, Mapping) else None
            if isinstance(value, str):
                found[choice.key] = value
        return found
    return {}


def _load(kind: str, name: str) -> Any:
    from livn_core.plugins.kernels import kernel_entry
    from livn_core.plugins.registry import registry

    if kind == "kernel":  # an older plugin's may be registered as a rule
        entry = kernel_entry(name)
        return registry().load(entry.kind, entry.qualified)
    return registry().load(kind, name)


def _owners(choices: Sequence[Choice], flag: str) -> list[str]:
    """Return which components, had they been chosen, would have brought a flag: ``--area disk``."""
    from livn_core.plugins.registry import registry

    field = flag.removeprefix("--").replace("-", "_")
    found = []
    for choice in choices:
        for entry in registry().components(choice.kind):
            try:
                fields = registry().load(choice.kind, entry.qualified).model_fields
            except LivnError:  # a broken plugin is no help here
                continue
            if field in fields:
                found.append(f"{choice.flags[0]} {entry.name}")
    return found


def _short_keys(choices: Sequence[Choice]) -> Iterator[ComponentOption]:
    """Yield an option for each short key of the generators that are always offered."""
    chosen = {choice.key for choice in choices}
    names = [name for choice in choices if choice.kind == "generator" for name in choice.always]
    for name in names:
        generator = _load("generator", name)
        for key, path in generator.shorthand.items():
            info = _field_at(generator.model, path)
            if info is not None and path not in chosen and get_origin(info.annotation) is not dict:
                owner = f"the configuration's '{path.rpartition('.')[0]}'"
                yield ComponentOption(None, key, info, long=f"--{path}", owner=owner, path=path)


def _field_at(model: Any, path: str) -> Any:
    """Return the pydantic field at a path of the configuration, None where there is no single one."""
    info = None
    for step in path.split("."):
        info = getattr(model, "model_fields", {}).get(step)
        model = getattr(info, "annotation", None)
    return info


def _value_of(args: Sequence[str], flags: Sequence[str]) -> str | None:
    found = None
    for position, word in enumerate(args):
        if word == "--":
            break
        name, equals, value = word.partition("=")
        if name in flags:
            found = value if equals else next(iter(args[position + 1 : position + 2]), None)
    return found


def _typed(values: Mapping[str, Any]) -> Iterator[tuple[ComponentOption, Any]]:
    """Yield the components' options that were given, with their values."""
    ctx = click.get_current_context()
    for option in ctx.meta.get("livn.components", []):
        value = values.get(option.name)
        # Null is a value: the source says whether there was one.
        if ctx.get_parameter_source(option.name) not in (None, ParameterSource.DEFAULT):
            yield option, list(value) if isinstance(value, tuple) else value


def chosen_parameters(values: Mapping[str, Any], kind: str) -> dict[str, Any]:
    """Return the fields of ``kind`` that were given on the command line."""
    return {
        option.field: value
        for option, value in _typed(values)
        if option.choice is not None and option.choice.kind == kind
    }


def typed_settings(values: Mapping[str, Any]) -> list[Setting]:
    """Return the keys of the configuration that components' options set.

    An option that names a component drops the parameters of the one that it replaces.
    """
    from livn_core.documents.changes import Setting

    command = click.get_current_context().command
    choices = command.choices if isinstance(command, ComponentCommand) else ()
    settings = []
    for choice in choices:
        flag = choice.flags[0]
        name = next((p.name for p in command.params if flag in p.opts), None)
        if choice.key and name is not None and values[name] is not None:
            settings.append(Setting(choice.key, values[name], flag))
            settings.append(Setting(f"{choice.key}_kwargs", {}, flag))
    for option, value in _typed(values):
        if option.path:
            # A short key stays short: what it stands for is the document's generator's to say.
            path = option.field if option.choice is None else option.path
            settings.append(Setting(path, value, option.flag))
    return settings
