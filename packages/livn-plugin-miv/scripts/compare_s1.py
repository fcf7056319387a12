"""Holds S1 of the generator ``miv`` against a system that MiV-Simulator made of livn's own files.

python scripts/compare_s1.py --livn CLONE --reference DIR [--output FOLDER]

Runs in the environment of ``scripts/build_stack.py``, for about two minutes. CLONE is a clone of
github.com/livn-org/livn; DIR a system directory of its S1. Two runs have to be equal. Synapses, the
sections of trees and the targets of edges have to be those of the reference; somata and what follows
from them (sources) need not be, since the reference was not seeded, and are counted.
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
        trees = [
            (_sections(system, name, cell), _sections(reference, name, cell)) for cell in cells
        ]
        hold(f"sections of {name}, point by point", all(mine == due for mine, due in trees))
        apart = np.abs(system.positions(name) - reference.positions(name)).max(axis=1)
        found[f"somata of {name}"] = f"{np.count_nonzero(apart < 1e-3)} of {len(apart)} equal"
    hold("projections", system.projections == reference.projections)
    for source, target in reference.projections:
        edges = [_edges(each, source, target) for each in (system, reference)]
        name = f"{source}->{target}"
        for column in (0, 1):
            what = ("targets", "synapses")[column]
            hold(f"{what} of {name}", np.array_equal(edges[0][column], edges[1][column]))
        ours, theirs = (_inputs(*each, reference.population(source).count) for each in edges)
        if ours.shape == theirs.shape:
            moved = np.abs(ours - theirs).sum() / 2 / theirs.sum()
            found[f"sources of {name}"] = f"{moved:.2%} are of another cell"
    return found, differing


def _sections(system: System, population: str, cell: int) -> list[tuple[list[int], ...]]:
    """Return the points of each section of a cell: places, radii, types and layers.

    ``Section`` holds their number, then for each how many points it has and which. Which number a
    point has follows from the order of the SWC file.
    """
    tree = system.trees(population, cell)
    columns = ("X Coordinate", "Y Coordinate", "Z Coordinate", "Radius", "SWC Type", "Point Layer")
    values = [tree[column] for column in columns]
    entry, found, at = tree["Section"].astype(np.int64), [], 1
    for _ in range(entry[0]):
        points = entry[at + 1 : at + 1 + entry[at]]
        found.append(tuple(column[points].tolist() for column in values))
        at += 1 + entry[at]
    ends = (tree[f"{end} Section"].tolist() for end in ("Source", "Destination"))
    return [*found, *((end,) for end in ends)]


def _edges(system: System, source: str, target: str) -> list[np.ndarray]:
    """Return targets, synapses and sources of all edges, by target and synapse."""
    slabs = list(system.edges(source, target))
    columns = [np.concatenate([slab.targets for slab in slabs])]
    columns.append(np.concatenate([slab.columns["syn_id"] for slab in slabs]))
    columns.append(np.concatenate([slab.sources for slab in slabs]))
    order = np.lexsort((columns[1], columns[0]))
    return [column[order].astype(np.int64) for column in columns]


def _inputs(
    targets: np.ndarray, synapses: np.ndarray, sources: np.ndarray, count: int
) -> np.ndarray:
    """Return (cells, count): edges of each target from each source."""
    numbers = np.bincount(targets * count + sources, minlength=(targets.max() + 1) * count)
    return numbers.reshape(-1, count)


if __name__ == "__main__":
    main()
