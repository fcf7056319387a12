"""The counter-based numbers and the Poisson numbers made of them."""

import numpy as np
import pytest
from scipy import stats

from livn_core.sampling.philox import multiply_high, philox, unit
from livn_core.sampling.poisson import poisson


def plain_philox(counter, key):
    """Philox4x32-10 in Python integers, as its authors state it."""
    c, (k0, k1), mask = list(counter), key, 0xFFFFFFFF
    for _ in range(10):
        first, second = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [
            (second >> 32) ^ c[1] ^ k0,
            second & mask,
            (first >> 32) ^ c[3] ^ k1,
            first & mask,
        ]
        k0, k1 = (k0 + 0x9E3779B9) & mask, (k1 + 0xBB67AE85) & mask
    return c


def test_philox_gives_the_published_words():
    # Random123's known answer for a counter and a key of zeros.
    words = philox(np.array([0]), 0, np.array([0]), 0)
    assert [int(w[0]) for w in words] == [0x6627E8D5E169C58D, 0xBC57AC4C9B00DBD8]
    # And for all bits set: the plain form is checked, then ours against it.
    ones = 0xFFFFFFFF
    assert plain_philox([ones] * 4, [ones] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_philox_of_many_counters():
    rng = np.random.default_rng(0)
    draw, target = rng.integers(0, 2**32, (2, 50))
    key = 0x0123456789ABCDEF
    first, second = philox(draw, 2, target, key)
    for i in range(50):
        a, b, c, d = plain_philox(
            [int(draw[i]), 2, int(target[i]), 0], [key & 0xFFFFFFFF, key >> 32]
        )
        assert (int(first[i]), int(second[i])) == ((a << 32) | b, (c << 32) | d)


def test_units_and_products():
    top = np.array([0, 2**64 - 1], dtype=np.uint64)
    assert unit(top).tolist() == [0.0, 1 - 2.0**-53]
    a, b = np.random.default_rng(1).integers(0, 2**64, (2, 200), dtype=np.uint64)
    assert multiply_high(a, b).tolist() == [
        int(x) * int(y) >> 64 for x, y in zip(a, b, strict=True)
    ]


@pytest.mark.parametrize("mean", [0.0, 1e-3, 0.7, 20.0, 63.9, 64.0, 150.0, 3000.5])
def test_poisson_numbers(mean):
    count = 20_000
    drawn = poisson(np.full(count, mean), np.arange(count), 99)
    if mean == 0:
        assert not drawn.any()
        return
    # Classes of about equal expected size, none below 5.
    edges = np.unique(stats.poisson.ppf(np.linspace(0, 1, 30)[1:-1], mean))
    expected = np.diff(np.concatenate(([0], stats.poisson.cdf(edges, mean), [1]))) * count
    observed = np.bincount(np.searchsorted(edges, drawn), minlength=len(expected))
    kept = expected > 5
    chi2 = ((observed - expected) ** 2 / np.where(kept, expected, 1))[kept].sum()
    assert stats.chi2.sf(chi2, max(1, kept.sum() - 1)) > 1e-4
    assert abs(drawn.mean() - mean) < 4.5 * np.sqrt(mean / count)


@pytest.mark.parametrize("mean", [0.0, 1e-9, 0.3, 5.0, 18.8, np.nextafter(64, 0), 64.0, 200.7])
def test_poisson_numbers_of_one_mean_are_those_among_others(mean):
    count = 3000
    alone = poisson(np.full(count, mean), np.arange(count), 5)
    among = poisson(np.append(np.full(count, mean), mean + 0.5), np.arange(count + 1), 5)
    assert alone.tolist() == among[:-1].tolist()
