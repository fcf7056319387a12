"""Holds S1 of the generator ``miv`` against a system that MiV-Simulator made of livn's own files.

python scripts/compare_s1.py --livn CLONE --reference DIR [--output FOLDER]

Runs in the environment of ``scripts/build_stack.py``, for about two minutes. CLONE is a clone of
github.com/livn-org/livn; DIR a system directory of its S1. Two runs have to be equal. Synapses, trees
and the targets of edges have to be those of the reference; somata and what follows from them (sources)
need not be, since the reference was not seeded, and are counted.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

from livn_core import System, generate

__all__ = ["compare", "made"]


def main() -> None:
    """Make S1 twice and compare."""
    parser = argparse.ArgumentParser(description="Compare S1 of miv with MiV-Simulator's own.")
    parser.add_argument("--livn", type=Path, required=True)
    parser.add_argument("--reference", type=Path, required=True)
    parser.add_argument("--output", type=Path, help="keep the systems there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="livn-s1-") as folder:
        output = given.output or Path(folder)
        first, second = (made(given.livn / "systems", output / name) for name in ("one", "two"))
        differing = [] if first.digest() == second.digest() else ["the two runs"]
        with System(given.reference) as reference:
            found, further = compare(first, reference)
    sys.stdout.write("\n".join(f"{name}: {text}" for name, text in found.items()) + "\n")
    if differing := differing + further:
        sys.exit(f"not equal: {', '.join(differing)}")
    sys.stdout.write("equal\n")


def made(systems: Path, output: Path) -> System:
    """Return S1, made by the pipeline of livn's own files."""
    return generate(
        systems / "config" / "S1.yml",
        generator="miv",
        options={name: str(systems / name) for name in ("templates", "mechanisms")},
        output_directory=output,
        overwrite=True,
    )


def compare(system: System, reference: System) -> tuple[dict[str, str], list[str]]:
    """Return what was compared with its outcome, and what has to be equal and is not."""
    found: dict[str, str] = {}
    differing: list[str] = []

    def hold(name: str, equal: bool) -> None:
        found[name] = "equal" if equal else "differs"
        if not equal:
            differing.append(name)

    for population in reference.populations:
        name = population.name
        cells = range(population.count)
        counts, ours = system.synapses(name)
        due, theirs = reference.synapses(name)
        hold(f"synapses a cell of {name} ({due.sum():,})", np.array_equal(counts, due))
        for column in theirs:
            hold(f"{column} of {name}", np.array_equal(ours[column], theirs[column]))
        trees = [(system.trees(name, cell), reference.trees(name, cell)) for cell in cells]
        for entry in trees[0][1]:
            hold(
                f"{entry} of the trees of {name}",
                all(np.array_equal(mine[entry], other[entry]) for mine, other in trees),
            )
        apart = np.abs(system.positions(name) - reference.positions(name)).max(axis=1)
        found[f"somata of {name}"] = f"{np.count_nonzero(apart < 1e-3)} of {len(apart)} equal"
    hold("projections", system.projections == reference.projections)
    for pair in reference.projections:
        ours, theirs = (_edges(each, pair) for each in (system, reference))
        name = "->".join(pair)
        for number, column in enumerate(("targets", "synapses")):
            hold(f"{column} of {name}", np.array_equal(ours[number], theirs[number]))
        if len(ours[2]) == len(theirs[2]):
            share = np.count_nonzero(ours[2] != theirs[2]) / max(len(ours[2]), 1)
            found[f"sources of {name}"] = f"{share:.2%} differ"
    return found, differing


def _edges(system: System, pair: tuple[str, str]) -> list[np.ndarray]:
    """Return targets, synapses and sources of all edges, by target and synapse."""
    slabs = list(system.edges(*pair))
    targets, sources = (
        np.concatenate([getattr(s, k) for s in slabs]) for k in ("targets", "sources")
    )
    synapses = np.concatenate([slab.columns["syn_id"] for slab in slabs])
    order = np.lexsort((synapses, targets))
    return [column[order] for column in (targets, synapses, sources)]


if __name__ == "__main__":
    main()
