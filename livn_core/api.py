"""The Python interface: the same three steps as the command line, as functions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from livn_core.errors import BackendError, LivnError, PluginError, SystemFormatError
from livn_core.execute import DEFAULT_OUTPUT, backend_of, plan_of, resolve
from livn_core.job import Job, Progress, Submitted
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.program import Plan
    from livn_core.system.mea import MadeMEA
    from livn_core.system.reader import System

__all__ = ["Generated", "generate", "get", "plan"]


def generate(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    output_directory: str | Path | None = None,
    overwrite: bool = False,
    generator: str | None = None,
    options: Mapping[str, Any] | None = None,
    backend: str = "local",
    backend_options: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    resume: bool = False,
    strict: bool = False,
    progress: Progress | None = None,
    **settings: Any,
) -> System | Submitted | None:
    """Generate a system and return it.

    Parameters
    ----------
    config
        A file, the name of a shipped configuration (``"EI2"``), a mapping, or None for the defaults.
    output_directory
        System directory; default the configuration's, else ``./system``.
    overwrite
        Replace an existing directory; it is refused otherwise.
    generator, options
        Generator component and its parameters; found from the configuration when None.
    backend, backend_options
        Where it runs: ``"local"``, ``"mpi"``, ``"slurm"``, or a plugin's.
    jobs
        Threads in a process; None for all cores that this process may use.
    resume
        Take up what an interrupted run of the same job left.
    strict
        Refuse, before any work, what would be warned of: an unreachable degree, odd units.
    progress
        Called with (phase, done, total).
    **settings
        Keys of the configuration (``total_cells=100``, ``area="disk"``); each replaces the
        configuration's own.

    Returns
    -------
    System
        Or, from a backend that only hands the job on, a
        :class:`~livn_core.job.Submitted`; None on the ranks that others work for.

    Raises
    ------
    ConfigError
        The configuration is wrong: holds every finding.
    OutputError
        The directory exists, or cannot be written.

    Examples
    --------
    >>> from livn_core import generate
    >>> culture = generate(total_cells=200, output_directory="my_culture")
    >>> culture.edge_count("EXC", "INH")
    399
    >>> disk = generate({"area": "disk", "area_kwargs": {"radius": 500}}, total_cells=200)
    >>> disk.path.name  # where nothing says otherwise
    'system'
    """
    job = resolve(
        config,
        settings=settings,
        output=output_directory,
        generator=generator,
        options=options,
        overwrite=overwrite,
        jobs=jobs,
        resume=resume,
    )
    return run(
        job,
        backend=backend,
        backend_options=backend_options,
        progress=progress,
        strict=strict,
    )


def run(
    job: Job,
    *,
    backend: str = "local",
    backend_options: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    strict: bool = False,
) -> System | Submitted | None:
    """Run a job on a backend; with ``strict``, only if there is nothing to warn of."""
    if strict:
        plan_of(job, strict=True)
    from livn_core.system.reader import System

    chosen = backend_of(job, backend, backend_options)
    if (reason := chosen.available()) is not None:
        if not isinstance(reason, str):
            text = f"the backend '{backend}' says that it is available by {reason!r}"
            raise PluginError(f"{text}: None is due, or the reason why not")
        raise BackendError(
            reason, hint="'--backend local' makes it here; --dry-run shows what would be run"
        )
    made = chosen.run(job, progress)
    if not isinstance(made, System | Submitted | None) or (made is None and not chosen.distributed):
        raise PluginError(f"the backend '{backend}' returned {made!r}, not the system that it made")
    return made


def plan(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    generator: str | None = None,
    options: Mapping[str, Any] | None = None,
    **settings: Any,
) -> Plan:
    """Return what :func:`generate` would make, without making it.

    Parameters are those of :func:`generate`.

    Examples
    --------
    >>> from livn_core import plan
    >>> large = plan(total_cells=100_000)
    >>> round(sum(projection.expected_edges for projection in large.projections))
    2000000
    """
    job = resolve(config, settings=settings, generator=generator, options=options)
    return plan_of(job)


def get(generator: str, *versions: Mapping[str, Any]) -> Generated:
    """Return a generator with a configuration, in the manner of livn's ``systems`` scripts.

    Parameters
    ----------
    generator
        ``"generate_2d"`` for a flat culture, ``"generate"`` for a layered one, or any generator.
    *versions
        Configuration keys; later ones replace earlier ones. ``config`` names a file or a shipped
        configuration that the other keys replace.

    Raises
    ------
    ComponentNotFoundError
        There is no such generator.

    Examples
    --------
    >>> from livn_core import get
    >>> culture = get("generate_2d", {"total_cells": 200, "output_directory": "my_culture"})
    >>> culture.launch().finished
    True
    """
    generator = generator.removeprefix("systems.")  # as livn's own module is called
    registry().find("generator", generator)
    keys: dict[str, Any] = {}
    for version in versions:
        keys.update(version)
    return Generated(generator, keys)


class Generated:
    """A configured generator: :meth:`launch` makes its system, the rest work on it.

    Examples
    --------
    >>> from livn_core import get
    >>> culture = get("generate_2d", {"total_cells": 200, "output_directory": "my_culture"})
    >>> culture
    Generated('generate_2d', my_culture: not launched)
    >>> [population.count for population in culture.plan().populations]
    [160, 40]
    >>> culture.launch().mea("grid", pitch=800).save_plot().name
    'plot.png'
    """

    def __init__(self, generator: str, keys: Mapping[str, Any]) -> None:
        self._generator = generator
        self._keys = dict(keys)
        self._config = self._keys.pop("config", None)
        self._output = self._keys.pop("output_directory", None)
        self._system: System | None = None
        #: The job, where a backend has it that has not finished it yet.
        self.submitted: Submitted | None = None
        #: Whether the system is finished, and this is the process that reports it.
        self.finished = False

    def __repr__(self) -> str:
        state = "finished" if self.finished else "not launched"
        return f"Generated({self._generator!r}, {self._output or 'system'!s}: {state})"

    @cached_property
    def job(self) -> Job:
        """The job that :meth:`launch` runs; a seed that is not given is drawn once."""
        return resolve(
            self._config, settings=self._keys, output=self._output, generator=self._generator
        )

    @property
    def output(self) -> Path:
        """The system directory."""
        return self.job.output

    @property
    def system(self) -> System:
        """The system, as it lies in its directory.

        Raises
        ------
        SystemFormatError
            There is none, or one that was made from another configuration.
        """
        from livn_core.system.reader import System

        if self._system is None:
            system = System(self.output)
            self._refuse_another(system)
            self._system = system
        return self._system

    @property
    def config(self) -> dict[str, Any]:
        """The configuration with every default written out."""
        return dict(self.job.document)

    def generated(self) -> bool:
        """Return whether the system is there, made from this configuration."""
        try:
            return self.system is not None
        except LivnError:
            return False

    def _refuse_another(self, system: System) -> None:
        """Refuse a system of the same directory that another configuration made.

        Of a request without a configuration what it says is compared, not its defaults.
        """
        from livn_core.documents.fields import shown
        from livn_core.documents.jsonio import json_fit

        recorded = (system.provenance or {}).get("configuration")
        if not isinstance(recorded, Mapping):
            return
        effective = json_fit(self.job.document)
        stated = effective.keys() if self._config is not None else self._keys.keys()
        drawn = {"random_seed"} if self.job.source.get("random_seed", 0) is None else set()
        for key in sorted(stated & effective.keys() - drawn - {"output_directory"}):
            here, there = _comparable(effective[key]), _comparable(recorded.get(key))
            if here != there:
                path, here, there = _differing(key, here, there)
                raise SystemFormatError(
                    f"'{system.path}' was made from another configuration: its {path} is "
                    f"{shown(there)}, not {shown(here)}",
                    hint="name the directory of the system that is meant (output_directory=DIR), "
                    "or generate this one with --launch --overwrite",
                )

    def plan(self) -> Plan:
        """Return what :meth:`launch` would make."""
        return plan_of(self.job)

    def launch(
        self,
        *,
        overwrite: bool = False,
        jobs: int | None = None,
        resume: bool = False,
        backend: str = "local",
        backend_options: Mapping[str, Any] | None = None,
        progress: Progress | None = None,
    ) -> Generated:
        """Make the system; return this object, so that ``.mea()`` can follow."""
        job = replace(self.job, overwrite=overwrite, jobs=jobs, resume=resume)
        made = run(job, backend=backend, backend_options=backend_options, progress=progress)
        self.submitted = made if isinstance(made, Submitted) else None
        self._system = made if not isinstance(made, Submitted) else None
        self.finished = self._system is not None
        return self

    def mea(
        self, layout: str | None = None, *, overwrite: bool = True, **parameters: Any
    ) -> Generated:
        """Write mea.json and return this object: see :func:`livn_core.system.mea.write_mea`.

        Without ``overwrite``, electrodes that are there stay.
        """
        if not overwrite and self.system.mea is not None:
            return self
        self.write_mea(layout, **parameters)
        return self

    def write_mea(self, /, layout: str | None = None, **parameters: Any) -> MadeMEA:
        """Write mea.json and return what was written, with its warnings."""
        from livn_core.system.mea import write_mea

        if layout is None and "coordinates" in parameters:
            layout = "coordinates"
        return write_mea(self.system, layout, parameters)

    def lightarray(self, fibers: Any = None, **parameters: Any) -> Generated:
        """Write lightarray.json and return this object; see :mod:`livn_core.system.lightarray`."""
        from livn_core.system.lightarray import LightArray, write_light_array

        write_light_array(self.system, fibers, LightArray(**parameters))
        return self

    def plot(self, *, filename: str | Path | None = None, **options: Any) -> Any:
        """Return a matplotlib figure, see :func:`livn_core.plotting.plot`; save it if it is named."""
        from livn_core.plotting import plot, save

        figure = plot(self.system, **options)
        if filename is not None:
            save(figure, filename, dpi=200)
        return figure

    def save_plot(self, path: str | Path | None = None, **options: Any) -> Path:
        """Draw into a file; default ``plot.png`` in the system directory."""
        from livn_core.plotting import save

        target = Path(path) if path is not None else self.system.path / "plot.png"
        return save(self.plot(**options), target, dpi=200)

    def export(self, target: str | Path | None = None, *, overwrite: bool = False) -> Path:
        """Copy the system to ``systems/data/NAME``, or to ``target``.

        NAME is the output directory's where one was given, else the configuration's: ``S1``.
        """
        from livn_core.system.copying import copy_system

        target = Path(target) if target is not None else Path("systems") / "data" / self._name()
        return copy_system(self.system, target, overwrite=overwrite)

    def _name(self) -> str:
        output = self.output
        named = isinstance(self._config, (str, Path)) and str(self._config) != "-"
        if named and output == Path(DEFAULT_OUTPUT):
            return Path(self._config).stem
        return output.name


def _differing(path: str, here: Any, there: Any) -> tuple[str, Any, Any]:
    """Return where two unequal values differ first, by key, and the two values there."""
    if isinstance(here, Mapping) and isinstance(there, Mapping):
        for key in sorted(here.keys() | there.keys()):
            if here.get(key) != there.get(key):
                return _differing(f"{path}.{key}", here.get(key), there.get(key))
    return path, here, there


def _comparable(value: Any) -> Any:
    """Return a value without the folders of morphology files, which a record does not hold."""
    if isinstance(value, Mapping):
        return {
            key: Path(entry).name if key == "file" and entry else _comparable(entry)
            for key, entry in value.items()
        }
    return value
