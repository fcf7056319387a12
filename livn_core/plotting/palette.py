"""A colour and a marker for every population, the same in every picture.

Excitatory populations are vermillion and the warm colours after it, drawn as triangles and other
cornered markers; inhibitory ones blue and the cool colours, drawn round. The colours are those of
Okabe and Ito (2008, "Color Universal Design"), continued with Paul Tol's "muted" scheme: readers
with any common colour vision tell them apart, and the markers do so in black and white.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from livn_core.plotting.style import GREY
from livn_core.system.summary import synapse_types

if TYPE_CHECKING:
    from livn_core.system.reader import System

__all__ = [
    "CATEGORIES",
    "ELECTRODE",
    "SECTIONS",
    "Look",
    "looks",
    "population_looks",
    "section_look",
]

_WARM = ("#D55E00", "#E69F00", "#AA4499", "#882255", "#CC6677", "#B8860B", "#999933", "#7A4B00")
_COOL = ("#0072B2", "#56B4E9", "#009E73", "#332288", "#44AA99", "#117733", "#88CCEE", "#4B4B8F")
#: Colours of things that are no populations: modules, layers.
CATEGORIES = tuple(colour for pair in zip(_WARM, _COOL, strict=True) for colour in pair)
_GREY = ("#555555", "#8C8C8C", "#BBBBBB")
_CORNERED = ("^", "s", "D", "v", "p", "<", ">")
_ROUND = ("o", "h", "8", "H", "X", "P", "*")

#: Electrodes and their reach: dark enough to stand on a white page beside every population.
ELECTRODE = "#3C3C3C"

#: SWC type -> name and colour of a piece of morphology: colours that no population has.
SECTIONS = {
    1: ("soma", "#1B1B1B"),
    2: ("axon", "#00C800"),
    3: ("basal dendrite", "#8000FF"),
    4: ("apical dendrite", "#FF00D5"),
    5: ("trunk", "#FF0055"),
    6: ("tuft", "#0080FF"),
    7: ("axon initial segment", "#66CC52"),
    8: ("axon hillock", "#B266FF"),
}


def section_look(kind: int) -> tuple[str, str]:
    """Return name and colour of a piece of morphology, by its SWC type."""
    return SECTIONS.get(kind, (f"type {kind}", GREY))


@dataclass(frozen=True, slots=True)
class Look:
    """How a population is drawn: ``#RRGGBB``, a matplotlib marker, and its type of synapse if known."""

    colour: str
    marker: str
    kind: str | None


def looks(names: Sequence[str], kinds: Mapping[str, str | None]) -> dict[str, Look]:
    """Return the look of each population: the first excitatory one always has the same, and so on.

    ``kinds``: population -> type of its synapses.
    """
    counts: dict[str, int] = {}
    found = {}
    for name in names:
        kind = kinds.get(name)
        # Of a population with synapses of two types, ``excitatory/inhibitory``, the first.
        family = str(kind).partition("/")[0]
        family = family if family in {"excitatory", "inhibitory"} else "other"
        number = counts.get(family, 0)
        counts[family] = number + 1
        colours, markers = {
            "excitatory": (_WARM, _CORNERED),
            "inhibitory": (_COOL, _ROUND),
            "other": (_GREY, ("d", "s", "o")),
        }[family]
        found[name] = Look(colours[number % len(colours)], markers[number % len(markers)], kind)
    return found


def population_looks(system: System) -> dict[str, Look]:
    """Return the look of each population of a system."""
    return looks([p.name for p in system.populations], synapse_types(system.graph))
