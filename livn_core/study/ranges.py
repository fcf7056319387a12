"""Values of a varied key as users write them: lists, ``START:STOP:STEP``, ``LOW..HIGH[:log]``."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from livn_core.documents.values import parse_value
from livn_core.errors import ConfigError, Finding

__all__ = ["MOST_POINTS", "Interval", "interval", "typed_values", "values_of"]

#: Most points of a study; more are taken for a slip.
MOST_POINTS = 10_000_000

_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"\s*({_NUMBER})\s*:\s*({_NUMBER})\s*:\s*({_NUMBER})\s*")
_INTERVAL = re.compile(rf"\s*({_NUMBER})\s*\.\.\s*({_NUMBER})\s*(?:[: ]\s*(\w+))?\s*")


@dataclass(frozen=True, slots=True)
class Interval:
    """What a key is drawn from: evenly between two numbers, or between their logarithms."""

    low: float
    high: float
    log: bool = False

    def at(self, share: float) -> float:
        """Return the value that lies at a share, 0 to 1, of the way from low to high."""
        if self.log:
            return self.low * (self.high / self.low) ** share
        return self.low + (self.high - self.low) * share


def typed_values(key: str, text: str) -> Any:
    """Return what stands after ``--vary KEY=``: a list of values, or the text of a range."""
    if _RANGE.fullmatch(text) or _INTERVAL.fullmatch(text):
        return text
    return parse_value(f"[{text}]", path=key, source="--vary")


def values_of(key: str, given: Any) -> list[Any]:
    """Return the values of a key, in their order.

    They are a list, or ``START:STOP:STEP``: exact in decimals, with STOP where the steps reach it.
    """
    if isinstance(given, list):
        if not given:
            _fail(key, "has no values")
        return given
    if isinstance(given, str):
        if _INTERVAL.fullmatch(given):
            _fail(
                key,
                f"'{given}' is an interval to sample from",
                "say how many points: --sample 64; or write START:STOP:STEP",
            )
        if found := _RANGE.fullmatch(given):
            return _stepped(key, given.strip(), *map(Decimal, found.groups()))
    _fail(key, f"a list or START:STOP:STEP is due, not {given!r}", "one value is a list: [100]")


def _stepped(key: str, text: str, start: Decimal, stop: Decimal, step: Decimal) -> list[Any]:
    if not step:
        _fail(key, f"'{text}' is no range: its step is 0")
    if (stop - start) / step < 0:
        _fail(key, f"'{text}' is no range: its steps never lead from {start} to {stop}")
    count = int((stop - start) / step) + 1
    if count > MOST_POINTS:
        _fail(key, f"'{text}' has {count:,} values")
    values = (start + number * step for number in range(count))
    return [int(value) if value == value.to_integral_value() else float(value) for value in values]


def interval(key: str, given: Any) -> Interval:
    """Return the interval of ``LOW..HIGH``, ``LOW..HIGH log`` or ``LOW..HIGH:log``."""
    found = _INTERVAL.fullmatch(given) if isinstance(given, str) else None
    if found is None or found[3] not in (None, "log"):
        _fail(key, f"LOW..HIGH or LOW..HIGH:log is due, not {given!r}")
    low, high = float(found[1]), float(found[2])
    if not low < high or not math.isfinite(high - low):
        _fail(key, f"'{given}' is no interval: {low:g} is not below {high:g}")
    if found[3] and low <= 0:
        _fail(key, f"'{given}' has no logarithms: {low:g} is not above 0")
    return Interval(low, high, found[3] == "log")


def _fail(key: str, message: str, hint: str | None = None) -> NoReturn:
    raise ConfigError([Finding(key, message, "vary")], hint=hint)
