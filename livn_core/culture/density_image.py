"""A density that is proportional to the grey values of an image."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livn_core.culture.density import SQUARES, FloatArray, Gradient, LinearGradient, means
from livn_core.culture.region import Region
from livn_core.culture.spread import GradientConfig
from livn_core.documents.paths import expanded
from livn_core.errors import MissingDependencyError, PlacementError

__all__ = ["ImageGradient", "gradient_over", "read_greys"]

#: Modes of Pillow whose pixels are one number.
GREY = {"1", "L", "I", "F", "I;16", "I;16B", "I;16L"}


def gradient_over(config: GradientConfig, region: Region) -> Gradient:
    """Return how dense a region is; see :class:`ImageGradient` for what an image may raise."""
    if config.image is None or config.pixel is None:
        return LinearGradient(config, region)
    return ImageGradient(config.image, config.pixel, region)


class ImageGradient(Gradient):
    """The grey values of an image that is centred on a region's box, its row 0 at the top.

    Parameters
    ----------
    path
        See :func:`read_greys`.
    pixel
        Edge of a pixel, um.
    region
        What it has to cover.

    Raises
    ------
    PlacementError
        It is no such image, or does not cover the region, or is black wherever the region is.
    MissingDependencyError
        Pillow, which reads it, is not installed.
    """

    def __init__(self, path: str, pixel: float, region: Region) -> None:
        image = read_greys(expanded(path))
        self.even, size = pixel, pixel * np.array(image.shape[::-1])
        extent = region.bounds[1] - region.bounds[0]
        if (size < extent * (1 - 1e-9)).any():
            raise PlacementError(
                f"'{path}' covers {size[0]:.6g} x {size[1]:.6g} um ({image.shape[1]} x "
                f"{image.shape[0]} pixels), the region is {extent[0]:.6g} x {extent[1]:.6g} um",
                hint=f"a pixel of {max(extent / size) * pixel:.4g} um or more covers it",
            )
        # Rows from below, as y grows.
        self._image, self._corner = image[::-1], region.bounds.mean(axis=0) - size / 2
        (left, bottom), (right, top) = self._at(region.bounds)
        self._most = float(self._image[bottom : top + 1, left : right + 1].max())
        edges = np.linspace(region.bounds[0], region.bounds[1], SQUARES + 1)
        if not self._most or not means(region, edges[:, 0], edges[:, 1], self).any():
            raise PlacementError(f"'{path}' is black over all of the region: no cell can be there")

    def _at(self, points: FloatArray) -> NDArray[np.int64]:
        """Return the column and row, from below, of the pixel that each point is in, (n, 2)."""
        steps = np.floor((points - self._corner) / self.even).astype(np.int64)
        return np.clip(steps, 0, np.array(self._image.shape[::-1]) - 1)

    def weight(self, points: FloatArray) -> FloatArray:
        """Return the density at each point, (n,), from 0 to 1."""
        column, row = self._at(points).T
        weight: FloatArray = self._image[row, column] / self._most
        return weight


def read_greys(path: Path) -> NDArray[np.generic]:
    """Return an image of grey values, (rows, columns), row 0 at the top: ``.npy``, PNG or TIFF.

    Raises
    ------
    PlacementError
        It is no image, or not one of numbers that are finite and not below 0; says what it is.
    MissingDependencyError
        It is no ``.npy``, and Pillow is not installed.
    """
    try:
        npy = path.suffix.lower() == ".npy"
        image = np.load(path, allow_pickle=False) if npy else _picture(path)
    except PlacementError:  # a ValueError as well, which says already what is wrong
        raise
    except (OSError, ValueError, EOFError) as error:
        why = getattr(error, "strerror", None) or error
        raise PlacementError(f"'{path}' cannot be read as an image: {why}") from None
    if not isinstance(image, np.ndarray):
        raise PlacementError(f"'{path}' holds several arrays, not one image")
    if image.ndim != 2 or not image.size:
        raise PlacementError(
            f"'{path}' has the shape {image.shape}: an image of grey values has rows and columns",
            hint="take one plane, or one channel, of it",
        )
    if image.dtype.kind not in "iufb":
        raise PlacementError(f"'{path}' holds {image.dtype} values: grey values are numbers")
    if not (np.isfinite(image).all() and image.min() >= 0):
        raise PlacementError(
            f"'{path}' holds values that are no density: they must be finite, and 0 or above"
        )
    return image


def _picture(path: Path) -> NDArray[np.generic]:
    try:
        from PIL import Image
    except ImportError:
        raise MissingDependencyError(
            f"Pillow, which reads '{path}', is not installed",
            hint="install it with: pip install pillow, or save the image as .npy",
        ) from None
    try:
        with Image.open(path) as picture:
            if (pages := getattr(picture, "n_frames", 1)) > 1:
                raise PlacementError(
                    f"'{path}' has {pages} pages: a density is one image",
                    hint="save one page alone",
                )
            if picture.mode not in GREY:
                raise PlacementError(
                    f"'{path}' is a {picture.mode} picture: a density is one grey value a pixel",
                    hint="convert it to grey values of 8 or 16 bits",
                )
            # Pillow turns the bytes of these after libtiff has turned them.
            with path.open("rb") as file:
                turned = picture.mode in {"I", "F"} and file.read(2) == b"MM"
            if turned and picture.info.get("compression", "raw") != "raw":
                raise PlacementError(
                    f"'{path}' is a big-endian, compressed TIFF, which Pillow does not read rightly",
                    hint="save it uncompressed, or as .npy",
                )
            return np.asarray(picture)
    except Image.DecompressionBombError as error:
        raise PlacementError(f"'{path}': {error}", hint="crop it, or save it as .npy") from None
