"""What rules that connect by a kernel of distance have in common: their parameters and their law."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from pydantic import Field, field_serializer, field_validator, model_validator

from livn_core.components import ConnectivityRule, FloatArray, Kernel
from livn_core.errors import DegreeError
from livn_core.plugins.kernels import kernel_document, kernel_from
from livn_core.sampling.pair_law import PairLaw
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

    def law(self, projection: Projection) -> PairLaw:
        """Return the weights of a projection's pairs."""
        return PairLaw(
            projection,
            ConnectionProbability(self.kernel, self.cutoff_um),
            _factor(projection.target, "in_degree"),
            _factor(projection.source, "out_degree"),
        )

    def described(self) -> dict[str, Any]:
        """Return the parameters that every such rule honours, as JSON values."""
        return {
            **self.kernel.model_dump(mode="json"),
            "cutoff": self.cutoff,
            "mean_degree": self.mean_degree,
        }


def _factor(cells: Cells, name: str) -> FloatArray | None:
    values = cells.attributes.get(name)
    return None if values is None else values.astype(np.float64)


def unreachable(projection: Projection, mean_degree: float, error: DegreeError) -> str:
    """Return the warning that a degree gave way to the largest that can be reached."""
    return (
        f"{projection.name}: a mean in-degree of {mean_degree:g} cannot be "
        f"reached; it is {error.reachable:.4g}, the largest that can"
    )
