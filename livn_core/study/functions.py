"""Sweeps from Python: members one by one, and a culture as a function of its parameters."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from livn_core.documents.changes import Setting
from livn_core.documents.jsonio import plain
from livn_core.errors import ConfigError, Finding, LivnError
from livn_core.execute import is_study, program_of, read_configuration
from livn_core.network import Network, build_job
from livn_core.sampling.streams import key64
from livn_core.study.points import Point
from livn_core.study.request import read_request
from livn_core.study.study import Study, study_of
from livn_core.study.workers import cores, in_processes

__all__ = ["Made", "Simulator", "simulator", "sweep"]

#: What is asked of a network: statistics of it, say.
Summary = Callable[[Network], Any]


@dataclass(frozen=True, slots=True)
class Made:
    """A member of a sweep, made in memory.

    Parameters
    ----------
    path
        Its name: ``sigma=100/r000``.
    values, replicate, seed
        Of the member.
    result
        Its network, or what ``summary`` made of it.
    """

    path: str
    values: Point
    replicate: int
    seed: int | None
    result: Any


def sweep(
    base: str | Path | Mapping[str, Any] | None = None,
    *,
    vary: Mapping[str, Any] | None = None,
    zip: Sequence[Sequence[str]] | None = None,
    table: str | Path | None = None,
    sample: Mapping[str, Any] | None = None,
    replicates: int | None = None,
    seeds: str | None = None,
    summary: Summary | None = None,
    jobs: int | None = None,
    **settings: Any,
) -> Iterator[Made]:
    """Iterate over the members of a study, in their order, made in memory on several cores.

    Parameters
    ----------
    base
        Configuration, as of :func:`livn_core.generate`; or the file of a study.
    vary, zip, table, sample, replicates, seeds
        As in the file of a study: ``vary={"connectivity.sigma": [100, 200]}``; arrays, too.
    summary
        Called with each :class:`~livn_core.network.Network` where it was made; its result is what
        comes here. None: the networks, which this process makes one by one.
    jobs
        Processes; None for the cores.
    **settings
        Keys of the base, set before anything is varied.

    Raises
    ------
    ConfigError
        The study is not possible.
    LivnError
        A member of it is not; names it.

    Examples
    --------
    >>> from livn_core import sweep
    >>> made = sweep("EI1", vary={"connectivity.sigma": [100, 200]}, random_seed=7)
    >>> [(each.path, each.result.edge_count("EXC", "INH")) for each in made]
    [('sigma=100/r000', 10), ('sigma=200/r000', 11)]
    """
    asked = {
        "vary": vary,
        "zip": zip and [list(group) for group in zip],
        "table": table and Path(table).absolute(),
        "sample": sample,
        "replicates": replicates,
        "seeds": seeds,
    }
    document = read_configuration(base)
    kept = is_study(document)
    data: dict[str, Any] = dict(document.data) if kept else {"base": document}
    data |= {key: plain(value) for key, value in asked.items() if value is not None}
    request = read_request(data, document if kept else None)
    study = study_of(request, [Setting(key, value, "set") for key, value in settings.items()])
    study.check()
    make = _Members(study, summary)
    if summary is None:
        jobs = 1
    results = in_processes(make, range(len(study.members)), cores(jobs))
    for number, result in enumerate(results):
        member = study.members[number]
        yield Made(member.path, member.values, member.replicate, member.seed, result)


@dataclass(frozen=True)
class _Members:
    """Makes the members of a study in memory."""

    study: Study
    summary: Summary | None

    def __call__(self, number: int) -> Any:
        member = self.study.members[number]
        try:
            job = self.study.job(member.values, well=member.well, seed=member.seed)
            network = build_job(job)
        except LivnError as error:
            raise LivnError(f"{member.path}: {error.message}", hint=error.hint) from error
        return network if self.summary is None else self.summary(network)


def simulator(
    base: str | Path | Mapping[str, Any] | None,
    keys: str | Sequence[str],
    summary: Summary,
    *,
    jobs: int | None = None,
    **settings: Any,
) -> Simulator:
    """Return a function of parameters that makes cultures and says what is asked of them.

    Parameters
    ----------
    base
        Configuration, as of :func:`livn_core.generate`.
    keys
        Keys of it that are the parameters, in their order, or one: ``connectivity.sigma``.
    summary
        Called with each :class:`~livn_core.network.Network`; returns numbers, equally many.
    jobs
        Processes; None for the cores.
    **settings
        Other keys, in place of the configuration's own.

    Examples
    --------
    >>> from livn_core import simulator
    >>> def edges(network):
    ...     return [network.edge_count("EXC", "EXC")]
    >>> simulate = simulator("EI1", ["connectivity.mean_degree"], edges, jobs=1)
    >>> simulate([[2.0], [6.0]], seed=1).ravel().tolist()
    [14.0, 47.0]
    """
    study = study_of(
        read_request({"base": base or {}}),
        [Setting(key, value, "set") for key, value in settings.items()],
        seed=0,
    )
    if isinstance(keys, str):
        keys = [keys]
    return Simulator(study, tuple(keys), summary, cores(jobs))


@dataclass(frozen=True)
class Simulator:
    """What :func:`simulator` returns: theta -> x.

    Parameters
    ----------
    study
        Of the base alone.
    keys, summary, jobs
        As of :func:`simulator`.

    Examples
    --------
    >>> from livn_core import simulator
    >>> def cells(network):
    ...     return [population.count for population in network.populations]
    >>> simulator("EI1", ["total_cells"], cells, jobs=1)([20])
    array([16.,  4.])
    """

    study: Study
    keys: tuple[str, ...]
    summary: Summary
    jobs: int

    def __call__(self, theta: ArrayLike, *, seed: int = 0) -> NDArray[np.float64]:
        """Make a culture for each set of parameters.

        Parameters
        ----------
        theta
            (n, keys) values, or (keys,) of one.
        seed
            Row i has a seed that follows from this one and i: equal calls give equal results, on
            any number of processes.

        Returns
        -------
        array
            (n, statistics) float64, or (statistics,).

        Raises
        ------
        LivnError
            There is no such culture; names the parameters of the first that cannot be.
        """
        given = np.asarray(theta, np.float64)
        rows = np.atleast_2d(given)
        if given.ndim > 2 or rows.shape[1] != len(self.keys):
            shown = ", ".join(self.keys)
            raise ConfigError(
                [Finding("theta", f"(n, {len(self.keys)}) values are due, of {shown}")]
            )
        calls = ((row.tolist(), key64(seed, "simulate", i)) for i, row in enumerate(rows))
        jobs = min(self.jobs, len(rows)) or 1
        if jobs > 1:
            program_of(self.study.base)  # what this imports, no worker has to
        found: NDArray[np.float64] | None = None
        for i, statistics in enumerate(in_processes(self._one, calls, jobs)):
            if found is None:
                found = np.empty((len(rows), len(statistics)))
            found[i] = statistics
        if found is None:
            return np.empty((0, 0))
        return found[0] if given.ndim < 2 else found

    def _one(self, call: tuple[list[float], int]) -> NDArray[np.float64]:
        values, seed = call
        point = {
            key: int(value) if value.is_integer() else value
            for key, value in zip(self.keys, values, strict=True)
        }
        try:
            network = build_job(self.study.job(point, seed=seed))
        except LivnError as error:
            raise LivnError(f"at {point}: {error.message}", hint=error.hint) from error
        return np.atleast_1d(np.asarray(self.summary(network), np.float64)).ravel()
