"""A density that is proportional to the greys of an image: shares, places, and what is no such image."""

import json
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from livn_core import generate, plan
from livn_core.culture.positions import place_cells
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError
from livn_core.system.reader import System
from livn_core.verify import verify

PIL = pytest.importorskip("PIL.Image")

#: 4 x 4 mm, the default region, in pixels of 100 um: darker upwards, brighter to the right.
GREYS = (20 * np.arange(1, 41)[:, None] + 5 * np.arange(40)[None, :]).astype(np.uint16)
DISH = {"area": "disk", "area_kwargs": {"radius": 2000}}


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def saved(name, image):
    if name.endswith(".npy"):
        np.save(name, image)
    else:
        PIL.fromarray(image).save(name)
    return name


def big_endian_and_compressed(image):
    """A TIFF of one strip, by its specification: Pillow writes none of this kind."""
    data = zlib.compress(image.tobytes())
    data += bytes(len(data) % 2)
    rows, columns = image.shape
    entries = {256: columns, 257: rows, 258: 32, 259: 8, 262: 1, 273: 8, 277: 1, 278: rows,
               279: len(data), 339: 3}  # fmt: skip
    directory = b"".join(struct.pack(">HHII", tag, 4, 1, n) for tag, n in entries.items())
    count = struct.pack(">H", len(entries))
    return struct.pack(">2sHI", b"MM", 42, 8 + len(data)) + data + count + directory + bytes(4)


def points(document):
    cells = place_cells(validate(document)).cells
    return np.concatenate([each.positions[:, :2] for each in cells.values()])


def test_halves_of_one_to_three_hold_a_quarter_and_three():
    """Within 1 %: 4.6 standard deviations of the share of 40,000 cells."""
    saved("halves.npy", np.array([[1, 3], [1, 3]], np.uint8))
    found = points({"total_cells": 40_000, "gradient": {"image": "halves.npy", "pixel": 2000}})
    assert (found < 2000).mean(axis=0) == pytest.approx([1 / 4, 1 / 2], abs=0.01)


def test_each_pixel_has_its_share_and_row_0_is_the_top():
    saved("greys.png", GREYS)
    found = points({"total_cells": 60_000, "gradient": {"image": "greys.png", "pixel": 100}})
    x, y = np.floor(found / 100).astype(int).T
    held = np.zeros(GREYS.shape)
    np.add.at(held, (39 - y, x), 1)
    assert stats.chisquare(held.ravel(), GREYS.ravel() / GREYS.sum() * 60_000).pvalue > 1e-3


def test_the_image_is_centred_on_the_box_of_the_region():
    """A white pixel in the middle of a larger image is a square around the middle of the region."""
    image = np.zeros((9, 11))
    image[4, 5] = 0.25
    saved("spot.npy", image)
    found = points(DISH | {"total_cells": 500, "gradient": {"image": "spot.npy", "pixel": 500}})
    assert np.abs(found).max() <= 250
    assert np.abs(found).max() > 240


def test_formats_and_scales_alike_make_the_same_cells():
    document = {"total_cells": 300, "gradient": {"pixel": 100}}
    made = []
    for name, image in [
        ("a.npy", GREYS),
        ("a.npy", GREYS / GREYS.max()),
        ("a.png", GREYS),
        ("a.tif", GREYS),
        ("a.tif", GREYS.astype(np.float32)),
    ]:
        saved(name, image)
        made.append(points(document | {"gradient": {"image": name, "pixel": 100}}))
    for other in made[1:]:
        np.testing.assert_array_equal(other, made[0])


def test_modules_hold_what_the_image_gives_them():
    saved("four.npy", np.array([[4, 3], [2, 1]]))
    document = {
        "area": "modules",
        "total_cells": 1000,
        "gradient": {"image": "four.npy", "pixel": 300},
    }
    cells = place_cells(validate(document)).cells
    held = sum(np.bincount(each.modules, minlength=4) for each in cells.values())
    assert held.tolist() == [400, 300, 200, 100]


@pytest.mark.parametrize("modules", [["B2"], {"A1": 3, "B2": 1}])
def test_cells_in_a_module_that_is_black_are_told_before_any_is_placed(modules):
    saved("dark.npy", np.array([[4, 3], [2, 0]]))
    document = {
        "area": "modules",
        "populations": {"EXC": {"count": 100}, "INH": {"count": 20, "modules": modules}},
        "gradient": {"image": "dark.npy", "pixel": 300},
    }
    with pytest.raises(ConfigError) as error:
        validate(document)
    (finding,) = error.value.findings
    assert finding.path == "populations.INH.modules"
    assert "0 over all of the module 'B2'" in finding.message
    document["populations"]["INH"]["modules"] = ["A1", "B2"]  # by how bright they are
    held = place_cells(validate(document)).cells["INH"].modules
    assert np.bincount(held).tolist() == [20]


def round_stain(side=200):
    """The stain of a round culture: darker to the rim, and black where the culture ends."""
    away = np.hypot(*(np.mgrid[:side, :side] - (side - 1) / 2)) / (side / 2)
    return np.where(away < 0.95, np.round(255 * (1 - 0.7 * away)), 0).astype(np.uint8)


@pytest.mark.parametrize(
    "keys",
    [
        {"total_cells": 6000},
        {"density": 300, "spacing": 15},
        {"total_cells": 400, "clusters": {"count": 20, "sigma": 40}},
    ],
)
def test_verify_takes_what_was_asked_for(keys, tmp_path):
    saved("stain.png", round_stain())
    document = DISH | keys | {"gradient": {"image": "stain.png", "pixel": 20}}
    document["connectivity"] = {"sigma": 60, "mean_degree": 2}
    report = verify(generate(document, output_directory=tmp_path / "made").path)
    assert report.passed, [v for v in report.verdicts if v.level == "fatal"]
    assert ("density" in {v.check for v in report.verdicts}) == ("clusters" not in keys)
    planned = plan(document)
    assert sum(p.count for p in planned.populations) == len(points(document))


def test_verify_sees_cells_of_another_image(tmp_path):
    saved("stain.npy", round_stain())
    document = DISH | {"total_cells": 4000, "gradient": {"image": "stain.npy", "pixel": 20}}
    document["connectivity"] = {"sigma": 60, "mean_degree": 1}
    made = generate(document, output_directory=tmp_path / "made")
    made.close()
    record = made.path / "provenance.json"
    kept = json.loads(record.read_text())
    saved("other.npy", round_stain() ** 2)
    kept["configuration"]["gradient"]["image"] = "other.npy"
    record.write_text(json.dumps(kept))
    assert "density" in {verdict.check for verdict in verify(made.path).of("fatal")}


def test_a_file_beside_the_user_is_kept_too(livn_here, tmp_path):
    saved("greys.npy", GREYS)
    given = ("--set", "gradient.image=./greys.npy", "--set", "gradient.pixel=100")
    made = livn_here("generate", "--total-cells", "60", *given, "-o", "k")
    assert made.code == 0, made.err
    (tmp_path / "greys.npy").unlink()
    again = livn_here("reproduce", "k")
    assert again.code == 0, again.err


def test_the_file_is_kept_and_starts_from_the_configuration(livn_here, tmp_path):
    """As the factors of a population do; the copy is enough to make the system again."""
    (tmp_path / "lab").mkdir()
    saved("lab/greys.tif", GREYS)
    (tmp_path / "lab" / "hubs.csv").write_text("factor\n" + "1.5\n0.5\n" * 40)
    (tmp_path / "lab" / "net.yml").write_text(
        "total_cells: 100\n"
        "gradient: {image: ./greys.tif, pixel: 100}\n"
        "populations:\n"
        "  EXC: {ratio: 0.8, out_degree: {path: hubs.csv}}\n"
        "  INH: {ratio: 0.2}\n"
    )
    dry = livn_here("generate", "lab/net.yml", "--dry-run")
    assert dry.code == 0, dry.err
    made = livn_here("generate", "lab/net.yml", "-o", "k")
    assert made.code == 0, made.err
    assert {path.name for path in (tmp_path / "k" / "inputs").iterdir()} == {
        "greys.tif",
        "hubs.csv",
    }
    (tmp_path / "lab" / "greys.tif").unlink()
    again = livn_here("reproduce", "k")
    assert again.code == 0, again.err
    assert "greys.tif' is not there: the copy" in again.out


def test_the_digest_is_that_of_one_process_on_every_backend(livn_here):
    saved("greys.npy", GREYS)
    given = ("total_cells=200", "gradient.image=greys.npy", "gradient.pixel=100")
    options = [part for each in given for part in ("--set", each)]
    digests = set()
    for name, backend in (("a", ()), ("b", ("--backend", "mpi", "--ranks", "2"))):
        made = livn_here("generate", *options, "-o", name, *backend)
        assert made.code == 0, made.err
        with System(name) as system:
            digests.add(system.digest())
    assert len(digests) == 1


@pytest.mark.parametrize(
    ("gradient", "path", "words"),
    [
        ({"image": "greys.npy"}, "gradient", "an image needs a pixel"),
        ({"image": "greys.npy", "pixel": 0}, "gradient.pixel", "greater than 0"),
        ({"image": "greys.npy", "pixel": 100, "along": "x"}, "gradient", "not both"),
        ({"along": "x", "from": 1}, "gradient", "needs along, from and to"),
        ({"image": "none.npy", "pixel": 100}, "gradient.image", "No such file"),
        ({"image": "text.png", "pixel": 100}, "gradient.image", "cannot be read as an image"),
        ({"image": "rgb.png", "pixel": 100}, "gradient.image", "is a RGB picture"),
        ({"image": "rgb.npy", "pixel": 100}, "gradient.image", "(40, 40, 3)"),
        ({"image": "pages.tif", "pixel": 100}, "gradient.image", "has 2 pages"),
        ({"image": "text.npy", "pixel": 100}, "gradient.image", "<U1 values"),
        ({"image": "nan.npy", "pixel": 100}, "gradient.image", "must be finite"),
        ({"image": "below.npy", "pixel": 100}, "gradient.image", "0 or above"),
        ({"image": "black.npy", "pixel": 100}, "gradient.image", "is black over all"),
        ({"image": "rim.npy", "pixel": 2000}, "gradient.image", "is black over all"),
        ({"image": "turned.tif", "pixel": 100}, "gradient.image", "big-endian, compressed"),
        ({"image": "greys.npy", "pixel": 90}, "gradient.image", "covers 3600 x 3600 um (40 x 40"),
    ],
)
def test_findings(gradient, path, words, tmp_path):
    saved("greys.npy", GREYS)
    saved("rgb.png", np.zeros((40, 40, 3), np.uint8))
    saved("rgb.npy", np.zeros((40, 40, 3)))
    saved("text.npy", np.full((40, 40), "x"))
    saved("nan.npy", np.where(GREYS == 20, np.nan, 1.0))
    saved("below.npy", 1.0 - GREYS)
    saved("black.npy", 0 * GREYS)
    # Around the region alone it is white.
    saved("rim.npy", np.pad(np.zeros((2, 2)), 1, constant_values=1))
    (tmp_path / "text.png").write_text("no image")
    Path("turned.tif").write_bytes(big_endian_and_compressed(GREYS.astype(">f4")))
    pages = PIL.fromarray(GREYS)
    pages.save("pages.tif", save_all=True, append_images=[pages])
    with pytest.raises(ConfigError) as error:
        validate({"gradient": gradient})
    (finding,) = error.value.findings
    assert finding.path == path
    assert words in finding.message


def test_an_image_that_is_too_small_says_what_would_cover():
    saved("greys.npy", GREYS)
    with pytest.raises(ConfigError) as error:
        validate(DISH | {"gradient": {"image": "greys.npy", "pixel": 80}})
    assert error.value.hint == "a pixel of 100 um or more covers it"


def test_without_pillow_a_picture_says_what_to_install(monkeypatch):
    saved("greys.png", GREYS)
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(ConfigError, match="Pillow") as error:
        validate({"gradient": {"image": "greys.png", "pixel": 100}})
    assert "pip install pillow" in error.value.hint
