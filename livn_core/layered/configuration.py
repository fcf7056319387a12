"""From a document to a layered configuration, and back to a document that means the same."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from livn_core.documents.document import Document
from livn_core.documents.findings import from_validation, texts_without_form
from livn_core.documents.jsonio import plain
from livn_core.documents.paths import Key, join_path
from livn_core.errors import ConfigError, Finding, MorphologyError
from livn_core.layered.checks import Found, check
from livn_core.layered.dendrites import Strata
from livn_core.layered.models import LayeredModel
from livn_core.layered.morphologies import load_morphologies, locate, resolve_morphologies
from livn_core.layered.normalise import Normalised, normalise
from livn_core.layered.partial_validation import follows_from, without_mistakes
from livn_core.program import Population

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["LayeredConfig", "validate"]

#: For a methods section: who connects to whom (docs/layered.md, "What is made").
_LAW = (
    (
        "the synapses of a cell are a Poisson process along its dendrites, and its mean in-degree in a "
        "projection is the sum over its sections of density x length x proportion of the projection, by "
        "section type and layer"
    ),
    "cable distances are from the beginning of the soma",
    (
        "each synapse (or group of contacts) draws its source, with replacement, with probability "
        "proportional to "
        "exp(-(|du| - offset_u)^2 / (2 s_u^2)) exp(-(|dv| - offset_v)^2 / (2 s_v^2)), "
        "s = (width / 2 - offset) / 3, from the cells with |du| < width_u / 2 and |dv| < width_v / 2, "
        "or else the nearest; du, dv are arc distances of the somata, and |du| + |dv| is stored"
    ),
)


class LayeredConfig(LayeredModel):
    """A checked configuration of a layered system; see :mod:`livn_core.layered.models`.

    Examples
    --------
    >>> from livn_core.documents.document import load_document
    >>> from livn_core.documents.shipped import find_configuration
    >>> from livn_core.layered.configuration import validate
    >>> config = validate(load_document(find_configuration("S1")))
    >>> config.counts(), config.distribution["INH"]["SP"], config.seed
    ({'EXC': 7, 'INH': 4}, 2, 123)
    >>> {name: path.name for name, path in config.morphology_files().items()}
    {'EXC': 'EXC.swc', 'INH': 'INH.swc'}
    >>> config.effective()["Connection Generator"]["Axon Extent"]["EXC"]
    {'default': {'width': [1000.0, 1000.0], 'offset': [0.0, 0.0]}}
    """

    @property
    def seed(self) -> int:
        """The seed; never null: it was drawn if it was to be."""
        return self.random_seed

    def counts(self) -> dict[str, int]:
        """Return the number of cells of each population, in alphabetical order."""
        return {name: sum(layers.values()) for name, layers in sorted(self.distribution.items())}

    @property
    def distribution(self) -> dict[str, dict[str, int]]:
        """Population -> layer -> number of cells."""
        return self.geometry.distribution

    def populations(self) -> tuple[Population, ...]:
        """Return the populations with their gids: contiguous, in alphabetical order of name."""
        start, ranges = 0, []
        for name, count in self.counts().items():
            ranges.append(Population(name, start, count, self.definitions.populations[name]))
            start += count
        return tuple(ranges)

    def layer_bounds(self) -> dict[int, tuple[float, float]]:
        """Return layer id -> (lowest, highest) depth, um."""
        return {
            self.definitions.layers[name]: (low[2], high[2])
            for name, (low, high) in self.geometry.surface.layer_extents.items()
        }

    def morphology_files(self) -> dict[str, Path]:
        """Return population -> its morphology, an SWC file or a folder of them, where it has one."""
        return {
            name: locate(cell_type.morphology.file, Path())
            for name, cell_type in self.cell_types.items()
            if cell_type.morphology is not None
        }

    def law(self) -> list[str]:
        """Return the law by which the program connects, in words and equations."""
        extents = "; ".join(
            f"{name}{'' if layer == 'default' else f' in {layer}'} "
            f"{axons.width[0]:g} x {axons.width[1]:g}"
            + (f", offset {axons.offset[0]:g} x {axons.offset[1]:g}" if any(axons.offset) else "")
            for name, layers in self.connections.axon_extents.items()
            for layer, axons in layers.items()
        )
        if not any(self.connections.synapses.values()):
            return []
        return [*_LAW, f"widths of axons along u x v, um: {extents}"]

    def notes(self) -> list[str]:
        """Return a note of MiV-Simulator's keys, which are kept and mean nothing here."""
        rules = (rule for each in self.connections.synapses.values() for rule in each.values())
        kept = []
        if any(rule.swctype_mechanisms is not None for rule in rules):
            kept.append("'swctype mechanisms'")
        if any(cell.mechanism_file is not None for cell in self.cell_types.values()):
            kept.append("'mechanism file'")
        return [f"kept in graph.json, without meaning here: {', '.join(kept)}"] if kept else []

    def effective(self) -> dict[str, Any]:
        """Return the configuration in the full form with everything written out.

        JSON values without includes; :func:`validate` makes the same configuration of it.
        Morphologies that ship are named ``systems/morphology/...``, others by their whole path,
        each with the SHA-256 of its content.
        """
        document: dict[str, Any] = plain(self.model_dump(mode="python", by_alias=True))
        del document["densities"]  # written out where they were not those of each layer
        for entry in document["Cell Types"].values():
            for key in ("template", "template class", "mechanism", "mechanism file", "morphology"):
                if entry.get(key) is None:
                    entry.pop(key, None)
        for rules in document["Connection Generator"]["Synapses"].values():
            for rule in rules.values():
                if rule["swctype mechanisms"] is None:
                    del rule["swctype mechanisms"]
                rule["mechanisms"] = {
                    section: {
                        name: {key: value for key, value in mechanism.items() if value is not None}
                        for name, mechanism in mechanisms.items()
                    }
                    for section, mechanisms in rule["mechanisms"].items()
                }
        return document


def validate(document: Document | Mapping[str, Any], *, origin: str = "") -> LayeredConfig:
    """Validate a document.

    Parameters
    ----------
    document
        A configuration in the full form or the short one; a :class:`Document` gives findings their
        file and line, and relative morphology files their folder.
    origin
        What the document is called in messages.

    Raises
    ------
    ConfigError
        With every mistake that there is.

    Examples
    --------
    >>> from livn_core.layered.configuration import validate
    >>> config = validate({"Geometry": {"Cell Distribution": {"STIM": {"SP": 5}}}})
    >>> config.counts(), config.populations()[0].type_id
    ({'STIM': 5}, 100)
    """
    if wrong := texts_without_form(document):
        raise ConfigError(wrong, origin=origin)
    if not isinstance(document, Document):
        document = Document(plain(document), origin=origin)
    data = dict(document.data)
    if data.get("random_seed", 0) is None:
        data["random_seed"] = secrets.randbits(32)
    normal = normalise(data)

    def line_of(path: Sequence[Key]) -> str | None:
        return document.line_of(normal.written(tuple(path)))

    def located(found: list[Found]) -> list[Finding]:
        return [
            Finding(join_path(normal.written(path)), text, line_of(path)) for path, text in found
        ]

    findings = [
        Finding(join_path(path), message, document.line_of(path))
        for path, message in normal.findings
    ]
    try:
        config = LayeredConfig.model_validate(normal.data)
    except ValidationError as error:
        found = from_validation(error, LayeredConfig, normal.data, line_of, elsewhere=_sizes)
        findings += _as_written(found, normal)
        findings += located(_further(normal, document, error))
    else:
        unread = [path for path, _ in normal.findings]
        misfits = [found for found in check(config) if not follows_from(*found, unread)]
        config, missing = resolve_morphologies(config, document)
        missing += _unreadable(config, missing, fitting=not (misfits or missing))
        findings += located([*misfits, *missing])
    if findings:
        raise ConfigError(list(dict.fromkeys(findings)), origin=origin or document.origin)
    return config


def _further(normal: Normalised, document: Document, error: ValidationError) -> list[Found]:
    """Return what else is wrong, as far as it can be told without what the error is about."""
    partial = without_mistakes(normal.data, LayeredConfig, error)
    if partial is None:
        return []
    config, taken = partial
    taken += [path for path, _ in normal.findings]
    config, missing = resolve_morphologies(config, document)
    missing += _unreadable(config, missing, fitting=False)
    return [found for found in (*check(config), *missing) if not follows_from(*found, taken)]


def _unreadable(config: LayeredConfig, missing: list[Found], *, fitting: bool) -> list[Found]:
    """Return what is wrong once the morphologies that are not missing are read.

    Files; and, where everything else fits together, densities that go nowhere.
    """
    findings: list[Found] = []
    absent = {path[1] for path, _ in missing}
    for name, cell_type in config.cell_types.items():
        if cell_type.morphology is None or not cell_type.synapses.density or name in absent:
            continue
        try:
            morphologies = load_morphologies(cell_type.morphology)
        except MorphologyError as error:
            findings.append((("Cell Types", name, "morphology"), error.message))
            continue
        if fitting:
            if not all(morphology.has_layers for morphology in morphologies):
                findings += _not_stacked(config, name)
            strata = Strata(config, name)
            findings += [
                (path, text) for path, text, wrong in strata.mistakes(morphologies) if wrong
            ]
    return findings


def _not_stacked(config: LayeredConfig, population: str) -> list[Found]:
    """Return the layers that share depths, where depth has to tell the layer of a dendrite."""
    boxes = config.geometry.surface.layer_extents.items()
    depths = sorted((low[2], high[2], name) for name, (low, high) in boxes)
    remedy = "give its morphologies an eighth column, or layers that do not"
    return [
        (
            ("Geometry", "Parametric Surface", "Layer Extents", second),
            f"shares depths with '{first}', which tell the layers of '{population}': {remedy}",
        )
        for (_, end, first), (begin, _, second) in pairwise(depths)
        if begin < end
    ]


def _sizes(key: str) -> list[str]:
    """Return what sets the number of cells here, for the keys that do so in a flat culture."""
    homes = ["'Geometry.Cell Distribution'", "'--scale 0.1' (a factor of the cells)"]
    return homes if key in {"total_cells", "density"} else []


def _as_written(found: list[Finding], normal: Normalised) -> list[Finding]:
    """Return findings with their paths as the user wrote them."""
    moved = {join_path(full): join_path(written) for full, written in normal.moved.items()}
    result = []
    for finding in found:
        whole = f"{finding.path}."
        begins = [full for full in moved if whole.startswith((f"{full}.", f"{full}["))]
        if full := max(begins, key=len, default=""):
            finding = replace(finding, path=moved[full] + finding.path[len(full) :])
        result.append(finding)
    return result
