"""The generator ``miv``: layered systems made by MiV-Simulator's own pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec

from livn_core import Component, hookimpl


@hookimpl
def livn_generators() -> Iterator[Component]:
    """Yield the generator, with what is not installed that it runs."""
    absent = [name for name in ("miv_simulator", "neuroh5") if find_spec(name) is None]
    reason = f" (not usable here: {' and '.join(absent)} not installed)" if absent else ""
    yield Component(
        "miv", "livn_miv.generator:Miv", f"layers of cells, made by MiV-Simulator{reason}"
    )
