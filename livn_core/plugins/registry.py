"""Which components there are, who supplies them, and what to do when two claim one name.

A registry is made from plugins and never changes. Looking things up imports no component: a
component's module is imported by :meth:`Registry.load`. Built-in names are reserved; a name that
two third parties claim belongs to neither until one is picked as ``DISTRIBUTION/NAME``. Nothing here
depends on the order in which plugins were installed.
"""

from __future__ import annotations

import functools
import os
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

from livn_core.errors import ComponentNotFoundError, ContractError, LivnError, PluginError
from livn_core.hookspecs import HOOKS
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.discovery import (
    BUILTINS,
    Plugin,
    Provider,
    builtin_plugins,
    canonical,
    disabled_by,
    installed_plugins,
)
from livn_core.plugins.entries import KINDS, Clash, Entry, class_problem
from livn_core.plugins.hookcalls import Failure, ask, asking
from livn_core.suggest import by_summary, did_you_mean

if TYPE_CHECKING:
    from livn_core.components import Parameters

__all__ = [
    "KINDS",
    "Clash",
    "Entry",
    "Failure",
    "PluginWarning",
    "Provider",
    "Registry",
    "registry",
]


class PluginWarning(UserWarning):
    """A plugin failed to load, or clashes with another; everything else works."""


class Registry:
    """The components of some plugins.

    Parameters
    ----------
    plugins
        What to load; none gives an empty registry.
    disabled
        Plugins that were left out on purpose; named when something is not found.
    trace
        Write every hook call to stderr.

    Examples
    --------
    >>> Registry().components()
    []
    """

    def __init__(
        self,
        plugins: Iterable[Plugin] = (),
        *,
        disabled: Iterable[Provider] = (),
        trace: bool = False,
    ) -> None:
        self.failures: list[Failure] = []
        self.disabled: list[Provider] = list(disabled)
        entries: list[Entry] = []
        for plugin in plugins:
            found, failure = ask(plugin, trace=trace)
            if failure is not None:
                self.failures.append(failure)
            entries += found
        self.failures.sort(key=lambda failure: (failure.provider, failure.plugin))
        order = {kind: index for index, kind in enumerate(HOOKS)}
        self._entries = sorted(
            entries,
            key=lambda e: (
                order[e.kind],
                e.name,
                not e.builtin,
                canonical(e.provider.name),
                e.target,
            ),
        )
        self._claims: dict[tuple[str, str], list[Entry]] = defaultdict(list)
        for entry in sorted(self._entries, key=lambda e: not e.builtin):
            for label in dict.fromkeys((entry.name, *entry.aliases)):
                self._claims[entry.kind, label].append(entry)
        self._told: set[tuple[str, str]] = set()
        self.clashes: list[Clash] = [
            Clash(kind, label, tuple(claims))
            for (kind, label), claims in sorted(self._claims.items())
            if len(claims) > 1
        ]

    @classmethod
    def discover(
        cls, environ: Mapping[str, str] | None = None, *, builtins: Iterable[str] = BUILTINS
    ) -> Registry:
        """Load the built-ins and what is installed, and warn of what fails.

        Parameters
        ----------
        environ
            Where ``LIVN_DISABLE_PLUGINS`` (``all`` or names, comma-separated) and
            ``LIVN_TRACE_HOOKS`` are looked up; the process's own by default.
        builtins
            The modules of the built-in components.
        """
        if asking.get():
            raise ContractError("it asks for the components before all of them are known")
        environ = os.environ if environ is None else environ
        plugins, disabled = installed_plugins(disabled=disabled_by(environ))
        found = cls(
            [*builtin_plugins(builtins), *plugins],
            disabled=disabled,
            trace=environ.get("LIVN_TRACE_HOOKS", "") not in {"", "0"},
        )
        for failure in found.failures:
            warnings.warn(str(failure), PluginWarning, stacklevel=2)
        return found

    def components(self, kind: str | None = None) -> list[Entry]:
        """Return the components, sorted by kind and name.

        Raises
        ------
        ComponentNotFoundError
            There is no such kind.
        """
        if kind is None:
            return list(self._entries)
        _check_kind(kind)
        return [entry for entry in self._entries if entry.kind == kind]

    def knows(self, kind: str, name: str) -> bool:
        """Whether somebody claims this name, or did before it failed."""
        return (kind, name) in self._claims or any(
            (kind, name) in failure.names for failure in self.failures
        )

    def kinds_of(self, name: str) -> list[str]:
        """Return the kinds in which somebody claims this name or ``DISTRIBUTION/NAME``."""
        return [kind for kind in HOOKS if self._claimed(kind, name) or self.knows(kind, name)]

    def find(self, kind: str | None, name: str) -> Entry:
        """Return the component of that name, alias, or ``DISTRIBUTION/NAME``.

        Parameters
        ----------
        kind
            Its kind; None when no kind has it, for the error alone.
        name
            What the user wrote.

        Raises
        ------
        ComponentNotFoundError
            Nobody supplies it; says what comes close.
        PluginError
            Two third_parties claim it, or the plugin that would supply it failed.
        """
        if kind is None:
            raise self._missing(None, name)
        _check_kind(kind)
        claims = self._claimed(kind, name)
        if not claims:
            raise self._missing(kind, name)
        clash = Clash(kind, name, tuple(claims))
        if len(claims) > 1 and not clash.reserved:
            raise PluginError(str(clash), hint=clash.hint)
        if len(claims) > 1 and (kind, name) not in self._told:
            self._told.add((kind, name))
            warnings.warn(f"{clash}; {clash.hint}", PluginWarning, stacklevel=2)
        return claims[0]

    def name_of(self, entry: Entry) -> str:
        """Return what finds this component: its name, or ``DISTRIBUTION/NAME`` where that is taken."""
        claims = self._claims[entry.kind, entry.name]
        own = len(claims) == 1 or (entry.builtin and claims[0] == entry)
        return entry.name if own else entry.qualified

    def _claimed(self, kind: str, name: str) -> list[Entry]:
        if (kind, name) in self._claims:
            return self._claims[kind, name]
        provider, _, bare = name.rpartition("/")
        return [
            entry
            for entry in self._claims.get((kind, bare), [])
            if canonical(entry.provider.name) == canonical(provider)
        ]

    def _missing(self, kind: str | None, name: str) -> ComponentNotFoundError | PluginError:
        what = KINDS[kind] if kind else "component"
        provider, _, bare = name.rpartition("/")
        for failure in self.failures:
            if (kind, bare) in failure.names and canonical(provider) in {
                "",
                canonical(failure.provider.name),
            }:
                return PluginError(f"the {what} '{name}' is not usable: {failure}", hint=_RETRY)
        known = {label for claimed, label in self._claims if kind in {None, claimed}}
        summaries = {e.name: e.summary for e in self.components(kind)} if kind else {}
        close = by_summary(name, summaries) or did_you_mean(name, known)
        names = sorted(summaries)
        if not close and 0 < len(names) <= _FEW:
            close = f"; there are {', '.join(names)}"
        message = f"no {what} named '{name}'{close}"
        hint = "list them with 'livn plugins list" + (f" --kind {kind}'" if kind else "'")
        if self.disabled:
            off = ", ".join(str(provider) for provider in self.disabled)
            hint += f"; LIVN_DISABLE_PLUGINS turns off {off}"
        if self.failures:
            # The name may be that of a component of one of these plugins.
            failures = "; ".join(str(failure) for failure in self.failures)
            return PluginError(f"{message} ({failures})", hint=f"{hint}; {_RETRY}")
        return ComponentNotFoundError(message, hint=hint)

    def load(self, kind: str, name: str) -> type[Any]:
        """Import the component and return its class.

        Raises
        ------
        PluginError
            It cannot be imported, or is not a complete subclass of its kind's base class.
        """
        return _load(self.find(kind, name))

    def usable(self, kind: str) -> Iterator[tuple[Entry, type[Any]]]:
        """Yield the components of a kind whose classes can be used, with these. Imports them all."""
        for entry in self.components(kind):
            with suppress(PluginError):
                yield entry, _load(entry)

    def unusable(self, kind: str | None = None) -> list[Failure]:
        """Return the components of third parties whose classes cannot be used. Imports them all."""
        found = []
        for entry in self.components(kind):
            if entry.builtin:
                continue
            try:
                _load(entry)
            except PluginError as error:
                reason = str(error).removeprefix(f"{_named(entry)} ")
                found.append(Failure(entry.provider, f"{entry.kind} {entry.name}", reason))
        return found

    def create(
        self,
        kind: str,
        name: str,
        parameters: Mapping[str, Any] | None = None,
        *,
        where: str = "",
    ) -> Any:
        """Return the component with these parameters.

        Parameters
        ----------
        kind, name
            As for :meth:`find`.
        parameters
            Values as a YAML or JSON document has them; arrays and paths are converted.
        where
            Key under which they stand in the configuration: ``area_kwargs``.

        Raises
        ------
        ConfigError
            With a finding for every parameter that is unknown, missing, of a wrong type or out of
            bounds; the findings' paths begin with ``where``.
        PluginError
            As for :meth:`load`; or its own ``__init__`` or validators fail.
        """
        from livn_core.plugins.parameters import build

        entry = self.find(kind, name)
        model: type[Parameters] = _load(entry)
        try:
            return build(model, parameters, what=f"the {KINDS[kind]} '{name}'", where=where)
        except LivnError:
            raise
        except (Exception, SystemExit) as error:
            if entry.builtin:
                raise
            raise PluginError(f"{_named(entry)} cannot be made: {reason_of(error)}") from error


#: Names of a kind that fit into a message.
_FEW = 10
_RETRY = "see 'livn plugins list --failures'; LIVN_DISABLE_PLUGINS=NAME turns a plugin off"


def _check_kind(kind: str) -> None:
    if kind not in HOOKS:
        raise ComponentNotFoundError(
            f"no kind of component named '{kind}'{did_you_mean(kind, HOOKS)}",
            hint=f"the kinds are {', '.join(HOOKS)}",
        )


@functools.cache
def registry() -> Registry:
    """Return the components of this environment; found once a process.

    Examples
    --------
    >>> from livn_core.plugins.registry import registry
    >>> registry().find("placement", "disk").summary
    'uniform per area over a disk or an annulus'
    >>> registry().create("placement", "disk", {"radius": 300}).bounds().tolist()
    [[-300.0, -300.0], [300.0, 300.0]]
    """
    return Registry.discover()


def _named(entry: Entry) -> str:
    return f"the {KINDS[entry.kind]} '{entry.name}' of {entry.provider}"


def _load(entry: Entry) -> type[Any]:
    module, _, attribute = entry.target.partition(":")
    try:
        target: Any = import_module(module)
        for part in attribute.split("."):
            target = getattr(target, part)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise PluginError(
            f"{_named(entry)} cannot be loaded: {reason_of(error)}", hint=_RETRY
        ) from error
    if problem := class_problem(entry.kind, target):
        raise PluginError(f"{_named(entry)} ({entry.target}) {problem}", hint=_RETRY)
    return target
