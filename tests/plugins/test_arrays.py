"""mea.json: the grid, explicit coordinates, ids against labels, warnings, and livn's own reading."""

from __future__ import annotations

import json
from types import SimpleNamespace

import numpy as np
import pytest

from livn_core import generate
from livn_core.components import MEALayout
from livn_core.errors import ConfigError, PluginError
from livn_core.plugins.registry import registry
from livn_core.system.mea import build_mea, write_mea

SQUARE = np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]])
LARGE = np.array([[0.0, 0.0, 0.0], [4000.0, 4000.0, 10.0]])


def grid(bounds, **parameters):
    made = build_mea(registry().create("mea", "grid", parameters), bounds)
    return np.array(made.document["electrode_coordinates"])


def given(coordinates):
    return registry().create("mea", "coordinates", {"coordinates": coordinates})


def test_grid_of_a_pitch_with_a_fraction():
    rows = grid(SQUARE, pitch=17.5)
    assert len(rows) == 32 * 32
    np.testing.assert_allclose(rows[0], [0, 228.75, 228.75, 5])
    np.testing.assert_allclose(rows[1], [1, 246.25, 228.75, 5])
    np.testing.assert_allclose(rows[-1], [1023, 771.25, 771.25, 5])


def test_grid_of_the_default_culture():
    rows = grid(LARGE, pitch=1000)
    assert len(rows) == 16
    np.testing.assert_array_equal(rows[:4, 1], [500, 1500, 2500, 3500])
    np.testing.assert_array_equal(rows[::4, 2], [500, 1500, 2500, 3500])
    assert len(grid(LARGE)) == 16 * 16


@pytest.mark.parametrize(
    ("extent", "pitch", "counts"),
    [
        ((1000, 1000), 1e4, (1, 1)),
        ((1000, 1000), 1001, (1, 1)),
        ((1000, 1000), 1000, (2, 2)),
        ((700, 700), 100, (8, 8)),  # eight electrodes span seven pitches
        ((699.9, 700), 100, (4, 8)),
        ((0.3, 0.7), 0.1, (4, 8)),  # 0.3 / 0.1 is a hair below 3
        ((1600, 3200), 200, (8, 16)),  # the axes count separately
    ],
)
def test_grid_fence_posts(extent, pitch, counts):
    """The largest power of two an axis whose span fits, centred; as livn itself counts."""
    bounds = np.array([[-7.0, 3.0, 0.0], [-7.0 + extent[0], 3.0 + extent[1], 20.0]])
    rows = grid(bounds, pitch=pitch)
    assert len(rows) == counts[0] * counts[1]
    assert len(np.unique(rows[:, 1].round(6))) == counts[0]
    np.testing.assert_allclose(rows[:, 1:].mean(axis=0), bounds.mean(axis=0), atol=1e-9)
    slack = 1e-9
    assert (rows[:, 1:3] >= bounds[0, :2] - slack).all()
    assert (rows[:, 1:3] <= bounds[1, :2] + slack).all()


@pytest.mark.parametrize("pitch", [17.5, 50.0, 200.0, 999.0, 1000.0, 5000.0])
def test_grid_is_where_livn_would_put_it(pitch):
    livn = pytest.importorskip("livn.io")
    area = ((0.0, 0.0), (1600.0, 3200.0))
    expected = livn.electrode_array_coordinates_for_area(pitch, area, z=5.0)
    bounds = [[0.0, 0.0, 0.0], [1600.0, 3200.0, 10.0]]
    np.testing.assert_allclose(grid(bounds, pitch=pitch), expected, atol=1e-9)


@pytest.mark.parametrize(
    ("parameters", "path"),
    [
        ({"pitch": 0}, "pitch"),
        ({"pitch": -5}, "pitch"),
        ({"pitch": float("nan")}, "pitch"),
        ({"pitch": "wide"}, "pitch"),
        ({"input_radius": 0}, "input_radius"),
        ({"output_radius": -1}, "output_radius"),
        ({"pich": 5}, "pich"),
    ],
)
def test_wrong_grids(parameters, path):
    with pytest.raises(ConfigError) as caught:
        registry().create("mea", "grid", parameters)
    assert [finding.path for finding in caught.value.findings] == [path]


@pytest.mark.parametrize("pitch", [0.01, 1e-300])
def test_a_pitch_of_the_wrong_unit(pitch):
    with pytest.raises(ConfigError, match="gives a grid of"):
        grid(LARGE, pitch=pitch)


# -- explicit coordinates --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("coordinates", "rows", "labels"),
    [
        ([[100, 200]], [[0, 100, 200, 5]], None),
        ([[100, 200, 7]], [[0, 100, 200, 7]], None),  # x, y, z: never an id
        ([[0, 1, 2, 3], [1, 4, 5, 6]], [[0, 1, 2, 3], [1, 4, 5, 6]], None),
        (
            [[12, 0, 0, 5], [25, 200, 0, 5], [40, 0, 200, 5]],
            [[0, 0, 0, 5], [1, 200, 0, 5], [2, 0, 200, 5]],
            ("12", "25", "40"),
        ),
        (
            [[1, 0, 0, 5], [2, 9, 0, 5], [3, 8, 0, 5]],
            [[0, 0, 0, 5], [1, 9, 0, 5], [2, 8, 0, 5]],
            ("1", "2", "3"),
        ),
        (
            [[2, 1, 1, 1], [0, 2, 2, 2], [1, 3, 3, 3]],
            [[0, 1, 1, 1], [1, 2, 2, 2], [2, 3, 3, 3]],
            ("2", "0", "1"),
        ),
        ([["A1", 1, 1, 1], ["B7", 2, 2, 2]], [[0, 1, 1, 1], [1, 2, 2, 2]], ("A1", "B7")),
        ([[0.0, 1, 1, 1], [1.0, 2, 2, 2]], [[0, 1, 1, 1], [1, 2, 2, 2]], None),  # livn's own files
        (np.array([[4, 1, 1, 1], [5, 2, 2, 2]]), [[0, 1, 1, 1], [1, 2, 2, 2]], ("4", "5")),
    ],
)
def test_ids_are_row_numbers_and_labels_kept_apart(coordinates, rows, labels):
    made = build_mea(given(coordinates), SQUARE)
    assert made.document["electrode_coordinates"] == rows
    assert made.labels == labels


@pytest.mark.parametrize(
    ("coordinates", "message"),
    [
        ([], "no rows"),
        ([[0, 1, 1, 1], [0, 2, 2, 2], [1, 3, 3, 3]], "rows 0 and 1 have the same id 0"),
        ([[1, 1, 1, 1], [1.0, 2, 2, 2]], "rows 0 and 1 have the same id"),
        ([["A", 1, 1, 1], ["A", 2, 2, 2]], "same id 'A'"),
        ([[0.5, 1, 1, 1]], "id of row 0 must be an integer or a text, not 0.5"),
        ([[True, 1, 1, 1]], "id of row 0"),
        ([[None, 1, 1, 1]], "id of row 0"),
        ([["", 1, 1, 1]], "id of row 0"),
        ([["A1", 2, 3]], "x of row 0 must be a number, not 'A1'"),
        ([[1, "2", 3]], "y of row 0 must be a number, not '2'"),
        ([[1, 2, None]], "z of row 0"),
        ([[1, float("nan")]], "y of row 0 must be finite"),
        ([[float("inf"), 2]], "x of row 0 must be finite"),
        ([[1, 2, 3], [1, 2]], "rows must be of one form"),
        ([[1]], "row 0 must be"),
        ([[1, 2, 3, 4, 5]], "row 0 must be"),
        ([5], "row 0 must be"),
        ("0,0", "must be a list of rows"),
        ({"a": [1, 2]}, "must be a list of rows"),
    ],
)
def test_wrong_coordinates(coordinates, message):
    with pytest.raises(ConfigError, match="coordinates") as caught:
        given(coordinates)
    assert message in str(caught.value)


# -- warnings, broken layouts ----------------------------------------------------------------------


def test_electrodes_without_a_cell_are_counted():
    layout = given([[0, 0, 5], [500, 500, 5], [81, 0, 5]])
    cells = np.array([[0.0, 80.0, 5.0], [500.0, 500.0, 5.0]])
    (warning,) = build_mea(layout, SQUARE, cells).warnings
    assert warning.startswith("1 of 3 electrodes have no cell in reach (output_radius 80 um)")
    assert build_mea(layout, SQUARE, cells[:0]).warnings[0].startswith("3 of 3 electrodes have no")
    assert build_mea(layout, SQUARE).warnings == ()


@pytest.mark.parametrize(
    ("layout", "words"),
    [
        (
            ("grid", {"pitch": 20_000}),
            "a pitch of 20000 um is more than the culture, 1000 x 1000 um",
        ),
        (("coordinates", {"coordinates": [[0, 0], [0.2, 0], [0, 0.1]]}), "span 0.2 x 0.1 um"),
        (("coordinates", {"coordinates": [[0, 0], [200_000, 0]]}), "span 2e+05 x 0 um"),
    ],
)
def test_lengths_that_may_be_in_another_unit(layout, words):
    made = build_mea(registry().create("mea", *layout), SQUARE)
    assert sum(words in text and "lengths are in um" in text for text in made.warnings) == 1


def test_lengths_of_small_and_large_arrays():
    for electrodes in ([[0, 0]], [[0, 0], [5, 0]], [[0, 0], [150_000, 0]]):
        assert not any("in um" in text for text in build_mea(given(electrodes), SQUARE).warnings)
    one = registry().create("mea", "grid", {"pitch": 1000})
    assert build_mea(one, [[0, 0, 0], [1000, 100, 9]]).warnings == ()


def test_a_disk_under_a_square_array_has_idle_corners():
    """Radius 500, 8 x 8 at 125 um: the corner is 619 um from the centre."""
    angle = np.linspace(0, 2 * np.pi, 400)
    ring = [r * np.column_stack([np.cos(angle), np.sin(angle)]) for r in range(0, 501, 20)]
    cells = np.column_stack([np.concatenate(ring), np.full(26 * 400, 5.0)])
    layout = registry().create("mea", "grid", {"pitch": 125})
    (warning,) = build_mea(layout, [[-500, -500, 0], [500, 500, 10]], cells).warnings
    assert warning.startswith("4 of 64 electrodes have no cell in reach")


def test_electrodes_outside_and_on_top_of_each_other():
    made = build_mea(given([[-1, 5], [1000, 1000], [500, 1001], [7, 7], [7, 7]]), SQUARE)
    assert made.warnings == (
        "2 of 5 electrodes lie outside the culture",
        "1 of 5 electrodes lie where another one is",
    )


def test_electrodes_farther_than_lengths_go_are_an_error():
    with pytest.raises(ConfigError, match=r"puts electrodes 1e\+300 um from 0: at most 1e\+09"):
        build_mea(given([[5, 5], [1e300, 5]]), SQUARE)


@pytest.mark.parametrize(
    ("gives", "message"),
    [
        (np.zeros((3, 2)), "shape (3, 2)"),
        (np.empty((0, 3)), "shape (0, 3)"),
        (np.array([[0, 0, np.nan]]), "not finite"),
        ("text", "failed"),
        (None, "shape ()"),
    ],
)
def test_a_layout_that_breaks_its_contract(gives, message):
    class Broken(MEALayout):
        def electrodes(self, bounds):
            return gives

    with pytest.raises(PluginError) as caught:
        build_mea(Broken(), SQUARE)
    assert message in str(caught.value)
    assert "MEA layout 'Broken'" in str(caught.value)


# -- the file --------------------------------------------------------------------------------------


@pytest.fixture
def system(tmp_path):
    """A system as write_mea sees it: where it is, its configured bounds, its cells."""
    cells = np.array([[100.0, 100.0, 5.0], [900.0, 900.0, 5.0]])
    return SimpleNamespace(
        path=tmp_path,
        provenance=None,
        populations=[SimpleNamespace(name="EXC")],
        positions=lambda _name: cells,
        bounds=lambda: SQUARE,
        graph={"architecture": {"config": {"layer_extents": {"2D": SQUARE.tolist()}}}},
    )


def test_the_file_and_the_one_before_it(system, tmp_path):
    first = write_mea(system, "grid", {"pitch": 500})
    text = first.path.read_text()
    assert json.loads(text) == first.document
    assert not (tmp_path / "mea.previous.json").exists()
    write_mea(system, "grid", {"pitch": 500})
    assert not (tmp_path / "mea.previous.json").exists()
    made = write_mea(system, "coordinates", {"coordinates": [["A", 1, 2, 3]]})
    assert (tmp_path / "mea.previous.json").read_text() == text
    assert json.loads((tmp_path / "mea_labels.json").read_text()) == {
        "version": 1,
        "layout": "coordinates",
        "labels": ["A"],
    }
    assert made.layout == "coordinates"
    write_mea(system)
    assert not (tmp_path / "mea_labels.json").exists(), "labels of another array"
    assert not list(tmp_path.glob(".*"))


def test_livn_stimulates_and_records_on_every_channel(system):
    """Ids 12, 25, 40 fail in livn long after generation: it takes an id for a row number."""
    livn = pytest.importorskip("livn.io")
    write_mea(
        system,
        "coordinates",
        {"coordinates": [[12, 100, 100, 5], [25, 900, 900, 5], [40, 100, 900, 5]]},
    )
    mea = livn.MEA.from_directory(str(system.path))
    assert mea.num_channels == 3
    np.testing.assert_array_equal(mea.channel_ids, [0, 1, 2])
    assert (mea.input_radius, mea.output_radius) == (50.0, 80.0)
    cells = np.array([[0, 100.0, 100.0, 5.0], [1, 900.0, 900.0, 5.0]])
    for channel in range(3):
        pulse = np.zeros((10, 3))
        pulse[:, channel] = 1.0
        assert np.isfinite(np.asarray(mea.cell_stimulus(cells, pulse).array)).all()
    heard = mea.channel_recording(cells, np.array([0, 1]))
    assert heard[0].tolist() == [0]
    assert heard[1].tolist() == [1]


@pytest.mark.filterwarnings("ignore:.*mean in-degree")
def test_the_array_does_not_move_with_seed_or_number_of_cells(tmp_path):
    """The configured area decides, not where cells happen to lie."""
    found = []
    for cells, seed in ((5, 1), (5, 2), (300, 3)):
        made = generate(
            total_cells=cells,
            random_seed=seed,
            connectivity={"sigma": 5000, "mean_degree": {"EXC->INH": 2, "default": 0}},
            output_directory=str(tmp_path / f"{cells}-{seed}"),
        )
        found.append(write_mea(made, "grid", {"pitch": 1000}).document["electrode_coordinates"])
    assert found[0] == found[1] == found[2]
    assert found[0][0] == [0, 500.0, 500.0, 5.0]
    assert len(found[0]) == 16


@pytest.mark.filterwarnings("ignore:.*mean in-degree")
def test_an_array_under_an_annulus(tmp_path):
    made = generate(
        total_cells=400,
        area="disk",
        area_kwargs={"radius": 500, "inner_radius": 300},
        output_directory=str(tmp_path / "ring"),
    )
    result = write_mea(made, "grid", {"pitch": 200})
    assert len(result.document["electrode_coordinates"]) == 16
    # The four at (+-100, +-100) are 141 um from the centre, 159 um from the nearest cell at best.
    outside, deaf = result.warnings
    assert outside == "4 of 16 electrodes lie outside the culture"  # those over the hole
    assert deaf.startswith("4 of 16 electrodes have no cell in reach")
