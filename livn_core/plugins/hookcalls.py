"""Load one plugin and ask its hooks; an error of the plugin becomes a :class:`Failure`.

Every plugin gets a pluggy manager of its own: what pluggy finds wrong belongs to that plugin alone,
and a plugin is taken whole or not at all.
"""

from __future__ import annotations

import contextlib
import re
import sys
from collections.abc import Iterable
from contextvars import ContextVar
from dataclasses import dataclass, fields

import pluggy

from livn_core import hookspecs
from livn_core.errors import ContractError
from livn_core.hookspecs import GROUP, HOOKS, Command, Component
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.discovery import Plugin, Provider
from livn_core.plugins.entries import Entry
from livn_core.suggest import did_you_mean

__all__ = ["Failure", "ask", "asking"]

#: A hook that yields more than this has no end.
MOST = 1000

#: Whether a plugin is being loaded or asked right now.
asking: ContextVar[bool] = ContextVar("asking", default=False)

NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
TARGET = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*:[^\W\d]\w*(\.[^\W\d]\w*)*")


@dataclass(frozen=True, slots=True)
class Failure:
    """A plugin that cannot be used."""

    provider: Provider
    #: Its entry point.
    plugin: str
    #: What went wrong, in one line.
    reason: str
    #: (kind, name) of the components that it had named before it failed.
    names: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        return f"plugin '{self.plugin}' of {self.provider} failed: {self.reason}"


def ask(plugin: Plugin, *, trace: bool = False) -> tuple[list[Entry], Failure | None]:
    """Load one plugin and ask its hooks; ``trace`` writes every call to stderr.

    All or nothing: a plugin of which one hook fails gives no component, and its failure remembers
    those that it had named.
    """
    found: list[Entry] = []
    token = asking.set(True)
    try:
        # What a plugin prints must not get into a result on stdout.
        with contextlib.redirect_stdout(sys.stderr):
            manager = _manager(plugin)
            for kind, hook in HOOKS.items():
                before = len(found)
                for result in getattr(manager.hook, hook)():
                    _collect(kind, plugin.provider, result, found)
                if trace and getattr(manager.hook, hook).get_hookimpls():
                    names = ", ".join(entry.name for entry in found[before:]) or "nothing"
                    sys.stderr.write(f"livn: {hook}() of {plugin.provider} gave {names}\n")
    except KeyboardInterrupt:
        raise
    # SystemExit and pytest's outcomes are no Exception, and must not end a command either.
    except BaseException as error:  # noqa: BLE001
        named = tuple((entry.kind, entry.name) for entry in found)
        return [], Failure(plugin.provider, plugin.label, reason_of(error), named)
    finally:
        asking.reset(token)
    return found, None


def _manager(plugin: Plugin) -> pluggy.PluginManager:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(hookspecs)
    module = plugin.load()
    try:
        manager.register(module, name=plugin.label)
        manager.check_pending()
    except pluggy.PluginValidationError as error:
        raise ContractError(_explain(str(error))) from error
    unmarked = [
        hook
        for hook in HOOKS.values()
        if callable(getattr(module, hook, None)) and not getattr(manager.hook, hook).get_hookimpls()
    ]
    if unmarked:
        raise ContractError(f"{unmarked[0]}() is not marked with @hookimpl")
    if not manager.get_hookcallers(module):
        raise ContractError(f"it implements no hook; the hooks are {', '.join(HOOKS.values())}")
    return manager


def _explain(text: str) -> str:
    unknown = re.search(r"unknown hook '?(\w+)'?", text)
    if unknown:
        return f"there is no hook '{unknown[1]}'{did_you_mean(unknown[1], HOOKS.values())}"
    extra = re.search(r"Argument\(s\) \{(.*?)\}", text)
    hook = re.search(r"for hook '(\w+)'", text)
    if extra and hook:
        return f"{hook[1]}() takes no arguments, but it asks for {extra[1]}"
    return " ".join(text.split())


def _collect(kind: str, provider: Provider, result: object, found: list[Entry]) -> None:
    hook, wanted = HOOKS[kind], Command if kind == "command" else Component
    what = f"{hook}() must yield {wanted.__name__}s, not"
    if isinstance(result, wanted) or not isinstance(result, Iterable):
        raise ContractError(f"{what} return {_kind_of(result)}")
    for number, component in enumerate(result):
        if number == MOST:
            raise ContractError(f"{hook}() yields more than {MOST} components")
        if not isinstance(component, wanted):
            raise ContractError(f"{what} {_kind_of(component)}")
        if problem := _problem(component):
            raise ContractError(f"{hook}() yields a {wanted.__name__.lower()} {problem}")
        if any(entry.kind == kind and entry.name == component.name for entry in found):
            raise ContractError(f"{hook}() yields '{component.name}' twice")
        # A plugin's own kind of descriptor may say more than ours.
        ours = {each.name: getattr(component, each.name) for each in fields(wanted)}
        found.append(Entry(kind=kind, provider=provider, **ours))


def _problem(component: Component | Command) -> str | None:
    for text in (component.name, component.target, component.summary):
        if not isinstance(text, str):
            return f"with {text!r} where a text is due"
    if not NAME.fullmatch(component.name):
        return (
            f"named '{component.name}': a name has lower-case letters, digits, '_' and '-', "
            "and begins with a letter or digit"
        )
    if not TARGET.fullmatch(component.target):
        due = "module:command" if isinstance(component, Command) else "module:Class"
        return f"'{component.name}' with the target '{component.target}', which is not '{due}'"
    if not component.summary.strip() or "\n" in component.summary:
        return f"'{component.name}' whose summary is not one line"
    if isinstance(component, Command):
        one_line = isinstance(component.section, str) and "\n" not in component.section
        return None if one_line else f"'{component.name}' whose section is not one line"
    if not isinstance(component.aliases, tuple) or not all(
        isinstance(alias, str) and alias.strip() for alias in component.aliases
    ):
        return f"'{component.name}' whose aliases are not a tuple of texts"
    return None


def _kind_of(value: object) -> str:
    return "None" if value is None else f"a {type(value).__name__} ({value!r:.60})"
