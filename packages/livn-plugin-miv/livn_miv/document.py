"""Configurations as MiV-Simulator reads them, and what it does not read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from copy import deepcopy
from typing import Any

from livn_core.errors import Finding
from livn_core.layered.configuration import LayeredConfig
from livn_core.morphology import read_swc

__all__ = ["as_read", "one_for_all", "refusals", "their_form"]

Document = dict[str, Any]

#: Its pipeline takes no other origin of the arc distances.
_ORIGIN = {"U": "median", "V": "median", "L": "max"}
#: Point neurons, on which it places no synapses.
_REDUCED = {"brk_nrn", "pr_nrn", "sc_nrn"}


def their_form(document: Mapping[str, Any]) -> Document:
    """Return a configuration of the full form without the keys that are not MiV-Simulator's.

    Mechanisms of the one section ``default`` stand a level higher there; those of several sections
    are its ``swctype mechanisms``.
    """
    theirs = deepcopy(dict(document))
    del theirs["random_seed"]
    for entry in theirs["Cell Types"].values():
        entry.pop("morphology", None)
    for name in ("SWC Types", "Synapse Types"):
        if not theirs["Definitions"].get(name):
            theirs["Definitions"].pop(name, None)
    for rule in _rules(theirs):
        if "swctype mechanisms" in rule:
            del rule["mechanisms"]
        elif set(rule["mechanisms"]) == {"default"}:
            rule["mechanisms"] = rule["mechanisms"]["default"]
        else:
            rule["swctype mechanisms"] = rule.pop("mechanisms")
    return theirs


def _rules(document: Mapping[str, Any]) -> Iterator[Document]:
    for rules in document["Connection Generator"]["Synapses"].values():
        yield from rules.values()


def as_read(document: Mapping[str, Any]) -> Document:
    """Return the configuration whose densities are those that MiV-Simulator makes of it.

    The last one listed holds for all layers of a section type, and a density is drawn again until
    it is above 0, which raises its mean: see :func:`mean_above_zero`.
    """
    read = deepcopy(dict(document))
    for entry in read["Cell Types"].values():
        for _, density in _densities(entry):
            mean, deviation = density["mean"], density["variance"]
            density["mean"] = mean_above_zero(mean, deviation)
    return {**read, "densities": "last-listed"}


def mean_above_zero(mean: float, deviation: float) -> float:
    """Return the mean of a normal distribution's values above 0.

    mean + s pdf(a) / sf(a) with a = -mean / s; Johnson, Kotz and Balakrishnan 1994, "Continuous
    univariate distributions", chapter 13. 0.11 with a deviation of 0.1 becomes 0.135.
    """
    if deviation == 0:
        return mean
    a = -mean / deviation
    pdf = math.exp(-a * a / 2) / math.sqrt(2 * math.pi)
    return mean + deviation * pdf / (math.erfc(a / math.sqrt(2)) / 2)


def _densities(entry: Mapping[str, Any]) -> Iterator[tuple[str, Document]]:
    """Yield where a density stands in a cell type, and the density."""
    for section, kinds in entry["synapses"]["density"].items():
        for kind, layers in kinds.items():
            for layer, density in layers.items():
                yield f"{section}.{kind}.{layer}", density


def one_for_all(document: Mapping[str, Any]) -> list[str]:
    """Return where one layer's density takes the place of others, one line each."""
    found = []
    for name, entry in document["Cell Types"].items():
        for section, kinds in entry["synapses"]["density"].items():
            for kind, layers in kinds.items():
                *others, last = layers
                differing = [layer for layer in others if layers[layer] != layers[last]]
                if differing:
                    found.append(
                        f"{name}: {kind} synapses on {section}: the density of {last} holds in "
                        f"{', '.join(differing)} too"
                    )
    return found


def refusals(config: LayeredConfig) -> list[Finding]:
    """Return what a configuration asks for that MiV-Simulator's pipeline does not do."""
    return [*_geometry(config), *_cell_types(config), *_mechanisms(config)]


def _geometry(config: LayeredConfig) -> Iterator[Finding]:
    surface = config.effective()["Geometry"]["Parametric Surface"]
    unread = "MiV-Simulator's pipeline does not read it"
    if any(config.geometry.constraints.values()):
        yield Finding("Geometry.Cell Constraints", unread)
    if any(surface["Rotation"]):
        yield Finding("Geometry.Parametric Surface.Rotation", unread)
    if surface["Origin"] != _ORIGIN:
        yield Finding("Geometry.Parametric Surface.Origin", f"{unread}: it measures from {_ORIGIN}")


def _cell_types(config: LayeredConfig) -> Iterator[Finding]:
    for name, path in config.morphology_files().items():
        where = f"Cell Types.{name}.morphology"
        if path.is_dir():
            yield Finding(where, "MiV-Simulator takes one file a population, no folder")
        elif not read_swc(path).has_layers:
            yield Finding(where, "MiV-Simulator needs the layers in the file's eighth column")
    for name, entry in config.effective()["Cell Types"].items():
        template = entry.get("template")
        if template is None or template.lower() in _REDUCED:
            text = "is required" if template is None else f"'{template}' has no dendrites"
            yield Finding(f"Cell Types.{name}.template", f"{text}: a NEURON template is due")
        for where, density in _densities(entry):
            if density["mean"] == density["variance"] == 0:
                yield Finding(
                    f"Cell Types.{name}.synapses.density.{where}",
                    "MiV-Simulator draws densities until one is above 0: leave this one out",
                )


def _mechanisms(config: LayeredConfig) -> Iterator[Finding]:
    for target, rules in config.effective()["Connection Generator"]["Synapses"].items():
        for source, rule in rules.items():
            for section, mechanisms in rule["mechanisms"].items():
                for name, mechanism in mechanisms.items():
                    if mechanism.get("e", 0) % 1:
                        yield Finding(
                            f"Connection Generator.Synapses.{target}.{source}.mechanisms.{section}"
                            f".{name}.e",
                            "MiV-Simulator takes whole mV",
                        )
