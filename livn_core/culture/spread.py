"""Keys of a culture that say where it is dense."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field, model_validator

from livn_core.documents.fields import Number, Settings, Text, Whole

__all__ = ["ClustersConfig", "GradientConfig"]


class ClustersConfig(Settings):
    """Cells in clusters around centres that are uniform over the region."""

    count: Annotated[Whole, Field(ge=1, le=1_000_000)] = Field(description="number of clusters")
    sigma: Annotated[Number, Field(gt=0, le=1e9)] | None = Field(
        None, description="standard deviation of x and of y within a cluster, um (Thomas)"
    )
    radius: Annotated[Number, Field(gt=0, le=1e9)] | None = Field(
        None, description="radius of clusters that are uniform disks, um (Matern); or sigma"
    )
    apart: Annotated[Number, Field(ge=0, le=1e9)] = Field(
        0.0, description="least distance of two centres, um; 0 for independent ones"
    )
    background: Annotated[Number, Field(ge=0, lt=1)] = Field(
        0.0, description="chance of a cell to be in no cluster"
    )

    @model_validator(mode="after")
    def _one_width(self) -> ClustersConfig:
        if (self.sigma is None) == (self.radius is None):
            raise ValueError("needs either a sigma (Thomas) or a radius (Matern)")
        return self


class GradientConfig(Settings):
    """Relative density: linear from one end of the region to the other, or the greys of an image."""

    model_config = ConfigDict(populate_by_name=True)

    along: Literal["x", "y", "radius"] | None = Field(
        None,
        description="x or y from the lowest to the highest of the region, or radius from its "
        "centroid to its farthest point",
    )
    start: Annotated[Number, Field(ge=0)] | None = Field(
        None, alias="from", description="relative density where it begins"
    )
    stop: Annotated[Number, Field(ge=0)] | None = Field(
        None, alias="to", description="relative density where it ends"
    )
    image: Text | None = Field(
        None,
        description="in place of these an image, .npy, .png or .tif, whose grey values the density "
        "is proportional to; centred on the region's box, row 0 at the top",
    )
    pixel: Annotated[Number, Field(gt=0)] | None = Field(
        None, description="edge of a pixel of the image, um"
    )

    @model_validator(mode="after")
    def _line_or_image(self) -> GradientConfig:
        line, image = (self.along, self.start, self.stop), (self.image, self.pixel)
        if any(key is not None for key in line) and any(key is not None for key in image):
            raise ValueError(
                "is along a line (along, from, to) or an image (image, pixel), not both"
            )
        if self.image is not None and self.pixel is None:
            raise ValueError("an image needs a pixel: the edge of a pixel, um")
        if self.image is None and None in line:
            raise ValueError("needs along, from and to; or an image and its pixel")
        if self.image is None and not any((self.start, self.stop)):
            raise ValueError("from and to cannot both be 0")
        return self
