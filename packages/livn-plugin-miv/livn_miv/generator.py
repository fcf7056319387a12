"""The generator ``miv``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from pydantic import BaseModel, Field

from livn_core.components import Generator
from livn_core.errors import ConfigError, Finding

if TYPE_CHECKING:
    from livn_core.verify import Checks
    from livn_miv.program import MivProgram

__all__ = ["Miv"]

_OTHERWISE = {
    "cells-per-layer": "MiV-Simulator draws the layer of each soma",
    "synapse-density": "MiV-Simulator draws a density for each segment of NEURON's, and places at "
    "least one synapse of each kind on a section",
}


class Miv(Generator):
    """Layered systems made by MiV-Simulator's own pipeline, on the same configurations."""

    distributed: ClassVar[bool] = False

    templates: Path = Field(
        description="folder of NEURON cell templates (.hoc); livn's repository has those of S1 to S4 "
        "in systems/templates"
    )
    mechanisms: Path = Field(
        description="folder of NEURON mechanisms (.mod); livn's repository has those of S1 to S4 in "
        "systems/mechanisms"
    )

    @classmethod
    def accepts(cls, document: Mapping[str, Any]) -> bool:
        """Accept nothing by itself: it must be asked for by name."""
        return False

    @classmethod
    def configuration(cls, document: Mapping[str, Any], *, origin: str = "") -> BaseModel:
        """Validate a document, once it is sure that the pipeline can run here.

        Raises
        ------
        MissingDependencyError
            It cannot: names everything that is missing.
        ConfigError
            The document is wrong, or asks for what MiV-Simulator does not read.
        """
        from livn_core.layered.configuration import validate
        from livn_miv.document import refusals
        from livn_miv.stack import require

        require()
        config = validate(document, origin=origin)
        if found := refusals(config):
            raise ConfigError(found, origin=origin, hint="the generator 'layered3d' makes it")
        return config

    @classmethod
    def checks(cls, provenance: Mapping[str, Any], graph: Mapping[str, Any]) -> Checks | None:
        """Return the checks of a layered system, by the densities as MiV-Simulator reads them."""
        from livn_core.plugins.registry import registry
        from livn_miv.document import as_read

        if provenance.get("generator") != "miv":
            return None
        document = {**provenance, "configuration": as_read(provenance["configuration"])}
        layered: type[Generator] = registry().load("generator", "layered3d")
        found = layered.checks(document, graph)
        if found is not None:
            found.otherwise = _OTHERWISE
        return found

    def program(self, config: BaseModel) -> MivProgram:
        """Return the program that runs the pipeline.

        Raises
        ------
        ConfigError
            A folder is not there, or lacks the template of a cell type.
        """
        from livn_core.layered.configuration import LayeredConfig
        from livn_miv.program import MivProgram

        if not isinstance(config, LayeredConfig):
            raise TypeError(f"expected a LayeredConfig, not {type(config).__name__}")
        folders = {"templates": (self.templates, "hoc"), "mechanisms": (self.mechanisms, "mod")}
        findings = [
            Finding(name, f"'{path}' is not a folder with .{suffix} files")
            for name, (path, suffix) in folders.items()
            if next(path.rglob(f"*.{suffix}"), None) is None
        ]
        if not findings:
            findings = [
                Finding(
                    f"Cell Types.{name}.template",
                    f"no '{entry.template}.hoc' in '{self.templates}'",
                )
                for name, entry in config.cell_types.items()
                if entry.morphology and not (self.templates / f"{entry.template}.hoc").is_file()
            ]
        if findings:
            raise ConfigError(findings, hint="github.com/livn-org/livn has both, for S1 to S4")
        return MivProgram(config, templates=self.templates, mechanisms=self.mechanisms)
