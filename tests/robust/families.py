"""The kinds of inputs: each gives a command line for its number, from a seed of its own."""

from __future__ import annotations

import json
import random
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import h5py
import mutate

sys.path.append(str(Path(__file__).parents[1] / "helpers"))

from layered_document import DOCUMENT as LAYERED

__all__ = ["FAMILIES", "Trial"]

DATA = Path(__file__).parents[1] / "data"

CULTURE: dict[str, Any] = {
    "area": "rectangle",
    "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
    "z_range": [0, 10],
    "total_cells": 60,
    "random_seed": 7,
    "populations": {
        "EXC": {"ratio": 0.8, "synapse_type": "excitatory"},
        "INH": {"ratio": 0.2, "synapse_type": "inhibitory", "soma_only": True},
        "PV": {"count": 6, "transmitter": "gabaergic"},
    },
    "population_definitions": {"EXC": 10, "INH": 11, "PV": 12},
    "connectivity": {
        "kernel": "exponential",
        "sigma": 200.0,
        "mean_degree": {"EXC->EXC": 10, "EXC->INH": 4, "INH->EXC": 8, "default": 2},
        "cutoff": 3.0,
        "unreachable_degree": "largest",
        "projections": {"EXC->PV": {"kernel": "gaussian", "sigma": 90.0, "mean_degree": 3}},
    },
    "selections": {"e1": 250},
}


class Trial:
    """One input.

    Parameters
    ----------
    words
        The command line.
    output
        What must not be there unless the command succeeds.
    """

    def __init__(self, words: list[str], output: Path | None = None) -> None:
        self.words = words
        self.output = output


class Base:
    """What the inputs are spoilt copies of, made once in a folder."""

    def __init__(self, folder: Path, run: Callable[[list[str]], Any]) -> None:
        self.folder = folder
        self.run = run

    def _make(self, name: str, words: list[str]) -> Path:
        path = self.folder / name
        if not path.exists():
            done = self.run(["generate", *words, "-o", str(path)])
            if done.exit_code:
                raise RuntimeError(done.output)
        return path

    def culture(self) -> Path:
        """Return a flat culture with electrodes and a selection."""
        new = not (self.folder / "culture").exists()
        file = self.folder / "culture.json"
        file.write_text(json.dumps(CULTURE))
        path = self._make("culture", [str(file)])
        if new:
            self.run(["mea", str(path), "--pitch", "300"])
        return path

    def layered(self) -> Path:
        """Return a small layered system."""
        return self._make("layered", [str(layered_file(self.folder, LAYERED))])


def layered_file(folder: Path, document: Any) -> Path:
    """Write a layered configuration beside its morphology."""
    shutil.copy(DATA / "cell.swc", folder / "cell.swc")
    path = folder / "layered.json"
    path.write_text(json.dumps(document))
    return path


def _written(rng: random.Random, folder: Path, document: Any) -> Path:
    """Write a document as JSON, or as YAML of the same text; now and then with bytes spoilt."""
    path = folder / rng.choice(["net.json", "net.yml", "net.yaml", "net"])
    content = json.dumps(document, indent=rng.choice([None, 1])).encode()
    path.write_bytes(mutate.bytes_of(rng, content) if rng.random() < 0.15 else content)
    return path


def _modest(document: Any) -> bool:
    """Whether a configuration asks for few cells, so that all of it can be made."""

    def large(value: Any) -> bool:
        if isinstance(value, dict):
            return any(large(entry) for entry in value.values())
        if isinstance(value, list):
            return any(large(entry) for entry in value)
        return isinstance(value, int | float) and abs(value) > 5000

    return not (isinstance(document, dict) and large(document))


def culture(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A flat configuration."""
    document = mutate.document(rng, CULTURE)
    words = [
        "generate",
        "--config",
        str(_written(rng, folder, document)),
        "-o",
        str(folder / "out"),
    ]
    return Trial(words if _modest(document) else [*words, "--dry-run"], folder / "out")


def layered(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A layered configuration."""
    document = mutate.document(rng, LAYERED)
    path = layered_file(folder, document)
    if rng.random() < 0.1:
        path.write_bytes(mutate.bytes_of(rng, path.read_bytes()))
    words = ["generate", str(path), "-o", str(folder / "out")]
    whole = _modest(document) and rng.random() < 0.3
    return Trial(words if whole else [*words, "--dry-run"], folder / "out")


def options(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A command with options and arguments of any kind."""
    from livn_cli.main import main

    name = rng.choice([n for n in main.commands if n not in {"jobs", "plugins"}])
    command: Any = main.commands[name]
    words = [name]
    if isinstance(command, click.Group):
        name = rng.choice(list(command.commands))
        command = command.commands[name]
        words.append(name)
    system = folder / "system"
    shutil.copytree(base.culture(), system)
    for parameter in command.params:
        if isinstance(parameter, click.Argument):
            words.append(str(system) if rng.random() < 0.9 else _word(rng))
        elif rng.random() < 0.25 and parameter.opts[0] != "--backend":
            words.append(rng.choice([*parameter.opts, *parameter.secondary_opts]))
            if not parameter.is_flag:
                words.append(_word(rng))
    if rng.random() < 0.1:
        words.append(_word(rng))
    if "--total-cells" in {o for p in command.params for o in p.opts}:
        words += ["--dry-run"]
    return Trial(words)


def _word(rng: random.Random) -> str:
    value = mutate.scalar(rng)
    if rng.random() < 0.4:
        words = ["1", "2,3", "0.5", "layout", "csv", "sonata", "out", "e1", "disk", "gaussian"]
        return rng.choice([*words, "total_cells=30", "connectivity.sigma=3", "a=b", "area=disk"])
    # A command line holds no NUL, and other halves of surrogates than these only.
    return str(value).replace("\0", "").replace("\ud800", "\udcff")


def swc(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A morphology of a layered configuration."""
    path = layered_file(folder, LAYERED)
    good = (DATA / "cell.swc").read_text()
    if rng.random() < 0.2:
        (folder / "cell.swc").write_bytes(mutate.bytes_of(rng, good.encode()))
    else:
        (folder / "cell.swc").write_text(mutate.text(rng, good), newline="")
    words = ["generate", str(path), "-o", str(folder / "out")]
    return Trial(words if rng.random() < 0.1 else [*words, "--dry-run"], folder / "out")


def sonata(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A SONATA nodes file of measured positions."""
    path = folder / "nodes.h5"
    with h5py.File(path, "w") as file:
        for name, count in (("EXC", 20), ("INH", 5)):
            nodes = file.create_group(f"nodes/{name}")
            nodes["node_type_id"] = [100] * count
            nodes["node_group_id"] = [0] * count
            nodes["node_group_index"] = list(range(count))
            for axis in "xyz":
                nodes[f"0/{axis}"] = [rng.uniform(0, 500) for _ in range(count)]
    mutate.hdf5(rng, path)
    document = {
        "area": "file",
        "area_kwargs": {"path": str(path)},
        "populations": {"EXC": {"count": 20}, "INH": {"count": 5}},
    }
    return _placed(rng, folder, document)


def _placed(rng: random.Random, folder: Path, document: Any) -> Trial:
    file = folder / "net.json"
    file.write_text(json.dumps(document))
    words = ["generate", str(file), "-o", str(folder / "out")]
    return Trial(words if rng.random() < 0.1 else [*words, "--dry-run"], folder / "out")


def tables(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A table of measured positions, or of electrodes."""
    rows = [
        (rng.uniform(0, 900), rng.uniform(0, 900), rng.choice(["EXC", "INH"])) for _ in range(12)
    ]
    suffix = rng.choice(["csv", "tsv", "txt", "json"])
    mark = {"csv": ",", "tsv": "\t", "txt": " ", "json": ","}[suffix]
    if suffix == "json":
        good = json.dumps([{"x": x, "y": y, "population": name} for x, y, name in rows], indent=0)
    else:
        lines = [("x", "y", "population"), *((f"{x:.3f}", f"{y:.3f}", n) for x, y, n in rows)]
        good = "\n".join(mark.join(line) for line in lines)
    path = folder / f"cells.{suffix}"
    if rng.random() < 0.2:
        path.write_bytes(mutate.bytes_of(rng, good.encode()))
    else:
        path.write_text(mutate.text(rng, good), encoding="utf-8", errors="replace", newline="")
    if rng.random() < 0.5:
        return Trial(["mea", str(base.culture()), "--layout", "file", "--path", str(path)])
    counts = {name: sum(row[2] == name for row in rows) for name in ("EXC", "INH")}
    document = {
        "area": "file",
        "area_kwargs": {"path": str(path)},
        "populations": {name: {"count": count} for name, count in counts.items()},
    }
    return _placed(rng, folder, document)


def probes(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A probeinterface file."""
    good = json.loads((DATA / "probe.json").read_text())
    path = folder / "probe.json"
    content = json.dumps(mutate.document(rng, good)).encode()
    path.write_bytes(mutate.bytes_of(rng, content) if rng.random() < 0.2 else content)
    return Trial(["mea", str(base.culture()), "--layout", "probeinterface", "--path", str(path)])


#: Commands on a system, in which ``DIR`` is the system and ``OUT`` what is to be.
COMMANDS = (
    "inspect DIR", "inspect DIR --json", "verify DIR", "reproduce DIR", "view DIR -o OUT.html",
    "plot DIR -o OUT.png --dpi 30", "plot DIR --kind degrees -o OUT.svg",
    "plot DIR --kind distances -o OUT.svg", "plot DIR --kind matrix -o OUT.svg",
    "plot DIR --cell 3 -o OUT.svg", "plot DIR --kind layers -o OUT.svg",
    "plot DIR --kind morphology --cell 3 -o OUT.svg", "export DIR -f csv -o OUT",
    "export DIR -f sonata -o OUT", "export DIR -f npz -o OUT", "export DIR -f graphml -o OUT.graphml",
    "export DIR -f probeinterface -o OUT.json", "export DIR -f parquet -o OUT", "mea DIR",
    "mea DIR --lightarray", "select DIR --box 400 --name s --overwrite",
    "cut DIR --selection e1 -o OUT",
)  # fmt: skip


def systems(rng: random.Random, folder: Path, base: Base) -> Trial:
    """A damaged system under a command."""
    system = folder / "system"
    shutil.copytree(base.layered() if rng.random() < 0.3 else base.culture(), system)
    name = rng.choice(
        [
            "cells.h5",
            "connections.h5",
            "graph.json",
            "provenance.json",
            "mea.json",
            "selection/e1.json",
        ]
    )
    path = system / name
    if path.suffix == ".h5":
        mutate.hdf5(rng, path)
    elif path.exists():
        content = path.read_bytes()
        spoiled = mutate.document(rng, json.loads(content))
        content = json.dumps(spoiled).encode()
        path.write_bytes(mutate.bytes_of(rng, content) if rng.random() < 0.2 else content)
    words = rng.choice(COMMANDS).split()
    out = next((word for word in words if word.startswith("OUT")), None)
    named = {"DIR": str(system), out: str(folder / (out or ""))}
    return Trial([named.get(word, word) for word in words], folder / out if out else None)


FAMILIES: dict[str, Callable[[random.Random, Path, Base], Trial]] = {
    family.__name__: family
    for family in (culture, layered, options, swc, sonata, tables, probes, systems)
}
