"""The hooks through which components and commands are found: one a kind.

This module is on the way to every ``--help``: it imports pluggy and nothing heavier.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pluggy

#: Entry-point group, and the name that hook markers carry.
GROUP = "livn"

hookspec = pluggy.HookspecMarker(GROUP)
hookimpl = pluggy.HookimplMarker(GROUP)


@dataclass(frozen=True, slots=True)
class Component:
    """Describes a component without importing it.

    Parameters
    ----------
    name
        What users write: lower case, letters, digits, ``_`` and ``-``.
    target
        Where the class is: ``"package.module:Class"``; imported on first use.
    summary
        One line for ``livn plugins list``.
    aliases
        Other names that mean the same, e.g. the dotted names of older configurations.

    Examples
    --------
    >>> ring = Component("ring", "livn_ring.ring:Ring", "evenly spread on a circle")
    >>> ring.target  # not imported yet: there need be no such package
    'livn_ring.ring:Ring'
    """

    name: str
    target: str
    summary: str
    aliases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Command:
    """Describes a command of the command line without importing it.

    Parameters
    ----------
    name
        What users type after ``livn``: lower case, letters, digits, ``_`` and ``-``.
    target
        Where the Click command is: ``"package.module:command"``; imported when it is called.
    summary
        One line for ``livn --help``.
    section
        Heading under which ``livn --help`` lists it; the distribution's name where it is empty.

    Examples
    --------
    >>> density = Command("density", "livn_density.density:command", "Show the cells per area.")
    >>> density.section
    ''
    """

    name: str
    target: str
    summary: str
    section: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """What a command has to say: its callback returns it, and the program prints it.

    Parameters
    ----------
    document
        The result as JSON values (no NaN): printed as one object under ``--json``, an option that
        every command has.
    text
        Function of the document: the text, or its lines, that are printed otherwise.
    code
        Exit code, see :class:`~livn_core.errors.ExitCode`.
    made
        The text only says what was made: ``--quiet`` leaves it out.

    Examples
    --------
    >>> report = Report({"cells": 200}, lambda document: f"{document['cells']} cells")
    >>> report.text(report.document), report.code
    ('200 cells', 0)
    """

    document: Mapping[str, Any]
    text: Callable[[Mapping[str, Any]], str | Iterable[str]]
    code: int = 0
    made: bool = False


# Each docstring below holds a complete plugin of its kind. Its pyproject.toml names the package in
# the entry-point group "livn":
#
#     [project.entry-points.livn]
#     ring = "livn_ring"
#
# `livn plugins new NAME --kind KIND` writes the very same files under a name of yours.


@hookspec
def livn_placements() -> Iterable[Component]:
    '''Yield placements: rules that give soma positions.

    Examples
    --------
    ``livn_ring/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_placements():
            yield Component("ring", "livn_ring.ring:Ring", "evenly spread on a circle")

    ``livn_ring/ring.py``::

        import numpy as np
        from livn_core.components import Placement
        from pydantic import Field


        class Ring(Placement):
            """Cells on a circle around the origin, each at a random angle."""

            radius: float = Field(400.0, gt=0, description="radius of the circle, um")

            def place(self, count, rng):
                angle = 2 * np.pi * rng.random(count)
                return self.radius * np.column_stack([np.cos(angle), np.sin(angle)])

            def bounds(self):
                return self.radius * np.array([[-1.0, -1.0], [1.0, 1.0]])

    ``tests/test_ring.py``::

        from livn_core.testing import PlacementContract


        class TestRing(PlacementContract):
            name = "ring"
            examples = [{}, {"radius": 50.0}]
    '''


@hookspec
def livn_connectivity_rules() -> Iterable[Component]:
    '''Yield connectivity rules: they decide which cells connect.

    A function of distance is no rule but a kernel, which rules take as a parameter.

    Examples
    --------
    ``livn_nearest/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_connectivity_rules():
            yield Component("nearest", "livn_nearest.nearest:Nearest", "each cell's nearest neighbours")

    ``livn_nearest/nearest.py``::

        import numpy as np
        from livn_core.components import ConnectivityRule, Connector
        from livn_core.sampling.projection import Edges
        from pydantic import Field
        from scipy.spatial import cKDTree


        class Nearest(ConnectivityRule):
            """Each target's ``neighbours`` nearest sources."""

            neighbours: int = Field(5, ge=1, description="sources of each target")

            def connect(self, projection):
                return Found(self.neighbours, projection)


        class Found(Connector):
            def __init__(self, neighbours, projection):
                self.projection = projection
                self.alone = projection.recurrent and not projection.allow_autapses
                self.number = min(neighbours, len(projection.source) - self.alone)
                self.tree = cKDTree(projection.source.positions[:, :2])
                self.expected_edges = float(self.number * len(projection.target))
                self.details = {"neighbours": self.number}

            def sources(self, start, stop):
                targets = np.arange(start, stop)
                asked = min(self.number + self.alone, len(self.projection.source))
                places = self.projection.target.positions[start:stop, :2]
                found = self.tree.query(places, k=np.arange(1, asked + 1))[1]
                own = (found == targets[:, None]) & self.alone
                # Itself is left out; where another lies on the same spot, the farthest one is.
                own[~own.any(axis=1), self.number :] = True
                sources = np.sort(found[~own].reshape(len(targets), self.number), axis=1)
                counts = np.full(len(targets), self.number)
                return Edges(counts, sources.ravel().astype(np.uint32))

    ``tests/test_nearest.py``::

        from livn_core.testing import ConnectivityContract


        class TestNearest(ConnectivityContract):
            name = "nearest"
            examples = [{}, {"neighbours": 12}]
    '''


@hookspec
def livn_kernels() -> Iterable[Component]:
    '''Yield kernels: functions of distance, which rules such as pairwise_bernoulli connect by.

    Examples
    --------
    ``livn_powerlaw/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_kernels():
            yield Component("powerlaw", "livn_powerlaw.powerlaw:Powerlaw", "falls as a power of distance")

    ``livn_powerlaw/powerlaw.py``::

        from livn_core.components import RadialKernel
        from pydantic import Field


        class Powerlaw(RadialKernel):
            """k(d) = (1 + d / sigma)^-exponent."""

            exponent: float = Field(3.0, gt=0, description="exponent of the fall")

            def weight(self, distance):
                return (1 + distance / self.sigma) ** -self.exponent

    ``tests/test_powerlaw.py``::

        from livn_core.testing import KernelContract


        class TestPowerlaw(KernelContract):
            name = "powerlaw"
            examples = [{}, {"sigma": 80.0, "exponent": 2.0}]
    '''


@hookspec
def livn_mea_layouts() -> Iterable[Component]:
    '''Yield MEA layouts: rules that give electrode positions.

    Examples
    --------
    ``livn_circle/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_mea_layouts():
            yield Component("circle", "livn_circle.circle:Circle", "electrodes on a circle")

    ``livn_circle/circle.py``::

        import numpy as np
        from livn_core.components import MEALayout
        from pydantic import Field


        class Circle(MEALayout):
            """Electrodes at equal angles on a circle around the middle of the culture."""

            electrode_count: int = Field(16, ge=1, description="number of electrodes")
            radius: float = Field(300.0, gt=0, description="radius of the circle, um")

            def electrodes(self, bounds):
                x, y, z = bounds.mean(axis=0)
                angle = 2 * np.pi * np.arange(self.electrode_count) / self.electrode_count
                return np.column_stack(
                    [
                        x + self.radius * np.cos(angle),
                        y + self.radius * np.sin(angle),
                        np.full(self.electrode_count, z),
                    ]
                )

    ``tests/test_circle.py``::

        from livn_core.testing import MEALayoutContract


        class TestCircle(MEALayoutContract):
            name = "circle"
            examples = [{}, {"electrode_count": 60}]
    '''


@hookspec
def livn_generators() -> Iterable[Component]:
    '''Yield generators: rules that turn a configuration into a whole system.

    Examples
    --------
    ``livn_droplet/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_generators():
            yield Component("droplet", "livn_droplet.droplet:Droplet", "a round culture of a density")

    ``livn_droplet/droplet.py``::

        from math import pi, sqrt

        from livn_core import ConfigError
        from livn_core.components import Generator
        from livn_core.plugins.parameters import build
        from livn_core.plugins.registry import registry
        from pydantic import BaseModel, ConfigDict, Field


        class Configuration(BaseModel):
            """What a document of this generator holds: {"droplet": {"cells": 200}}."""

            model_config = ConfigDict(extra="forbid", frozen=True)

            cells: int = Field(100, ge=2, description="number of cells")
            density: float = Field(1e-4, gt=0, description="cells per area, 1/um2")
            seed: int = Field(123, ge=0, description="random seed")


        class Droplet(Generator):
            """A flat culture on a disk that is just as large as its density says."""

            @classmethod
            def accepts(cls, document):
                return "droplet" in document

            @classmethod
            def configuration(cls, document, *, origin=""):
                if unknown := sorted(set(document) - {"droplet"}):
                    raise ConfigError(f"'{unknown[0]}' is no key of this generator", origin=origin)
                settings = document.get("droplet")
                return build(Configuration, settings, what="this generator", where="droplet")

            def program(self, config):
                culture = registry().load("generator", "culture2d")
                document = {
                    "area": "disk",
                    "area_kwargs": {"radius": sqrt(config.cells / config.density / pi)},
                    "total_cells": config.cells,
                    "random_seed": config.seed,
                }
                return culture().program(culture.configuration(document))

    ``tests/test_droplet.py``::

        from livn_core.testing import GeneratorContract


        class TestDroplet(GeneratorContract):
            name = "droplet"
            documents = [{"droplet": {"cells": 60}}, {"droplet": {"density": 5e-4, "seed": 1}}]
    '''


@hookspec
def livn_backends() -> Iterable[Component]:
    '''Yield backends: where a generator runs.

    Examples
    --------
    ``livn_polite/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_backends():
            yield Component("polite", "livn_polite.polite:Polite", "this process, at low priority")

    ``livn_polite/polite.py``::

        import os

        from livn_core.components import Backend
        from livn_core.plugins.registry import registry
        from pydantic import Field


        class Polite(Backend):
            """Runs the job here, once it has lowered its own priority."""

            nice: int = Field(10, ge=0, le=19, description="how far to lower the priority")

            def available(self):
                return None if hasattr(os, "nice") else "this system has no priorities"

            def describe(self, job):
                return f"{registry().create('backend', 'local').describe(job)}, at nice {self.nice}"

            def run(self, job, progress=None):
                os.nice(self.nice)
                return registry().create("backend", "local").run(job, progress)

    ``tests/test_polite.py``::

        from livn_core.testing import BackendContract


        class TestPolite(BackendContract):
            name = "polite"
            examples = [{"nice": 0}, {"nice": 1}]
    '''


@hookspec
def livn_exporters() -> Iterable[Component]:
    r'''Yield exporters: writers of a system in another format.

    Examples
    --------
    ``livn_xyz/__init__.py``::

        from livn_core import Component, hookimpl


        @hookimpl
        def livn_exporters():
            yield Component("xyz", "livn_xyz.xyz:Xyz", "positions as an XYZ text file")

    ``livn_xyz/xyz.py``::

        from livn_core.components import Exporter
        from pydantic import Field


        class Xyz(Exporter):
            """One line a cell: population, x, y, z in um."""

            digits: int = Field(3, ge=0, le=9, description="digits after the point")

            def export(self, system, path):
                path.mkdir(parents=True, exist_ok=True)
                file = path / "positions.xyz"
                with file.open("w", encoding="utf-8") as stream:
                    stream.write(f"{sum(p.count for p in system.populations)}\n\n")
                    for population in system.populations:
                        for point in system.positions(population.name):
                            numbers = " ".join(f"{value:.{self.digits}f}" for value in point)
                            stream.write(f"{population.name} {numbers}\n")
                return [file]

    ``tests/test_xyz.py``::

        from livn_core.testing import ExporterContract


        class TestXyz(ExporterContract):
            name = "xyz"
            examples = [{}, {"digits": 0}]
    '''


@hookspec
def livn_commands() -> Iterable[Command]:
    '''Yield commands of the command line.

    A command is a Click command whose callback returns a Report: the program prints it, adds
    ``--json``, and keeps what is printed meanwhile out of the result. Heavy libraries are imported
    inside the callback, for ``livn --help`` imports the module.

    Examples
    --------
    ``livn_density/__init__.py``::

        from livn_core import Command, hookimpl


        @hookimpl
        def livn_commands():
            yield Command("density", "livn_density.density:command", "Show the cells per area.")

    ``livn_density/density.py``::

        import click
        from livn_core import Report


        @click.command()
        @click.argument("directory", metavar="DIR")
        def command(directory):
            """Show the cells per area of each population of the system in DIR."""
            from livn_core import System

            with System(directory) as system:
                low, high = system.bounds()
                area = (high[0] - low[0]) * (high[1] - low[1]) / 1e6
                found = {p.name: float(p.count / area) for p in system.populations}
            return Report({"cells_per_mm2": found}, show)


        def show(document):
            for name, cells in document["cells_per_mm2"].items():
                yield f"{name}: {cells:g} cells/mm2"

    ``tests/test_density.py``::

        from livn_core.testing import CommandContract


        class TestDensity(CommandContract):
            name = "density"
            examples = [["{system}"]]
    '''


#: kind -> hook name, in the order in which they are listed.
HOOKS = {
    "placement": "livn_placements",
    "connectivity": "livn_connectivity_rules",
    "kernel": "livn_kernels",
    "mea": "livn_mea_layouts",
    "generator": "livn_generators",
    "backend": "livn_backends",
    "exporter": "livn_exporters",
    "command": "livn_commands",
}
