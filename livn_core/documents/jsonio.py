"""JSON that every parser accepts: no NaN, numbers stay numbers, a file is whole or not there.

Values come from configurations, plugins and NumPy. They are made plain *before* the expensive part
of a run, so that nothing fails at its end for a setting of an unexpected type.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from enum import Enum
from pathlib import Path, PurePath
from typing import Any

from livn_core.errors import ConfigError, Finding, SystemFormatError
from livn_core.outputs import write_file

__all__ = ["dumps", "plain", "read_json", "write_json"]


def plain(value: Any, *, origin: str = "") -> Any:
    """Return ``value`` in JSON types alone.

    NumPy scalars and arrays become numbers and lists, tuples lists, paths text, pydantic models
    mappings; keys become text.

    Parameters
    ----------
    value
        Anything made of mappings, sequences and scalars.
    origin
        What the value is, for the error: ``provenance.json``.

    Raises
    ------
    ConfigError
        Lists every value that is not a finite number, or of a type that JSON has no form for.
    """
    findings: list[Finding] = []
    result = _plain(value, "", findings)
    if findings:
        raise ConfigError(
            findings,
            origin=origin,
            hint="use finite numbers, text, lists and mappings in settings",
        )
    return result


def _plain(value: Any, path: str, findings: list[Finding]) -> Any:
    if isinstance(value, Enum):
        return _plain(value.value, path, findings)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            findings.append(Finding(path, f"{float(value)} is not a number that JSON can hold"))
        return float(value)
    if isinstance(value, PurePath):
        return str(value)
    if isinstance(value, Mapping):
        return {
            str(key.value if isinstance(key, Enum) else key): _plain(
                entry, f"{path}.{key}" if path else str(key), findings
            )
            for key, entry in value.items()
        }
    if isinstance(value, (list, tuple)):
        return [_plain(entry, f"{path}[{i}]", findings) for i, entry in enumerate(value)]
    if hasattr(value, "model_dump"):
        return _plain(value.model_dump(mode="python"), path, findings)
    # NumPy's scalars and arrays, without importing NumPy. A datetime or object array gives values
    # that the next turn refuses.
    if hasattr(value, "dtype") and hasattr(value, "tolist"):
        return _plain(value.tolist(), path, findings)
    findings.append(Finding(path, f"a {type(value).__name__} cannot be written to JSON"))
    return None


def dumps(value: Any, *, origin: str = "") -> str:
    """Return strict, indented JSON of ``value`` with a newline at its end; see :func:`plain`."""
    return (
        json.dumps(plain(value, origin=origin), indent=2, allow_nan=False, ensure_ascii=False)
        + "\n"
    )


def write_json(path: Path, value: Any) -> None:
    """Write ``value`` to ``path``: the file is replaced whole, or stays as it was."""
    write_file(path, dumps(value, origin=path.name))


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def read_json(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises
    ------
    SystemFormatError
        The file is missing or is not strict JSON; names the file, and the line where it breaks.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"), parse_constant=_refuse_constant)
    except FileNotFoundError:
        raise SystemFormatError(f"'{path}' does not exist") from None
    except OSError as error:
        raise SystemFormatError(f"'{path}' cannot be read: {error.strerror or error}") from error
    except ValueError as error:
        raise SystemFormatError(f"'{path}' is not valid JSON: {error}") from error
