"""The kernel ``mixture``: local connections and far ones, in shares of the connections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from pydantic import Field, field_serializer, field_validator, model_serializer, model_validator

from livn_core.components import FloatArray, Kernel, Parameters
from livn_core.errors import ConfigError
from livn_core.plugins.kernels import kernel_document, kernel_from
from livn_core.sampling.probability import ConnectionProbability

__all__ = ["Mixture", "Part"]

#: Cutoff of a part whose kernel has a sigma, unless it says otherwise: that of ``connectivity``.
CUTOFF = 3.0


class Part(Parameters):
    """One kernel of a mixture: ``{kernel: NAME, share: S, ...}``, the rest its own parameters."""

    kernel: Kernel = Field(description="kernel of distance, with its parameters")
    share: float = Field(gt=0, description="share of the expected connections, before the clip")
    cutoff: float | None = Field(
        None, gt=0, description="no connection beyond this multiple of the part's sigma"
    )

    @model_validator(mode="before")
    @classmethod
    def _flat(cls, values: Any) -> Any:
        if not isinstance(values, Mapping) or not isinstance(values.get("kernel"), str):
            return values
        own = {key: value for key, value in values.items() if key in {"share", "cutoff"}}
        kernel = kernel_from({key: value for key, value in values.items() if key not in own})
        if "cutoff" not in own and kernel.length_scale is not None:
            own["cutoff"] = CUTOFF
        return {"kernel": kernel, **own}

    @model_validator(mode="after")
    def _cutoff_needs_a_scale(self) -> Part:
        if self.cutoff is not None and self.kernel.length_scale is None:
            raise ValueError("cutoff is a multiple of sigma, which this kernel does not have")
        return self

    @model_serializer
    def _as_written(self) -> dict[str, Any]:
        return {**kernel_document(self.kernel), "share": self.share, "cutoff": self.cutoff}

    @property
    def law(self) -> ConnectionProbability:
        """The kernel with its cutoff."""
        scale = self.kernel.length_scale
        cutoff = None if self.cutoff is None or scale is None else self.cutoff * scale
        return ConnectionProbability(self.kernel, cutoff)


class Mixture(Kernel):
    """k(d) = sum of f_m k_m(d), with f_m so that part m has its share of the connections.

    f_m = share_m / (sum of k_m over the pairs of the projection): the shares are those of the
    expected connections before p = A k is clipped at 1. Without a projection, f_m is the share.
    """

    parts: tuple[Part, ...] = Field(
        min_length=1, description="kernels, each with its share, sigma and cutoff"
    )
    factors: tuple[float, ...] = Field(
        (), description="f of each part; left out, they follow from the shares"
    )

    @field_validator("parts", "factors", mode="before")
    @classmethod
    def _of_lists(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value

    @field_serializer("factors")
    def _as_list(self, factors: tuple[float, ...]) -> list[float]:
        return list(factors)

    @model_validator(mode="after")
    def _is_a_mixture(self) -> Mixture:
        total = sum(part.share for part in self.parts)
        if abs(total - 1) > 1e-6:
            raise ValueError(f"the shares of the parts add up to {total:g}, not to 1")
        if self.factors and len(self.factors) != len(self.parts):
            raise ValueError(f"has {len(self.factors)} factors for {len(self.parts)} parts")
        if not all(0 <= factor < np.inf for factor in self.factors):
            raise ValueError("factors must be finite and >= 0")
        return self

    @property
    def monotone(self) -> bool:  # type: ignore[override]
        """Whether no part grows with distance."""
        return all(part.kernel.monotone for part in self.parts)

    def of_pairs(self, total: Callable[[ConnectionProbability], float]) -> Mixture:
        """Return the mixture with the factors of a projection's pairs.

        Raises
        ------
        ConfigError
            No pair is within the reach of a part.
        """
        if self.factors:
            return self
        totals = [total(part.law) for part in self.parts]
        if not any(totals):
            return self
        if not all(1e-300 < value < 1e300 for value in totals if value):
            raise ConfigError(
                "a part's kernel is too large or too small to add",
                path="kernel_kwargs.parts",
                hint="scale it in its plugin so that its largest value is about 1",
            )
        if not all(totals):
            lost = self.parts[totals.index(0.0)]
            name = kernel_document(lost.kernel)["kernel"]
            raise ConfigError(
                f"no pair of cells is within reach of the part '{name}', share {lost.share:g}",
                path="kernel_kwargs.parts",
                hint="raise its cutoff or sigma, or leave it out",
            )
        raw = [part.share / value for part, value in zip(self.parts, totals, strict=True)]
        # The scale does not matter, A takes it up: the largest is 1.
        return self.model_copy(update={"factors": tuple(value / max(raw) for value in raw)})

    def weight(self, distance: FloatArray) -> FloatArray:
        """Return k(d) for distances in um; same shape, float64."""
        return np.sum(self.weights(distance), axis=0)

    def weights(self, distance: FloatArray) -> FloatArray:
        """Return f_m k_m(d) of each part, (parts, ...) float64."""
        distance = np.asarray(distance, dtype=np.float64)
        return np.array([f * part.law.weight(distance) for f, part in self._weighted()])

    def bound(self, nearest: FloatArray, farthest: FloatArray) -> FloatArray:
        """Return an upper bound of k over ``[nearest, farthest]``, um: the sum of the parts'."""
        bounds = [f * part.law.bound(nearest, farthest) for f, part in self._weighted()]
        return np.sum(bounds, axis=0)

    def _weighted(self) -> list[tuple[float, Part]]:
        factors = self.factors or tuple(part.share for part in self.parts)
        return list(zip(factors, self.parts, strict=True))
