"""The system's electrodes as a probeinterface file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from livn_core.components import Exporter
from livn_core.documents.jsonio import read_json
from livn_core.errors import needed
from livn_core.plotting.facts import require_electrodes
from livn_core.plugins.registry import registry
from livn_core.system.reader import System
from livn_plugins.mea.placed import PlacedLayout

_WHAT = "the 'probeinterface' export"


class Probe(Exporter):
    """``mea.json`` as probeinterface JSON: positions in um, labels (or ids) as contact ids.

    The shape of the contacts is that of the array that was laid with ``livn mea``, where it is
    known; else a circle of ``contact_radius``.
    """

    suffix: ClassVar[str] = ".json"

    contact_radius: float | None = Field(
        None, gt=0, description="radius of the contacts, um; null for the array's own, or 15"
    )

    def export(self, system: System, path: Path) -> list[Path]:
        """Write the file ``path``."""
        probe = to_probe(system, contact_radius=self.contact_radius)
        needed("probeinterface", _WHAT).write_probeinterface(path, probe)
        return [path]


def to_probe(system: System, *, contact_radius: float | None = None) -> Any:
    """Return the system's electrodes as a ``probeinterface.Probe``.

    Parameters
    ----------
    system
        Its ``mea.json`` and ``mea_labels.json`` are read.
    contact_radius
        Radius of the contacts, um.

    Returns
    -------
    probeinterface.Probe
        Two-dimensional when all electrodes are at one height. ``device_channel_indices`` are the
        ids 0..n-1 of ``mea.json``.

    Raises
    ------
    SystemFormatError
        The system has no array, or one without electrodes.
    MissingDependencyError
        probeinterface is not installed.
    """
    probeinterface = needed("probeinterface", _WHAT)
    electrodes = require_electrodes(system)
    path = system.path / "mea_labels.json"
    layout = read_json(path).get("layout") if path.is_file() else None
    flat = bool(np.ptp(electrodes.positions[:, 2]) == 0)
    shape, size = _contact(layout, contact_radius)
    probe = probeinterface.Probe(ndim=2 if flat else 3, si_units="um")
    probe.set_contacts(
        positions=electrodes.positions[:, : 2 if flat else 3],
        shapes=shape,
        shape_params=size,
        **({} if flat else {"plane_axes": np.tile(np.eye(3)[:2], (len(electrodes.ids), 1, 1))}),
    )
    probe.set_contact_ids(electrodes.names)
    probe.set_device_channel_indices(electrodes.ids)
    probe.annotate(name=str(layout or "mea"), system=system.path.resolve().name)
    return probe


def _contact(layout: str | None, radius: float | None) -> tuple[str, dict[str, float]]:
    if radius is not None:
        return "circle", {"radius": radius}
    found: Any = PlacedLayout
    if layout is not None and registry().knows("mea", layout):
        found = registry().load("mea", layout)
    known = found if issubclass(found, PlacedLayout) else PlacedLayout
    return known.contact_shape, dict(known.contact_size)
