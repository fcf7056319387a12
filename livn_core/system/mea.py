"""Makes ``mea.json`` from a layout: electrodes numbered 0..n-1, as the livn simulator needs them.

The simulator takes the id of an electrode for the number of a row, and refuses a key that it does
not know. So ids are always 0..n-1 in the order of the rows, and an array's own labels go to a file
beside it, ``mea_labels.json``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.documents.jsonio import json_fit, replace_json
from livn_core.errors import ConfigError, LivnError, PluginError
from livn_core.outputs import saying_file_errors
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.registry import registry
from livn_core.system.default_grid import default_grid
from livn_core.system.region import region_of

if TYPE_CHECKING:
    from livn_core.components import MEALayout
    from livn_core.culture.region import Region
    from livn_core.system.reader import System

__all__ = ["MadeMEA", "build_mea", "write_mea"]

#: Extents of arrays: two contacts of a probe are 20 um apart, a plate's wells lie within 130 mm; um.
SMALLEST_ARRAY, LARGEST_ARRAY = 5.0, 150_000.0
#: Farthest electrode from 0, um, as of regions.
FARTHEST = 1e9


@dataclass(frozen=True, slots=True)
class MadeMEA:
    """The electrodes of one array over one culture.

    Parameters
    ----------
    document
        Content of ``mea.json``: ``electrode_coordinates`` rows ``[id, x, y, z]`` (um),
        ``input_radius``, ``output_radius`` (um).
    labels
        The array's own names of the electrodes, in the order of the rows; None when it has none.
    warnings
        What the user should know: electrodes outside, electrodes without a cell in reach.
    layout, path
        Name of the layout and the file, once it is written.
    """

    document: dict[str, Any]
    labels: tuple[str, ...] | None = None
    warnings: tuple[str, ...] = ()
    layout: str = ""
    path: Path | None = None


def write_mea(
    system: System, layout: str | None = None, parameters: Mapping[str, Any] | None = None
) -> MadeMEA:
    """Put an array under a system: write ``mea.json``, and ``mea_labels.json`` for its labels.

    A file that was there and differs is kept as ``mea.previous.json``.

    Parameters
    ----------
    system
        Its configured bounds decide where the electrodes lie, its cells only what is warned of.
    layout
        Name of the MEA layout; None for the one that suits the system: ``grid`` under a flat
        culture, ``depth-grid`` in a layered network, with radii that shrink with its boxes.
    parameters
        Parameters of the layout.

    Raises
    ------
    ConfigError
        Wrong parameters.
    PluginError
        The layout failed or gave no positions.
    OutputError
        The file cannot be written.

    Examples
    --------
    >>> from livn_core import System
    >>> from livn_core.mea import write_mea
    >>> made = write_mea(System("culture"), "grid", {"pitch": 800})
    >>> made.path.name, made.document["electrode_coordinates"][0]
    ('mea.json', [0, 800.0, 800.0, 5.0])
    >>> made.warnings
    ('13 of 16 electrodes have no cell in reach (output_radius 80 um) and will record nothing',)
    """
    bounds = system.bounds()  # an error where a system has no geometry
    suits, suited = _suited(system)
    name = layout or suits
    if name == suits:
        # A layout that is named gets the same parameters as when it is chosen for the system.
        parameters = {**suited, **(parameters or {})}
    positions = [system.positions(population.name) for population in system.populations]
    made = build_mea(
        registry().create("mea", name, parameters),
        bounds,
        np.concatenate(positions) if positions else np.empty((0, 3)),
        region=region_of(system),
    )
    path = Path(system.path) / "mea.json"
    labels = path.with_name("mea_labels.json")
    with saying_file_errors(path):
        replace_json(path, made.document)
        if made.labels is not None:
            replace_json(labels, {"version": 1, "layout": name, "labels": list(made.labels)})
        else:
            labels.unlink(missing_ok=True)
    return replace(made, layout=name, path=path)


def _suited(system: System) -> tuple[str, dict[str, Any]]:
    layers = system.graph["architecture"]["config"]["layer_extents"]
    if set(layers) == {"2D"}:
        return "grid", {}
    rule = default_grid(system.bounds())
    return "depth-grid", {name: rule[name] for name in ("input_radius", "output_radius")}


def build_mea(
    layout: MEALayout,
    bounds: ArrayLike,
    positions: ArrayLike | None = None,
    *,
    region: Region | None = None,
) -> MadeMEA:
    """Place the electrodes of a layout over a culture.

    Parameters
    ----------
    bounds
        (2, 3), um: lowest and highest corner of the *configured* culture, so that the array does
        not move with the seed.
    positions
        (cells, 3), um: somata, only for the warnings.
    region
        Where cells may be, for the warnings; by default the bounds.

    Raises
    ------
    PluginError
        The layout failed or gave something that is not (n, 3) finite positions.
    """
    box = np.asarray(bounds, dtype=np.float64)
    what = f"MEA layout '{type(layout).__name__}'"
    electrodes = _electrodes(layout, box, what)
    for name in ("input_radius", "output_radius"):
        if not 0 < (radius := getattr(layout, name)) < np.inf:
            raise PluginError(f"{what} has {name} {radius!r}, not a length above 0 um")
    labels: tuple[str, ...] | None = None
    if (given := layout.labels()) is not None:
        if len(given) != len(electrodes):
            raise PluginError(f"{what} gave {len(given)} labels for {len(electrodes)} electrodes")
        labels = tuple(json_fit(given, origin=f"the labels of {what}"))
    return MadeMEA(
        {
            "electrode_coordinates": [
                [index, *position] for index, position in enumerate(electrodes.tolist())
            ],
            "input_radius": layout.input_radius,
            "output_radius": layout.output_radius,
        },
        labels,
        tuple(_warnings(layout, electrodes, box, positions, region)),
    )


def _electrodes(layout: MEALayout, box: NDArray[np.float64], what: str) -> NDArray[np.float64]:
    try:
        electrodes = np.asarray(layout.electrodes(box.copy()), dtype=np.float64)
    except LivnError:
        raise
    except Exception as error:
        raise PluginError(f"{what} failed: {reason_of(error)}") from error
    if electrodes.ndim != 2 or electrodes.shape[1] != 3 or not len(electrodes):
        raise PluginError(
            f"{what} gave electrodes of shape {electrodes.shape}; (n, 3) with n > 0 is due"
        )
    if not np.isfinite(electrodes).all():
        raise PluginError(f"{what} gave electrodes that are not finite")
    if (far := float(np.abs(electrodes).max())) > FARTHEST:
        raise ConfigError(
            f"{what} puts electrodes {far:.10g} um from 0: at most {FARTHEST:g}; lengths are in um"
        )
    return electrodes


def _warnings(
    layout: MEALayout,
    electrodes: NDArray[np.float64],
    box: NDArray[np.float64],
    positions: ArrayLike | None,
    region: Region | None,
) -> Iterator[str]:
    total = len(electrodes)
    # One part in 10^9 of the extent: an electrode on the border is inside.
    slack = 1e-9 * np.abs(box[1] - box[0])[:2]
    inside = (electrodes[:, :2] >= box[0, :2] - slack) & (electrodes[:, :2] <= box[1, :2] + slack)
    within = inside.all(axis=1)
    if region is not None:
        within &= region.contains(electrodes[:, :2], float(slack.max()))
    outside = total - int(within.sum())
    if outside:
        yield f"{outside} of {total} electrodes lie outside the culture"
    yield from _lengths(layout, electrodes, box)
    same = total - len(np.unique(electrodes, axis=0))
    if same:
        yield f"{same} of {total} electrodes lie where another one is"
    if positions is not None:
        from scipy.spatial import cKDTree

        cells = np.asarray(positions, dtype=np.float64).reshape(-1, 3)
        deaf = total
        if len(cells):
            nearest, _ = cKDTree(cells).query(electrodes)
            deaf = int((nearest > layout.output_radius).sum())
        if deaf:
            yield (
                f"{deaf} of {total} electrodes have no cell in reach "
                f"(output_radius {layout.output_radius:g} um) and will record nothing"
            )


def _lengths(
    layout: MEALayout, electrodes: NDArray[np.float64], box: NDArray[np.float64]
) -> Iterator[str]:
    """Yield what may be in another unit: a pitch beyond the culture, an array like no other."""
    width, height = np.ptp(box[:, :2], axis=0)
    pitch = getattr(layout, "pitch", 0.0)
    if len(electrodes) == 1 and pitch > max(width, height):
        yield (
            f"a pitch of {pitch:g} um is more than the culture, {width:g} x {height:g} um, and leaves "
            "one electrode: lengths are in um"
        )
    across, along = np.ptp(electrodes[:, :2], axis=0)
    if len(electrodes) > 1 and not SMALLEST_ARRAY <= max(across, along) <= LARGEST_ARRAY:
        yield (
            f"the electrodes span {across:.4g} x {along:.4g} um: lengths are in um, and these may be "
            "in another unit"
        )
