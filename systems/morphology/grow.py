"""Growing one cell point by point: pieces of exact length, and trees of exact length and tips."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from livn_core.sampling.streams import stream

SEED = 2016
SO, SP, SR, SLM = 5, 6, 8, 9
SOMA, AXON, BASAL, APICAL, AIS = 1, 2, 3, 4, 7
STEP = 8.0  # um, longest piece of a dendrite
SOMA_STEP = 0.5  # um, first piece of one that leaves the soma
#: Points of a soma along the depth axis, and its radius there, in parts of its length: a barrel
#: with the area of a sphere, so that its ends are within reach of its middle for NeuroM.
SOMA_SHAPE = ((-0.5, 0.3), (-0.25, 0.52), (0.0, 0.58), (0.25, 0.52), (0.5, 0.3))
MARGIN = 12.0  # um from the edge of a band where branches turn away

Vector = NDArray[np.float64]
Band = tuple[float, float]


@dataclass
class Cell:
    """A cell that grows point by point."""

    name: str
    rng: np.random.Generator = field(init=False)
    rows: list[tuple[int, Vector, float, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.rng = stream(SEED, "morphology", self.name)

    def add(self, kind: int, place: Vector, radius: float, parent: int, layer: int) -> int:
        """Add a point; return its number from 0."""
        self.rows.append((kind, place, radius, parent, layer))
        return len(self.rows) - 1

    def soma(self, length: float, layer: int) -> tuple[int, int]:
        """Add a round soma; return its lower and upper end."""
        ends = [-1]
        for y, radius in SOMA_SHAPE:
            place = np.array([0.0, y * length, 0.0])
            ends.append(self.add(SOMA, place, radius * length, ends[-1], layer))
        return ends[1], ends[-1]

    def path(
        self,
        start: int,
        heading: Vector,
        length: float,
        *,
        kind: int,
        layer: int,
        radii: tuple[float, float],
        band: Band | None = None,
        winding: float = 0.12,
        pull: Vector | None = None,
    ) -> tuple[int, Vector]:
        """Grow an unbranched piece of an exact length; return its end and where it heads there.

        ``pull`` draws the heading its way; the piece turns away from the edges of ``band`` (lowest
        and highest y).
        """
        # A neurite begins close to the soma, so that nothing looks torn off.
        first = min(SOMA_STEP, length / 2) if self.rows[start][0] == SOMA else 0.0
        count = max(1, math.ceil((length - first) / STEP))
        steps = [first] * (first > 0) + [(length - first) / count] * count
        for grown, step in zip(np.cumsum(steps) / length, steps, strict=True):
            place = self.rows[start][1]
            heading = heading + winding * self.rng.standard_normal(3)
            if pull is not None:
                heading = heading + 0.08 * pull
            if band is not None:
                heading = _turned(place, heading, step, band)
            heading = heading / np.linalg.norm(heading)
            radius = radii[0] + (radii[1] - radii[0]) * float(grown)
            start = self.add(kind, place + step * heading, radius, start, layer)
        return start, heading

    def arbor(
        self,
        start: int,
        heading: Vector,
        length: float,
        tips: int,
        *,
        kind: int,
        layer: int,
        radius: float,
        band: Band,
        lean: float = 0.0,
        stem: float = 1.0,
    ) -> None:
        """Grow a binary tree of exact total length and number of tips, within a band of y.

        ``lean`` draws its branches up (or down, below 0) as they go outwards; ``stem`` is the
        relative length of its first branch.
        """
        shares = self.rng.gamma(6.0, 1.0, size=2 * tips - 1)
        shares[0] *= stem
        lengths = iter((length * shares / shares.sum()).tolist())
        waiting = [(start, heading, tips, radius)]
        while waiting:
            at, heading, tips, radius = waiting.pop()
            end, heading = self.path(
                at,
                heading,
                next(lengths),
                kind=kind,
                layer=layer,
                radii=(radius, max(0.2, 0.85 * radius)),
                band=band,
                pull=_outward(self.rows[at][1]) + np.array([0.0, lean, 0.0]),
            )
            if tips == 1:
                continue
            few = max(1, 2 * tips // 5)
            left = int(self.rng.integers(few, tips - few + 1))
            side = _sideways(heading, self.rng)
            # Rall: the daughters' radii to the power 3/2 add up to nearly the mother's.
            child = max(0.2, 0.7 * radius)
            for count, sign in ((left, 0.65), (tips - left, -0.65)):
                waiting.append((end, heading + sign * side, count, child))

    def text(self) -> str:
        """Return the SWC file."""
        lines = [
            f"# {self.name}: made by systems/morphology/make.py, seed {SEED}",
            "# id type x y z radius parent layer; um, depth is y, apical up",
            f"# layers: SO {SO}, SP {SP}, SR {SR}, SLM {SLM}",
        ]
        for number, (kind, place, radius, parent, layer) in enumerate(self.rows, start=1):
            x, y, z = (f"{value + 0.0:.3f}" for value in np.round(place, 3))
            above = parent + 1 if parent >= 0 else -1
            lines.append(f"{number} {kind} {x} {y} {z} {radius:.3f} {above} {layer}")
        return "\n".join(lines) + "\n"


def _turned(place: Vector, heading: Vector, step: float, band: Band) -> Vector:
    """Turn a heading away from the edges of a band."""
    heading = heading.copy()
    for edge, inward in ((band[0], 1.0), (band[1], -1.0)):
        room = inward * (place[1] - edge)
        if room < MARGIN + step and inward * heading[1] < 0:
            heading[1] *= 0.5 if room > step else -0.5
    return heading


def _outward(place: Vector) -> Vector:
    away = np.array([place[0], 0.0, place[2]])
    return away / max(float(np.linalg.norm(away)), 20.0)


def _sideways(heading: Vector, rng: np.random.Generator) -> Vector:
    """Return a unit vector at right angles to a heading."""
    other = rng.standard_normal(3)
    other -= (other @ heading) * heading
    return other / np.linalg.norm(other)


def towards(tilt: float, turn: float) -> Vector:
    """Return the unit vector ``tilt`` degrees off the y axis, ``turn`` degrees around it."""
    tilt, turn = math.radians(tilt), math.radians(turn)
    flat = math.sin(tilt)
    return np.array([flat * math.cos(turn), math.cos(tilt), flat * math.sin(turn)])
