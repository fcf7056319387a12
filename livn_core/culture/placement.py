"""Makes placements from a configuration, and checks the positions that they give.

Every placement is checked, built in or not, so that a plugin's mistake is an error that names it
and not a NaN in a file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.components import Placement
from livn_core.errors import LivnError, PlacementError
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.functions import is_foreign
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.components import PositionStream

__all__ = ["check_positions", "create_placement", "place", "place_all"]


def create_placement(
    area: str | Callable[..., Any], parameters: Mapping[str, Any] | None = None, *, where: str = ""
) -> Placement:
    """Return the placement that a configuration's ``area`` and ``area_kwargs`` mean.

    The area is the name or alias of a component, ``module.function``, ``path/to/file.py:function``, or
    a Python callable; the last three are the ``custom`` placement with that function, and the
    parameters its keyword arguments. They stand under the key ``where``.

    Raises
    ------
    ComponentNotFoundError, PluginError
        From the registry.
    ConfigError
        Wrong parameters.
    PlacementError
        The function cannot be found or does not take the arguments. That of a foreign system's
        record is not looked for (:func:`~livn_core.plugins.functions.foreign_record`).
    """
    components = registry()
    if isinstance(area, str):
        if "placement" in components.kinds_of(area) or not (":" in area or "." in area):
            return components.create("placement", area, parameters, where=where)
    elif not callable(area):
        raise PlacementError(
            f"area must be a name or a function, not {area!r}",
            hint="list the names with 'livn plugins list --kind placement'",
        )
    custom = components.load("placement", "custom")(function=area, kwargs=dict(parameters or {}))
    if not is_foreign():
        custom.resolve()
    return custom


def place(
    placement: Placement, count: int, rng: np.random.Generator, *, name: str = ""
) -> NDArray[np.float64]:
    """Return ``count`` checked positions of a placement, (count, 2) or (count, 3) float64 um.

    Messages call it by its name; by its class where none is given.

    Raises
    ------
    PlacementError
        The placement failed, or its positions cannot be used.
    """
    what = f"placement '{name or type(placement).__name__.lower()}'"
    try:
        result = placement.place(count, rng)
    except LivnError:
        raise
    except (Exception, SystemExit) as error:
        raise PlacementError(f"{what} failed for {count} cells: {reason_of(error)}") from error
    return check_positions(result, count, what)


def place_all(
    placement: Placement, counts: Mapping[str, int], stream: PositionStream, *, name: str = ""
) -> dict[str, NDArray[np.float64]]:
    """Return the checked positions of every population; see :func:`place`."""
    if type(placement).place_all is Placement.place_all:
        # One after the other, so that a message says whose cells could not be placed.
        return {
            population: place(
                placement.for_population(population),
                count,
                stream("positions", population),
                name=name,
            )
            for population, count in counts.items()
        }
    what = f"placement '{name or type(placement).__name__.lower()}'"
    try:
        found = placement.place_all(counts, stream)
    except LivnError:
        raise
    except (Exception, SystemExit) as error:
        raise PlacementError(f"{what} failed: {reason_of(error)}") from error
    if not isinstance(found, Mapping) or set(found) != set(counts):
        raise PlacementError(f"{what} must give positions for {', '.join(counts)}")
    return {
        population: check_positions(found[population], count, f"{what} ({population})")
        for population, count in counts.items()
    }


def check_positions(result: object, count: int, what: str) -> NDArray[np.float64]:
    """Return the positions that a placement gave, (count, 2) or (count, 3) float64 um, or what is wrong.

    They are ``(xs, ys)``, a tuple or list of two sequences; or an array, or sequence of rows. An array
    always holds rows, and a tuple or list of two always ``xs`` and ``ys``: that decides for two cells.
    They must be finite, also as the float32 values that files hold. ``what`` is how messages call the
    placement: ``placement function 'place.py:ring'``.

    Raises
    ------
    PlacementError
    """
    hint = f"return (xs, ys), or an array of shape ({count}, 2) or ({count}, 3), in um"
    if isinstance(result, (tuple, list)) and len(result) == 2:
        columns = [
            _numbers(part, f"{axis} of {what}", hint)
            for axis, part in zip("xy", result, strict=True)
        ]
        for axis, column in zip("xy", columns, strict=True):
            if column.ndim != 1 or len(column) != count:
                raise PlacementError(
                    f"{what} gave {axis}s of {_shape(column)} for {count} cells", hint=hint
                )
        positions = np.column_stack(columns)
    else:
        if not isinstance(result, (tuple, list)) and not hasattr(result, "__array__"):
            raise PlacementError(
                f"{what} returned {'None' if result is None else f'a {type(result).__name__}'}",
                hint=hint,
            )
        positions = _numbers(result, what, hint)
        if positions.size == 0 and count == 0:
            positions = np.empty((0, positions.shape[1] if positions.shape[1:] == (3,) else 2))
        if positions.ndim != 2 or positions.shape[1] not in (2, 3) or len(positions) != count:
            turned = positions.ndim == 2 and positions.shape in {(2, count), (3, count)}
            raise PlacementError(
                f"{what} gave {_shape(positions)} for {count} cells"
                + ("; it lies on its side" if turned else ""),
                hint=hint,
            )
    positions = np.ascontiguousarray(positions, dtype=np.float64)
    with np.errstate(over="ignore"):
        bad = np.flatnonzero(~np.isfinite(positions.astype(np.float32)).all(axis=1))
    if len(bad):
        row = ", ".join(f"{value:g}" for value in positions[bad[0]])
        raise PlacementError(
            f"{what} gave {len(bad)} of {count} positions that are not finite; "
            f"the first is cell {bad[0]}: ({row})",
            hint="every coordinate must be a finite number, um",
        )
    return positions


def _numbers(value: object, what: str, hint: str) -> NDArray[Any]:
    try:
        array = np.asarray(value)
    except Exception as error:
        raise PlacementError(f"{what} cannot be read as an array: {error}", hint=hint) from error
    if array.size and array.dtype.kind not in "iuf":
        sample = array.ravel()[0]
        raise PlacementError(
            f"{what} must hold numbers, not {array.dtype.name} values such as {sample!r:.40}",
            hint=hint,
        )
    # A masked value can only be there if numpy.ma was imported; importing it takes a while.
    if "numpy.ma" in sys.modules and np.ma.is_masked(value):
        raise PlacementError(f"{what} holds masked values", hint=hint)
    return array


def _shape(array: NDArray[Any]) -> str:
    if array.ndim == 0:
        return "a single number"
    return f"{len(array)} values" if array.ndim == 1 else f"an array of shape {array.shape}"
