"""What is asked of a study, in ``study.yml`` or by options, checked for form alone."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    PrivateAttr,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
)

from livn_core.documents.document import Document
from livn_core.documents.fields import Settings, Text, Whole
from livn_core.documents.findings import from_validation
from livn_core.documents.nodes import Location
from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError, Finding

__all__ = ["Request", "Sample", "read_request"]


def _file(path: Path, info: ValidationInfo) -> Path:
    base_of: Any = info.context  # key -> folder, see read_request
    return Path(base_of(info.field_name)) / expanded(path)


def _base(value: Any, info: ValidationInfo) -> Any:
    if isinstance(value, Mapping | Path):
        return value
    if isinstance(value, str) and value:
        path = _file(Path(value), info)
        return path if path.is_file() else value
    raise ValueError(f"a configuration's file or name is due, not {value!r}")


def _groups(value: Any) -> Any:
    one = isinstance(value, list) and value and all(isinstance(key, str) for key in value)
    return [value] if one else value


_TEXTS = {"type": "array", "items": {"type": "string"}}
_VALUES = {"anyOf": [{"type": "array", "minItems": 1}, {"type": "string"}]}
_Base = Annotated[
    Any,
    BeforeValidator(_base),
    WithJsonSchema({"anyOf": [{"type": "string", "minLength": 1}, {"type": "object"}]}),
]
_Groups = Annotated[
    list[list[Text]],
    BeforeValidator(_groups),
    WithJsonSchema({"anyOf": [{"type": "array", "items": _TEXTS}, _TEXTS]}),
]
_File = Annotated[Path, AfterValidator(_file)]
_Count = Annotated[Whole, Field(gt=0)]


class Sample(Settings):
    """What is drawn, and how often."""

    points: _Count = Field(description="how many are drawn")
    keys: dict[str, Text] = Field(description="key to low..high or low..high log")


class Request(Settings):
    """A study as asked for."""

    base: _Base = Field(
        default_factory=dict, description="configuration: a file, a shipped name, or its keys"
    )
    set: dict[str, Any] = Field(
        default_factory=dict, description="keys that are set in the base before anything is varied"
    )
    generator: Text | None = Field(
        None, description="generator, where it is not found from the base"
    )
    options: dict[str, Any] = Field(default_factory=dict, description="the generator's parameters")
    vary: dict[str, Annotated[Any, WithJsonSchema(_VALUES)]] = Field(
        default_factory=dict,
        description="key to values, crossed in their order: a list, or start:stop:step in decimal "
        "arithmetic",
    )
    zip: _Groups = Field(
        default_factory=list,
        description="lists of keys of vary that go together in place of being crossed",
    )
    table: _File | None = Field(
        None, description="in place of vary: CSV file, a column a key, a row a point"
    )
    sample: Sample | None = Field(
        None,
        description="in place of vary: points, and keys to low..high or low..high log (Sobol, by "
        "the seed)",
    )
    replicates: _Count = Field(1, description="systems a point")
    seeds: Literal["common", "independent"] = Field(
        "common",
        description="common: replicate r has one seed at every point; independent: each its own",
    )
    plate: Literal[6, 12, 24, 48, 96, 384] | None = Field(
        None, description="in place of replicates: 6, 12, 24, 48, 96 or 384 wells that name them"
    )
    wells: _File | None = Field(None, description="CSV file: well, then a column a key")
    base_key: Text | None = Field(
        None, description="of a study that was kept: what its base meant then; livn sweep writes it"
    )
    folders: dict[str, Text] = Field(
        default_factory=dict,
        description="of a study that was kept: where the file names in its values start from; livn "
        "sweep writes it",
    )
    _document: Document = PrivateAttr(default_factory=lambda: Document({}))
    _own: frozenset[str] = PrivateAttr(frozenset())

    @property
    def origin(self) -> str:
        """Its name in messages."""
        return self._document.origin

    def folder_of(self, *path: str) -> Path:
        """Return where the relative file names in a value start from.

        A path is ``("vary", "area_kwargs.path")``; ``("table",)`` and ``("wells",)`` for those in them.
        """
        own = path[0] in self._own  # else it was typed
        for kept in (".".join(path), path[0]):
            if own and kept in self.folders:
                return Path(self.folders[kept])
        table = {"table": self.table, "wells": self.wells}.get(path[0])
        if table is not None:
            return table.parent
        return self._document.base_of(path) if own else Path.cwd()

    def inline(self, base: Mapping[str, Any]) -> Document:
        """Return a base whose keys stand in the study itself as a document of its own."""
        lines = {
            path[1:]: Location(at.text, Path(self.folders.get("base", at.base)))
            for path, at in self._document.locations.items()
            if path[:1] == ("base",) and "base" in self._own
        }
        return Document(dict(base), self.origin, self.folder_of("base"), lines)


def read_request(data: Mapping[str, Any], document: Document | None = None) -> Request:
    """Return the request of a study's file, of its keys; one that is null is not given.

    ``document`` is the file, where some keys were changed since: relative file names in values that
    are not its own start from the working directory, as in a mapping without a file.
    """
    given = {key: value for key, value in data.items() if value is not None}
    document = data if isinstance(data, Document) else document or Document({})
    own = frozenset(key for key in given if given[key] is document.data.get(key))
    findings = _apart(given)
    try:
        request = Request.model_validate(
            given, context=lambda key: document.base_of((key,)) if key in own else Path.cwd()
        )
    except ValidationError as error:
        findings = [*from_validation(error, Request, given), *findings]
    if findings:
        raise ConfigError(findings, origin=document.origin)
    request._document, request._own = document, own
    return request


def _apart(data: Mapping[str, Any]) -> list[Finding]:
    """Return what is wrong of keys that exclude or need one another."""
    found = []
    points = [key for key in ("vary", "table", "sample") if data.get(key)]
    if len(points) > 1:
        found.append(Finding("", f"{points[0]} and {points[1]} both say the points: give one"))
    if data.get("zip") and not data.get("vary"):
        found.append(Finding("zip", "joins keys of vary, which is not given"))
    if "plate" in data and "replicates" in data:
        text = f"a plate of {data['plate']} has as many: give one of the two"
        found.append(Finding("replicates", text))
    if "wells" in data and "plate" not in data:
        found.append(Finding("wells", "need the plate that they are on: plate: 24"))
    return found
