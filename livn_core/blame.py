"""Says in one line what somebody else's code did wrong, and where."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

__all__ = ["ContractError", "reason_of"]


class ContractError(Exception):
    """A plugin broke the rules of the hooks; the message is the whole reason."""


def reason_of(error: BaseException) -> str:
    """Return ``ModuleNotFoundError: No module named 'not_there' (bad.py:1)``."""
    text = " ".join(str(error).split())
    if isinstance(error, ContractError):
        return text
    if isinstance(error, SyntaxError) and error.filename:
        return f"{type(error).__name__}: {error.msg} ({Path(error.filename).name}:{error.lineno})"
    if isinstance(error, SystemExit):
        text = f"it called sys.exit({error.code!r})" if error.code is not None else "it exited"
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if frame.filename != __file__
        and "importlib" not in frame.filename
        and f"{os.sep}pluggy{os.sep}" not in frame.filename
    ]
    place = f" ({Path(frames[-1].filename).name}:{frames[-1].lineno})" if frames else ""
    return f"{type(error).__name__}: {text}{place}" if text else f"{type(error).__name__}{place}"
