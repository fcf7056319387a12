"""Types of values that configurations share. They are strict: text or true is never a number."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic_core import PydanticCustomError

__all__ = ["Flag", "Number", "Settings", "Text", "Whole", "json_schema", "shown"]


class Settings(BaseModel):
    """Base of configuration models: frozen, finite numbers only, no key but the declared ones."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )


def _whole(value: Any) -> Any:
    # A float above 2**53 may stand for several integers.
    if isinstance(value, float) and math.isfinite(value) and value.is_integer():
        if abs(value) > 2**53:
            raise PydanticCustomError(
                "whole_number", "must be written out in digits: as a decimal it is not exact"
            )
        return int(value)
    return value


#: An integer; ``1e3`` and ``100.0`` are integers as well.
Whole = Annotated[int, Strict(), BeforeValidator(_whole)]
#: A finite number.
Number = Annotated[float, Strict()]
#: True or false.
Flag = Annotated[bool, Strict()]
#: A text.
Text = Annotated[str, Strict()]


#: Pydantic's names of bounds, which it leaves as they are around a validator, -> those of JSON schema.
_BOUNDS = {
    "gt": "exclusiveMinimum",
    "ge": "minimum",
    "lt": "exclusiveMaximum",
    "le": "maximum",
}


def json_schema(model: type[BaseModel]) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of a model."""

    def one(value: Any) -> Any:
        if isinstance(value, list):
            return list(map(one, value))
        if not isinstance(value, dict):
            return value
        # What is named "ge" by a user is a mapping, no bound.
        return {
            key if isinstance(entry, dict) else _BOUNDS.get(key, key): one(entry)
            for key, entry in value.items()
        }

    found: dict[str, Any] = one(model.model_json_schema())
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def shown(value: Any, limit: int = 60) -> str:
    """Return a user's value for a message: text in quotes, the rest as it is written."""
    if isinstance(value, str):
        text = f"text '{value}'"
    elif value is None:
        text = "null"
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, Mapping):
        text = "a mapping" if value else "an empty mapping"
    elif isinstance(value, list | tuple):
        text = f"the list {list(value)}" if value else "an empty list"
    elif isinstance(value, Callable):  # type: ignore[arg-type]
        text = f"the function '{getattr(value, '__name__', value)}'"
    else:
        text = str(value)
    return text if len(text) <= limit else f"{text[: limit - 3]}..."
