"""What a culture's keys about its region must agree on with the placement."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from livn_core.culture.checks import population_counts
from livn_core.culture.covering import inset
from livn_core.culture.packing import HEXAGONAL, RSA_LIMIT, SEQUENTIAL, SWEEPS, coverage
from livn_core.culture.positions import region_drawing
from livn_core.culture.region import bounds_of
from livn_core.culture.volume import CLOSEST, MOST_COVERED, Volume
from livn_core.culture.volume import RSA_LIMIT as RSA_LIMIT_3D
from livn_core.errors import Finding
from livn_core.plugins.registry import registry
from livn_core.suggest import did_you_mean

if TYPE_CHECKING:
    from livn_core.culture.config import Culture2DConfig
    from livn_core.culture.covering import Covering
    from livn_core.culture.over_region import RegionDrawing
    from livn_core.culture.parts import ProjectionSettings

__all__ = ["over_region", "room", "walls"]

#: Keys that need a placement which is uniform over its region.
KEYS = ("density", "spacing", "margin", "clusters", "gradient")
#: Share of its box below which what a margin leaves of a part is looked at.
LITTLE = 0.01
#: Widest region, um: above it squares and what is stored as float32 lose what they say.
WIDEST = 1e9


def over_region(config: Culture2DConfig) -> list[Finding]:
    """Return what is wrong with the keys that belong to the region."""
    given = [key for key in KEYS if getattr(config, key) is not None]
    given += [
        f"populations.{name}.modules"
        for name, population in config.populations.items()
        if population.modules is not None
    ]
    known = config.placement().uniform or config.volume is not None
    box = bounds_of(config.placement()) if known else None
    width = 0.0 if box is None else float(np.abs(box).max())
    if not width <= WIDEST:
        where = "area_kwargs" if config.area_kwargs else "area"
        return [
            Finding(where, f"reaches {width:.10g} um from 0: at most {WIDEST:g}; lengths are in um")
        ]
    if config.volume is not None:
        return [*_in_volume(config, config.volume, given), *_number_of_cells(config)]
    if not config.placement().uniform or config.region is None:
        others = ", ".join(e.name for e, model in registry().usable("placement") if model.uniform)
        return [
            Finding(
                key,
                f"the placement '{config.area_name}' is not uniform over a region; those that are: "
                f"{others}",
            )
            for key in [*given, *_keys_of(config, "between")]
        ]
    between = _keys_of(config, "between").items()
    return [
        *_modules(config),
        *(finding for path, value in between for finding in _pairs(config, path, value)),
        *_number_of_cells(config),
    ]


def room(config: Culture2DConfig) -> list[Finding]:
    """Return what there is no room for in the region, of a configuration that is right otherwise."""
    if not config.drawn_over_region:
        return []
    drawing = region_drawing(config)
    return _dark(config, drawing) or [
        *_margin(config, drawing),
        *_spacing(config, drawing),
    ]


def _dark(config: Culture2DConfig, drawing: RegionDrawing) -> list[Finding]:
    """Return the modules that have to hold cells where the density is 0 throughout."""
    gradient, counts = drawing.gradient, config.counts()
    if gradient is None or not drawing.shares:
        return []
    dark = [part.name for part in drawing.region.parts if not gradient.over(part)]
    findings = []
    for name, shares in drawing.shares.items():
        found = [module for module in dark if shares[module]]
        if not any(shares.values()):
            found = list(config.populations[name].modules or dark)
        if counts[name] and found:
            text = f"the gradient is 0 over all of the module '{found[0]}': no cell can be there"
            findings.append(Finding(f"populations.{name}.modules", text))
    return findings


def _number_of_cells(config: Culture2DConfig) -> list[Finding]:
    """Return what is wrong with the number that a density gives."""
    if config.density is None:
        return []
    total = config.cells_in_all
    if not total:
        size = (
            f"{config.region.area * 1e-6:.4g} mm2"
            if config.volume is None and config.region is not None
            else f"{config.volume.volume() * 1e-9 if config.volume is not None else 0:.4g} mm3"
        )
        return [Finding("density", f"gives no cell on {size}")]
    populations = {
        name: population.model_dump(include={"ratio", "count"}, exclude_none=True)
        for name, population in config.populations.items()
    }
    return list(population_counts(populations, total, "density"))


def _in_volume(config: Culture2DConfig, volume: Volume, given: Iterable[str]) -> Iterator[Finding]:
    """Yield what is wrong with the keys of a culture that fills a body."""
    name = config.area_name
    for key in [*given, *_keys_of(config, "between"), *_keys_of(config, "mask")]:
        if key not in {"density", "spacing", "margin"}:
            yield Finding(key, f"belongs to regions in the plane; '{name}' is a body in space")
    if "z_range" in config.model_fields_set:
        low, high = config.heights
        yield Finding("z_range", f"'{name}' states z itself, {low:g} to {high:g} um: leave it out")
    spacing = config.spacing
    if spacing is None:
        return
    one = np.pi * spacing**3 / (6 * volume.volume())
    if (covered := sum(config.counts().values()) * one) > MOST_COVERED:
        yield Finding(
            "spacing",
            f"{spacing:g} um for {sum(config.counts().values()):,} cells in "
            f"{volume.volume() * 1e-9:.4g} mm3 is a coverage of {covered:.3f}: cells that are placed "
            f"one after the other end at {RSA_LIMIT_3D} ({int(RSA_LIMIT_3D / one):,} cells), the "
            f"closest packing at {CLOSEST:.4f} ({int(CLOSEST / one):,}); up to {MOST_COVERED:.2f} is "
            f"made: {int(MOST_COVERED / one):,} cells would fit",
        )


def _margin(config: Culture2DConfig, drawing: RegionDrawing) -> Iterator[Finding]:
    parts, margin = drawing.region.parts, config.wall_margin
    narrow = max(float(np.diff(part.bounds, axis=0).min()) for part in parts)
    if config.margin is not None and 2 * config.margin >= narrow:
        yield Finding(
            "margin", f"of {config.margin:g} um leaves nothing of pieces {narrow:g} um wide"
        )
        return
    inside = drawing.cells_in_modules(config.counts()).sum(axis=0) if margin else ()
    for cells, part in zip(inside, parts, strict=bool(margin)):
        left = inset(part, margin, LITTLE) if cells else None
        fit = cells if left is None else _most_in(left, config.spacing)
        if cells > fit:
            where = f" in the module '{part.name}'" if len(parts) > 1 else ""
            yield Finding(
                "margin" if config.margin is not None else "spacing",
                f"{margin:g} um to walls leave room for {fit:,} of {cells:,} cells{where}: take a "
                "smaller margin, or a wider region",
            )
            return


def _most_in(tiles: Covering, spacing: float | None) -> int:
    """Return how many cells fit into tiles: by their box, which is convex (Oler 1961).

    Points that are s apart are 2 A / (sqrt(3) s^2) + P / (2 s) + 1 at most in a convex region of
    area A and perimeter P (Acta Math 105:19, doi:10.1007/BF02559533).
    """
    if not len(tiles.corners):
        return 0
    if spacing is None:
        return int(sys.maxsize)
    width, height = np.ptp(tiles.corners, axis=0) + tiles.size
    most = 2 / np.sqrt(3) * width * height / spacing**2 + (width + height) / spacing + 1
    return int(most)


def _spacing(config: Culture2DConfig, drawing: RegionDrawing) -> Iterator[Finding]:
    spacing, counts, parts = config.spacing, config.counts(), drawing.region.parts
    if spacing is None:
        return
    even = config.clusters is None and config.gradient is None
    most, where = SWEEPS if even else SEQUENTIAL, ""
    cells, area = sum(counts.values()), drawing.region.area
    if coverage(cells, spacing, area) <= most and len(parts) > 1:
        inside = drawing.cells_in_modules(counts).sum(axis=0)
        # A cell more is what rounding gives a module.
        full = [coverage(n - 1, spacing, p.area) for n, p in zip(inside, parts, strict=True)]
        fullest = int(np.argmax(full))
        if full[fullest] <= most:
            return
        cells, area = int(inside[fullest]), parts[fullest].area
        where = f" of the module '{parts[fullest].name}'"
    one = coverage(1, spacing, area)
    covered = cells * one
    if covered <= most:
        return
    why = "" if even else " with clusters or a gradient"
    yield Finding(
        "spacing",
        f"{spacing:g} um for {cells:,} cells on {area * 1e-6:.4g} mm2{where} is a coverage of "
        f"{covered:.3f}: cells that are placed one after the other end at {RSA_LIMIT} "
        f"({int(RSA_LIMIT / one):,} cells), a perfect hexagonal lattice at {HEXAGONAL} "
        f"({int(HEXAGONAL / one):,}); up to {most:.2f} is made{why}: {int(most / one):,} cells would "
        "fit",
    )


def _keys_of(config: Culture2DConfig, field: str) -> dict[str, Any]:
    """Return where a field of projections stands -> its value."""
    general = config.connectivity
    held = {f"connectivity.{field}": getattr(general, field)} | {
        f"connectivity.projections.{name}.{field}": getattr(own, field)
        for name, own in general.projections.items()
    }
    return {path: value for path, value in held.items() if value is not None}


def _one_module(config: Culture2DConfig, path: str) -> list[Finding]:
    """Return that there are no modules to speak of, if so."""
    text = f"the placement '{config.area_name}' has but one module here"
    return [] if config.modules else [Finding(path, text)]


def _pairs(config: Culture2DConfig, path: str, value: object) -> Iterator[Finding]:
    """Yield what is wrong with the keys of a mapping from pairs of modules."""
    if alone := _one_module(config, path):
        yield from alone
        return
    modules = config.modules
    for key in value if isinstance(value, Mapping) else ():
        for module in () if key == "default" else str(key).split("->"):
            if module not in modules or key.count("->") != 1:
                yield Finding(
                    f"{path}.{key}",
                    f"is no pair of modules such as '{'->'.join(modules[:2])}'"
                    f"{'' if module in modules else did_you_mean(module, modules)}",
                )
                break


def walls(config: Culture2DConfig, settings: Iterable[ProjectionSettings]) -> Iterator[Finding]:
    """Yield what is wrong with the keys ``walls`` and ``bridges``; ``settings`` of all projections."""
    made = list(settings)
    if config.volume is not None:
        for projection in made:
            if projection.rule.of_cells:
                yield Finding(
                    "connectivity.rule",
                    f"'{projection.rule_name}' grows axons in the plane; area: {config.area_name} is a "
                    "body in space, for rules with a kernel",
                )
                break
        if config.walls is not None:
            yield Finding(
                "walls", f"bound axons in the plane; '{config.area_name}' is a body in space"
            )
            return
    if config.walls is not None:
        if config.region is None:
            yield Finding(
                "walls", f"the placement '{config.area_name}' states no region that has any"
            )
        if not any(projection.rule.of_cells for projection in made):
            rules = ", ".join(sorted({projection.rule_name for projection in made}))
            yield Finding(
                "walls", f"no rule of this configuration ({rules}) grows axons; rule: axon does"
            )
    path = "connectivity.rule_kwargs.bridges"
    bridges = next((b for p in made if (b := getattr(p.rule, "bridges", None))), None)
    if not bridges:
        return
    if config.walls is None:
        yield Finding(
            path,
            "lead through walls, and without the key walls there are none: walls: {axons: follow}",
        )
    yield from _pairs(config, path, bridges)
    for key in bridges if config.modules and isinstance(bridges, Mapping) else ():
        source, _, target = key.partition("->")
        if source == target:
            yield Finding(f"{path}.{key}", "leads to the module that it comes from")


def _modules(config: Culture2DConfig) -> Iterator[Finding]:
    for name, population in sorted(config.populations.items()):
        wanted, path = population.modules, f"populations.{name}.modules"
        if wanted is None:
            continue
        if alone := _one_module(config, path):
            yield from alone
            continue
        for module in wanted:
            if module not in config.modules:
                close = did_you_mean(module, config.modules)
                known = ", ".join(config.modules[:20])
                yield Finding(path, f"there is no module '{module}'{close}; they are {known}")
        if not wanted or (isinstance(wanted, dict) and not sum(wanted.values())):
            yield Finding(path, "names no module with a share above 0")
