"""MiV-Simulator's own pipeline, for those who have it installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field

from livn_core.components import Generator
from livn_core.errors import ConfigError, Finding

if TYPE_CHECKING:
    from livn_core.layered.miv import MivProgram
    from livn_core.verify.layered_checks import LayeredChecks

__all__ = ["Miv"]


class Miv(Generator):
    """Layered systems made by MiV-Simulator on the same configuration."""

    templates: Path | None = Field(None, description="folder of NEURON cell templates (.hoc)")
    mechanisms: Path | None = Field(None, description="folder of NEURON mechanisms (.mod)")

    @classmethod
    def accepts(cls, document: Mapping[str, Any]) -> bool:
        """Accept nothing by itself: it must be asked for by name."""
        return False

    @classmethod
    def configuration(cls, document: Mapping[str, Any], *, origin: str = "") -> BaseModel:
        """Validate a document, once it is sure that the pipeline is there.

        Raises
        ------
        MissingDependencyError
            MiV-Simulator or neuroh5 is not installed; the hint says how to get it.
        """
        from livn_core.layered.configuration import validate
        from livn_core.layered.miv import require

        require()
        return validate(document, origin=origin)

    @classmethod
    def checks(
        cls, provenance: Mapping[str, Any], graph: Mapping[str, Any]
    ) -> LayeredChecks | None:
        """Return the checks of a layered system."""
        from livn_core.verify.layered_checks import layered_checks

        return layered_checks(provenance, graph, ours=False)

    def program(self, config: BaseModel) -> MivProgram:
        """Return the program that runs the pipeline."""
        from livn_core.layered.configuration import LayeredConfig
        from livn_core.layered.miv import MivProgram, require

        require()
        if not isinstance(config, LayeredConfig):
            raise TypeError(f"expected a LayeredConfig, not {type(config).__name__}")
        folders = {"templates": self.templates, "mechanisms": self.mechanisms}
        findings = [
            Finding(name, f"'{path}' is not a folder" if path else "is required")
            for name, path in folders.items()
            if path is None or not path.is_dir()
        ]
        if findings or self.templates is None or self.mechanisms is None:
            raise ConfigError(findings, hint="the livn repository has both in its folder 'systems'")
        return MivProgram(config, templates=self.templates, mechanisms=self.mechanisms)
