"""Make the morphologies of this folder: ``python systems/morphology/make.py [FOLDER]``.

One cell a population of the layered systems, grown at random from a fixed seed to published figures:
dendritic length by SWC type and layer, number of branch points and tips, depth span. The figures are
those of the cell models of rat CA1 of Bezaire et al. 2016 (eLife 5:e18566), whose pyramidal cell
follows Megias et al. 2001 (Neuroscience 102:527) and whose interneurons have few, long, unbranched
dendrites. The shape between the figures (angles, winding, radii) is ours.

The soma is five points along the depth axis (y), its middle at the origin; basal dendrites, and the
axon of a pyramidal cell, leave its lower end, apical ones the upper. The eighth column is the layer
of a point: what lies between a point and its parent counts as in that layer.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from grow import AIS, APICAL, AXON, BASAL, SLM, SO, SP, SR, Band, Cell, towards

#: Apical dendrite below the tuft: layer, lowest and highest y, total length, and the tips of the
#: obliques that leave the trunk at equal heights.
OBLIQUES = (
    (SP, (9.0, 145.0), 553.0, (2, 1, 2)),
    (SR, (145.0, 350.0), 1531.0, (2, 1, 2, 1, 2, 1, 2, 1, 2)),
)


def pyramidal(name: str) -> Cell:
    """Grow a cell with a basal and an apical tuft and obliques; 81 branch points, 85 tips."""
    cell = Cell(name)
    base, top = cell.soma(18.0, SP)
    for turn, tips, share in ((20, 10, 0.34), (145, 11, 0.36), (265, 9, 0.30)):
        heading = towards(125, turn + cell.rng.uniform(-15, 15))
        cell.arbor(
            base,
            heading,
            3272.0 * share,
            tips,
            kind=BASAL,
            layer=SO,
            radius=1.0,
            band=(-185.0, -10.0),
            lean=-0.6,
        )
    trunk, up = top, towards(0, 0)
    for layer, (low, high), total, tips in OBLIQUES:
        shares = cell.rng.gamma(9.0, 1.0, size=len(tips)) * np.sqrt(tips)
        lengths = (total - (high - low)) * shares / shares.sum()
        rise = (high - low) / (len(tips) + 1)
        turn = cell.rng.uniform(0, 360)
        for number in range(len(tips) + 1):
            wide = 1.9 - cell.rows[trunk][1][1] / 350
            trunk, _ = cell.path(
                trunk,
                up,
                rise,
                kind=APICAL,
                layer=layer,
                radii=(wide, wide - rise / 350),
                winding=0.02,
            )
            if number < len(tips):
                turn += 137.5  # successive obliques leave all around
                cell.arbor(
                    trunk,
                    towards(70, turn),
                    float(lengths[number]),
                    tips[number],
                    kind=APICAL,
                    layer=layer,
                    radius=0.6,
                    band=(low + 3, high - 3),
                )
    turn = cell.rng.uniform(-30, 30)
    for side, tips in ((0, 17), (180, 17)):
        cell.arbor(
            trunk,
            towards(30, turn + side),
            4639.0 / 2,
            tips,
            kind=APICAL,
            layer=SLM,
            radius=0.9,
            band=(350.0, 707.0),
            lean=1.3,
            stem=0.7,
        )
    # The types change at a branch: MorphIO takes a change along the way for a mistake.
    hillock, heading = cell.path(
        base, towards(115, 205), 50.0, kind=AIS, layer=SP, radii=(0.6, 0.5), winding=0.03
    )
    end = hillock
    up = np.array([0.3, 1.2, 0.0])
    for start, length, layer, pull in (
        (None, 60.0, SP, up),
        (None, 140.0, SR, up),
        (hillock, 50.0, SP, 3 * towards(90, 240)),
    ):
        end, heading = cell.path(
            end if start is None else start,
            heading,
            length,
            kind=AXON,
            layer=layer,
            radii=(0.35, 0.35),
            pull=pull,
        )
    return cell


Stretch = tuple[float, int]  # um, layer


@dataclass(frozen=True)
class Interneuron:
    """Two basal and two apical dendrites, without branches: the lengths of one of each by layer.

    ``basal_tilt`` and ``apical_tilt`` are the angles to the depth axis that they keep to (degrees);
    with a ``band`` they set out so, and wander outwards within it.
    """

    soma: Stretch
    basal: tuple[Stretch, ...]
    apical: tuple[Stretch, ...]
    basal_tilt: float = 155.0
    apical_tilt: float = 20.0
    winding: float = 0.12
    band: Band | None = None


FAST = ((133.35, SP), (133.0, SR), (333.65, SLM))
INTERNEURONS = {
    "INH": Interneuron((20.0, SP), ((300.0, SO),), FAST),
    "PVBC": Interneuron((20.0, SP), ((300.0, SO),), FAST, 152.0, 18.0),
    "AAC": Interneuron((20.0, SP), ((300.0, SO),), FAST, 160.0, 12.0),
    "BS": Interneuron((20.0, SP), ((300.0, SO),), FAST, 150.0, 22.0),
    "CCKBC": Interneuron((20.0, SP), ((99.0, SP), (201.0, SO)), ((399.0, SR), (201.0, SLM))),
    "IVY": Interneuron(
        (20.0, SP), ((32.5, SP), (267.5, SO)), ((600.0, SR),), 125.0, 50.0, 0.2, (-140.0, 260.0)
    ),
    "NGFC": Interneuron(
        (20.0, SLM), ((300.0, SLM),), ((600.0, SLM),), 110.0, 65.0, 0.28, (-75.0, 75.0)
    ),
    "SCA": Interneuron((10.0, SR), ((300.0, SR),), ((33.5, SR), (566.5, SLM)), 140.0, 30.0),
    "IS1": Interneuron((10.0, SP), ((300.0, SO),), ((599.5, SR),), 150.0, 25.0),
    "IS2": Interneuron((10.0, SR), ((300.0, SR),), ((33.5, SR), (566.5, SLM)), 165.0, 15.0),
    "IS3": Interneuron((10.0, SP), ((300.0, SO),), ((436.0, SR), (164.0, SLM)), 165.0, 12.0),
}


def interneuron(name: str) -> Cell:
    """Grow a cell of the table above; 2 branch points, 4 tips."""
    figures = INTERNEURONS[name]
    cell = Cell(name)
    base, top = cell.soma(*figures.soma)
    first = cell.rng.uniform(-40, 40)
    for start, kind, tilt, across, stretches, radius in (
        (base, BASAL, figures.basal_tilt, 50, figures.basal, 1.0),
        (top, APICAL, figures.apical_tilt, 0, figures.apical, 1.4),
    ):
        thinning = (radius - 0.4) / sum(length for length, _ in stretches)
        for side in (0, 180):
            home = towards(tilt, first + across + side + cell.rng.uniform(-20, 20))
            flat = home * [1.0, 0.0, 1.0]
            end, heading, width = start, home, radius
            for length, layer in stretches:
                end, heading = cell.path(
                    end,
                    heading,
                    length,
                    kind=kind,
                    layer=layer,
                    radii=(width, width - thinning * length),
                    band=figures.band,
                    winding=figures.winding,
                    pull=flat if figures.band else 2.0 * home,
                )
                width -= thinning * length
    return cell


def oriens(name: str) -> Cell:
    """Grow an O-LM cell: dendrites along SO, an axon up to SLM; 2 branch points, 3 tips."""
    cell = Cell(name)
    base, top = cell.soma(20.0, SO)
    for start, tilt, turn in ((base, 112, 10), (top, 85, 190)):
        cell.path(
            start,
            towards(tilt, turn),
            391.5,
            kind=BASAL,
            layer=SO,
            radii=(1.2, 0.4),
            band=(-150.0, 80.0),
            winding=0.14,
            pull=2.0 * towards(tilt, turn),
        )
    cell.path(top, towards(0, 0), 150.0, kind=AXON, layer=SLM, radii=(0.4, 0.3), winding=0.05)
    return cell


def cells() -> list[Cell]:
    """Return every cell of this folder."""
    return [
        *(pyramidal(name) for name in ("EXC", "PYR")),
        *(interneuron(name) for name in INTERNEURONS),
        oriens("OLM"),
    ]


def main(folder: Path) -> None:
    """Write the folder's files."""
    for cell in cells():
        (folder / f"{cell.name}.swc").write_text(cell.text(), encoding="ascii")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
