"""Centroids against scipy, populations, and images that are no label images."""

from __future__ import annotations

import ast
import re
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from livn_microscope.images import read_labels
from livn_microscope.placement import Labels, centroids
from PIL import Image
from scipy import ndimage

import livn_core
from livn_core import generate
from livn_core.errors import MissingDependencyError, PlacementError
from livn_core.plugins.registry import registry
from livn_core.testing import PlacementContract


def blobs(rows=120, columns=200, cells=60, seed=4):
    """An image of discs of several sizes, some touching, with labels that are not contiguous."""
    rng = np.random.Generator(np.random.Philox(seed))
    y, x = np.mgrid[:rows, :columns]
    image = np.zeros((rows, columns), np.int64)
    for label in range(1, cells + 1):
        at, radius = rng.random(2) * [rows, columns], 2 + 5 * rng.random()
        image[(y - at[0]) ** 2 + (x - at[1]) ** 2 < radius**2] = 3 * label
    return image


@pytest.fixture
def image():
    return blobs()


def written(folder, image, suffix):
    path = folder / f"cells{suffix}"
    if suffix == ".npy":
        np.save(path, image.astype(np.uint16))
    else:
        Image.fromarray(image.astype(np.uint16)).save(path)
    return path


def plain_tiff(pixels, compression=1, white=1):
    """A TIFF of one strip, written by its specification: Pillow writes none without a sign."""
    order = ">" if pixels.dtype.byteorder == ">" else "<"
    data = pixels.tobytes() if compression == 1 else zlib.compress(pixels.tobytes())
    data += bytes(len(data) % 2)
    rows, columns = pixels.shape
    form = 1 if pixels.dtype.kind == "u" else 2
    entries = {256: columns, 257: rows, 258: 8 * pixels.itemsize, 259: compression, 262: white, 273: 8, 277: 1, 278: rows,
               279: len(data), 339: form}  # fmt: skip
    directory = struct.pack(f"{order}H", len(entries)) + b"".join(
        struct.pack(f"{order}HHII", tag, 4, 1, value) for tag, value in entries.items()
    )
    mark = b"MM" if order == ">" else b"II"
    return mark + struct.pack(f"{order}HI", 42, 8 + len(data)) + data + directory + bytes(4)


@pytest.mark.parametrize("kind", ["<u4", "<i4", ">i4"])
def test_labels_of_32_bits_have_their_values(tmp_path, kind):
    largest = np.iinfo(kind).max
    path = tmp_path / "cells.tif"
    path.write_bytes(plain_tiff(np.array([[0, 5], [7, largest]], kind)))
    assert read_labels(path).tolist() == [[0, 5], [7, largest]]


@pytest.mark.parametrize(("kind", "compression"), [(">u4", 1), (">u4", 8), (">i4", 8), (">i2", 8)])
def test_big_endian_numbers_that_pillow_reads_wrongly_are_refused(tmp_path, kind, compression):
    path = tmp_path / "cells.tif"
    path.write_bytes(plain_tiff(np.array([[0, 5], [7, 300]], kind), compression))
    with pytest.raises(PlacementError, match=r"cells.tif' is a big-endian TIFF of") as caught:
        read_labels(path)
    assert "as .npy" in caught.value.hint


@pytest.mark.parametrize("kind", ["<u2", ">u2", "<i2", "<u4", "<i4"])
def test_compressed_labels_have_their_values(tmp_path, kind):
    path = tmp_path / "cells.tif"
    path.write_bytes(plain_tiff(np.array([[0, 5], [7, 300]], kind), 8))
    assert read_labels(path).tolist() == [[0, 5], [7, 300]]


@pytest.mark.parametrize("suffix", [".npy", ".png", ".tif"])
def test_centroids_are_those_of_scipy(tmp_path, image, suffix):
    labels = np.unique(image[image > 0])
    row, column = np.array(ndimage.center_of_mass(image > 0, image, labels)).T
    due = 0.65 * np.column_stack([column + 0.5, image.shape[0] - row - 0.5])
    placement = Labels(path=written(tmp_path, image, suffix), pixel=0.65)
    found = placement.place(len(labels), None)
    assert np.abs(found - due).max() < 0.01
    assert placement.bounds().tolist() == [[0, 0], [0.65 * 200, 0.65 * 120]]
    assert centroids(image)[0].tolist() == labels.tolist()


def test_a_culture_of_two_populations(tmp_path, image):
    labels = np.unique(image[image > 0])
    kinds = np.where(image % 2 == 1, 1, 2)
    kinds[:, ::7] = 2  # a few wrong pixels in each cell
    names = {"1": "EXC", "2": "INH"}
    exc = int((labels % 2 == 1).sum())
    np.save(tmp_path / "kinds.npy", kinds)
    table = ["label,population", *(f"{label},{names[str(2 - label % 2)]}" for label in labels)]
    (tmp_path / "kinds.csv").write_text("\n".join(table))
    path = written(tmp_path, image, ".tif")
    made = []
    for kinds_file in ("kinds.npy", "kinds.csv"):
        own = {"path": str(path), "pixel": 0.65, "kinds": str(tmp_path / kinds_file)}
        if kinds_file.endswith("npy"):
            own["names"] = names
        system = generate(
            area="labels",
            area_kwargs=own,
            connectivity={"sigma": 40.0, "mean_degree": 4},
            output_directory=tmp_path / kinds_file.replace(".", "-"),
        )
        made.append(system.digest())
        assert [(p.name, p.count) for p in system.populations] == [
            ("EXC", exc),
            ("INH", len(labels) - exc),
        ]
        places = 0.65 * centroids(image)[1]
        np.testing.assert_allclose(
            system.positions("EXC")[:, :2], places[labels % 2 == 1], atol=1e-4
        )
        kept = {entry["copy"] for entry in system.provenance["inputs"]}
        assert kept == {"inputs/cells.tif", f"inputs/{kinds_file}"}
    assert made[0] == made[1]


def test_wrong_counts_are_told_with_the_right_ones(tmp_path, image):
    path = written(tmp_path, image, ".png")
    count = len(np.unique(image)) - 1
    with pytest.raises(PlacementError, match=f"has {count} cells, not 80") as caught:
        Labels(path=path, pixel=1.0).place(80, None)
    assert f"{count} cells" in caught.value.hint


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda p: np.save(p / "x.npy", np.ones((4, 4))), "holds float64 values"),
        (lambda p: np.save(p / "x.npy", np.ones((4, 4, 3), int)), r"shape \(4, 4, 3\)"),
        (lambda p: np.save(p / "x.npy", -np.ones((4, 4), int)), "a label of -1"),
        (lambda p: np.save(p / "x.npy", np.zeros((4, 4), int)), "no label above 0"),
        (lambda p: (p / "x.npy").write_text("no"), "cannot be read as an image"),
        (lambda p: Image.new("RGB", (4, 4)).save(p / "x.png"), r"^'[^']*x\.png' is a RGB picture"),
        (lambda p: np.savez(p / "x.npz", a=1) or (p / "x.npz").rename(p / "x.npy"), "several"),
        (lambda p: Image.new("F", (4, 4)).save(p / "x.tif"), "holds float32 values"),
        (lambda p: (p / "x.tif").write_text("no"), "cannot be read as an image"),
        (lambda p: None, "cannot be read as an image"),
    ],
)
def test_what_is_no_label_image(tmp_path, make, says):
    make(tmp_path)
    (path,) = [*tmp_path.iterdir()] or [tmp_path / "absent.png"]
    with pytest.raises(PlacementError, match=says):
        Labels(path=path, pixel=1.0).place(1, None)


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (["label,population", "3,EXC"], "says nothing of"),
        (["label,kind", "3,EXC"], "needs the columns label and population"),
        (["label,population", "x,EXC"], "line 2: 'x' is no label"),
        (["label,population", "3,EXC", "3,INH"], "line 3: the label 3 is there twice"),
    ],
)
def test_tables_that_do_not_fit(tmp_path, image, rows, says):
    (tmp_path / "kinds.csv").write_text("\n".join(rows))
    own = Labels(path=written(tmp_path, image, ".npy"), pixel=1.0, kinds=tmp_path / "kinds.csv")
    with pytest.raises(PlacementError, match=says):
        own.for_population("EXC")


def test_a_table_with_a_label_that_the_image_has_not(tmp_path, image):
    labels = [*np.unique(image[image > 0]).tolist(), 999]
    (tmp_path / "kinds.csv").write_text(
        "\n".join(["label,population", *(f"{label},EXC" for label in labels)])
    )
    own = Labels(path=written(tmp_path, image, ".npy"), pixel=1.0, kinds=tmp_path / "kinds.csv")
    with pytest.raises(PlacementError, match=r"kinds.csv' names the label 999, which .*cells.npy'"):
        own.for_population("EXC")


def test_without_pillow_arrays_are_read_and_pictures_say_what_to_install(
    tmp_path, image, monkeypatch
):
    array, picture = written(tmp_path, image, ".npy"), written(tmp_path, image, ".png")
    monkeypatch.setitem(sys.modules, "PIL", None)
    assert len(centroids(read_labels(array))[0]) == len(np.unique(image)) - 1
    with pytest.raises(MissingDependencyError, match=r"reads '.*cells.png'") as caught:
        read_labels(picture)
    assert "pip install pillow" in caught.value.hint


def test_without_a_pixel_there_is_no_size(tmp_path, image):
    from livn_core.errors import ConfigError

    path = str(written(tmp_path, image, ".npy"))
    with pytest.raises(ConfigError, match="pixel"):
        registry().create("placement", "labels", {"path": path})


class TestLabels(PlacementContract):
    """``cells.npy`` is ``blobs(40, 40, 5)`` as bytes."""

    name = "labels"
    examples = [{"path": str(Path(__file__).with_name("cells.npy")), "pixel": 2.0}]
    counts = (len(np.unique(blobs(40, 40, 5))) - 1,)
    random = False


def test_the_documented_interface_suffices():
    """The package imports what the pages for plugin authors name, and nothing else of ours."""
    package = Path(__file__).parents[1]
    pages = package.parents[1] / "docs" / "reference"
    documented = {f"livn_core.{name}" for name in livn_core.__all__}
    for page in ("python.md", "plugin-interface.md"):
        named = re.findall(r"^::: (livn_core\.\S+)$", (pages / page).read_text(), re.MULTILINE)
        documented |= set(named)
    for file in (package / "livn_microscope").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.ImportFrom) and str(node.module).startswith("livn_core"):
                for alias in node.names:
                    assert documented & {str(node.module), f"{node.module}.{alias.name}"}, (
                        alias.name
                    )


@pytest.mark.parametrize("kind", ["<u1", "<u2"])
@pytest.mark.parametrize("compression", [1, 8])
def test_values_are_those_of_a_file_in_which_0_is_white(tmp_path, kind, compression):
    """ImageJ writes masks so, whose look-up table is inverted; the values are not."""
    path = tmp_path / "cells.tif"
    path.write_bytes(plain_tiff(np.array([[0, 5], [7, 255]], kind), compression, white=0))
    assert read_labels(path).tolist() == [[0, 5], [7, 255]]
