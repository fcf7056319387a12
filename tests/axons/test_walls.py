"""Axons between walls: none gets out, none turns for a side, and contacts are where they can be seen."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from ways import meets_no_wall

from livn_core.axons.bridges import Bridges
from livn_core.axons.contacts import Touching
from livn_core.axons.growth import Growth, grow
from livn_core.axons.wall_loops import grow_between
from livn_core.axons.walls import Walls
from livn_core.culture.parts import WallsConfig
from livn_core.culture.region import Circle, Part, Region, box
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError, PlacementError
from livn_core.sampling.projection import Cells, Projection
from tests.axons.cultures import connect, culture, pairs, rectangle, steps, tracks

SQUARE = box(np.array([[0.0, 0], [1000, 1000]]))
STAR = Region(
    [
        Part(
            np.array([[0.0, 0], [900, 60], [1000, 1000], [500, 130], [60, 1000]]),
            (np.array([[480.0, 60], [520, 60], [500, 110]]),),
        )
    ]
)
DISH = Region([Part(Circle((0.0, 0.0), 600.0), (Circle((100.0, 0.0), 90.0),), "A")])


def grown(region, count=600, seed=1, growth=None, side=50, **walls):
    """Return the walls, the axons and the somata of a culture."""
    some = culture(region, count, seed=seed, **walls)
    bounds = Walls.of(region, some.walls)
    seats = bounds.seats(some.cells["E"])
    made = growth or Growth(axon_length=1000)
    axons = grow(made, seats, seed=seed, population="E", side=side, walls=bounds)
    return bounds, axons, seats


@pytest.mark.parametrize("axons", ["follow", "redraw"])
@pytest.mark.parametrize(
    "region", [SQUARE, STAR, DISH, tracks()], ids=["square", "star", "dish", "tracks"]
)
def test_no_axon_gets_out(region, axons):
    """Every stored point is inside, and no stored segment meets a wall; the way from the soma neither."""
    _, made, seats = grown(region, axons=axons, growth=Growth(axon_length=1500, persistence=500))
    begin, end, _ = steps(made)
    assert region.boundary.inside(made.points.astype(float)).all()
    assert meets_no_wall(region.boundary, begin, end)
    starts = made.points[made.first[:-1]].astype(float)
    assert meets_no_wall(region.boundary, seats, starts)
    assert (made.fate.met > 0).mean() > 0.5
    # Where an axon did not end at a wall, nearly all of its length was grown.
    free = grow(
        Growth(axon_length=1500, persistence=500), seats, seed=1, population="E", side=50
    ).lengths()
    ratio = made.lengths()[~made.fate.stuck].sum() / free[~made.fate.stuck].sum()
    assert 0.97 < ratio < 1.0001


def test_a_narrow_groove_and_a_coarse_segment_do_not_tunnel():
    """Segments of 100 um in a corridor of 10 um, and around thin walls."""
    corridor = Region([rectangle(0, 0, 3000, 10)])
    comb = [rectangle(100 * i, 0, 98, 400, name=f"M{i}") for i in range(8)]
    for region in (corridor, Region(comb)):
        for axons in ("follow", "redraw"):
            _, made, _ = grown(region, 200, axons=axons, growth=Growth(segment=100))
            begin, end, _ = steps(made)
            assert meets_no_wall(region.boundary, begin, end)


def test_an_axon_ends_where_there_is_no_way():
    """A tip of 2 degrees: many do not get out of it, each ends, and each that ended is counted."""
    wedge = Region([Part(np.array([[0.0, 0], [2000, -35], [2000, 35]]))])
    growth = Growth(axon_length=3000, turn=0.0)
    _, made, seats = grown(wedge, 400, axons="redraw", growth=growth, side=10)
    stuck = made.fate.stuck
    assert 0 < stuck.sum() < 400
    assert (made.lengths()[stuck] < 3 * 3000).all()
    full = grow(growth, np.zeros((400, 2)), seed=1, population="E", side=9)
    assert (np.diff(made.first)[~stuck] == np.diff(full.first)[~stuck]).all()
    assert (np.diff(made.first)[stuck] <= np.diff(full.first)[stuck]).all()
    # Its last segment has no length: whichever grid cell that is in, it makes no pair of its own.
    begin, end, _ = steps(made)
    tips = end[(begin == end).all(axis=1)]
    targets = Cells("T", np.column_stack([tips, np.zeros(len(tips))]))
    reach = np.full(len(tips), 4.0)
    touching = Touching(Projection.within(Cells("E", seats), targets), made, reach)
    found = touching.block(0, len(tips))
    key = np.repeat(np.arange(len(tips)), found.counts) * 400 + found.sources
    assert len(key) > len(np.unique(tips, axis=0)) > 50
    assert (np.diff(key) > 0).all()
    assert (found.length > 0).all()


def begun(region, seat, heading, step, axons):
    """Return the ends of the first steps of 200 axons, how often each met a wall, and which ended."""
    walls = Walls.of(region, WallsConfig(axons=axons))
    ends = np.zeros((200, 2), np.float32)
    points, met = np.zeros((2, 200), np.int64)
    stuck, arrived = np.zeros((2, 200), bool)
    grow_between(
        np.arange(200, dtype=np.uint64), *np.full((200, 2), seat, float).T.copy(),
        np.full(200, heading), np.zeros(200), np.arange(201), (20.0, 0.0, step), np.uint64(7),
        axons == "redraw", walls.cross, walls.of_axons, Bridges.none(200).loops(), ends,
        (points, met, stuck, arrived),
    )  # fmt: skip
    return ends, met, stuck


def test_ways_at_walls_met_head_on_are_drawn_for_each_anew():
    """A bar 10 um ahead, and behind either end of it a wall: left or right, and then up or down."""
    bar = np.array([[-20.0, 10], [20, 10], [20, 14], [-20, 14]])
    room = Region([Part(np.array([[-30.0, -50], [30, -50], [30, 50], [-30, 50]]), (bar,))])
    ends, met, _ = begun(room, (0, 0), np.pi / 2, 43.0, "follow")
    assert (met == 2).all()
    np.testing.assert_allclose(np.abs(ends[:, 0]), 29.9, atol=1e-4)
    np.testing.assert_allclose(np.abs(ends[:, 1] - 9.9), 3.0, atol=1e-4)
    ways = 2 * (ends[:, 0] > 0) + (ends[:, 1] > 9.9)
    assert (np.bincount(ways, minlength=4) > 25).all()  # 50 of each, and 4 standard deviations


def test_an_axon_that_is_begun_anew_may_go_anywhere():
    """At the closed end of a groove of 2 um, headed for it: the one way is straight back."""
    groove = Region([rectangle(-1000, -1, 1000, 2)])
    ends, _, stuck = begun(groove, (-1, 0), 0.0, 50.0, "redraw")
    assert not stuck.any()
    np.testing.assert_allclose(ends[:, 0], -51, atol=0.1)


@pytest.mark.parametrize("axons", ["follow", "redraw"])
def test_no_chirality(axons):
    """Signed turning and circulation of 4000 axons in a closed square: 0 within 4 standard errors."""
    _, made, _ = grown(SQUARE, 4000, axons=axons, growth=Growth(axon_length=2000))
    begin, end, owner = steps(made)
    step = end - begin
    rim = begin - 500
    circulation = np.bincount(owner, rim[:, 0] * step[:, 1] - rim[:, 1] * step[:, 0], 4000)
    heading = np.arctan2(step[:, 1], step[:, 0])
    turned = (np.diff(heading) + np.pi) % (2 * np.pi) - np.pi
    turning = np.bincount(owner[1:], turned * (owner[1:] == owner[:-1]), 4000)
    for values in (circulation, turning):
        assert abs(values.mean()) < 4 * values.std() / np.sqrt(4000)


def test_axons_follow_walls():
    """Straight axons in a square end up along its walls; drawn again, they leave them."""
    near = {}
    for axons in ("follow", "redraw"):
        _, made, _ = grown(SQUARE, axons=axons, growth=Growth(axon_length=3000, turn=0.0))
        near[axons] = (SQUARE.boundary.distance(made.points.astype(float)) < 1).mean()
    assert near["follow"] > 0.5 > 10 * near["redraw"]


def test_open_axons_are_those_of_an_open_plane():
    walls, made, seats = grown(SQUARE, axons="open")
    free = grow(Growth(axon_length=1000), seats, seed=1, population="E", side=50)
    np.testing.assert_allclose(made.points, free.points, atol=0.01)
    assert not walls.region.boundary.inside(made.points.astype(float)).all()


@pytest.mark.parametrize("axons", ["follow", "redraw"])
def test_tracks_and_crossing(axons):
    """Nothing crosses impassable tracks; the share across rises with ``cross``; along x at first."""
    shares = []
    for cross in (0.0, 0.1, 0.3, 1.0):
        some = culture(tracks(), 1500, axons=axons, cross=cross)
        connector = connect(some)
        target, source = pairs(connector)
        cells = some.cells["E"]
        shares.append((cells.modules[target] != cells.modules[source]).mean())
        away = np.abs(cells.positions[target] - cells.positions[source])
        if cross == 0:
            assert away[:, 0].mean() > 3 * away[:, 1].mean()
        assert abs(connector.expected_edges / 1500 - 15) < 1e-8
    assert shares[0] == 0.0
    assert (np.diff(shares) > 0.002).all()


def test_open_axons_reach_no_dendrite_behind_a_wall():
    """With ``dendrites: blocked`` an axon in the gap meets nobody, one in the next track does."""
    apart = tracks(2, gap=2000)
    near = tracks(2, gap=100)
    assert pairs(connect(culture(apart, 500, axons="open"), amplitude=1.0, mean_degree=None))[
        0
    ].size
    for region, dendrites, some in (
        (near, "blocked", True),
        (near, "free", True),
        (apart, "blocked", False),
    ):
        made = culture(region, 500, axons="open", dendrites=dendrites)
        target, source = pairs(
            connect(made, amplitude=1.0, mean_degree=None, contact="crossing", axon_length=400)
        )
        module = made.cells["E"].modules
        assert (module[target] != module[source]).any() == some


def test_contacts_are_where_they_can_be_seen():
    """The length inside a disc, by brute force: the middle of what is inside sees the soma."""
    region = DISH
    some = culture(region, 60)
    connector = connect(some, dendrite_radius=200, axon_length=300)
    touching: Touching = connector._touching
    begin, end, owner = steps(touching.axons)
    found = touching.block(0, 60)
    got = np.zeros((60, 60))
    got[np.repeat(np.arange(60), found.counts), found.sources] = found.length
    share = (np.arange(400) + 0.5) / 400
    for target in range(0, 60, 5):
        at = some.cells["E"].positions[target, :2]
        along = begin[:, None] + share[:, None] * (end - begin)[:, None]
        inside = np.hypot(*np.moveaxis(along - at, 2, 0)) < touching.radius[target]
        middle = (inside @ share) / np.maximum(inside.sum(axis=1), 1)
        seen = region.visible(
            np.broadcast_to(at, begin.shape), begin + middle[:, None] * (end - begin)
        )
        length = inside.mean(axis=1) * np.hypot(*(end - begin).T) * seen
        wanted = np.bincount(owner, length, 60)
        wanted[target] = 0
        assert np.abs(got[target] - wanted).max() < 12
        assert np.abs(got[target] - wanted).mean() < 0.1
    assert (got > 0).sum() < (
        connect(
            culture(region, 60, dendrites="free"), dendrite_radius=200, axon_length=300
        ).details["touched_pairs"]
    )


def test_blocks_threads_pairs_and_paths_agree():
    some = culture(tracks(3), 300)
    connector = connect(some, contact="segments", distance="path")
    whole = connector.sources(0, 300)
    cut = [0, 1, 37, 90, 300]
    with ThreadPoolExecutor(3) as pool:
        parts = list(pool.map(connector.sources, cut[:-1], cut[1:]))
    for name in ("counts", "sources", "distances"):
        np.testing.assert_array_equal(
            getattr(whole, name), np.concatenate([getattr(part, name) for part in parts])
        )
    found = connector._touching.block(0, 300)
    target = np.repeat(np.arange(300), found.counts)
    length, number = connector._touching.pairs(target, found.sources)
    np.testing.assert_allclose(length, found.length, rtol=1e-12)
    np.testing.assert_array_equal(number, found.number)
    straight = connector._projection.distances(*pairs(connector), space=False)
    assert (whole.distances >= straight - 2 * 7.5 - 0.1).all()


def test_crossing_by_the_step_between_pieces():
    """Two pieces that touch: an equal floor is no wall to axons, a step of 100 um nearly is."""
    shares = {}
    for height in (0.0, 50.0, 100.0):
        region = Region(
            [
                rectangle(0, 0, 500, 500, name="A"),
                rectangle(500, 0, 500, 500, name="B", height=height),
            ]
        )
        made = grown(region, 600, cross={0: 1.0, 100: 0.0})[1]
        owner_side = region.module_of(made.points[made.first[1:] - 1].astype(float))
        starts = region.module_of(made.points[made.first[:-1]].astype(float))
        shares[height] = (owner_side != starts).mean()
        assert region.contains(made.points.astype(float)).all()
    assert shares[0.0] > shares[50.0] > shares[100.0] == 0


def test_a_soma_outside():
    walls = Walls.of(SQUARE, WallsConfig())
    somata = np.array([[500.0, 500, 0], [1000, 500, 0], [1010, 20, 0]])
    with pytest.raises(
        PlacementError, match=r"cell 2 of 'E' is outside the region, at \(1010, 20\)"
    ):
        walls.seats(Cells("E", somata))
    seats = walls.seats(Cells("E", somata[:2]))
    assert SQUARE.boundary.inside(seats).all()
    assert np.abs(seats - somata[:2, :2]).max() <= 0.1001


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"walls": {"axons": "folow"}}, r"walls\.axons: must be 'follow', 'redraw' or 'open'"),
        ({"walls": {"cross": 2}}, r"walls\.cross: must be at most 1, not 2"),
        ({"walls": {"cross": {"a": 1}}}, r"walls\.cross\.a: must be a number"),
        ({"walls": {"cross": {}}}, "walls: cross names no step"),
        (
            {"connectivity": {}},
            r"walls: no rule of this configuration \(pairwise_bernoulli\) grows",
        ),
    ],
)
def test_wrong_walls(change, text):
    right = {"total_cells": 50, "walls": {}, "connectivity": {"rule": "axon", "mean_degree": 3}}
    assert validate(right).walls == WallsConfig()
    with pytest.raises(ConfigError, match=text):
        validate({**right, **change})


def test_walls_without_a_region(tmp_path):
    file = tmp_path / "place.py"
    file.write_text("def spread(count, rng):\n    return rng.uniform(0, 90, (count, 2))\n")
    with pytest.raises(ConfigError, match="walls: the placement 'custom' states no region"):
        validate(
            {
                "area": f"{file}:spread",
                "total_cells": 20,
                "walls": {},
                "connectivity": {"rule": "axon", "mean_degree": 3},
            }
        )


def test_the_effective_configuration_is_the_same_again():
    for cross in (0.1, {"0": 1, "50": 0.25}):
        config = validate(
            {"walls": {"cross": cross}, "connectivity": {"rule": "axon", "mean_degree": 3}}
        )
        again = validate(config.effective())
        assert again.effective() == config.effective()
        assert again.walls == config.walls


def test_pieces_that_touch_are_joined():
    """Two chambers and a groove: one room with the outline of the union, open at both mouths."""
    region = Region(
        [
            rectangle(0, 0, 500, 800, name="A"),
            rectangle(700, 0, 500, 800, name="B"),
            rectangle(500, 300, 200, 10, name="groove"),
        ]
    )
    walls = region.boundary.walls
    assert np.hypot(*(walls[:, 2:] - walls[:, :2]).T).sum() == pytest.approx(4 * 1300 + 400 - 20)
    assert len(region.openings.doors) == 2
    some = np.random.default_rng(1).uniform(-50, 1250, (4000, 2))
    np.testing.assert_array_equal(region.boundary.inside(some), region.contains(some))
    through = region.visible(
        np.array([[400.0, 305], [400, 305]]), np.array([[900.0, 305], [900, 340]])
    )
    assert through.tolist() == [True, False]
    made = grown(region, 900, growth=Growth(axon_length=2500))[1]
    begin, end, _ = steps(made)
    assert meets_no_wall(region.boundary, begin, end)
    ends = [
        region.module_of(made.points[at].astype(float))
        for at in (made.first[:-1], made.first[1:] - 1)
    ]
    assert ((ends[0] == 0) & (ends[1] == 1)).any()
