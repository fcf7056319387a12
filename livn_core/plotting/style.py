"""The look that all pictures share: small type, thin lines, a scale bar in place of ticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure

__all__ = [
    "GREY",
    "add_caption",
    "add_legend",
    "add_scale_bar",
    "as_map_axes",
    "nice_length",
    "paper_style",
    "short",
    "tint_map",
]

#: Text and lines of second importance.
GREY = "#6E6E6E"

_STYLE: dict[str, Any] = {
    "font.size": 8,
    "axes.titlesize": 9,
    "axes.labelsize": 8,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.unicode_minus": False,
    "xtick.labelsize": 7,
    "ytick.labelsize": 7,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "legend.fontsize": 7.5,
    "legend.frameon": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    # Text is stored as text, so that it can be edited and searched.
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    # Ids that do not change from one run to the next, so that equal pictures are equal files.
    "svg.hashsalt": "livn",
}


@contextmanager
def paper_style() -> Iterator[None]:
    """Draw in the common style, whatever the user's own matplotlib settings are."""
    import matplotlib

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams
        settings.update(_STYLE)
        yield


def as_map_axes(axes: Axes) -> None:
    """Make axes a map: equal scales, no ticks, no frame."""
    axes.set_aspect("equal")
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)


def short(value: float, digits: int = 4) -> str:
    """Return a number with so many digits, and with all of its whole ones: 9.950, 9,950."""
    if abs(value) >= 10**digits / 10 or value == 0 or not np.isfinite(value):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".removesuffix(".")


def fit_maps(figure: Figure) -> None:
    """Make a figure as tall as its maps are at its width, so that no band stays white beside them.

    Its layout is worked out, and the height that a row of maps was given is set to what it needs;
    twice, as a legend or a label takes its part.
    """
    for _ in range(2):
        figure.draw_without_rendering()
        width, height = figure.get_size_inches()
        rows: dict[float, float] = {}
        for axes in figure.axes:
            if axes.get_aspect() != 1.0 or (axes.images and axes.get_xaxis().get_ticklocs().size):
                continue
            slot = axes.get_position(original=True)
            ratio = np.ptp(axes.get_ylim()) / np.ptp(axes.get_xlim())
            more = slot.width * width * ratio - slot.height * height
            row = round(slot.y0, 3)
            rows[row] = max(rows.get(row, -np.inf), more)
        wanted = float(np.clip(height + sum(rows.values()), 1.5, 14.0))
        if abs(wanted - height) < 0.02:
            break
        figure.set_size_inches(width, wanted)


def nice_length(extent: float) -> float:
    """Return the 1, 2 or 5 times a power of ten nearest below a quarter of ``extent``."""
    if extent <= 0:
        return 1.0
    exponent = 10.0 ** np.floor(np.log10(extent / 4))
    return float(max(step * exponent for step in (1, 2, 5) if step * exponent <= extent / 4))


def add_scale_bar(axes: Axes, extent: float) -> None:
    """Put a scale bar into the lower left corner of map axes; ``extent`` is their width, um."""
    from mpl_toolkits.axes_grid1.anchored_artists import AnchoredSizeBar

    length = nice_length(extent)
    label = f"{length / 1000:g} mm" if length >= 1000 else f"{length:g} µm"
    bar = AnchoredSizeBar(
        axes.transData,
        length,
        label,
        loc="lower left",
        pad=0.25,
        borderpad=0.3,
        sep=3,
        size_vertical=0.0,
        color="black",
    )
    bar.patch.set(alpha=0.8, linewidth=0)
    bar.set_zorder(8)
    bar.size_bar.get_children()[0].set_linewidth(1.5)
    axes.add_artist(bar)


def add_legend(figure: Figure, handles: Sequence[Any]) -> None:
    """Put a legend above the picture, in as many columns as its width has room for."""
    widest = max(len(handle.get_label()) for handle in handles)
    columns = int(figure.get_figwidth() / (0.45 + 0.062 * widest))
    figure.legend(
        handles=list(handles),
        loc="outside upper center",
        ncols=max(1, min(columns, len(handles))),
        handletextpad=0.5,
        columnspacing=1.4,
    )


def add_caption(figure: Figure, text: str) -> None:
    """Say below the picture what it shows."""
    figure.supxlabel(text, fontsize=7, color=GREY, ha="center")


def tint_map(colour: str) -> Colormap:
    """Return a colour map from white to ``colour``."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list(f"tint {colour}", ["white", colour])
