"""Layered three-dimensional systems of cells with morphologies.

What a generator accepts is asked of all of them: only the one that is chosen imports its work.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, Field

from livn_core.components import Generator
from livn_core.layered.models import LayeredModel

if TYPE_CHECKING:
    from livn_core.layered.program import LayeredProgram
    from livn_core.verify.layered import LayeredChecks

__all__ = ["Layered3D"]


class Layered3D(Generator):
    """Layers of cells with morphologies, synapses on their sections, axons of limited reach."""

    model = LayeredModel

    trees: bool = Field(True, description="store each cell's morphology (22 bytes a point)")
    scale: float = Field(1.0, gt=0, description="factor of the number of cells")
    scale_extents: bool = Field(
        False, description="shrink the boxes with the cells, so that their density stays"
    )
    allow_autapses: bool = Field(
        True, description="whether a cell may be its own source, as in MiV-Simulator"
    )
    out_of_reach: Literal["nearest", "error"] = Field(
        "nearest",
        description="for synapses that no source reaches: take the nearest source and say so, or "
        "refuse",
    )

    @classmethod
    def accepts(cls, document: Mapping[str, Any]) -> bool:
        """Accept documents with a geometry or definitions."""
        return "Geometry" in document or "Definitions" in document

    @classmethod
    def configuration(cls, document: Mapping[str, Any], *, origin: str = "") -> BaseModel:
        """Validate a document in the full form or the short one."""
        from livn_core.layered.configuration import validate

        return validate(document, origin=origin)

    @classmethod
    def checks(
        cls, provenance: Mapping[str, Any], graph: Mapping[str, Any]
    ) -> LayeredChecks | None:
        """Return the checks of a layered system, made here or by another tool."""
        from livn_core.verify.layered import layered_checks

        return layered_checks(provenance, graph, ours=provenance.get("generator") == "layered3d")

    def program(self, config: BaseModel) -> LayeredProgram:
        """Return the system's program."""
        from livn_core.layered.configuration import LayeredConfig
        from livn_core.layered.program import LayeredProgram
        from livn_core.layered.scaling import scaled

        if not isinstance(config, LayeredConfig):
            raise TypeError(f"expected a LayeredConfig, not {type(config).__name__}")
        options = self.model_dump(include={"trees", "allow_autapses", "out_of_reach"})
        config = scaled(config, self.scale, extents=self.scale_extents)
        return LayeredProgram(config, **options, parameters=options)
