"""A flat culture against its configuration: places, synapses, degrees and distances."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.scheme import scheme
from livn_core.culture.transmitters import synapse_site
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, PluginError
from livn_core.run.provenance import scheme_of
from livn_core.sampling.streams import stream
from livn_core.system.reader import System
from livn_core.verify.checks import Checks
from livn_core.verify.law import check_laws
from livn_core.verify.space import check_apart, check_area, check_density, check_modules
from livn_core.verify.synapses import SynapseBlock
from livn_core.verify.verdicts import Audit, reason

__all__ = ["CultureChecks", "culture_checks"]


class CultureChecks(Checks):
    """Checks a culture.

    Parameters
    ----------
    ours
        Whether ``livn generate`` made it, so that its numbers are known to the bit.
    redraws
        Whether the rules give the same edges again when they are asked here.
    """

    what = "a flat culture"
    multapses = False

    def __init__(
        self,
        culture: Culture2DConfig,
        *,
        ours: bool,
        redraws: bool = False,
        notes: tuple[str, ...] = (),
    ) -> None:
        self.culture, self.ours, self.redraws, self.notes = culture, ours, redraws, notes
        self.counts = culture.counts()
        self.uuids_from_digest = ours
        self._misplaced: Counter[tuple[str, str]] = Counter()

    def begin(
        self,
        audit: Audit,
        system: System,
        positions: Mapping[str, NDArray[np.float64]],
        seed: int,
    ) -> None:
        """Check that the cells are inside the area, and how dense they are."""
        self.positions = positions
        placement = check_area(audit, system, self, positions)
        if placement is not None and positions:
            check_apart(audit, self.culture, positions)
            check_modules(audit, system, self.culture, positions)
            check_density(audit, self.culture, positions)

    def _knows(self, source: str, target: str) -> bool:
        return {source, target} <= self.culture.populations.keys()

    def distance(self, system: System, source: str, target: str) -> str | None:
        """Return what distance means to the projection's rule."""
        if not self._knows(source, target):
            return super().distance(system, source, target)
        return self.culture.projection(source, target).distance

    def autapses(self, source: str, target: str) -> bool | None:
        """Return whether the configuration allows them."""
        if not self._knows(source, target):
            return None
        return bool(self.culture.projection(source, target).allow_self_connections)

    def synapses(self, block: SynapseBlock) -> None:
        """Count synapses that lie on the wrong kind of section."""
        if "swc_types" not in block.columns:
            return
        for number, source in enumerate(block.sources):
            if not self._knows(source, block.population):
                continue
            site = synapse_site(
                self.culture.populations[source].synapse_type,
                target_soma_only=bool(self.culture.populations[block.population].soma_only),
            )
            mine = block.owner == number
            wrong = block.columns["swc_types"][mine] != site.swc_types
            if "syn_types" in block.columns:
                wrong |= block.columns["syn_types"][mine] != site.syn_types
            self._misplaced[source, block.population] += int(np.count_nonzero(wrong))

    def end(
        self,
        audit: Audit,
        system: System,
        whole: Mapping[tuple[str, str], bool],
        seed: int,
    ) -> None:
        """Judge the synapses' sections, and hold degrees and distances against the rules."""
        for (source, target), number in self._misplaced.items():
            expected = "the section that its synapses land on"
            with audit.check("synapse-sections", f"{source}->{target}", expected) as check:
                if number:
                    check.fail(f"{number:,} synapses lie elsewhere, or have another type")
        if all(whole.values()):
            check_laws(audit, system, self, self.positions, stream(seed, "verify", "laws"))


def culture_checks(provenance: Mapping[str, Any]) -> CultureChecks | None:
    """Return the checks of a culture that this project made, or livn's own 2D script.

    Raises
    ------
    ConfigError
        The recorded configuration is not valid.
    PluginError
        It names a function or a component that is not here.
    """
    document = provenance.get("configuration")
    if isinstance(document, Mapping):
        try:
            config = validate(document)
        except ConfigError as error:
            # A user's function that is not here is no fault of the system.
            paths = [finding.path for finding in error.findings]
            if all(path.startswith("area") or "kernel" in path for path in paths):
                raise PluginError(reason(error)) from error
            raise
        then, now = scheme_of(provenance), scheme(config)
        other = f"made by scheme {then}, this is {now}: its random numbers are not drawn again"
        notes = () if then == now else (other,)
        return CultureChecks(config, ours=True, redraws=not notes, notes=notes)
    document = provenance.get("config")
    if isinstance(document, Mapping) and "connectivity" in document:
        maker = provenance.get("generator", "another tool")
        notes = (f"made by {maker}, not by 'livn generate'",)
        return CultureChecks(validate(_stated(document)), ours=False, notes=notes)
    return None


def _stated(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration in livn's own provenance: its keys are ours, with nulls and copies."""
    stated = {key: value for key, value in document.items() if not key.startswith("_")}
    stated["populations"] = {
        name: {key: value for key, value in population.items() if value is not None}
        for name, population in stated.get("populations", {}).items()
    }
    return stated
