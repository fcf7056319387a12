"""The files that a configuration of a culture names: its components', and those of its own keys."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.components import Parameters
from livn_core.documents.paths import Key

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig

__all__ = ["files_of", "own_files", "with_own_files"]

#: Keys that name a file, beside the components' parameters; ``*`` stands for any name.
OWN = (
    ("gradient", "image"),
    ("populations", "*", "in_degree", "path"),
    ("populations", "*", "out_degree", "path"),
)


def with_own_files(
    document: Mapping[str, Any], change: Callable[[tuple[Key, ...], str], str]
) -> dict[str, Any]:
    """Return a document with the name of each file of its own keys changed.

    Parameters
    ----------
    document
        As the user wrote it: what is not of its form stays as it is.
    change
        From the keys that lead to a name, and the name, to the one that takes its place.
    """
    found: Any = dict(document)
    for keys in OWN:
        found = _changed(found, keys, change, ())
    return dict(found)


def _changed(
    value: Any,
    keys: Sequence[str],
    change: Callable[[tuple[Key, ...], str], str],
    at: tuple[Key, ...],
) -> Any:
    if not keys:
        return change(at, value) if isinstance(value, str) else value
    if not isinstance(value, Mapping):
        return value
    names = value if keys[0] == "*" else {keys[0]} & value.keys()
    return {**value, **{n: _changed(value[n], keys[1:], change, (*at, n)) for n in names}}


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
