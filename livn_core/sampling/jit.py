"""How loops are compiled: by Numba, without the interpreter's lock, once a machine.

Imported late, and only for work that is worth it.
"""

# Types here are numba's, which mypy does not know.
# mypy: ignore-errors

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba

__all__ = ["compiled_loop"]


def compiled_loop(**options: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Compile a function for the types that it is called with, and keep what was compiled.

    Beside the package, or in the user's cache folder where the package cannot be written; where
    neither can, it is compiled anew.
    """

    def decorate(function: Callable[..., Any]) -> Callable[..., Any]:
        try:
            compiled = numba.njit(cache=True, nogil=True, **options)(function)
        except RuntimeError:  # no folder to keep it in
            compiled = numba.njit(nogil=True, **options)(function)
        result: Callable[..., Any] = compiled
        return result

    return decorate
