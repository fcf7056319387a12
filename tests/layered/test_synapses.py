"""Synapses: as many as density times length, in their layer, inside their section."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.layered.configuration import validate
from livn_core.layered.dendrites import Pieces, Strata
from livn_core.layered.morphologies import load_morphologies
from livn_core.layered.synapses import draw_synapses
from livn_core.layered.truncated_normal import draw_truncated_normal, location_of_mean
from livn_core.sampling.streams import stream


def drawn(document, cells, population="EXC", name="t"):
    config = validate(document)
    (morphology,) = load_morphologies(config.cell_types[population].morphology)
    strata = Strata(config, population)
    pieces = strata.pieces(morphology)
    synapses = draw_synapses(
        Pieces.join([pieces] * cells), np.full(cells, len(pieces)), stream(1, name)
    )
    return strata, pieces, morphology, synapses


@pytest.mark.parametrize("mean", [0.001, 0.02, 0.11, 0.3, 3.5])
def test_densities_are_positive_and_have_the_configured_mean(mean):
    location, sd = np.full(200_000, location_of_mean(mean, 0.1)), np.full(200_000, 0.1)
    values = draw_truncated_normal(stream(1, "positive"), location, sd)
    assert (values > 0).all()
    assert values.mean() == pytest.approx(mean, abs=5 * values.std() / 447)
    if mean > 1:
        assert values.std() == pytest.approx(0.1, rel=0.02)


def test_a_density_without_spread_is_its_mean():
    assert draw_truncated_normal(stream(1, "x"), np.array([2.0, 3.0]), np.zeros(2)).tolist() == [
        2,
        3,
    ]


def test_counts_are_density_times_length(document, folder):
    density = document["Cell Types"]["EXC"]["synapses"]["density"]
    density["basal"]["excitatory"]["SO"] = {"mean": 0.11, "variance": 0.1}  # half of it cut off
    cells = 4000
    strata, pieces, _, synapses = drawn(document, cells)
    cell = np.repeat(np.arange(cells), synapses.counts)
    length = {5: 100.0, 8: 100.0, 9: 2 * np.hypot(40, 50) * 2}
    for index, stratum in enumerate(strata.strata):
        if stratum.layer not in length or not (pieces.stratum == index).any():
            continue
        each = np.bincount(cell[synapses.stratum == index], minlength=cells)
        expected = stratum.mean * length[stratum.layer]
        assert each.mean() == pytest.approx(expected, abs=4.5 * each.std() / np.sqrt(cells))
        # Poisson, widened by the spread of the density over pieces of 50 um
        assert expected < each.var() < 1.6 * expected + (0.1 * 64) ** 2 * 4


def test_each_layer_has_its_own_density_in_either_order(document, folder):
    (folder / "cell.swc").write_text(
        "0 1 0 0 0 6 -1 6\n1 4 0 6 0 1 0 8\n2 4 0 56 0 1 1 8\n3 4 0 106 0 1 2 8\n"
        "4 4 0 156 0 1 3 9\n5 4 0 206 0 1 4 9\n"
    )
    layers = {"SR": {"mean": 2.0, "variance": 0.001}, "SLM": {"mean": 0.2, "variance": 0.001}}
    results = []
    for order in (("SR", "SLM"), ("SLM", "SR")):
        densities = {"excitatory": {layer: layers[layer] for layer in order}}
        document["Cell Types"]["EXC"]["synapses"]["density"] = {"apical": densities}
        results.append(drawn(document, 500)[-1])
    first, second = results
    for name, values in first.columns.items():
        np.testing.assert_array_equal(values, second.columns[name])
    layer = first.columns["syn_layers"]
    # a piece has the layer of its far end: 100 um (from the soma's rim 100) in SR, 100 um in SLM
    in_sr, in_slm = (layer == 8).sum() / 500, (layer == 9).sum() / 500
    assert in_sr == pytest.approx(200, rel=0.02)
    assert in_slm == pytest.approx(20, rel=0.05)


def test_every_location_is_inside_a_section_that_exists(document, folder):
    (folder / "cell.swc").write_text(
        "1 1 0 0 0 10 -1 6\n2 1 0 20 0 10 1 6\n3 3 0 -50 0 1 1 5\n4 3 0 -50 0 1 3 5\n"
        "5 3 0 -50.2 0 1 4 5\n6 4 0 20.2 0 1 2 8\n7 4 0 20.4 0 1 6 8\n8 4 1 21 0 1 7 8\n"
        "9 4 -1 21 0 1 7 8\n"
    )
    document["Cell Types"]["EXC"]["synapses"]["density"] = {
        "apical": {"excitatory": {"SR": {"mean": 500.0}}},
        "basal": {"excitatory": {"SO": {"mean": 100.0}}},
    }
    _, _, morphology, synapses = drawn(document, 200)
    columns = synapses.columns
    location = columns["syn_locs"]
    assert location.dtype == np.float32
    assert ((location > 0) & (location < 1)).all()
    assert columns["syn_secs"].max() < len(morphology.sections)
    np.testing.assert_array_equal(
        morphology.sections.type[columns["syn_secs"]], columns["swc_types"]
    )
    distance = morphology.distance(columns["syn_secs"], location, origin=0.0)
    np.testing.assert_allclose(columns["syn_cdists"], distance, atol=1e-3)


def test_synapses_are_numbered_in_each_cell(document, folder):
    *_, synapses = drawn(document, 40)
    ids = np.split(synapses.columns["syn_ids"], np.cumsum(synapses.counts)[:-1])
    for count, numbers in zip(synapses.counts, ids, strict=True):
        np.testing.assert_array_equal(numbers, np.arange(count))


def test_a_default_density_belongs_to_the_nearest_layer_that_has_a_projection(document, folder):
    rules = document["Connection Generator"]["Synapses"]["EXC"]
    rules["INH"]["sections"] += ["soma", "soma"]
    rules["INH"]["layers"] += ["SLM", "SR"]  # the cells are in SP, to which SR is nearer
    rules["INH"]["proportions"] += [1.0, 1.0]
    document["Cell Types"]["EXC"]["synapses"]["density"]["soma"] = {
        "excitatory": {"default": {"mean": 1.0}}
    }
    strata, _, _, synapses = drawn(document, 20)
    at_soma = synapses.columns["swc_types"] == 1
    assert at_soma.any()
    assert (synapses.columns["syn_layers"][at_soma] == 6).all()
    for index in np.unique(synapses.stratum[at_soma]):
        assert strata.strata[index].sources == (("INH", 1.0, "SR"),)


@pytest.mark.parametrize("mean", [1e-7, 1e-9, 1e-12, 1e-200, 5e-324])
def test_means_far_below_the_deviation_are_drawn(mean):
    location = np.full(20_000, location_of_mean(mean, 0.1))
    values = draw_truncated_normal(stream(1, "far"), location, np.full(20_000, 0.1))
    assert (values >= 0).all()
    # The tail is an exponential distribution: its deviation is its mean.
    if mean > 1e-300:
        assert abs(values.mean() / mean - 1) < 5 / np.sqrt(20_000)
