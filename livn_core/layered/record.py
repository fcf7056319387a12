"""What is said of a layered system beside its data: warnings, and the part in provenance.json."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from livn_core.layered.program import LayeredProgram

__all__ = ["provenance", "warnings"]

_NOTES = [
    "sources are drawn by the arc distances |du|, |dv| of the somata; |du| + |dv| is stored",
    "cable distances are from the beginning of the soma",
]


def warnings(program: LayeredProgram) -> list[str]:
    """Return what the user should know of a system, one line each."""
    notes = []
    if not program.forests:
        notes.append("no cell types with synapses are configured: only the somata are made")
    if nowhere := [place for forest in program.forests.values() for place in forest.nowhere]:
        notes.append(
            "synapse densities that meet no dendrite, because no morphology has any there: "
            + ", ".join(nowhere)
        )
    if lost := program.out_of_reach():
        worst = max(lost, key=lambda name: lost[name] / program.counts[name.rpartition(">")[2]])
        target = worst.rpartition(">")[2]
        notes.append(
            f"{len(lost)} projections have target cells with no source within reach of its axons, "
            f"whose synapses get the nearest source (most of all {worst}: {lost[worst]} of "
            f"{program.counts[target]} cells); provenance.json lists them"
        )
    return notes


def provenance(program: LayeredProgram) -> dict[str, Any]:
    """Return the configuration, the generator's parameters, and what was out of reach."""
    program.prepare()  # tells which cells are out of reach
    document = program.config.effective()
    for entry in document["Cell Types"].values():
        morphology = entry.get("morphology")
        if morphology and not morphology["file"].startswith("systems/"):
            # A user's own file: its name and digest say which; where it lay is the machine's.
            morphology["file"] = morphology["file"].rpartition("/")[2]
    return {
        "generator": "layered3d",
        "configuration": document,
        "parameters": program.parameters,
        "seed": program.config.seed,
        "components": [],
        "out_of_reach": program.out_of_reach(),
        "warnings": warnings(program),
        "notes": [*_NOTES, *_of_morphologies(program)],
    }


def _of_morphologies(program: LayeredProgram) -> list[str]:
    """Return what had to be changed in morphologies to load them."""
    return [
        f"morphology {morphology.name} of {name}: {note}"
        for name, forest in program.forests.items()
        for morphology in forest.morphologies
        for note in morphology.notes
    ]
