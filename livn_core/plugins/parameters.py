"""From a mapping of parameters to a component, and from a component to a table of its parameters.

Both read the pydantic fields and nothing else, so that ``livn plugins info`` prints what is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError

from livn_core.documents.fields import json_schema
from livn_core.documents.findings import from_validation
from livn_core.documents.jsonio import plain
from livn_core.documents.paths import join_path
from livn_core.errors import ConfigError, ContractError, Finding, LivnError

__all__ = ["ParameterInfo", "build", "describe"]

Model = TypeVar("Model", bound=BaseModel)

#: A float above it may stand for several integers.
EXACT = 2**53
#: The unit in a field's description: after a comma, and nothing but more words after it.
UNIT = re.compile(r", (um2|um3|1/um2|um|ms|s|mV|nA|uA|Hz|degrees|S/cm2|bytes)(?=$|[ ;.])", re.ASCII)


@dataclass(frozen=True, slots=True)
class ParameterInfo:
    """A parameter of a component."""

    name: str
    type: str
    #: Whether it has no default; else this is its JSON value.
    required: bool
    default: Any
    #: ``"> 0"``, ``">= 0, < 1"``, ``"one of a, b"``, or empty.
    bounds: str
    #: ``"um"``, or empty for a number without dimension.
    unit: str
    description: str


def describe(model: type[BaseModel]) -> list[ParameterInfo]:
    """Return the parameters of a component, in the order of the class."""
    properties = json_schema(model).get("properties", {})
    found = []
    for name, field in model.model_fields.items():
        text = field.description or ""
        unit = UNIT.search(text)
        default = None
        if not field.is_required():
            default = TypeAdapter(Any).dump_python(
                field.get_default(call_default_factory=True), mode="json", fallback=str
            )
        found.append(
            ParameterInfo(
                name,
                _type_name(field.annotation),
                field.is_required(),
                default,
                _bounds(properties.get(name, {})),
                unit[1] if unit else "",
                UNIT.sub("", text, count=1),
            )
        )
    return found


def _type_name(annotation: Any) -> str:
    origin, args = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _type_name(args[0])
    if origin in (Union, UnionType):
        return " | ".join(_type_name(each) for each in args)
    if origin in (dict, list, tuple):
        return f"{origin.__name__}[{', '.join(_type_name(each) for each in args)}]"
    if annotation in (None, NoneType):
        return "None"
    if annotation is Ellipsis:
        return "..."
    if isinstance(annotation, type) and not args:
        return annotation.__name__
    return re.sub(r"(typing|collections\.abc|pathlib)\.", "", str(annotation))


def _bounds(schema: Mapping[str, Any]) -> str:
    signs = {"exclusiveMinimum": ">", "minimum": ">=", "exclusiveMaximum": "<", "maximum": "<="}
    options = [schema, *schema.get("anyOf", ())]
    parts = [
        f"{sign} {option[key]:g}"
        for option in options
        for key, sign in signs.items()
        if key in option
    ]
    parts += [
        f"one of {', '.join(map(str, option['enum']))}" for option in options if "enum" in option
    ]
    return ", ".join(parts)


def build(
    model: type[Model], parameters: Mapping[str, Any] | None, *, what: str, where: str = ""
) -> Model:
    """Return ``model`` with these parameters, checked as a document is: strictly.

    A text is not a number, and a truth value is not one either. Arrays, NumPy numbers and paths
    are taken for what they hold, and 2.0 for 2 where a whole number is due.

    Raises
    ------
    ConfigError
        With every finding.
    """
    values = {} if parameters is None else parameters
    if not isinstance(values, Mapping):
        text = f"must be a mapping of parameters for {what}, not {values!r}"
        raise ConfigError([Finding(where, text)])
    if keys := [key for key in values if not isinstance(key, str)]:
        texts = (f"{what} has no parameter {key!r}: keys are texts" for key in keys)
        raise ConfigError([Finding(where, text) for text in texts])
    try:
        try:
            values = plain(values)
            text = json.dumps({key: _of_type(model, key, value) for key, value in values.items()})
        except (TypeError, RecursionError):
            # It holds a function or another object that JSON has no form for.
            return model.model_validate(dict(values))
        return model.model_validate_json(text, strict=True)
    except ValidationError as error:
        if any(each["type"].startswith("frozen") for each in error.errors(include_url=False)):
            # No value that was given is wrong: the class sets one of its own.
            raise ContractError(
                f"{model.__name__} sets '{join_path(error.errors()[0]['loc'])}', and parameters are "
                "frozen: a functools.cached_property can hold what is worked out from them"
            ) from error
        found = from_validation(error, model, values, where=where, what=what)
        raise ConfigError(found) from error
    except LivnError as error:
        raise ConfigError([Finding(where, error.message)], hint=error.hint) from error


def _of_type(model: type[BaseModel], name: str, value: Any) -> Any:
    """Return a float that a field for whole numbers takes as one; any other value as it is."""
    field = model.model_fields.get(name)
    if isinstance(value, float) and field is not None and field.annotation in (int, int | None):
        return int(value) if value.is_integer() and abs(value) <= EXACT else value
    return value
