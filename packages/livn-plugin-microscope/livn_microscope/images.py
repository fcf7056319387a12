"""Reads images of whole numbers: NumPy arrays, PNG and TIFF."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from livn_core.errors import MissingDependencyError, PlacementError

__all__ = ["read_labels"]

#: Modes of Pillow whose pixels are one whole number.
WHOLE = {"1", "L", "I", "I;16", "I;16B", "I;16L"}

#: TIFF's tag of what 0 looks like: 0 where it is white (ImageJ's inverting LUT), 1 where it is black.
PHOTOMETRIC = 262

#: TIFF's tag of what a pixel is: 1 without, 2 with a sign.
SAMPLE_FORMAT = 339


def read_labels(path: Path) -> NDArray[np.int64]:
    """Return an image, (rows, columns), row 0 at the top.

    Raises
    ------
    PlacementError
        It is no image, or not one of whole numbers; says which file, and what it is.
    MissingDependencyError
        It is a PNG or TIFF, and Pillow is not installed.
    """
    try:
        image = _array(path) if path.suffix.lower() == ".npy" else _picture(path)
    except PlacementError:  # a ValueError as well, which says already what is wrong
        raise
    except (OSError, ValueError, EOFError) as error:
        raise PlacementError(f"'{path}' cannot be read as an image: {error}") from None
    if image.ndim != 2:
        raise PlacementError(
            f"'{path}' has the shape {image.shape}: a label image has rows and columns alone",
            hint="take one plane, or one channel, of it",
        )
    if image.dtype.kind not in "iub":
        raise PlacementError(
            f"'{path}' holds {image.dtype} values: labels are whole numbers",
            hint="export the masks of the segmentation, not the picture that was segmented",
        )
    labels = image.astype(np.int64)
    if labels.size and labels.min() < 0:
        raise PlacementError(
            f"'{path}' holds a label of {labels.min()}: 0 is background, cells are above"
        )
    return labels


def _array(path: Path) -> NDArray[np.generic]:
    found = np.load(path, allow_pickle=False)
    if not isinstance(found, np.ndarray):
        raise PlacementError(f"'{path}' holds several arrays, not one image")
    return found


def _picture(path: Path) -> NDArray[np.generic]:
    try:
        from PIL import Image, UnidentifiedImageError
    except ImportError:
        raise MissingDependencyError(
            f"Pillow, which reads '{path}', is not installed",
            hint="install it with: pip install pillow, or save the image as .npy",
        ) from None
    with path.open("rb") as file:
        big = file.read(4) == b"MM\0*"
    try:
        with Image.open(path) as picture:
            # Pillow turns the bytes of these after libtiff has turned them.
            if big and picture.mode == "I" and picture.info.get("compression") != "raw":
                raise _big_endian(path, "compressed numbers with a sign, or of 32 bits")
            if getattr(picture, "n_frames", 1) > 1:
                raise PlacementError(
                    f"'{path}' has {picture.n_frames} pages: a label image has one",
                    hint="save the page with the masks alone",
                )
            if picture.mode == "F":
                return np.asarray(picture)
            if picture.mode not in WHOLE:
                raise PlacementError(
                    f"'{path}' is a {picture.mode} picture: labels are one whole number a pixel",
                    hint="export the masks of the segmentation, not a picture of them",
                )
            pixels = np.asarray(picture)
            if picture.format == "TIFF" and picture.tag_v2.get(PHOTOMETRIC) == 0:
                # Pillow turns values of up to 8 bits round, so that they look right; not those of 16.
                pixels = ~pixels if picture.mode in {"1", "L"} else pixels
            # Pillow reads whole numbers of 32 bits, with a sign (SampleFormat 2) or not, as signed.
            unsigned = picture.format == "TIFF" and picture.tag_v2.get(SAMPLE_FORMAT, (1,)) == (1,)
            return pixels.view(np.uint32) if unsigned and pixels.dtype == np.int32 else pixels
    except UnidentifiedImageError:
        if big:
            raise _big_endian(path, "numbers of 32 bits without a sign") from None
        raise
    except Image.DecompressionBombError as error:
        raise PlacementError(f"'{path}': {error}", hint="crop it, or save it as .npy") from None


def _big_endian(path: Path, what: str) -> PlacementError:
    return PlacementError(
        f"'{path}' is a big-endian TIFF of {what}, which Pillow does not read",
        hint="save it uncompressed and little-endian, with 16 bits, or as .npy",
    )
