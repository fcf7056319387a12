"""Turns pydantic's errors into findings: a path, plain words, the nearest valid key, file and line.

All mistakes are reported at once, each by one finding: where a value may be of several types,
pydantic has an error for each of them, and those of the type that was meant are kept.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from livn_core.documents.fields import shown
from livn_core.documents.paths import Key, join_path
from livn_core.errors import ConfigError, Finding
from livn_core.suggest import did_you_mean, nearest

__all__ = ["from_validation", "keys_at", "located", "paths_of", "texts_without_form", "with_form"]

#: Error type of a validator that has found several things: ``ctx["findings"]`` holds them.
SEVERAL = "livn_findings"

_WANTED = {
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "string_type": "a text",
    "bool_type": "true or false",
    "dict_type": "a mapping ('key: value')",
    "model_type": "a mapping ('key: value')",
    "model_attributes_type": "a mapping ('key: value')",
    "list_type": "a list",
    "tuple_type": "a list",
    "finite_number": "a finite number",
    "none_required": "null",
    "callable_type": "a function",
    "path_type": "a file's name",
}
#: What was meant as a length with its unit: options take it, documents do not.
_LENGTH = re.compile(r"[+-]?[0-9.]+\s*(nm|um|µm|μm|mm|cm)")
_BOUNDS = {
    "greater_than": ("greater than", "gt"),
    "greater_than_equal": ("at least", "ge"),
    "less_than": ("less than", "lt"),
    "less_than_equal": ("at most", "le"),
}


def from_validation(
    error: ValidationError,
    model: type[BaseModel],
    data: Any,
    line_of: Callable[[Sequence[Key]], str | None] | None = None,
    *,
    where: str = "",
    what: str = "",
    elsewhere: Callable[[str], list[str]] = lambda key: [],
) -> list[Finding]:
    """Return the findings of a failed validation, in the order of the document, without duplicates.

    Parameters
    ----------
    data
        What was validated: tells keys of the document from pydantic's names of union branches.
    line_of
        Path -> ``"net.yml:12"``; :meth:`livn_core.documents.document.Document.line_of`.
    where
        Path of the data in the document.
    what
        Whose parameters the data are: ``the placement 'disk'``; findings then name it, and say of
        values what pydantic says. Empty for a document.
    elsewhere
        Key at the top of the document -> where it belongs, if a component has it.
    """
    entries = [_Entry(item, data, what) for item in error.errors(include_url=False)]
    findings: list[Finding] = []
    for entry in _one_branch(entries):
        if entry.kind == SEVERAL:
            findings += entry.context["findings"]
            continue
        source = line_of(entry.path) if line_of else None
        message = entry.message(model, elsewhere)
        findings.append(Finding(join_path(entry.path, where), message, source))
    return list(dict.fromkeys(findings))


def paths_of(error: ValidationError, data: Any) -> list[tuple[tuple[Key, ...], str]]:
    """Return where in the document each of pydantic's errors is, and its kind."""
    entries = [_Entry(item, data) for item in error.errors(include_url=False)]
    return [(entry.path, entry.kind) for entry in entries]


def with_form(text: str, name: str) -> str:
    """Return a text that a file can hold; ``name`` says what it is.

    Raises
    ------
    ConfigError
        It holds half a pair of surrogates (which a command line's stray bytes become), or a NUL.
    """
    if findings := texts_without_form(text, name):
        raise ConfigError(findings)
    return text


def texts_without_form(data: Any, path: str = "") -> list[Finding]:
    """Return a finding for every key that is no text, and every text that no file can hold.

    Only Python's mappings have keys of other types. Half a pair of surrogates, which JSON's escapes
    can write, has no form in UTF-8, and no file name holds a NUL.
    """
    found: list[Finding] = []
    if isinstance(data, Mapping):
        for key, value in data.items():
            here = f"{path}.{key}" if path else str(key)
            if not isinstance(key, str):
                found.append(Finding(here, f"keys are texts: write '{key}' in quotes"))
            elif _has_no_form(key):
                found.append(
                    Finding(path, f"the name {key!a} holds a character that no file can hold")
                )
                continue
            found += texts_without_form(value, here)
    elif isinstance(data, list | tuple):
        for index, value in enumerate(data):
            found += texts_without_form(value, f"{path}[{index}]")
    elif isinstance(data, str) and _has_no_form(data):
        found.append(Finding(path, f"{data!a:.40} holds a character that no file can hold"))
    return found


def _has_no_form(text: str) -> bool:
    return "\0" in text or any("\ud800" <= character <= "\udfff" for character in text)


def located(
    findings: Iterable[Finding], line_of: Callable[[str], str | None] | None
) -> list[Finding]:
    """Return the findings with the file and line of each that has none."""
    return [
        finding if finding.source or not line_of else replace(finding, source=line_of(finding.path))
        for finding in findings
    ]


class _Entry:
    """One pydantic error, its location split into the document's path and union branches."""

    def __init__(self, item: Any, data: Any, what: str = "") -> None:
        self.what = what
        self.kind: str = item["type"]
        self.input: Any = item.get("input")
        self.context: dict[str, Any] = item.get("ctx", {})
        self.text: str = item["msg"]
        self.wanted: list[str] = []
        path: list[Key] = []
        #: (length of the path, name of the branch) of the outermost union on the way.
        self.branch: tuple[tuple[Key, ...], str] | None = None
        location = list(item["loc"])
        at = data
        for i, part in enumerate(location):
            if _holds(at, part):
                path.append(part)
                at = at[part]
            elif self.kind == "missing" and i == len(location) - 1:
                path.append(part)
            elif self.branch is None:
                self.branch = (tuple(path), str(part))
        #: A tuple that ends too early. In a document its own path is shown, not the missing value's.
        self.too_few = not what and self.kind == "missing" and isinstance(path[-1], int)
        self.path = tuple(path[:-1] if self.too_few else path)

    @property
    def shallow(self) -> bool:
        """Whether the value as a whole is not what this branch of the union takes."""
        return self.branch is not None and self.path == self.branch[0]

    def message(self, model: type[BaseModel], elsewhere: Callable[[str], list[str]]) -> str:
        if self.kind == "missing":
            return "has too few values" if self.too_few else self._required(model)
        if self.kind == "extra_forbidden":
            return self._unknown(model, elsewhere)
        if self.kind in {"too_short", "string_too_short"}:
            if (least := self.context["min_length"]) == 1:
                return "must not be empty"
            return f"must hold at least {least} values, not {self.context['actual_length']}"
        if self.kind == "too_long":
            most = self.context["max_length"]
            return f"must hold {most} values, not {self.context['actual_length']}"
        if self.what and not self.wanted:
            return self._in_pydantics_words()
        value = shown(self.input)
        if self.kind == "string_pattern_mismatch":
            return f"must be letters, digits, '_', '.' or '-', not {value}"
        if self.wanted or self.kind in _WANTED:
            wanted = list(dict.fromkeys([*self.wanted, _WANTED.get(self.kind, "")]))
            keys = keys_at(model, self.path) if self.path and self.kind == "model_type" else []
            listed = f"; valid keys: {', '.join(keys)}" if keys else ""
            return f"must be {' or '.join(filter(None, wanted))}, not {value}{self._length() or listed}"
        if self.kind in _BOUNDS:
            words, key = _BOUNDS[self.kind]
            return f"must be {words} {_figure(self.context[key])}, not {value}"
        if self.kind in {"literal_error", "enum"}:
            return f"must be {self.context['expected']}, not {value}{self._meant()}"
        if self.kind == "value_error":
            return str(self.context.get("error", self.text))
        return self.text.replace("Input should", "should").rstrip(".")

    def _in_pydantics_words(self) -> str:
        text = self.text.removeprefix("Value error, ").replace("Input should", "must")
        if self.kind == "value_error":
            return text
        if self.kind in {"bool_type", "float_type"}:
            text = f"must be {_WANTED[self.kind]}"
        value = f"'{self.input}'" if isinstance(self.input, str) else repr(self.input)
        return f"{text}, not {value if len(value) <= 60 else value[:57] + '...'}{self._length()}"

    def _length(self) -> str:
        number = self.kind in {"float_type", "int_type"} and isinstance(self.input, str)
        return "; lengths are numbers of um" if number and _LENGTH.fullmatch(self.input) else ""

    def _required(self, model: type[BaseModel]) -> str:
        if not self.what:
            return "is required"
        if isinstance(self.path[-1], int):
            return "this value is missing"
        field = model.model_fields.get(self.path[-1])
        description = f": {field.description}" if field and field.description else ""
        return f"is required by {self.what}{description}"

    def _unknown(self, model: type[BaseModel], elsewhere: Callable[[str], list[str]]) -> str:
        key = str(self.path[-1])
        valid = keys_at(model, self.path[:-1])
        listed = f"; valid keys: {', '.join(valid)}" if valid else ""
        close = did_you_mean(key, valid)
        if self.what and len(self.path) == 1:
            return f"unknown key for {self.what}{close}{listed or '; it has no parameters'}"
        if len(self.path) == 1:
            homes = [*elsewhere(key), *_homes_of(key, model)]
            if not (homes or close):
                homes = _homes_of(key, model, cutoff=0.75)
            close = f"; did you mean {' or '.join(homes)}?" if homes else close
        return f"unknown key '{key}'{close or listed}"

    def _meant(self) -> str:
        if not isinstance(self.input, str):
            return ""
        choices = [part for part in str(self.context["expected"]).split("'") if part.isidentifier()]
        begun = [choice for choice in choices if choice.startswith(self.input.lower())]
        if not nearest(self.input, choices) and self.input and len(begun) == 1:
            return f"; did you mean '{begun[0]}'?"
        return did_you_mean(self.input, choices)


def _holds(value: Any, part: Key) -> bool:
    if isinstance(value, Mapping):
        return part in value
    return isinstance(value, list | tuple) and isinstance(part, int) and part < len(value)


def _one_branch(entries: list[_Entry]) -> list[_Entry]:
    """Keep of each union's errors those of the branch that the value was meant for."""
    unions: dict[tuple[Key, ...], dict[str, list[_Entry]]] = {}
    for entry in entries:
        if entry.branch is not None:
            path, name = entry.branch
            unions.setdefault(path, {}).setdefault(name, []).append(entry)
    kept: list[_Entry] = []
    for entry in entries:
        if entry.branch is None:
            kept.append(entry)
            continue
        branches = list(unions.pop(entry.branch[0], {}).values())
        if not branches:
            continue  # an error of a union that has been dealt with
        # A branch that looked into the value, or at its bounds, is the one that was meant.
        meant = [
            branch
            for branch in branches
            if not any(e.shallow and e.kind in _WANTED for e in branch)
        ]
        if meant:
            chosen: list[_Entry] = min(meant, key=len)
            kept += chosen
        else:
            first = branches[0][0]
            first.wanted = [_WANTED[e.kind] for branch in branches for e in branch if e.shallow]
            kept.append(first)
    return kept


def keys_at(model: type[BaseModel], path: Sequence[Key]) -> list[str]:
    """Return the keys that the model knows at a path of the document."""
    kinds: list[Any] = [model]
    for part in path:
        kinds = [inner for kind in _plain_kinds(kinds) for inner in _inside(kind, part)]
    keys = [
        str(info.alias or name)
        for kind in _plain_kinds(kinds)
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        for name, info in kind.model_fields.items()
    ]
    return list(dict.fromkeys(keys))


def _homes_of(key: str, model: type[BaseModel], cutoff: float = 1.0) -> list[str]:
    """Return where a key belongs, or one as like it as that, that was written at the top."""
    return [
        f"'{info.alias or name}.{found}'"
        for name, info in model.model_fields.items()
        for kind in _plain_kinds([info.annotation])
        if isinstance(kind, type) and issubclass(kind, BaseModel)
        if (found := nearest(key, keys_at(kind, ()), cutoff))
    ]


def _plain_kinds(kinds: Iterable[Any]) -> list[Any]:
    found: list[Any] = []
    for kind in kinds:
        origin = get_origin(kind)
        if origin is Annotated:
            found += _plain_kinds([get_args(kind)[0]])
        elif origin in (Union, types.UnionType):
            found += _plain_kinds(get_args(kind))
        else:
            found.append(kind)
    return found


def _inside(kind: Any, part: Key) -> list[Any]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return [
            info.annotation
            for name, info in kind.model_fields.items()
            if part in (name, info.alias)
        ]
    origin, arguments = get_origin(kind), get_args(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return [arguments[1]] if len(arguments) == 2 else []
    return [argument for argument in arguments if argument is not Ellipsis]


def _figure(value: float) -> str:
    return str(int(value)) if float(value).is_integer() else str(value)
