"""The files that a configuration of a culture names: its components', and those of its own keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.components import Parameters
from livn_core.documents.paths import Key
from livn_core.errors import LivnError
from livn_core.plugins.kernels import kernel_entry
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig

__all__ = ["files_of", "own_files", "with_files"]

#: From the keys that lead to the name of a file, and the name, to another name.
Change = Callable[[tuple[Key, ...], str], str]

#: Keys that name a file, beside the components' parameters; ``*`` stands for any name.
OWN = (
    ("gradient", "image"),
    ("populations", "*", "in_degree", "path"),
    ("populations", "*", "out_degree", "path"),
)


def with_files(data: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """Return a configuration with the name of each file changed, its components' and its own keys'.

    What is not of its form stays as it is. ``change`` gets the keys that lead to a name, and the name.
    """
    found: Any = dict(data)
    for keys in OWN:
        found = _changed(found, keys, change, ())
    found = _with_files_of("area", "placement", found, found, (), change)
    general = found.get("connectivity")
    if not isinstance(general, Mapping):
        return dict(found)
    general = _connecting(general, general, ("connectivity",), change)
    projections = general.get("projections")
    if isinstance(projections, Mapping):
        made = {
            name: _connecting(own, general, ("connectivity", "projections", name), change)
            if isinstance(own, Mapping)
            else own
            for name, own in projections.items()
        }
        general = {**general, "projections": made}
    return {**found, "connectivity": general}


def _changed(value: Any, keys: Sequence[str], change: Change, at: tuple[Key, ...]) -> Any:
    if not keys:
        return change(at, value) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return value
    names = value if keys[0] == "*" else {keys[0]} & value.keys()
    return {**value, **{n: _changed(value[n], keys[1:], change, (*at, n)) for n in names}}


def _connecting(
    entry: Mapping[str, Any], general: Mapping[str, Any], at: tuple[Key, ...], change: Change
) -> dict[str, Any]:
    """Return ``connectivity``, or a projection's entry, with the files of its rule and kernel."""
    found = _with_files_of("rule", "connectivity", entry, general, at, change)
    return _with_files_of("kernel", "kernel", found, general, at, change)


def _with_files_of(
    key: str,
    kind: str,
    entry: Mapping[str, Any],
    general: Mapping[str, Any],
    at: tuple[Key, ...],
    change: Change,
) -> dict[str, Any]:
    """Return an entry with the files in its ``key_kwargs`` changed; ``general`` may name the component."""
    kwargs, name = entry.get(f"{key}_kwargs"), entry.get(key, general.get(key))
    if not (isinstance(name, str) and isinstance(kwargs, Mapping)):
        return dict(entry)
    return {**entry, f"{key}_kwargs": _moved(kind, name, kwargs, (*at, f"{key}_kwargs"), change)}


def _moved(
    kind: str, name: str, parameters: Mapping[str, Any], at: tuple[Key, ...], change: Change
) -> dict[str, Any]:
    """Return a component's parameters with their files, and those of the kernels in their lists."""
    try:
        found = kernel_entry(name) if kind == "kernel" else registry().find(kind, name)
        fields = registry().load(found.kind, found.qualified).model_fields
    except LivnError:
        return dict(parameters)  # reported when the component is made
    moved = dict(parameters)
    for field, value in parameters.items():
        if isinstance(value, list):
            moved[field] = [
                _moved("kernel", part["kernel"], part, (*at, field, number), change)
                if isinstance(part, Mapping) and isinstance(part.get("kernel"), str)
                else part
                for number, part in enumerate(value)
            ]
        paths = {Path, Path | None}
        if field in fields and fields[field].annotation in paths and isinstance(value, str):
            moved[field] = change((*at, field), value)
    return moved


def own_files(config: Culture2DConfig) -> Iterator[Path]:
    """Yield the files that the culture's own keys name."""
    if config.gradient is not None and config.gradient.image is not None:
        yield Path(config.gradient.image)
    for population in config.populations.values():
        for factor in (population.in_degree, population.out_degree):
            if factor is not None and factor.path is not None:
                yield Path(factor.path)


def files_of(component: Any) -> Iterator[Path]:
    """Yield the files that a component names, those of the components inside it too."""
    if isinstance(component, Path):
        yield component
    elif isinstance(component, Parameters):
        yield from files_of(getattr(component, "read_from", None))
        for _, inner in component:
            yield from files_of(inner)
    elif isinstance(component, tuple):
        for inner in component:
            yield from files_of(inner)
