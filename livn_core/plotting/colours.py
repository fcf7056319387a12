"""What the colour of a cell says: its population, its in-degree, its module, its layer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from livn_core.plotting.facts import read_modules
from livn_core.plotting.options import PlotError
from livn_core.plotting.palette import CATEGORIES
from livn_core.plotting.scene import Scene, density_bins, escaped
from livn_core.plotting.style import GREY
from livn_core.system.rotation import depths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.cm import ScalarMappable

    from livn_core.culture.region import Region

__all__ = ["CellColours", "cell_colours", "draw_mean_colours"]

#: Names that a legend lists at most: of more, colours come again.
_LISTED = len(CATEGORIES)


@dataclass(frozen=True, slots=True)
class CellColours:
    """Colours of cells by a variable, called ``word``: ``modules``, ``layers``, ``in-degree``.

    ``values``, (cells,) by gid, are in-degrees, whose colours ``scale`` has, or numbers of categories,
    -1 for none of them. Those have ``names``, and ``shades``, the number of each one's colour.
    """

    values: NDArray[np.int64]
    names: Sequence[str]
    scale: ScalarMappable | None
    word: str
    shades: NDArray[np.int64]

    def rgb(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return the colours of some values, (n, 3)."""
        from matplotlib.colors import to_rgb

        if self.scale is not None:
            return np.asarray(self.scale.to_rgba(values))[..., :3]
        table = np.array([to_rgb(colour) for colour in (*CATEGORIES, GREY)])
        return table[np.append(self.shades, len(CATEGORIES))[values]]

    def handles(self) -> list[Any]:
        """Return legend entries of the categories that cells are of, where a legend can list them."""
        from matplotlib.patches import Patch

        if self.scale is not None or len(self.names) > _LISTED:
            return []
        some = [(CATEGORIES[n], name) for n, name in enumerate(self.names) if n in self.values]
        if (self.values < 0).any():
            some.append((GREY, f"in none of the {self.word}"))
        return [Patch(facecolor=colour, label=escaped(name)) for colour, name in some]

    def caption(self) -> str:
        """Return what a legend cannot say."""
        if len(self.names) > _LISTED:
            return f"colours of the {len(self.names):,} {self.word} come again, not of neighbours"
        return ""


def cell_colours(scene: Scene, variable: str) -> CellColours | None:
    """Return the colours of all cells by ``degree``, ``module`` or ``layer``; None by population."""
    if variable == "population":
        return None
    if variable == "degree":
        return _degrees(scene)
    system = scene.system
    names = read_modules(system) if variable == "module" else [x.name for x in scene.layers]
    if len(names) < (1 if variable == "module" else 2):
        raise PlotError(
            f"the cells of '{system.path}' cannot be coloured by {variable}: it has no {variable}s",
            hint="colour them by population or by degree",
        )
    values = np.full(len(scene.positions), -1, dtype=np.int64)
    if variable == "module":
        for owner in (p for p in system.populations if p.count):
            values[scene.gids(owner.name)] = system.attributes(owner.name, "Culture")["module"]
    else:
        depth = depths(system.graph, scene.positions)
        for number, layer in enumerate(scene.layers):
            values[(layer.low[2] <= depth) & (depth <= layer.high[2])] = number
    shades = np.arange(len(names)) % _LISTED
    if scene.region is not None and _LISTED < len(names) == len(scene.region.parts):
        shades = _unlike_neighbours(scene.region)
    return CellColours(values, names, None, f"{variable}s", shades)


def _unlike_neighbours(region: Region) -> NDArray[np.int64]:
    """Return for each part of a region a colour that none of the eight nearest has."""
    from scipy.spatial import cKDTree

    middles = np.array([part.bounds.mean(axis=0) for part in region.parts])
    near = cKDTree(middles).query(middles, k=9)[1]
    shades = np.full(len(middles), -1)
    for number, others in enumerate(near):
        turn = (np.arange(_LISTED) + number) % _LISTED
        shades[number] = turn[~np.isin(turn, shades[others])][0]
    return shades


def _degrees(scene: Scene) -> CellColours:
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    values = np.zeros(len(scene.positions), dtype=np.int64)
    for source, target in scene.system.projections:
        values[scene.gids(target)] += scene.system.in_degrees(source, target)
    low, high = (int(values.min()), int(values.max())) if len(values) else (0, 0)
    scale = ScalarMappable(Normalize(low, max(high, low + 1)), "viridis")
    return CellColours(values, (), scale, "in-degree", np.empty(0, dtype=np.int64))


def draw_mean_colours(
    axes: Axes, points: NDArray[Any], box: NDArray[Any], colours: CellColours
) -> None:
    """Draw the mean of the cells of each bin, white where there is none.

    Of in-degrees the mean has its colour, on a scale from the lowest mean to the highest; of
    categories the colours are mixed. ``points`` are (cells, 2) by gid, ``box`` ((x, y) lowest, (x, y)
    highest), um.
    """
    bins = density_bins(len(points), box)
    limits = [box[:, 0], box[:, 1]]

    def total(weights: NDArray[Any] | None) -> NDArray[np.float64]:
        found = np.histogram2d(points[:, 0], points[:, 1], bins=bins, range=limits, weights=weights)
        return np.asarray(found[0].T)

    counts = total(None)
    safe = np.maximum(counts, 1)
    if colours.scale is not None:
        means = total(colours.values) / safe
        some = means[counts > 0]
        if some.size and some.max() > some.min():
            colours.scale.set_clim(float(some.min()), float(some.max()))
        image = colours.rgb(means)
    else:
        image = np.stack([total(part) / safe for part in colours.rgb(colours.values).T], -1)
    image = np.where((counts > 0)[..., None], image, 1.0)
    axes.imshow(
        image,
        extent=(box[0, 0], box[1, 0], box[0, 1], box[1, 1]),
        origin="lower",
        interpolation="nearest",
        zorder=1,
    )
