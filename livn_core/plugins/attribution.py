"""Say in one line what went wrong in the code of a plugin or a user, and where."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from livn_core.errors import ContractError

if TYPE_CHECKING:
    from livn_core.plugins.entries import Entry

__all__ = ["reason_of", "third_parties_in_use", "third_party_in"]

#: What asks and imports plugins: a line of it is never where one of them went wrong.
_PLUGINS = Path(__file__).parent


def reason_of(error: BaseException) -> str:
    """Return ``ModuleNotFoundError: No module named 'not_there' (bad.py:1)``."""
    try:
        text = " ".join(str(error).split())
    except Exception:  # noqa: BLE001 - a third party's exception may not even be printable
        text = "(an error without a text)"
    if isinstance(error, ContractError):
        return text
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    if isinstance(error, SystemExit):
        text = f"it called sys.exit({error.code!r})" if error.code is not None else "it exited"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if not Path(frame.filename).is_relative_to(_PLUGINS)
        and "importlib" not in frame.filename
        and f"{os.sep}pluggy{os.sep}" not in frame.filename
    ]
    where = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{where}" if text else f"{type(error).__name__}{where}"


def third_party_in(error: BaseException, entries: Iterable[Entry]) -> Entry | None:
    """Return the component, not built in, whose package an error came through; None for ours."""
    homes: dict[Path, Entry] = {}
    for entry in entries:
        package = sys.modules.get(entry.target.partition(":")[0].partition(".")[0])
        file = getattr(package, "__file__", None)
        if file and not entry.builtin:
            path = Path(file)
            homes[path.parent if path.name == "__init__.py" else path] = entry
    for frame in reversed(traceback.extract_tb(error.__traceback__)):
        path = Path(frame.filename)
        for home, entry in homes.items():
            if path == home or home in path.parents:
                return entry
    return None


def third_parties_in_use(entries: Iterable[Entry]) -> list[str]:
    """Return whose components, commands apart, this process has imported."""
    theirs = (entry for entry in entries if not entry.builtin and entry.kind != "command")
    return sorted({str(e.provider) for e in theirs if e.target.partition(":")[0] in sys.modules})
