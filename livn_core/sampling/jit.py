"""How loops are compiled: by Numba, without the interpreter's lock, once a machine.

Imported late, and only for work that is worth it.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import numba
from numba.core.caching import FunctionCache

__all__ = ["compiled_loop"]


class _Cache(FunctionCache):
    """Numba's cache of a function, without which the work is done as well.

    A file that a full disk or a killed process left half-written, or that cannot be written, is no
    reason to end: the function is compiled anew, and the file begun again.
    """

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        try:
            return super().load_overload(sig, target_context)
        except Exception:  # noqa: BLE001 - what unpickling half a file raises can be anything
            with suppress(Exception):
                self.flush()
            return None

    def save_overload(self, sig: Any, data: Any) -> None:
        with suppress(Exception):
            super().save_overload(sig, data)


def compiled_loop(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function for the types that it is called with, and keep what was compiled.

    Beside the package, or in the user's cache folder where the package cannot be written; where
    neither can, or what is there cannot be used, it is compiled anew.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        compiled = numba.njit(nogil=True, **options)(function)
        with suppress(RuntimeError):  # no folder to keep it in
            compiled._cache = _Cache(function)
        result: Callable[..., Any] = compiled
        return result

    return decorate
