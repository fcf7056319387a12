"""Cells at the centroids of the labels of an image."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, PrivateAttr

from livn_core.components import Placement
from livn_core.errors import PlacementError
from livn_microscope.images import read_labels

__all__ = ["Labels", "centroids"]


def centroids(image: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the labels above 0, ascending, and the centroid of each, (cells, 2) pixels.

    (x, y) from the lower left corner of the image: the mean of its pixels' middles.

    Examples
    --------
    >>> centroids(np.array([[0, 7, 7], [3, 0, 0]]))
    (array([3, 7]), array([[0.5, 0.5],
           [2. , 1.5]]))
    """
    row, column = np.nonzero(image)
    labels, which = np.unique(image[row, column], return_inverse=True)
    pixels = np.bincount(which, minlength=len(labels))
    x = np.bincount(which, column + 0.5, len(labels)) / pixels
    y = np.bincount(which, image.shape[0] - row - 0.5, len(labels)) / pixels
    return labels, np.column_stack([x, y])


class Labels(Placement):
    """Cells of a segmented image (Cellpose, StarDist): one for each label above 0, at its centroid.

    The lower left corner of the image is the origin; y grows upwards, row 0 is the top.
    """

    path: Path = Field(description="label image: .npy, .png or .tif, of whole numbers")
    pixel: float = Field(gt=0, description="edge of a pixel, um")
    kinds: Path | None = Field(
        None,
        description="whose cell each label is: a CSV with label and population, or an image of the "
        "same size",
    )
    names: dict[str, str] = Field(
        default_factory=dict, description="with an image in kinds: number to population"
    )
    _placed: str | None = PrivateAttr(None)

    def for_population(self, population: str) -> Labels:
        """Return the placement of this population's cells."""
        bound = self.model_copy()
        bound._placed = population
        for name in ("_image", "_cells", "_owners"):
            bound.__dict__[name] = getattr(self, name)
        return bound

    @cached_property
    def _image(self) -> NDArray[np.int64]:
        return read_labels(self.path.expanduser())

    @cached_property
    def _cells(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        labels, places = centroids(self._image)
        if not len(labels):
            raise PlacementError(f"'{self.path}' has no label above 0: there is no cell")
        return labels, self.pixel * places

    @cached_property
    def _owners(self) -> NDArray[np.str_] | None:
        """Population of each cell; None where nothing says so."""
        if self.kinds is None:
            return None
        if self.kinds.suffix.lower() == ".csv":
            return self._of_table(self.kinds.expanduser())
        return self._of_image(read_labels(self.kinds.expanduser()))

    def _of_table(self, path: Path) -> NDArray[np.str_]:
        try:
            with path.open(newline="", encoding="utf-8-sig") as file:
                rows = list(csv.DictReader(file))
        except (OSError, UnicodeDecodeError, csv.Error) as error:
            raise PlacementError(f"'{path}' cannot be read: {error}") from None
        if not rows or not {"label", "population"} <= set(rows[0]):
            raise PlacementError(f"'{path}' needs the columns label and population")
        owners: dict[int, str] = {}
        for number, row in enumerate(rows, 2):
            text = (row["label"] or "").strip()
            if not text.isdecimal():
                raise PlacementError(f"'{path}', line {number}: '{text}' is no label")
            if int(text) in owners:
                raise PlacementError(f"'{path}', line {number}: the label {text} is there twice")
            owners[int(text)] = (row["population"] or "").strip()
        return self._named(owners, str(path))

    def _of_image(self, image: NDArray[np.int64]) -> NDArray[np.str_]:
        if image.shape != self._image.shape:
            raise PlacementError(
                f"'{self.kinds}' has {image.shape} pixels, '{self.path}' {self._image.shape}"
            )
        inside = self._image > 0
        pairs, pixels = np.unique(
            np.stack([self._image[inside], image[inside]]), axis=1, return_counts=True
        )
        # Of each label the number that most of its pixels have; the smaller of two alike.
        order = np.lexsort((pairs[1], -pixels, pairs[0]))
        labels, first = np.unique(pairs[0][order], return_index=True)
        kinds = pairs[1][order][first]
        unknown = sorted({str(kind) for kind in kinds.tolist()} - set(self.names))
        if unknown:
            raise PlacementError(
                f"'{self.kinds}' has the number {unknown[0]} in a cell, which names does not have",
                hint='say whose cells the numbers are: {"1": "EXC", "2": "INH"}',
            )
        owners = {
            int(label): self.names[str(kind)]
            for label, kind in zip(labels.tolist(), kinds.tolist(), strict=True)
        }
        return self._named(owners, str(self.kinds))

    def _named(self, owners: Mapping[int, str], origin: str) -> NDArray[np.str_]:
        labels = self._cells[0].tolist()
        if missing := [label for label in labels if label not in owners]:
            raise PlacementError(
                f"'{origin}' says nothing of {len(missing)} of {len(labels)} labels of "
                f"'{self.path}', {missing[0]} among them"
            )
        if surplus := sorted(set(owners) - set(labels)):
            raise PlacementError(
                f"'{origin}' names the label {surplus[0]}, which '{self.path}' has not"
            )
        return np.array([owners[label] for label in labels])

    def measured(self) -> dict[str, int] | None:
        """Return the cells of each population; None where nothing says whose they are."""
        if self._owners is None:
            return None
        names, cells = np.unique(self._owners, return_counts=True)
        return {str(name): int(count) for name, count in zip(names, cells, strict=True)}

    def place(self, count: int, rng: np.random.Generator) -> NDArray[np.float64]:
        """Return the centroids, (count, 2) um, in the order of the labels; nothing is drawn."""
        labels, places = self._cells
        if self._owners is not None:
            if self._placed is not None:
                places = places[self._owners == self._placed]
            held = ", ".join(f"{name} {n}" for name, n in (self.measured() or {}).items())
            todo = f"set the counts of the populations to those of the image: {held}"
        else:
            todo = (
                f"all {len(labels)} cells are of one population, "
                f'populations: {{"EXC": {{"count": {len(labels)}}}}}, or kinds says whose each is'
            )
        if len(places) != count:
            whose = f" of '{self._placed}'" if self._placed and self._owners is not None else ""
            raise PlacementError(
                f"'{self.path}' has {len(places)} cells{whose}, not {count}",
                hint=todo,
            )
        return places

    def bounds(self) -> NDArray[np.float64]:
        """Return the box of the image, um."""
        rows, columns = self._image.shape
        return self.pixel * np.array([[0.0, 0.0], [columns, rows]])
