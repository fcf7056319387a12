"""Built-in exporters: one module each."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Component, hookimpl


@hookimpl
def livn_exporters() -> Iterator[Component]:
    """Yield the built-in components of this kind."""
    yield Component("sonata", "livn_plugins.exporters.sonata:Sonata", "SONATA circuit")
    yield Component("csv", "livn_plugins.exporters.csv_tables:Csv", "node and edge tables as CSV")
    yield Component(
        "parquet", "livn_plugins.exporters.parquet:Parquet", "node and edge tables as Parquet"
    )
    yield Component("npz", "livn_plugins.exporters.npz:Npz", "scipy sparse matrices")
    yield Component(
        "graphml", "livn_plugins.exporters.graphml:GraphML", "GraphML, for small systems"
    )
    yield Component(
        "probeinterface", "livn_plugins.exporters.probe:Probe", "the electrodes, for probeinterface"
    )
