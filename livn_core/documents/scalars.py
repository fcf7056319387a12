"""What an unquoted word means: the YAML 1.2 core rules, minus what they leave ambiguous.

``ON``, ``no`` and ``4:00:00`` are text (YAML 1.1 makes them booleans and 14400), ``1e-3`` is a
number (YAML 1.1 makes it text), ``1_000`` is 1000, and ``010``, which is eight to some readers and
ten to others, is refused. The same rules hold in files and in ``--set key=value``.
"""

from __future__ import annotations

import re

__all__ = ["AmbiguousNumberError", "scalar"]

Scalar = str | int | float | bool | None

_NULL = frozenset({"", "~", "null", "Null", "NULL"})
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_DIGITS = r"[0-9]+(?:_[0-9]+)*"
_INTEGER = re.compile(rf"[-+]?{_DIGITS}")
_BASED = re.compile(r"0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(rf"[-+]?(?:\.{_DIGITS}|{_DIGITS}(?:\.(?:{_DIGITS})?)?)(?:[eE][-+]?[0-9]+)?")
_INFINITE = re.compile(r"([-+]?)\.(?:inf|Inf|INF)")
_NAN = frozenset({".nan", ".NaN", ".NAN"})
# Python refuses to read integers of more than 4300 digits; no quantity here is that large.
_MOST_DIGITS = 400


class AmbiguousNumberError(ValueError):
    """A number that different readers read differently, or that is too long to be one."""


def scalar(text: str) -> Scalar:
    """Return the value of an unquoted word without surrounding blanks.

    A number may be infinite or NaN (``.inf``, ``.nan``); the models refuse these.

    Raises
    ------
    AmbiguousNumberError
        For integers with leading zeros (``010``, ``08``) and numbers of more than 400 digits.
    """
    if text in _NULL:
        return None
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    if text[0] not in "+-.0123456789":
        return text
    based = _BASED.fullmatch(text)
    if based and len(text) <= _MOST_DIGITS:
        return int(text, 0)
    number = based or _INTEGER.fullmatch(text) or _FLOAT.fullmatch(text)
    if number is None:
        if infinite := _INFINITE.fullmatch(text):
            return float(infinite[1] + "inf")
        return float("nan") if text in _NAN else text
    if len(text) > _MOST_DIGITS:
        raise AmbiguousNumberError(f"'{text[:20]}...' has too many digits for a number")
    plain = text.replace("_", "")
    digits = plain.lstrip("+-")
    if len(digits) > 1 and digits[0] == "0" and digits[1].isdigit():
        stripped = digits.lstrip("0") or "0"
        raise AmbiguousNumberError(
            f"'{text}' has a leading zero, which is octal to some readers: "
            f"write {'0' + stripped if stripped[0] in '.eE' else stripped}, or '\"{text}\"' for text"
        )
    return int(plain) if _INTEGER.fullmatch(text) else float(plain)
