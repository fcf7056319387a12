"""What is left of a configuration without its mistakes: so that the checks across it can still run.

A key that is not known, or a value of a wrong kind, would otherwise hide that some proportions do
not sum to 1, or that a morphology is missing, until the next attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from livn_core.documents.findings import paths_of
from livn_core.documents.paths import Key

__all__ = ["follows_from", "without_mistakes"]

Path = tuple[Key, ...]
Model = TypeVar("Model", bound=BaseModel)

#: Taking away a value may leave what holds it incomplete: rounds of that, at most.
_ROUNDS = 8


def without_mistakes(
    data: dict[str, Any], model: type[Model], error: ValidationError
) -> tuple[Model, list[Path]] | None:
    """Return a valid model of what is left, and the paths that were taken away.

    Unknown keys are not among these paths: nothing is missing without them. None where too much is
    wrong for anything valid to be left.
    """
    left = deepcopy(data)
    taken: list[Path] = []
    for _ in range(_ROUNDS):
        for path, kind in paths_of(error, left):
            gone = _take(left, path[:-1] if kind == "missing" else path)
            if not gone:
                return None
            if kind != "extra_forbidden":
                taken.append(gone)
        try:
            return model.model_validate(left), taken
        except ValidationError as again:
            error = again
    return None


def _take(data: dict[str, Any], path: Path) -> Path:
    """Delete the entry of a mapping that holds the path's end; return its path, () for the whole."""
    at: Any = data
    holders = []
    for key in path:
        holders.append(at)
        try:
            at = at[key]
        except (KeyError, IndexError, TypeError):
            break  # taken away already, with what held it
    for length in range(len(holders), 0, -1):
        holder, key = holders[length - 1], path[length - 1]
        if isinstance(holder, dict):
            holder.pop(key, None)
            return path[:length]
    return ()


def follows_from(path: Sequence[Key], message: str, taken: Iterable[Path]) -> bool:
    """Tell whether a finding may only be there because something was taken away.

    True where one is within the other, and where the message quotes a name on the way to what was
    taken. Some findings are lost by that until the next attempt, but none is wrong.
    """
    path, message = tuple(path), message.partition("; ")[0]  # what it advises does not count
    for gone in taken:
        shorter = min(len(gone), len(path))
        if path[:shorter] == gone[:shorter]:
            return True
        if any(f"'{key}'" in message for key in (*gone[2:], gone[-1])):
            return True
    return False
