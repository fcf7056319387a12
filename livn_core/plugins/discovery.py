"""Finds plugins: entry points of the group ``livn``, and the built-ins in the same way.

Pluggy's own loader skips the second of two entry points with one name without a word, and the
first one that fails to import ends its loop. Here plugins are only found, each with a way to load
it; :mod:`livn_core.plugins.hookcalls` loads them one by one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from importlib import import_module, metadata
from pathlib import Path

from livn_core.__about__ import __version__
from livn_core.errors import ContractError
from livn_core.hookspecs import GROUP
from livn_core.plugins.attribution import reason_of

__all__ = [
    "BUILTIN",
    "BUILTINS",
    "Plugin",
    "Provider",
    "builtin_plugins",
    "canonical",
    "disabled_by",
    "installed_plugins",
]

#: The modules of the built-in components and commands. They enter through the hooks that third parties use: without
#: them everything still starts, but offers no component.
BUILTINS: tuple[str, ...] = (
    "livn_plugins.placement",
    "livn_plugins.connectivity",
    "livn_plugins.mea",
    "livn_plugins.generators",
    "livn_plugins.backends",
    "livn_plugins.exporters",
    "livn_cli.commands",
)


def canonical(name: str) -> str:
    """Return a distribution's name in the spelling of package indexes (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


@dataclass(frozen=True, slots=True, order=True)
class Provider:
    """The distribution that supplies a component."""

    name: str
    version: str = ""

    def __str__(self) -> str:
        return f"{self.name} {self.version}".strip()


#: Who supplies the built-ins.
BUILTIN = Provider("livn-core", __version__)


@dataclass(frozen=True, slots=True)
class Plugin:
    """A plugin that was found, not yet loaded."""

    provider: Provider
    #: ``name = value`` of the entry point, or the module of a built-in.
    label: str
    #: Imports it and returns the object that holds the hooks.
    load: Callable[[], object]


def builtin_plugins(modules: Iterable[str] = BUILTINS) -> Iterator[Plugin]:
    """Yield the built-in plugins."""
    for module in modules:
        yield Plugin(BUILTIN, module, partial(import_module, module))


def disabled_by(environ: Mapping[str, str]) -> list[str]:
    """Return the names in ``LIVN_DISABLE_PLUGINS``: distributions, entry points, or ``all``."""
    names = environ.get("LIVN_DISABLE_PLUGINS", "").split(",")
    return [name.strip() for name in names if name.strip()]


def installed_plugins(*, disabled: Iterable[str] = ()) -> tuple[list[Plugin], list[Provider]]:
    """Return the plugins of the installed distributions, and the distributions left out.

    The same distribution found twice (``lib`` and ``lib64``, an editable install beside its own
    folder) counts once: the first on ``sys.path``, as an import would choose. The result is sorted
    by distribution, so that it does not depend on the order in which things were installed.
    ``disabled`` are distributions or entry points to leave out; ``all`` leaves out every one.
    """
    off = {canonical(name) for name in disabled}
    plugins: list[Plugin] = []
    skipped: set[Provider] = set()
    seen: set[str] = set()
    for distribution in metadata.distributions():
        points = _entry_points(distribution)
        if not points:
            continue
        provider = _provider(distribution)
        if canonical(provider.name) in seen:
            continue
        seen.add(canonical(provider.name))
        for label, load in points:
            names = {"all", canonical(provider.name), canonical(label.partition(" =")[0])}
            if off & names:
                skipped.add(provider)
            else:
                plugins.append(Plugin(provider, label, load))
    plugins.sort(key=lambda plugin: (canonical(plugin.provider.name), plugin.label))
    return plugins, sorted(skipped)


def _entry_points(distribution: metadata.Distribution) -> list[tuple[str, Callable[[], object]]]:
    # Names and versions are slow to read: they are read only of distributions that have a plugin.
    try:
        text = distribution.read_text("entry_points.txt") or ""
        if f"[{GROUP}]" not in text.replace(" ", ""):
            return []
        found = {(p.name, p.value) for p in distribution.entry_points.select(group=GROUP)}
    except Exception as error:  # noqa: BLE001 - one unreadable file must not hide the others
        reason = f"entry_points.txt cannot be read: {reason_of(error)}"
        return [("entry_points.txt", partial(_refuse, reason))]
    # One object under two names is one plugin.
    points = {value: name for name, value in sorted(found, reverse=True)}
    return [(f"{name} = {value}", partial(_load, name, value)) for value, name in points.items()]


def _load(name: str, value: str) -> object:
    point = metadata.EntryPoint(name, value, GROUP)
    if not point.pattern.fullmatch(value):
        _refuse(f"its entry point '{value}' is not 'module' or 'module:attribute'")
    return point.load()


def _refuse(reason: str) -> None:
    raise ContractError(reason)


def _provider(distribution: metadata.Distribution) -> Provider:
    # A folder that is not quite a distribution (no METADATA, no Name) must not stop the others.
    name, version = "", ""
    try:
        fields = distribution.metadata
        name, version = (str(fields[key]) if key in fields else "" for key in ("Name", "Version"))
    except Exception:  # noqa: BLE001 - whatever such a folder holds
        name = ""
    if name:
        return Provider(name, version)
    stem = Path(str(getattr(distribution, "_path", "unknown"))).stem
    name, _, version = stem.partition("-")
    return Provider(name, version)
