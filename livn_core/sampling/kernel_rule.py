"""What rules that connect by a kernel of distance have in common: their parameters and their law."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Literal

import numpy as np
from pydantic import Field, field_serializer, field_validator, model_validator

from livn_core.components import ConnectivityRule, FloatArray, Kernel
from livn_core.errors import DegreeError
from livn_core.plugins.kernels import kernel_document, kernel_from
from livn_core.sampling.amplitude import total_weight
from livn_core.sampling.pair_law import PairLaw, Visible, between_matrix
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Projection

__all__ = ["KernelRule", "unreachable"]


class KernelRule(ConnectivityRule):
    """Connects by k(d), up to a cutoff."""

    kernel: Kernel = Field(
        description="kernel of distance: gaussian, exponential, uniform, table, a plugin's"
    )
    cutoff: float | None = Field(
        None, gt=0, description="no connection beyond this multiple of sigma; null for none"
    )
    mean_degree: float | None = Field(None, ge=0, description="mean in-degree of the target cells")
    unreachable_degree: Literal["error", "largest"] = Field(
        "largest",
        description="a mean in-degree that cannot be reached: 'error' stops; 'largest' makes the "
        "largest reachable one, with a warning",
    )

    between: float | dict[str, float] | None = Field(
        None,
        description="factor of p from module to module: a number, or 'A1->A2' to number with "
        "'default' for the rest; within a module 1 unless it says otherwise",
    )
    mask: Literal["visible"] | None = Field(
        None, description="visible: no connection where the straight line leaves the region"
    )

    @field_validator("kernel", mode="before")
    @classmethod
    def _by_name(cls, value: Any) -> Any:
        return kernel_from(value)

    @field_serializer("kernel")
    def _with_name(self, kernel: Kernel) -> dict[str, Any]:
        return kernel_document(kernel)

    @model_validator(mode="after")
    def _cutoff_needs_a_scale(self) -> KernelRule:
        if self.cutoff is not None and self.kernel.length_scale is None:
            raise ValueError("cutoff is a multiple of sigma, which this kernel does not have")
        return self

    @property
    def cutoff_um(self) -> float | None:
        """Distance beyond which nothing is connected, um."""
        scale = self.kernel.length_scale
        return None if self.cutoff is None or scale is None else self.cutoff * scale

    def prepared(self, projection: Projection) -> KernelRule:
        """Return the rule with the kernel of the projection's pairs."""
        if type(self.kernel).of_pairs is Kernel.of_pairs:  # the same for any pairs
            return self
        kernel = self.law(projection).kernel.kernel
        return self if kernel is self.kernel else self.model_copy(update={"kernel": kernel})

    def law(self, projection: Projection) -> PairLaw:
        """Return the weights of a projection's pairs."""
        region = projection.culture.region
        modules = () if region is None else region.modules
        law = PairLaw(
            projection,
            ConnectionProbability.scaled_to_one(self.kernel, self.cutoff_um, _farthest(projection)),
            _factor(projection.target, "in_degree"),
            _factor(projection.source, "out_degree"),
            between=None if self.between is None else between_matrix(self.between, modules),
            mask=None if self.mask is None else Visible(projection),
        )
        kernel = self.kernel.of_pairs(lambda part: total_weight(replace(law, kernel=part)))
        if kernel is self.kernel:
            return law
        own = ConnectionProbability.scaled_to_one(kernel, self.cutoff_um, _farthest(projection))
        return replace(law, kernel=own)

    def described(self) -> dict[str, Any]:
        """Return the parameters that every such rule honours, as JSON values."""
        return {
            **self.kernel.model_dump(mode="json"),
            "cutoff": self.cutoff,
            "mean_degree": self.mean_degree,
            **({} if self.between is None else {"between": self.between}),
            **({} if self.mask is None else {"mask": self.mask}),
        }


def _farthest(projection: Projection) -> float:
    """Return a distance that no pair exceeds, um."""
    source, target = projection.source.positions, projection.target.positions
    if not (len(source) and len(target)):
        return 1.0
    return float(np.linalg.norm(np.ptp(np.concatenate((source, target)), axis=0))) + 1.0


def _factor(cells: Cells, name: str) -> FloatArray | None:
    values = cells.attributes.get(name)
    return None if values is None else values.astype(np.float64)


def unreachable(projection: Projection, mean_degree: float, error: DegreeError) -> str:
    """Return the warning that a degree gave way to the largest that can be reached."""
    return (
        f"{projection.name}: a mean in-degree of {mean_degree:g} cannot be "
        f"reached; it is {error.reachable:.4g}, the largest that can"
    )
