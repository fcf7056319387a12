"""The base classes of the component kinds: pydantic fields are the parameters, one method works.

Everything that is said about a parameter is said in its field: type, bounds, default, unit. The
command line's options, ``livn plugins info``, the JSON schema, the YAML keys and the check of a
Python call all come from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, create_model

from livn_core.errors import BackendError

if TYPE_CHECKING:
    from livn_core.culture.region import Region
    from livn_core.documents.changes import Change
    from livn_core.documents.document import Document
    from livn_core.job import Answer, Job, Progress, Record, Submitted
    from livn_core.program import Program
    from livn_core.sampling.probability import ConnectionProbability
    from livn_core.sampling.projection import Edges, Projection
    from livn_core.system.reader import System
    from livn_core.verify.checks import Checks

FloatArray = NDArray[np.float64]


class PositionStream(Protocol):
    """Gives the random generator of a purpose, of one population or of all."""

    def __call__(self, purpose: str, population: str | None = None) -> np.random.Generator:
        """Return the generator: equal for equal seed, purpose and population."""
        ...


# The first model has pydantic read the entry points of every distribution, once: where one of them
# is broken, whose ever it is, this must not end the import of whoever comes first.
with suppress(Exception):
    create_model("First")


class Parameters(BaseModel):
    """Strict, frozen parameters: an unknown key is an error, a value never changes."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", arbitrary_types_allowed=True, allow_inf_nan=False
    )


class Placement(Parameters, ABC):
    """Gives soma positions in the plane or in space, um.

    Examples
    --------
    >>> class Line(Placement):
    ...     length: float = Field(1000.0, gt=0, description="length of the line, um")
    ...
    ...     def place(self, count, rng):
    ...         return np.column_stack([self.length * rng.random(count), np.zeros(count)])
    ...
    ...     def bounds(self):
    ...         return np.array([[0.0, 0.0], [self.length, 0.0]])
    >>> Line(length=50).place(3, np.random.Generator(np.random.Philox(1))).shape
    (3, 2)
    """

    #: Cells are independent and uniform over :meth:`region`, which says exactly where they may be.
    #: Only then the culture's ``density``, ``spacing``, ``margin``, ``clusters``, ``gradient`` and
    #: ``modules`` may be given: the culture draws over the region itself.
    uniform: ClassVar[bool] = False

    @abstractmethod
    def place(self, count: int, rng: np.random.Generator) -> FloatArray:
        """Return ``count`` positions.

        Parameters
        ----------
        count
            Number of cells; 0 is allowed.
        rng
            The only source of randomness: keyed by seed and population.

        Returns
        -------
        (count, 2) or (count, 3) float array, um
            With two columns the culture's ``z_range`` gives the third.
        """

    @abstractmethod
    def bounds(self) -> FloatArray | None:
        """Return ``[[x_min, y_min], [x_max, y_max]]``, um, from the parameters alone.

        None when the parameters do not say (a user's function): the drawn positions do, then.
        """

    def for_population(self, population: str) -> Placement:
        """Return the placement of one population; itself, unless it treats them differently."""
        return self

    def measured(self) -> Mapping[str, int] | None:
        """Return population -> number of cells that it holds; None where it gives any number.

        A configuration that states no counts has these, one that states others is refused.
        """
        return None

    def place_all(self, counts: Mapping[str, int], stream: PositionStream) -> dict[str, FloatArray]:
        """Return the positions of every population, (n, 2) or (n, 3) um each.

        To be overridden where populations depend on each other.

        Parameters
        ----------
        counts
            Population -> number of cells.
        stream
            ``stream(purpose, population)`` gives the generator of a purpose; without a population,
            one for all of them.
        """
        return {
            name: self.for_population(name).place(count, stream("positions", name))
            for name, count in counts.items()
        }

    def region(self) -> Region | None:
        """Return where cells may be: for pictures, and to check that they are there.

        By default the box of :meth:`bounds`, None where there are none.
        """
        from livn_core.culture.region import bounds_of, box

        bounds = bounds_of(self)
        return None if bounds is None else box(bounds)

    def resolved(self) -> Mapping[str, Any] | None:
        """Return parameters that make the same placement without any file, as JSON values.

        The effective configuration, jobs and provenance hold these. None: the parameters as given.
        """
        return None

    def area(self) -> float | None:
        """Area that the cells are spread over, um2; None when it is not known."""
        region = self.region()
        return None if region is None else region.area


class Kernel(Parameters, ABC):
    """A function of distance, k(d): what rules such as ``pairwise_bernoulli`` connect by.

    A subclass gives :meth:`weight`; the amplitude, the cutoff, the sampling and the files are the
    rule's. Plain vectorised NumPy is fast enough: no subclass needs numba. A kernel with a length
    scale calls it ``sigma``, um: the configuration's ``sigma`` and ``cutoff`` are for those alone.
    """

    #: True when k never grows with distance. Else override :meth:`bound`.
    monotone: ClassVar[bool] = True

    @property
    def length_scale(self) -> float | None:
        """Its ``sigma``, um; None for a kernel without one."""
        sigma = getattr(self, "sigma", None)
        return None if sigma is None else float(sigma)

    @abstractmethod
    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d) >= 0 for distances in um; same shape, float64. Scale does not matter."""

    def of_pairs(self, total: Callable[[ConnectionProbability], float]) -> Kernel:
        """Return the kernel that a projection connects by; this one, unless its pairs matter.

        ``total`` gives the sum of a kernel, after its cutoff, over the pairs of the projection.
        """
        return self

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return an upper bound of k over ``[nearest, farthest]``, um.

        The default holds for every kernel that never grows with distance.
        """
        if not self.monotone:
            raise NotImplementedError(
                f"{type(self).__name__} grows with distance somewhere: it must override bound()"
            )
        return self.weight(nearest)


class RadialKernel(Kernel, ABC):
    """A kernel with the length scale ``sigma``.

    Examples
    --------
    >>> class Cone(RadialKernel):
    ...     def weight(self, distance):
    ...         return np.maximum(1 - distance / self.sigma, 0.0)
    >>> Cone(sigma=200).weight(np.array([0.0, 50.0, 300.0])).tolist()
    [1.0, 0.75, 0.0]
    """

    sigma: float = Field(500.0, gt=0, description="length scale of the kernel, um")


class Connector(ABC):
    """A projection made ready: gives the sources of a block of targets.

    Immutable once :meth:`ConnectivityRule.connect` has returned it; tables may be made on first use,
    behind a lock (an empty block is asked for before the work begins).
    """

    #: Expected number of edges of the whole projection: the plan, verify and the blocks' size.
    expected_edges: float
    #: Relative error of that number.
    expected_error: float = 0.0
    #: Parameters that were honoured, as JSON values; they go to graph.json and provenance.json.
    details: Mapping[str, Any] = {}
    #: What the user has to be told.
    warnings: tuple[str, ...] = ()
    #: Bytes that it holds, or will.
    memory: float = 0.0
    #: Seconds that an expected edge takes one core until it is written, about: for the plan.
    edge_seconds: float = 8e-8

    @abstractmethod
    def sources(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop`` (relative to their population).

        Called from several threads and ranks, in any order and with any block size: what a target
        receives may depend on the projection and on the target alone. Random numbers come from
        ``projection.uniform(...)`` or ``projection.stream(target)``.
        """

    def probability(
        self, targets: NDArray[np.int64], sources: NDArray[np.int64]
    ) -> FloatArray | None:
        """Return the probability of an edge for each pair ``(targets[i], sources[i])``, (n,).

        The in-degrees and distances of the edges are held against it. None: the edges follow no
        law that says so, and ``verify`` reports that it did not test one.
        """
        return None

    def both(self, targets: NDArray[np.int64], sources: NDArray[np.int64]) -> FloatArray | None:
        """Return P(i -> j and j -> i) of each pair, (n,), where the two are not independent."""
        return None


class ConnectivityRule(Parameters, ABC):
    """Decides which cells connect.

    Its fields are its parameters. Those that have the name of a general key of a configuration's
    ``connectivity`` (``mean_degree``, ``amplitude``, ``unreachable_degree``, ``min_probability``,
    ``between``, ``mask``, ``reciprocity``, and with a field ``kernel`` also ``cutoff``) take that
    key's value, which may be None; all others stand in ``rule_kwargs``. A key that is given and that no rule takes is an error, so that nothing is
    recorded that was not honoured.
    """

    #: Values of the key ``distance`` that it honours.
    distances: ClassVar[tuple[str, ...]] = ("plane",)
    #: Fields that belong to cells: ``populations.NAME.neurites`` goes before them, and a projection
    #: may not have its own.
    of_cells: ClassVar[tuple[str, ...]] = ()
    #: Fields that hold for all projections of a culture: none may have its own.
    of_all: ClassVar[tuple[str, ...]] = ()
    #: Whether it honours ``in_degree`` and ``out_degree`` of populations.
    degree_factors: ClassVar[bool] = True

    def prepared(self, projection: Projection) -> ConnectivityRule:
        """Return the rule with what depends on the projection's cells; this one, unless some does.

        Its parameters are those that graph.json records. :meth:`connect` works without it, too.
        """
        return self

    def thinned(self, share: float) -> ConnectivityRule | None:
        """Return the rule that connects each pair alike where only this share of the sources is there.

        The plan of a culture of many millions asks it, to look at some of the cells; None (the
        default) has all of them placed and connected for it.
        """
        return None

    @abstractmethod
    def connect(self, projection: Projection) -> Connector:
        """Do what is needed once for a projection, and return what gives its edges.

        Called once a process, with several projections at a time on threads.

        Raises
        ------
        DegreeError
            The mean in-degree cannot be reached.
        """


class MEALayout(Parameters, ABC):
    """Gives the electrode positions of a multi-electrode array, um.

    Examples
    --------
    >>> class Pair(MEALayout):
    ...     def electrodes(self, bounds):
    ...         return bounds.mean(axis=0) + np.array([[-100.0, 0, 0], [100.0, 0, 0]])
    >>> Pair().electrodes(np.array([[0, 0, 0], [400, 400, 10.0]])).tolist()
    [[100.0, 200.0, 5.0], [300.0, 200.0, 5.0]]
    """

    input_radius: float = Field(50.0, gt=0, description="reach of a stimulating electrode, um")
    output_radius: float = Field(80.0, gt=0, description="reach of a recording electrode, um")

    @abstractmethod
    def electrodes(self, bounds: FloatArray) -> FloatArray:
        """Return the (n, 3) electrode centres, um.

        Parameters
        ----------
        bounds
            ``[[x_min, y_min, z_min], [x_max, y_max, z_max]]`` of the configured culture, um.
        """

    def labels(self) -> list[str] | None:
        """Vendor's names of the electrodes in the order of :meth:`electrodes`, if they have any."""
        return None


class Generator(Parameters, ABC):
    """Turns a configuration document into a system.

    Parameters of a subclass are what the command line may set beside the document.

    Examples
    --------
    >>> from livn_core.plugins.registry import registry
    >>> generator = registry().create("generator", "culture2d")
    >>> program = generator.program(generator.configuration({"total_cells": 200}))
    >>> [population.count for population in program.populations]
    [160, 40]
    """

    #: The model of its configuration, where there is one: for ``livn config schema``.
    model: ClassVar[type[BaseModel] | None] = None
    #: Short key -> path of the key that it stands for: ``{"sigma": "connectivity.sigma"}``. They
    #: are options of the command line (``--sigma``), and keys of ``--set``. ``--seed`` and the
    #: replicates of a sweep set ``random_seed``.
    shorthand: ClassVar[Mapping[str, str]] = {}
    #: How ``--set`` and options edit its documents, if not as :class:`Change` does.
    changes: ClassVar[type[Change] | None] = None
    #: Whether several processes can share the work, each with some of the blocks.
    distributed: ClassVar[bool] = True

    #: Names of shipped configurations and documents of this shape go to this generator.
    @classmethod
    @abstractmethod
    def accepts(cls, document: Mapping[str, Any]) -> bool:
        """Whether a configuration document is of this generator's form."""

    @classmethod
    @abstractmethod
    def configuration(
        cls, document: Document | Mapping[str, Any], *, origin: str = ""
    ) -> BaseModel:
        """Validate a document; raise :class:`~livn_core.errors.ConfigError` with every finding.

        A ``Document`` knows the line of each of its values, for the findings. What the model's
        method ``effective`` returns, if it has one, is what ``livn config show`` prints and a job
        holds, as JSON values; else that is the document as it was read.
        """

    @classmethod
    def checks(cls, provenance: Mapping[str, Any], graph: Mapping[str, Any]) -> Checks | None:
        """Return what ``livn verify`` holds a system against, beside its structure.

        Asked of the generator that ``provenance`` names, else of all of them. None, the default: it
        does not know such a system.

        Parameters
        ----------
        provenance, graph
            Contents of provenance.json and graph.json; empty where the directory has none.

        Raises
        ------
        ConfigError
            The recorded configuration is not valid: a fault of the system.
        PluginError
            What it names is not installed here, which is none.
        """
        return None

    def region(self, config: BaseModel) -> Region | None:
        """Return where cells may be, without making any; None, the default: not known."""
        return None

    @abstractmethod
    def program(self, config: BaseModel) -> Program:
        """Return the work to do: what is in the system, in blocks that can run anywhere."""


class Backend(Parameters, ABC):
    """Runs a job: in this process, under MPI, on a cluster.

    Examples
    --------
    >>> from livn_core.plugins.registry import registry
    >>> registry().create("backend", "local").available() is None  # it can run here
    True
    """

    #: The job may still be running when :meth:`run` returns.
    asynchronous: ClassVar[bool] = False
    #: Work is spread over processes that may be on several machines.
    distributed: ClassVar[bool] = False

    @abstractmethod
    def available(self) -> str | None:
        """Return None when it can run here, else the reason why not, in one line."""

    @abstractmethod
    def describe(self, job: Job) -> str:
        """Return the exact command or script that :meth:`run` would start. No side effect."""

    @abstractmethod
    def run(self, job: Job, progress: Progress | None = None) -> System | Submitted | None:
        """Run it; return the system when it is finished, else how to find the job again.

        None where this process is one of many and another of them returns the system.
        """

    def describe_sweep(self, directory: Path, systems: int, jobs: int | None = None) -> str:
        """Return the script that :meth:`sweep` would hand on. No side effect."""
        raise BackendError(f"the backend '{type(self).__name__}' takes no sweeps")

    def sweep(self, directory: Path, systems: int, jobs: int | None = None) -> Submitted | None:
        """Hand on the study of a directory, of so many systems, ``jobs`` at a time.

        None where they have been tried when this returns.
        """
        raise BackendError(f"the backend '{type(self).__name__}' takes no sweeps")

    def state(self, record: Record) -> Answer | None:
        """Say how a job is going that this backend submitted; None when it is not known (any more).

        ``livn jobs`` asks. The job's own files come first: this is for what they cannot tell.
        """
        return None

    def cancel(self, record: Record) -> None:
        """End a job that this backend submitted."""
        raise BackendError(f"jobs of the backend '{record.backend}' cannot be cancelled")


class Exporter(Parameters, ABC):
    """Writes a system in another format.

    Examples
    --------
    >>> class Counts(Exporter):
    ...     suffix: ClassVar[str] = ".txt"
    ...
    ...     def export(self, system, path):
    ...         path.write_text(", ".join(f"{p.name} {p.count}" for p in system.populations))
    ...         return [path]
    >>> from livn_core import System
    >>> Counts().export(System("culture"), Path("counts.txt"))[0].read_text()
    'EXC 160, INH 40'
    """

    #: Suffix of the file that it writes (``.npz``); empty when it fills a folder.
    suffix: ClassVar[str] = ""

    @abstractmethod
    def export(self, system: System, path: Path) -> list[Path]:
        """Write ``system`` to ``path``; return the files. Memory is bounded by a block of edges.

        ``path`` is an empty folder, or with :attr:`suffix` the name of a file that is not there.
        """
