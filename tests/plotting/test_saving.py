"""Pictures as files, and the command."""

from __future__ import annotations

import json
import sys
import warnings

import matplotlib
import numpy as np
import pytest

from livn_core.errors import MissingDependencyError, OutputError
from livn_core.plotting import plot, save


@pytest.fixture(scope="module")
def figure(drawn_culture):
    return plot(drawn_culture, max_edges=50)


@pytest.mark.parametrize(
    ("suffix", "start"),
    [
        (".png", b"\x89PNG"),
        (".svg", b"<?xml"),
        (".pdf", b"%PDF"),
        (".PNG", b"\x89PNG"),
        (".eps", b"%!PS-Adobe"),
        (".tif", b"II*"),
        (".jpg", b"\xff\xd8"),
    ],
)
def test_formats(figure, suffix, start, tmp_path):
    path = save(figure, tmp_path / f"picture{suffix}", dpi=60)
    assert path.read_bytes().startswith(start)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("suffix", [".tif", ".TIFF"])
def test_tiff_is_packed_without_loss(figure, suffix, tmp_path):
    image = pytest.importorskip("PIL.Image")
    packed, png = (save(figure, tmp_path / f"picture{kind}", dpi=60) for kind in (suffix, ".png"))
    with image.open(packed) as one, image.open(png) as other:
        assert one.info["compression"] == "tiff_lzw"
        assert np.array_equal(one.convert("RGB"), other.convert("RGB"))
        assert packed.stat().st_size < one.width * one.height


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_equal_systems_give_equal_files(drawn_culture, suffix, tmp_path):
    first, second = (
        save(plot(drawn_culture, max_edges=50), tmp_path / f"{n}{suffix}", dpi=60).read_bytes()
        for n in "ab"
    )
    assert first == second


def test_refusals(figure, tmp_path):
    with pytest.raises(OutputError, match="not a supported format") as caught:
        save(figure, tmp_path / "a.gif")
    assert ".png, .svg, .pdf" in caught.value.hint
    with pytest.raises(OutputError, match="no suffix"):
        save(figure, tmp_path / "a")
    with pytest.raises(OutputError, match="no directory"):
        save(figure, tmp_path / "none" / "a.png")
    (tmp_path / "d.png").mkdir()
    with pytest.raises(OutputError, match="is a directory"):
        save(figure, tmp_path / "d.png")
    (tmp_path / "there.png").write_text("mine")
    with pytest.raises(OutputError, match="exists"):
        save(figure, tmp_path / "there.png", overwrite=False)
    assert (tmp_path / "there.png").read_text() == "mine"


def test_a_failed_save_leaves_nothing(figure, tmp_path, monkeypatch):
    def full(*args, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(figure), "savefig", full)
    with pytest.raises(OutputError, match="No space left"):
        save(figure, tmp_path / "a.png")
    assert not list(tmp_path.iterdir())


def test_without_matplotlib(drawn_culture, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(MissingDependencyError) as caught:
        plot(drawn_culture)
    assert "pip install" in caught.value.hint


def test_the_users_own_settings_neither_show_nor_change(drawn_culture, tmp_path):
    plain = save(plot(drawn_culture, max_edges=50), tmp_path / "a.png", dpi=60).read_bytes()
    with matplotlib.rc_context({"font.size": 30, "axes.facecolor": "black"}):
        other = save(plot(drawn_culture, max_edges=50), tmp_path / "b.png", dpi=60).read_bytes()
        assert other == plain
        assert matplotlib.rcParams["font.size"] == 30


def test_command(livn, livn_here, drawn_culture, tmp_path):
    # A back end that wants a display must not matter.
    done = livn(
        "plot", str(drawn_culture), "--json", env=[("MPLBACKEND", "TkAgg"), ("DISPLAY", "")]
    )
    assert done.code == 0, done.err
    document = json.loads(done.out)
    assert document["path"] == "culture-layout.png"
    assert (tmp_path / "culture-layout.png").stat().st_size == document["bytes"]
    again = livn_here("plot", str(drawn_culture))
    assert again.code == 2
    assert "exists" in again.err
    assert "--overwrite" in again.err


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("--mea",), "no mea.json", "livn mea"),
        (("--labels",), "no mea.json", "livn mea"),
        (("--labels", "--no-mea"), "--no-mea leaves out", ""),
        (("--kind", "lay"), "did you mean 'layout'", "morphology"),
        (("-o", "x.gif"), "'.gif'", ".svg"),
    ],
)
def test_command_refusals(livn_here, make_culture, tmp_path, words, message, hint):
    done = livn_here("plot", str(make_culture(mea=None)), *words)
    assert done.code == 2
    assert message in done.err
    assert hint in done.err
    assert "Traceback" not in done.err
    assert not list(tmp_path.glob("*.*"))


def test_what_is_pale_is_solid_in_eps_and_that_is_said(drawn_culture, tmp_path, caplog):
    with pytest.warns(UserWarning, match="EPS has no transparency"):
        save(plot(drawn_culture, "degrees"), tmp_path / "pale.eps")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        save(plot(drawn_culture, "matrix"), tmp_path / "solid.eps")
        save(plot(drawn_culture, "degrees"), tmp_path / "pale.pdf")
    assert not caplog.records


def test_letters_that_no_font_has_are_named_once(drawn_culture, tmp_path):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        figure = plot(drawn_culture, "matrix", title="\U0010fffd \U0010fffc \U0010fffd")
        save(figure, tmp_path / "letters.svg")  # whose reader has fonts of its own
        assert not caught
        save(figure, tmp_path / "letters.pdf")
    (said,) = caught
    assert "the font has no \U0010fffc, \U0010fffd, and boxes" in str(said.message)
