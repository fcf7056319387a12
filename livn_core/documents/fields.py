"""The kinds of values that configurations share, strict: a text is no number, nor is true or false."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from os import PathLike
from typing import Annotated, Any

import numpy as np
from pydantic import BaseModel, BeforeValidator, ConfigDict, Strict
from pydantic_core import PydanticCustomError

__all__ = ["Flag", "Number", "Settings", "Text", "Whole", "plain"]


class Settings(BaseModel):
    """Base of configuration models: frozen, finite numbers only, no key but the declared ones."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", allow_inf_nan=False, arbitrary_types_allowed=True
    )


def _whole(value: Any) -> Any:
    # "1e3" and a table's 100.0 are counts too; beyond 2**53 a float no longer says which integer.
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


def plain(value: Any) -> Any:
    """Return a value from Python as a document holds it.

    NumPy numbers and arrays become numbers and lists, tuples lists, paths texts. What a document
    cannot hold (a function, an object) is left for the models to refuse or take.
    """
    if isinstance(value, np.ndarray | np.generic):
        return plain(value.tolist()) if not isinstance(value, np.void) else value
    if isinstance(value, Mapping):
        return {plain(key): plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [plain(entry) for entry in value]
    if isinstance(value, PathLike):
        return str(value)
    return value


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
