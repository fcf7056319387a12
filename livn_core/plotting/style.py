"""The look that all pictures share: small type, thin lines, a scale bar in place of ticks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from textwrap import wrap
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from livn_core.plotting.canvas import size_of
from livn_core.plotting.options import PlotError
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle

__all__ = [
    "GLYPH",
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

#: How matplotlib warns of a letter that no font has.
GLYPH = r"Glyph (\d+) .* missing from"

#: Size of text, points.
_SIZE = 8.0

_STYLE: dict[str, Any] = {
    "font.size": _SIZE,
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
def paper_style(font: str | None = None) -> Iterator[None]:
    """Draw in the common style, whatever the user's own matplotlib settings are.

    ``font``: see :func:`read_font`; None for the common one.
    """
    import matplotlib

    family, size = (None, _SIZE) if font is None else read_font(font)

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        settings: Any = matplotlib.rcParams
        settings.update(_STYLE)
        settings.update({k: v * size / _SIZE for k, v in _STYLE.items() if k.endswith("size")})
        if family is not None:
            # What a font lacks, a Greek letter say, is taken from the next.
            settings["font.family"] = [family, *settings["font.sans-serif"][:1]]
        yield


def read_font(text: str) -> tuple[str | None, float]:
    """Return family and size, points, of ``Arial``, ``7`` or ``Arial 7``; None for the common family."""
    from matplotlib.font_manager import fontManager

    words = text.split()
    size = _SIZE
    with suppress(ValueError, IndexError):
        size = float(words[-1].removesuffix("pt"))
        words.pop()
    if not 3 <= size <= 40:
        raise PlotError(
            f"no font of {size:g} points can be read", hint="give 3 to 40 points: --font 7"
        )
    if not words:
        return None, size
    there = {entry.name.lower(): entry.name for entry in fontManager.ttflist}
    wanted = " ".join(words)
    if wanted.lower() not in there:
        raise PlotError(
            f"no font named '{wanted}' is installed here{did_you_mean(wanted, there.values())}",
            hint="give a family, a size in points, or both: --font 'DejaVu Sans 7'",
        )
    return there[wanted.lower()], size


def as_map_axes(axes: Axes, window: ArrayLike) -> None:
    """Make axes a map of a window, (2, 2) um: equal scales, no ticks, no frame."""
    axes.set_aspect("equal")
    x, y = np.transpose(window).tolist()
    axes.set(xlim=x, ylim=y)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def short(value: float, digits: int = 4) -> str:
    """Return a number with so many digits, and with all of its whole ones: 9.950, 9,950."""
    if abs(value) >= 10**digits / 10 or value == 0 or not np.isfinite(value):
        return f"{value:,.0f}"
    return f"{value:#.{digits}g}".removesuffix(".")


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
        borderpad=1.15,
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
    import matplotlib
    from matplotlib.legend_handler import HandlerPatch
    from matplotlib.patches import Circle

    widest = max(len(handle.get_label()) for handle in handles)
    width = size_of(figure)[0]
    if figure.get_figure(root=True) is not figure:
        width -= 0.4  # the letter of a part
    scale = matplotlib.rcParams["font.size"] / _SIZE
    columns = int(width / ((0.45 + 0.062 * widest) * scale))
    figure.legend(
        handles=list(handles),
        loc="outside upper center",
        ncols=max(1, min(columns, len(handles))),
        handletextpad=0.5,
        columnspacing=1.4,
        handler_map={Circle: HandlerPatch(patch_func=_ring)},
    )


def _ring(*, width: float, height: float, xdescent: float, ydescent: float, **_: Any) -> Circle:
    """Return the ring that stands for one in a legend; all in points."""
    from matplotlib.patches import Circle

    return Circle((width / 2 - xdescent, height / 2 - ydescent), 0.65 * height)


def add_caption(figure: Figure, *said: str) -> None:
    """Say below the picture what it shows, in as many lines as its width needs; "" is left out."""
    import matplotlib

    # A letter of small text is half as wide as the font is high, nearly.
    letter = 0.47 * matplotlib.rcParams["font.size"] / 72
    lines = wrap("; ".join(filter(None, said)), max(20, int(size_of(figure)[0] / letter)))
    figure.supxlabel("\n".join(lines), fontsize="small", color=GREY, ha="center")


def tint_map(*colours: str) -> Colormap:
    """Return a colour map from the first of some colours to the last."""
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("tint", colours)
