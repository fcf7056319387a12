"""Any probe that probeinterface reads: its JSON, or a file of a recording system."""

from __future__ import annotations

import ast
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import Field

from livn_core.components import FloatArray
from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError, MissingDependencyError, needed
from livn_core.suggest import did_you_mean
from livn_plugins.mea.placed import PlacedLayout

#: um in probeinterface's units.
UNITS = {"um": 1.0, "mm": 1e3, "m": 1e6}

Reader = Literal[
    "auto", "probeinterface", "prb", "maxwell", "3brain", "mearec", "nwb", "spikeglx", "openephys",
    "imro", "spikegadgets", "BIDS_probe",
]  # fmt: skip
_BY_SUFFIX = {
    ".json": "probeinterface", ".prb": "prb", ".brw": "3brain", ".nwb": "nwb", ".imro": "imro",
    ".meta": "spikeglx", ".rec": "spikegadgets", ".h5": "mearec",
}  # fmt: skip

#: What the values of a .prb file are made of.
_VALUES = (
    ast.Assign, ast.Name, ast.Constant, ast.List, ast.Tuple, ast.Dict, ast.UnaryOp, ast.USub,
    ast.UAdd, ast.Load, ast.Store,
)  # fmt: skip


class Probe(PlacedLayout):
    """A probe file; the units that it names are honoured.

    Several probes count as one array, unless ``well`` picks one.
    Contacts keep their order; their ``contact_ids`` become labels. The probe is laid over the
    culture's centre; ``centred: false`` keeps its own coordinates.
    """

    path: Path = Field(description="probeinterface JSON, or a file that 'reader' can read")
    reader: Reader = Field("auto", description="probeinterface reader; auto goes by the suffix")
    well: str | None = Field(
        None,
        description="of several wells, which one: a MaxTwo recording's well000, or a probe's name, or its "
        "number from 0",
    )
    centred: bool = Field(
        True,
        description="lay the probe's centre on the culture's, rather than keep its coordinates",
    )

    @cached_property
    def _probes(self) -> list[Any]:
        probeinterface = needed("probeinterface", "the 'probeinterface' layout")
        path = expanded(self.path)
        if not path.exists():
            raise ConfigError(f"'{path}' does not exist", hint="give a probeinterface JSON file")
        reader = _BY_SUFFIX.get(path.suffix.lower()) if self.reader == "auto" else self.reader
        if reader is None:
            raise ConfigError(
                f"'{path}': its suffix does not say which reader to use",
                hint="name one: --reader maxwell",
            )
        read = getattr(probeinterface, f"read_{reader}", None)
        if read is None:
            raise MissingDependencyError(
                f"this version of probeinterface has no reader '{reader}'",
                hint="upgrade it with: pip install -U probeinterface",
            )
        if reader == "prb":
            _refuse_code(path)
        well = self._recorded_well(path) if self.reader == "maxwell" else None
        which = {} if well is None else {"well_name": well}
        try:
            found = read(path, **which)
        except Exception as error:
            # The readers of vendors' formats raise many kinds of errors, bare assertions among them.
            reason = " ".join(str(error).split()) or type(error).__name__
            raise ConfigError(
                f"probeinterface cannot read '{path}' as {reader}: {reason}",
                hint="name the right reader with --reader NAME",
            ) from error
        probes = list(found.probes) if hasattr(found, "probes") else [found]
        for probe in probes:
            if probe.contact_positions is None:
                raise ConfigError(f"'{path}' has a probe without contact_positions")
            if probe.si_units not in UNITS:
                raise ConfigError(f"'{path}': unknown unit '{probe.si_units}'")
        if not probes:
            raise ConfigError(f"'{path}' holds no probe")
        if self.well is None or self.reader == "maxwell":
            return probes
        names = [str(probe.annotations.get("name") or "") for probe in probes]
        if len(set(names)) < len(names) or not all(names):
            names = [str(number) for number in range(len(probes))]
        return [probes[names.index(self._one_of(path, names))]]

    def _recorded_well(self, path: Path) -> str | None:
        """Return the well of a MaxTwo recording; None where the file has none, or is no HDF5."""
        import h5py

        try:
            with h5py.File(path) as file:
                wells = [] if "mapping" in file else list(file.get("wells", ()))
        except (OSError, RuntimeError):
            wells = []  # the reader says what is wrong
        if self.well is None and len(wells) < 2:
            return wells[0] if wells else None
        return self._one_of(path, wells)

    def _one_of(self, path: Path, wells: list[str]) -> str:
        """Return the well that was named, which must be one of these."""
        if self.well is None or self.well not in wells:
            what = "holds several wells" if self.well is None else f"has no well '{self.well}'"
            raise ConfigError(
                f"'{path}' {what}{did_you_mean(self.well or '', wells)}",
                hint=f"choose one with --well: {', '.join(wells) or 'it holds none'}",
            )
        return self.well

    def sites(self) -> FloatArray:
        """Return the (n, 2) or (n, 3) contact positions, um."""
        probes = self._probes
        try:
            parts = [
                np.asarray(probe.contact_positions, dtype=np.float64) * UNITS[probe.si_units]
                for probe in probes
            ]
        except (TypeError, ValueError) as error:
            raise ConfigError(f"'{self.path}': a contact's position is no number") from error
        if not all(np.isfinite(part).all() for part in parts):
            raise ConfigError(f"'{self.path}': a contact's position is no finite number")
        width = max(part.shape[1] for part in parts)
        parts = [np.pad(part, ((0, 0), (0, width - part.shape[1]))) for part in parts]
        return np.concatenate(parts)

    def labels(self) -> list[str] | None:
        """Return the contact ids where each contact has one of its own, else None."""
        ids: list[str] = []
        for probe in self._probes:
            # MaxWell's electrodes have numbers in an annotation, and ids that only count them.
            numbers = probe.contact_annotations.get("electrode")
            named = probe.contact_ids if numbers is None else numbers
            ids += map(str, () if named is None else named)
        complete = len(ids) == len(self.sites()) and len(set(ids)) == len(ids)
        return ids if complete and all(ids) else None


def _refuse_code(path: Path) -> None:
    """Refuse a .prb file that is more than values with names: its reader would run it."""
    hint = "write it as plain lists and numbers, or as probeinterface JSON"
    try:
        body = ast.parse(path.read_bytes()).body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise ConfigError(f"'{path}' is no .prb file: {error}", hint=hint) from error
    for statement in body:
        values = isinstance(statement, ast.Assign) and all(map(_is_value, ast.walk(statement)))
        if not values:
            raise ConfigError(
                f"'{path}', line {statement.lineno}: it holds more than plain values, which would be "
                "run as code",
                hint=hint,
            )


def _is_value(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        # As probeinterface itself writes NumPy's numbers: np.int64(3).
        return isinstance(node.value, ast.Name) and node.attr.startswith(("int", "uint", "float"))
    if isinstance(node, ast.Call):
        named = isinstance(node.func, ast.Name) and node.func.id in {"list", "range"}
        return named or isinstance(node.func, ast.Attribute)
    return isinstance(node, _VALUES)
