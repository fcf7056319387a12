"""The system's electrodes as a probeinterface file."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from pydantic import Field

from livn_core.components import Exporter
from livn_core.documents.jsonio import read_json
from livn_core.errors import LivnError, MissingDependencyError, SystemFormatError
from livn_core.plugins.registry import registry
from livn_core.system.reader import System
from livn_plugins.mea.placed import PlacedLayout


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
        _probeinterface().write_probeinterface(path, probe)
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
    LivnError
        The system has no array.
    MissingDependencyError
        probeinterface is not installed.
    """
    probeinterface = _probeinterface()
    document = system.mea
    if document is None:
        raise LivnError(
            f"'{system.path}' has no mea.json", hint="lay an array with 'livn mea DIR' first"
        )
    listed = document.get("electrode_coordinates") or []
    same = len({len(row) for row in listed}) == 1
    rows = np.asarray(listed if same else [], dtype=np.float64)
    if rows.ndim != 2 or rows.shape[1] != 4:
        raise SystemFormatError(
            f"'{system.path / 'mea.json'}' has no electrode_coordinates of rows [id, x, y, z]"
        )
    path = system.path / "mea_labels.json"
    notes: dict[str, Any] = read_json(path) if path.is_file() else {}
    labels = notes.get("labels")
    if not labels or len(labels) != len(rows):
        labels = [str(int(number)) for number in rows[:, 0]]
    flat = bool(np.ptp(rows[:, 3]) == 0)
    shape, size = _contact(notes.get("layout"), contact_radius)
    probe = probeinterface.Probe(ndim=2 if flat else 3, si_units="um")
    probe.set_contacts(
        positions=rows[:, 1 : 3 if flat else 4],
        shapes=shape,
        shape_params=size,
        **({} if flat else {"plane_axes": np.tile(np.eye(3)[:2], (len(rows), 1, 1))}),
    )
    probe.set_contact_ids(labels)
    probe.set_device_channel_indices(rows[:, 0].astype(int))
    probe.annotate(name=str(notes.get("layout") or "mea"), system=system.path.resolve().name)
    return probe


def _contact(layout: str | None, radius: float | None) -> tuple[str, dict[str, float]]:
    if radius is not None:
        return "circle", {"radius": radius}
    if layout is not None and registry().knows("mea", layout):
        found = registry().load("mea", layout)
        if issubclass(found, PlacedLayout):
            return found.contact_shape, dict(found.contact_size)
    return PlacedLayout.contact_shape, dict(PlacedLayout.contact_size)


def _probeinterface() -> Any:
    try:
        import probeinterface
    except ImportError as error:
        raise MissingDependencyError(
            "the 'probeinterface' export needs the library probeinterface",
            hint="install it with: pip install probeinterface",
        ) from error
    return probeinterface
