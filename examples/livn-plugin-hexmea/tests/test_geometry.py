"""The geometry itself."""

import numpy as np
import pytest

from livn_core.registry import registry

SQUARE = np.array([[0.0, 0.0, 0.0], [1000.0, 1000.0, 10.0]])


def electrodes(bounds=SQUARE, **parameters):
    return registry().create("mea", "hex", parameters).electrodes(bounds)


def test_rows_and_shift():
    """Pitch 100 on 1000 x 1000: 12 rows 86.60 um apart, 10 electrodes each, shifted by 50."""
    rows = electrodes(pitch=100.0).reshape(12, 10, 3)
    np.testing.assert_allclose(np.diff(rows[:, 0, 1]), 100 * np.sqrt(3) / 2)
    np.testing.assert_allclose(np.diff(rows[0, :, 0]), 100.0)
    np.testing.assert_allclose(np.diff(rows[:, 0, 0]), [50, -50] * 5 + [50])
    assert (rows[..., 2] == 5.0).all()


def test_every_inner_electrode_has_six_neighbours():
    sites = electrodes(pitch=100.0)[:, :2]
    apart = np.linalg.norm(sites[:, None] - sites[None], axis=-1)
    neighbours = np.isclose(apart, 100.0).sum(axis=1)
    inner = (np.abs(sites - 500) < 350).all(axis=1)
    assert inner.sum() > 30
    assert (neighbours[inner] == 6).all()
    assert apart[apart > 0].min() > 99.999


@pytest.mark.parametrize("pitch", [17.5, 100.0, 333.0, 1000.0, 1999.0, 2001.0, 1e5])
def test_centred_and_inside(pitch):
    sites = electrodes(pitch=pitch)[:, :2]
    assert (sites >= -1e-9).all()
    assert (sites <= 1000 + 1e-9).all()
    np.testing.assert_allclose((sites.min(axis=0) + sites.max(axis=0)) / 2, 500)


def test_too_large_a_pitch_leaves_one_electrode():
    np.testing.assert_allclose(electrodes(pitch=5000.0), [[500, 500, 5]])


def test_cells_keep_their_distance():
    """Without jitter no two cells are closer than the lattice's pitch, which depends on their number."""
    placement = registry().create("placement", "hexgrid")
    cells = placement.place(400, np.random.Generator(np.random.PCG64(1)))
    apart = np.linalg.norm(cells[:, None] - cells[None], axis=-1)
    closest = apart[apart > 0].min()
    # 400 cells on 1 mm2 could be packed at 53.7 um at most.
    assert 45 < closest <= 53.8


def test_ring_prefers_its_radius():
    kernel = registry().create("kernel", "ring", {"sigma": 20, "radius": 150})
    distance = np.linspace(0, 500, 501)
    assert distance[kernel.weight(distance).argmax()] == 150
