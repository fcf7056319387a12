"""Cells where a user's own function puts them: no package needed."""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any

import numpy as np
from pydantic import Field, field_serializer

from livn_core.components import FloatArray, Placement
from livn_core.culture.placement import check_positions
from livn_core.errors import PlacementError
from livn_core.plugins.functions import name_of, on_path, raised_in, resolve
from livn_core.suggest import did_you_mean


class Custom(Placement):
    """Calls ``function(count, rng, **kwargs)``.

    ``rng`` is a :class:`numpy.random.Generator`; a function that draws from nothing else gives the
    same cells for the same seed. It returns ``(xs, ys)``, or an array of shape (count, 2) or
    (count, 3), um. Two sequences in a tuple or list are always ``xs`` and ``ys``; an array always
    holds rows.
    """

    function: str | Callable[..., Any] = Field(
        description="module.function or path/to/file.py:function, from the current directory; "
        "from Python also a function"
    )
    kwargs: dict[str, Any] = Field(
        default_factory=dict, description="keyword arguments of the function"
    )

    @field_serializer("function")
    def _as_text(self, function: str | Callable[..., Any]) -> str:
        return function if isinstance(function, str) else name_of(function)

    def resolve(self) -> Callable[..., Any]:
        """Return the function, once it is certain that it takes the arguments.

        Raises
        ------
        PlacementError
            The file, the module or the function does not exist, or refuses the arguments.
        """
        function = resolve(self.function) if isinstance(self.function, str) else self.function
        try:
            signature = inspect.signature(function)
        except (TypeError, ValueError):  # a builtin without a signature
            return function
        try:
            signature.bind(0, None, **self.kwargs)
        except TypeError as error:
            known = [
                name
                for index, (name, parameter) in enumerate(signature.parameters.items())
                if index > 1
                and parameter.kind in (parameter.KEYWORD_ONLY, parameter.POSITIONAL_OR_KEYWORD)
            ]
            unknown = [key for key in self.kwargs if key not in known]
            meant = did_you_mean(unknown[0], known) if unknown else ""
            given = ", ".join(
                ("count", "rng", *(f"{key}={value!r:.40}" for key, value in self.kwargs.items()))
            )
            raise PlacementError(
                f"placement function '{name_of(self.function)}' cannot be called with ({given}): "
                f"{error}{meant}",
                hint=f"its signature is {getattr(function, '__name__', 'function')}{signature}",
            ) from error
        return function

    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return what the function gave, checked, as (count, 2) or (count, 3) float64, um."""
        function = self.resolve()
        what = f"placement function '{name_of(self.function)}'"
        try:
            with on_path(os.getcwd()):  # noqa: PTH109 - a path entry is a text
                result = function(count, rng, **self.kwargs)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise PlacementError(
                f"{what} failed for {count} cells: {raised_in(error, function)}",
                hint="it is called as function(count, rng, **kwargs)",
            ) from error
        return check_positions(result, count, what)

    def bounds(self) -> None:
        """Return None: a function does not say where it will put cells."""
        return
