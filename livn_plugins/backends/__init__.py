"""Built-in backends: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_backends() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component("local", "livn_plugins.backends.local:Local", "threads of this process")
    yield Component(
        "mpi", "livn_plugins.backends.mpi:MPI", "MPI ranks, each with a share of the cells"
    )
    yield Component("slurm", "livn_plugins.backends.slurm:Slurm", "a job of the Slurm scheduler")
