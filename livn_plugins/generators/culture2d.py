"""The flat culture: placement, connectivity rules, point neurons."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from livn_core.components import Generator
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.overrides import SHORTHAND, CultureChange
from livn_core.culture.validation import validate
from livn_core.documents.document import Document

if TYPE_CHECKING:
    from livn_core.culture.program import CultureProgram
    from livn_core.culture.region import Region
    from livn_core.verify.culture import CultureChecks


class Culture2D(Generator):
    """A two-dimensional culture of point neurons with distance-dependent connections."""

    model = Culture2DConfig
    shorthand = SHORTHAND
    changes = CultureChange

    @classmethod
    def accepts(cls, document: Mapping[str, Any]) -> bool:
        """Accept the empty document, and one that has a key of a flat culture's configuration.

        Not one of the layered form, which has keys such as the seed in common with this.
        """
        if "Geometry" in document or "Definitions" in document:
            return False
        return not document or bool(set(Culture2DConfig.model_fields) & set(document))

    @classmethod
    def configuration(
        cls, document: Document | Mapping[str, Any], *, origin: str = ""
    ) -> BaseModel:
        """Validate; an empty document gives the defaults."""
        return validate(document, origin=origin)

    @classmethod
    def checks(
        cls, provenance: Mapping[str, Any], graph: Mapping[str, Any]
    ) -> CultureChecks | None:
        """Return the checks of a culture, made here or by livn's own 2D script."""
        from livn_core.verify.culture import culture_checks

        return culture_checks(provenance)

    def region(self, config: BaseModel) -> Region | None:
        """Return the region of the placement."""
        return config.region if isinstance(config, Culture2DConfig) else None

    def program(self, config: BaseModel) -> CultureProgram:
        """Return the culture's program."""
        # Imported here: every generator is asked what it accepts, one is chosen.
        from livn_core.culture.program import CultureProgram

        if not isinstance(config, Culture2DConfig):
            raise TypeError(f"expected a Culture2DConfig, not {type(config).__name__}")
        return CultureProgram(config)
