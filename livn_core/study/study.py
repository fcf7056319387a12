"""A study: its base, points and members, and the seed of each of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from livn_core.documents.changes import Change, Setting
from livn_core.documents.document import Document
from livn_core.documents.jsonio import dumps, json_fit
from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError, Finding, LivnError
from livn_core.execute import find_generator, read_configuration, resolve
from livn_core.job import Job
from livn_core.sampling.streams import key64
from livn_core.study.naming import folder_names
from livn_core.study.plates import read_wells, wells
from livn_core.study.points import Point, canonical, points_of
from livn_core.study.request import Request

__all__ = ["Member", "Study", "study_of"]


@dataclass(frozen=True, slots=True)
class Member:
    """One system of a study."""

    #: Its directory in the study's: ``sigma=100/r000``.
    path: str
    #: Numbers of its point and replicate, from 0.
    point: int
    replicate: int
    #: Key -> value: its point's, and those of its well.
    values: Point
    #: Its well's name; empty without a plate.
    well: str
    #: Its random seed; None where its point gives one that is none.
    seed: int | None


@dataclass(frozen=True)
class Study:
    """What :func:`study_of` makes of a request."""

    request: Request
    #: The base's document, read once.
    document: Document
    #: What is set before anything is varied; a seed of null is drawn and stands here.
    settings: tuple[Setting, ...]
    #: The base's job, and its seed.
    base: Job
    seed: int
    points: Sequence[Point]
    #: Well -> what is changed in it.
    wells: Mapping[str, Point]

    @cached_property
    def base_key(self) -> str:
        """A short name of what the base means: equal for equal effective configurations."""
        document = {k: v for k, v in self.base.document.items() if k != "output_directory"}
        text = dumps([self.base.generator, self.base.options, document])
        return hashlib.blake2b(text.encode(), digest_size=8, person=b"livn-study").hexdigest()

    @cached_property
    def keys(self) -> list[str]:
        """Every key that is varied, in its order."""
        every = (*self.points, *self.wells.values())
        return list(dict.fromkeys(key for values in every for key in values))

    @cached_property
    def names(self) -> list[str]:
        """The folder of each point."""
        return folder_names(self.points)

    @cached_property
    def members(self) -> list[Member]:
        """Every system, point by point."""
        plate = self.request.plate
        labels = wells(plate) if plate else [f"r{r:03}" for r in range(self.request.replicates)]
        found = []
        for number, (name, point) in enumerate(zip(self.names, self.points, strict=True)):
            for replicate, label in enumerate(labels):
                values = {**point, **self.wells.get(label, {})}
                path = f"{name}/{label}" if name else label
                seed = self._seed_of(values, replicate)
                well = label if plate else ""
                found.append(Member(path, number, replicate, values, well, seed))
        return found

    def _seed_of(self, values: Point, replicate: int) -> int | None:
        seed = values.get("random_seed", self.seed)
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            return None  # validation says so
        key: tuple[str | int, ...] = ()
        if self.request.seeds == "independent":
            changed = {k: v for k, v in values.items() if k != "random_seed" and self._tells(k, v)}
            key = ("point", canonical(changed)) if changed else ()
        return key64(seed, "replicate", replicate, *key) if replicate or key else seed

    @cached_property
    def _known(self) -> dict[str, bool]:
        return {}

    def _tells(self, key: str, value: Any) -> bool:
        """Whether a value is another than the base's: a new key at the base's value moves nothing."""
        text = canonical({key: value})
        if text not in self._known:
            try:
                changed = self.job({key: value}).document != self.base.document
            except LivnError:
                changed = True
            self._known[text] = changed
        return self._known[text]

    def job(
        self,
        values: Point,
        *,
        well: str = "",
        seed: int | None = None,
        output: Path | None = None,
    ) -> Job:
        """Return the job of a system, as ``livn generate`` would have it.

        ``values`` are set after the study's own settings; errors name the ``well``. A seed of None is
        that of the configuration.
        """
        request, own = self.request, self.wells.get(well, {})
        vary = request.table.name if request.table else "vary"
        per_well = f"{request.wells.name}, {well}:" if request.wells else vary
        settings = [
            Setting(key, value, per_well, request.folder_of("wells"))
            if key in own
            else Setting(
                key, value, vary, request.folder_of("table" if request.table else "vary", key)
            )
            for key, value in values.items()
        ]
        if seed is not None and seed != values.get("random_seed", self.seed):
            settings.append(Setting("random_seed", seed, "seeds"))
        return resolve(
            self.document,
            overrides=[*self.settings, *settings],
            output=output,
            generator=self.request.generator,
            options=self.request.options,
        )

    def check(self) -> None:
        """Refuse a study with a key that no point is possible with: a name that there is not, say.

        The first of the points with that key says why.
        """
        first = self.points[0] if self.points else {}
        some: list[tuple[str, Point]] = [("", point) for point in self.points]
        some += [(well, {**first, **values}) for well, values in self.wells.items()]
        failed: dict[str, LivnError] = {}
        left = set(self.keys)
        for well, values in some:
            if not left & values.keys():
                continue
            try:
                self.job(values, well=well)
            except LivnError as error:
                failed |= {key: error for key in values if key not in failed}
            else:
                left -= values.keys()
            if not left:
                return
        # Keys that are possible alone are no reason why others are not.
        for key in self.keys:
            if key in left and key in failed:
                raise failed[key]

    def record(self) -> dict[str, Any]:
        """Return what stands in the study's own ``study.yml``, tables as copies beside it."""
        request = self.request
        base = request.base if isinstance(request.base, Mapping) else str(request.base)
        counted = {"plate": request.plate} if request.plate else {"replicates": request.replicates}
        every = {
            "base": base,
            "base_key": self.base_key,
            "set": {setting.name: setting.value for setting in self.settings},
            "generator": request.generator,
            "options": request.options,
            "vary": request.vary,
            "zip": request.zip,
            "table": request.table and "table.csv",
            "sample": request.sample and request.sample.model_dump(),
            **counted,
            "wells": request.wells and "wells.csv",
            "seeds": request.seeds,
            "folders": self._folders(),
        }
        kept = {key: value for key, value in every.items() if value or key == "base"}
        fit: dict[str, Any] = json_fit(kept, origin="study.yml")
        return fit

    def _folders(self) -> dict[str, str]:
        """Return where names of files start from, of every value that may hold one."""
        request = self.request
        found = {
            f"set.{one.name}": one.base or Path.cwd() for one in self.settings if _text(one.value)
        }
        for key, values in request.vary.items():
            if not isinstance(values, str) and _text(values):
                found[f"vary.{key}"] = request.folder_of("vary", key)
        if request.table and _text(list(self.points)):
            found["table"] = request.folder_of("table")
        if request.wells and _text(self.wells):
            found["wells"] = request.folder_of("wells")
        if isinstance(request.base, Mapping) and _text(request.base):
            found["base"] = self.document.base_of(())
        return {name: str(folder.absolute()) for name, folder in found.items()}

    def difference(self, other: Study) -> str | None:
        """Return in what another study is another one than this; None where they are the same."""
        request, theirs = self.request, other.request
        same = {
            "base": self.base_key == (theirs.base_key or other.base_key),
            "points": list(map(canonical, self.points)) == list(map(canonical, other.points)),
            "replicates": request.replicates == theirs.replicates,
            "seeds": request.seeds == theirs.seeds,
            "plate": request.plate == theirs.plate,
            "wells": canonical(self.wells) == canonical(other.wells),
        }
        return next((name for name, equal in same.items() if not equal), None)


def study_of(
    request: Request, overrides: Sequence[Setting | str] = (), *, seed: int | None = None
) -> Study:
    """Return the study of a request.

    ``overrides`` are set in the base, as ``livn generate`` takes them, after the request's own; a
    ``seed`` stands in place of one that is drawn, where the base's is null.
    """
    named = request.base
    if isinstance(named, Mapping) and not isinstance(named, Document):
        named = request.inline(named)
    try:
        document = read_configuration(named)
    except ConfigError as error:
        if not (request.origin and isinstance(named, str)):
            raise
        # It is no file, and its name alone would not say who names it.
        told = [Finding("base", error.message)]
        raise ConfigError(told, origin=request.origin, hint=error.hint) from None
    given = {
        key: Setting(key, value, "set", request.folder_of("set", key))
        for key, value in request.set.items()
    }
    for override in map(_setting, overrides):
        given.pop(override.name, None)  # the last one has the last word
        given[override.name] = override
    settings = list(given.values())

    def job() -> Job:
        return resolve(
            document, overrides=settings, generator=request.generator, options=request.options
        )

    base = job()
    if base.source.get("random_seed", 0) is None:
        drawn = base.configuration.seed if seed is None else seed
        settings = [one for one in settings if one.name != "random_seed"]
        settings.append(Setting("random_seed", drawn, "set"))
        base = job()
    own = base.configuration.seed
    found = points_of(request, own)
    per_well = read_wells(request.wells, request.plate) if request.wells and request.plate else {}
    for point in found[:1]:
        for values in per_well.values():
            if both := sorted(point.keys() & values.keys()):
                text = f"'{both[0]}' is varied, and a column of the wells"
                raise ConfigError([Finding("wells", text)])
    _check_replaced(base, document, settings, found, per_well)
    return Study(request, document, tuple(settings), base, own, found, per_well)


def _check_replaced(
    base: Job,
    document: Document,
    settings: Sequence[Setting],
    points: Sequence[Point],
    per_well: Mapping[str, Point],
) -> None:
    """Refuse keys of which a later one replaces an earlier one: the index would tell of both."""
    kind = find_generator(document, base.generator)[1]
    changes = kind.changes or Change
    document = changes(document, kind.shorthand).all(settings)
    for values in {tuple(point): point for point in points}.values():
        for more in per_well.values() or ({},):
            change = changes(document, kind.shorthand)
            with suppress(ConfigError):  # said where the points are looked at
                change.all([Setting(key, value) for key, value in {**values, **more}.items()])
            if change.replaced:
                text = "a key after it replaces it: give one of the two, or the more general first"
                raise ConfigError([Finding(change.replaced[0], text, "vary")])


def _text(value: Any) -> bool:
    """Whether a value is or holds a text, as every name of a file is."""
    inner = value.values() if isinstance(value, Mapping) else value
    return isinstance(value, str) or (
        isinstance(inner, Iterable) and not isinstance(inner, str) and any(map(_text, inner))
    )


def _setting(override: Setting | str) -> Setting:
    if isinstance(override, Setting):
        return override
    name, _, value = override.partition("=")
    return Setting(name.strip(), parse_value(value, path=name.strip(), source="--set"), "--set")
