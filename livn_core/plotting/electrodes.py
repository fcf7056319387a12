"""Electrodes and their radii, in a picture."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.documents.names import counted
from livn_core.plotting.canvas import size_of
from livn_core.plotting.facts import Electrodes
from livn_core.plotting.palette import ELECTRODE
from livn_core.plotting.scene import escaped
from livn_core.plotting.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["draw_electrodes", "electrode_handles"]

#: More electrodes than these are drawn pale, and only one of them with its circles.
_CIRCLES = 150
#: Of more electrodes than these, whose squares would cover the culture, the outline is drawn.
_SITES = 1000


def draw_electrodes(
    axes: Axes, electrodes: Electrodes, view: tuple[int, int], *, names: bool = False
) -> None:
    """Draw electrode sites, their names if asked, and circles for how far they stimulate and record.

    Where circles would cover each other, the electrode nearest to the middle has them alone.
    """
    from matplotlib.collections import EllipseCollection
    from matplotlib.patches import Rectangle

    points = electrodes.positions[:, list(view)]
    centres = points[_with_circles(electrodes)]
    if names:
        _draw_names(axes, electrodes, view)
    if len(points) > _SITES:
        low, high = points.min(axis=0), points.max(axis=0)
        axes.add_patch(
            Rectangle(
                (float(low[0]), float(low[1])), *(high - low).tolist(),
                facecolor="none", edgecolor=ELECTRODE, linewidth=0.8, linestyle=":", zorder=2.5,
            )
        )  # fmt: skip
        points = centres
    axes.scatter(
        points[:, 0],
        points[:, 1],
        s=float(np.clip(3000 / max(len(points), 1), 0.8, 8)),
        marker="s",
        facecolor=ELECTRODE if len(points) <= _CIRCLES else GREY,
        edgecolor="none",
        zorder=2.5,
    )
    for radius, line, _ in _radii(electrodes):
        axes.add_collection(
            EllipseCollection(
                *(np.full(len(centres), value) for value in (2 * radius, 2 * radius, 0.0)),
                units="xy",
                offsets=centres,
                offset_transform=axes.transData,
                facecolors="none",
                edgecolors=ELECTRODE,
                linewidths=0.55,
                linestyles=line,
                zorder=4,
            ),
            autolim=False,
        )


def _draw_names(axes: Axes, electrodes: Electrodes, view: tuple[int, int]) -> None:
    """Write the name of each electrode that is drawn beside it, as large as their pitch allows."""
    drawn = np.arange(len(electrodes.ids))
    if len(drawn) > _SITES:
        drawn = _with_circles(electrodes)
    # Points a um, should the axes be nine tenths of the picture.
    scale = 0.9 * 72 * size_of(axes.figure)[0] / float(np.ptp(axes.get_xlim()))
    longest = max((len(electrodes.names[n]) for n in drawn), default=1)
    size = float(np.clip(_pitch(electrodes.positions[drawn]) * scale / (0.65 * longest), 2, 7))
    for number in drawn:
        x, y = electrodes.positions[number, list(view)]
        axes.annotate(
            escaped(electrodes.names[number]), (float(x), float(y)), xytext=(0, 2),
            textcoords="offset points", ha="center", va="bottom", fontsize=size, color=ELECTRODE,
            zorder=7, bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.2, "alpha": 0.7},
        )  # fmt: skip


def _pitch(points: NDArray[np.float64]) -> float:
    """Return the median distance to the nearest neighbour, um; inf where there is none."""
    from scipy.spatial import cKDTree

    if len(points) < 2:
        return float("inf")
    return float(np.median(cKDTree(points[:, :2]).query(points[:, :2], k=2)[0][:, 1]))


def _with_circles(electrodes: Electrodes) -> NDArray[np.int64]:
    """Return which electrodes have their circles drawn."""
    points = electrodes.positions[:, :2]
    everyone = np.arange(len(points))
    if len(points) < 2:
        return everyone
    largest = max([radius for radius, *_ in _radii(electrodes)], default=0.0)
    if len(points) <= _CIRCLES and largest <= 1.2 * _pitch(points):
        return everyone
    middle = (points.min(axis=0) + points.max(axis=0)) / 2
    return np.array([np.argmin(np.square(points - middle).sum(axis=1))])


def _radii(electrodes: Electrodes) -> list[tuple[float, Any, str]]:
    """Return the radii, um, their lines, and what the electrodes do within them."""
    near, far = electrodes.input_radius, electrodes.output_radius
    if near and near == far:
        return [(near, "-", "stimulates, records")]
    both = ((near, "--", "stimulates"), (far, "-", "records"))
    return [(radius, line, does) for radius, line, does in both if radius]


def electrode_handles(electrodes: Electrodes) -> list[Any]:
    """Return legend entries of the electrodes and their radii."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Circle

    count = len(electrodes.positions)
    handles: list[Any] = [
        Line2D(
            [],
            [],
            linestyle="none",
            marker="s",
            markersize=3,
            markerfacecolor=ELECTRODE if count <= _CIRCLES else GREY,
            markeredgecolor="none",
            label=counted(count, "electrode") + (" (outline, one drawn)" if count > _SITES else ""),
        )
    ]
    circled = _with_circles(electrodes)
    only = ""
    if len(circled) < count:
        only = f" (drawn of electrode {escaped(electrodes.names[circled[0]])})"
    for radius, line, does in _radii(electrodes):
        handles.append(
            Circle(
                (0, 0),
                1,
                linestyle=line,
                linewidth=0.7,
                facecolor="none",
                edgecolor=ELECTRODE,
                label=f"{does} within {radius:.4g} µm{only}",
            )
        )
    return handles
