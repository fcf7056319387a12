"""What ``--set`` and options do to a culture's document, beside :mod:`livn_core.documents.changes`.

``populations.EXC.ratio=0.7`` on the defaults keeps INH, and ``populations={"PYR": {"count": 10}}``
makes PYR the only population. Keys of ``connectivity`` may be written without it: ``sigma=300``.

Exceptions, where an edit would give a configuration with a mistake: a ``count`` takes the place of
the population's ``ratio``, ``density`` that of ``total_cells`` (and the other way round), a
``mean_degree`` that of an ``amplitude``; and a degree for one projection, where one number held for
all, leaves that number as the ``default``. If that number was not given either, the degree goes to
``connectivity.projections``, so that the default of the other projections stays one that need not be
reached.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from livn_core.culture.defaults import DEFAULT_CELLS, DEFAULTS, default_populations, prepare
from livn_core.culture.parts import ConnectivityConfig
from livn_core.documents.changes import Change, Setting
from livn_core.documents.document import Document
from livn_core.documents.names import projection_key, split_projection
from livn_core.documents.paths import Key, join_path
from livn_core.suggest import did_you_mean

__all__ = ["SHORTHAND", "CultureChange", "kept_by_projections"]

#: Short keys of a culture's document.
SHORTHAND = {key: f"connectivity.{key}" for key in ConnectivityConfig.model_fields}
#: Mappings whose keys name projections, or pairs of modules, in several spellings.
_OF_PROJECTIONS = {("connectivity", key) for key in ("mean_degree", "projections", "between")}
#: Keys of which one takes the place of the other: of a culture, a population, and all projections.
_EITHER: dict[tuple[Key, ...], dict[str, str]] = {
    (): {"density": "total_cells", "total_cells": "density"},
    ("populations", "*"): {"count": "ratio", "ratio": "count"},
    ("connectivity",): {"mean_degree": "amplitude", "amplitude": "mean_degree"},
}


class CultureChange(Change):
    """A culture's document being changed."""

    def __init__(self, document: Document, shorthand: Mapping[str, str]) -> None:
        super().__init__(document, shorthand)
        self._own_degrees: list[Key] = []
        self._defaulted = False

    def _done(self) -> Document:
        populations = self._data.get("populations")
        if (
            self._defaulted
            and self._data.get("total_cells") is None
            and self._data.get("density") is None
            and isinstance(populations, dict)
            and all(isinstance(p, dict) and p.get("count") is None for p in populations.values())
        ):
            self._data["total_cells"] = DEFAULT_CELLS
        return super()._done()

    def _meant(self, keys: Sequence[Key]) -> Sequence[Key]:
        """Return where a degree goes: one for all replaces what was set for single projections."""
        connectivity: Any = self._data.get("connectivity")
        if list(keys[:2]) != ["connectivity", "mean_degree"]:
            return keys
        if len(keys) == 2:
            for own in self._own_degrees:
                connectivity["projections"][own].pop("mean_degree", None)
                self._replace(("connectivity", "projections", own, "mean_degree"))
            self._own_degrees.clear()
        given = isinstance(connectivity, Mapping) and "mean_degree" in connectivity
        if len(keys) == 3 and not given and isinstance(keys[2], str) and split_projection(keys[2]):
            own = projection_key(keys[2])
            self._own_degrees.append(own)
            return ["connectivity", "projections", own, "mean_degree"]
        return keys

    def _spelled(self, path: tuple[Key, ...], holder: Any, key: Key) -> Key:
        # EXC:INH, "EXC -> INH" and EXC->INH mean one projection, in whichever spelling it is there.
        if path not in _OF_PROJECTIONS or not isinstance(key, str) or not split_projection(key):
            return key
        one = projection_key(key)
        return next((k for k in holder if isinstance(k, str) and projection_key(k) == one), one)

    def _inside(self, path: tuple[Key, ...], holder: Any, key: Key) -> Any:
        inner = holder.get(key) if isinstance(holder, Mapping) else None
        if (*path, key) == ("connectivity", "mean_degree") and not isinstance(inner, Mapping):
            return {"default": DEFAULTS[*path, key] if inner is None else inner}
        return super()._inside(path, holder, key)

    def _default(self, path: tuple[Key, ...], holder: Any) -> Any:
        if path == ("population_definitions",):
            return prepare(self._data).get("population_definitions")
        if path == ("populations",):
            self._defaulted = True
            return default_populations()
        if path[:-1] == ("populations",):
            name = str(path[-1])
            example = f"--set '{join_path(path)}={{\"count\": 10}}'"
            self._fail(
                path,
                f"there is no population '{name}'{did_you_mean(name, holder)}",
                f"to add one, give it whole: {example}",
            )
        return DEFAULTS.get(path)

    def _prepare(self, path: tuple[Key, ...], holder: dict[str, Any], key: Key) -> None:
        place: tuple[Key, ...] = (path[0], "*") if len(path) == 2 else path
        other = _EITHER.get(place, {}).get(str(key))
        if other is not None and (*path, other) not in self._set:
            holder.pop(other, None)


def kept_by_projections(document: Mapping[str, Any], settings: Iterable[Setting]) -> Iterator[str]:
    """Yield a sentence for each projection that keeps its own value of what was set for all.

    A document that is no culture's has no such projections.
    """
    projections = document.get("connectivity", {}).get("projections", {})
    for name, own in projections.items():
        for setting in settings:
            key = setting.name.removeprefix("connectivity.")
            if key in own and key in SHORTHAND:
                yield f"{name} keeps its own {key}: {own[key]}; {setting.source} is for the others"
