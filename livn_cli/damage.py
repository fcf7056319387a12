"""Tell an error that a damaged system caused from one of this project's own."""

from __future__ import annotations

import sys
import traceback

from livn_core.errors import LivnError, PluginError

__all__ = ["damage_behind"]


def damage_behind(error: BaseException) -> tuple[str, str] | None:
    """Return a message and a hint where an error came of a system that is damaged; None otherwise.

    Files that others wrote, and bits that disks lost, have more ways to be wrong than a command can
    foresee: what it trips over is no bug where the audit finds the system wrong.
    """
    reader = sys.modules.get("livn_core.system.reader")
    if reader is None:
        return None
    for frame, _ in traceback.walk_tb(error.__traceback__):
        for value in list(frame.f_locals.values()):
            if isinstance(value, reader.System):
                from livn_core.verify import verify

                try:
                    wrong = [each for each in verify(value.path).verdicts if each.level == "fatal"]
                except PluginError:
                    return None
                except LivnError as broken:
                    return broken.message, "generate it again, or restore it from a copy"
                if not wrong:
                    return None
                found = f"{wrong[0].check}, {wrong[0].subject}: {wrong[0].found}"
                hint = f"'livn verify {value.path}' lists everything that is wrong"
                return f"'{value.path}' is damaged: {found}", hint
    return None
