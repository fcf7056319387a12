"""What is asked of a study, in ``study.yml`` or by options, checked for form alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError, Finding
from livn_core.study.plates import PLATES
from livn_core.suggest import did_you_mean

__all__ = ["KEYS", "Request", "is_study", "read_request"]

#: Keys of a study's file.
KEYS = (
    *("base", "base_key", "set", "generator", "options"),
    *("vary", "zip", "table", "sample", "replicates", "seeds", "plate", "wells"),
)
#: No configuration has any of these at its top.
_TELLING = frozenset({"base", "vary", "table", "sample", "replicates", "plate"})


@dataclass(frozen=True)
class Request:
    """A study as asked for.

    Parameters
    ----------
    base
        File or shipped name of the configuration, or a mapping.
    folder
        Where its relative file names start from.
    changes
        Key -> value, set before anything is varied; in the file the key ``set``.
    vary
        Key -> list, or text of a range.
    zip
        Groups of keys that go together in place of being crossed.
    table
        Table of points; in place of ``vary``.
    sample
        Key -> text of an interval, of which ``sample_points`` are drawn; in place of ``vary``.
    replicates, seeds
        Systems a point; and whether replicate r has one seed at every point (``common``).
    plate, wells
        Wells that replicates are named by, and the table of what is changed in each.
    base_key
        Of a study that was kept: names what its base meant then.
    generator, options
        As of :func:`livn_core.generate`.
    """

    base: str | Path | Mapping[str, Any]
    folder: Path
    origin: str = ""
    changes: Mapping[str, Any] = field(default_factory=dict)
    vary: Mapping[str, Any] = field(default_factory=dict)
    zip: tuple[tuple[str, ...], ...] = ()
    table: Path | None = None
    sample: Mapping[str, Any] = field(default_factory=dict)
    sample_points: int = 0
    replicates: int = 1
    seeds: str = "common"
    plate: int | None = None
    wells: Path | None = None
    base_key: str | None = None
    generator: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)


def is_study(document: Mapping[str, Any]) -> bool:
    """Whether a document is a study's, not a configuration."""
    return bool(_TELLING & document.keys())


def read_request(
    data: Mapping[str, Any], *, origin: str = "", folder: Path | None = None
) -> Request:
    """Return the request of a study's file.

    Parameters
    ----------
    data
        Its keys, see :data:`KEYS`.
    origin
        Its name in messages.
    folder
        Where its relative file names start from; default the working directory.

    Raises
    ------
    ConfigError
        With a finding for every key that there is not, or that has no value of its form.
    """
    reader = _Reader(data, folder or Path.cwd())
    request = reader.request(origin)
    if reader.findings:
        raise ConfigError(reader.findings, origin=origin)
    return request


class _Reader:
    """Reads the keys, and collects what is wrong."""

    def __init__(self, data: Mapping[str, Any], folder: Path) -> None:
        self._data, self._folder = data, folder
        self.findings: list[Finding] = []

    def request(self, origin: str) -> Request:
        for key in self._data:
            if key not in KEYS:
                self._fail(key, f"unknown key{did_you_mean(key, KEYS)}")
        sample = self._mapping("sample")
        for key in sample:
            if key not in ("points", "keys"):
                self._fail(f"sample.{key}", f"unknown key{did_you_mean(key, ('points', 'keys'))}")
        if "sample" in self._data and not isinstance(sample.get("keys"), Mapping):
            self._fail("sample.keys", "a mapping is due: {sigma: 50..500 log}")
            sample = {}
        request = Request(
            base=self._base(),
            folder=self._folder,
            origin=origin,
            changes=self._mapping("set"),
            vary=self._mapping("vary"),
            zip=self._groups(),
            table=self._file("table"),
            sample=sample.get("keys", {}),
            sample_points=self._whole("sample.points", sample.get("points", 0)) if sample else 0,
            replicates=self._whole("replicates", self._data.get("replicates", 1)),
            seeds=self._one_of("seeds", ("common", "independent")) or "common",
            plate=self._one_of("plate", tuple(PLATES)),
            wells=self._file("wells"),
            base_key=self._text("base_key"),
            generator=self._text("generator"),
            options=self._mapping("options"),
        )
        self._refuse_together(request)
        return request

    def _refuse_together(self, request: Request) -> None:
        points = [key for key in ("vary", "table", "sample") if self._data.get(key)]
        if len(points) > 1:
            self._fail("", f"{points[0]} and {points[1]} both say the points: give one")
        if request.zip and not request.vary:
            self._fail("zip", "joins keys of vary, which is not given")
        if request.plate is not None and "replicates" in self._data:
            self._fail("replicates", f"a plate of {request.plate} has as many: give one of the two")
        if request.wells is not None and request.plate is None:
            self._fail("wells", "need the plate that they are on: plate: 24")

    def _base(self) -> Any:
        base = self._data.get("base", {})
        if isinstance(base, Mapping | Path):
            return base
        if not isinstance(base, str) or not base:
            self._fail("base", f"a configuration's file or name is due, not {base!r}")
            return {}
        path = self._folder / expanded(base)
        return path if path.is_file() else base

    def _groups(self) -> tuple[tuple[str, ...], ...]:
        groups = self._data.get("zip") or []
        if isinstance(groups, list) and groups and all(isinstance(g, str) for g in groups):
            groups = [groups]
        if not isinstance(groups, list) or not all(
            isinstance(group, list) and all(isinstance(key, str) for key in group)
            for group in groups
        ):
            self._fail("zip", "lists of keys are due: [[sigma, mean_degree]]")
            return ()
        return tuple(tuple(group) for group in groups)

    def _file(self, key: str) -> Path | None:
        name = self._data.get(key)
        if name is None:
            return None
        if not isinstance(name, str | Path):
            self._fail(key, f"a file's name is due, not {name!r}")
            return None
        return self._folder / expanded(name)

    def _mapping(self, key: str) -> Mapping[str, Any]:
        value = self._data.get(key) or {}
        if not isinstance(value, Mapping):
            self._fail(key, f"a mapping of keys is due, not {value!r}")
            return {}
        return value

    def _whole(self, key: str, value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or value < 1:
            self._fail(key, f"a whole number of 1 or more is due, not {value!r}")
            return 1
        return value

    def _one_of(self, key: str, choices: tuple[Any, ...]) -> Any:
        value = self._data.get(key)
        if value is not None and value not in choices:
            shown = ", ".join(map(str, choices))
            self._fail(key, f"must be one of {shown}, not {value!r}")
            return None
        return value

    def _text(self, key: str) -> str | None:
        value = self._data.get(key)
        if value is not None and not isinstance(value, str):
            self._fail(key, f"text is due, not {value!r}")
            return None
        return value

    def _fail(self, path: str, message: str) -> None:
        self.findings.append(Finding(path, message))
