"""Degrees that differ between cells: factors of mean 1, kept by the law and by the mean degree."""

import numpy as np
import pytest

from livn_core import System, generate, plan
from livn_core.culture.factors import degree_factors
from livn_core.culture.validation import validate
from livn_core.errors import ConfigError
from livn_core.plugins.registry import registry
from livn_core.sampling import pair_weights
from livn_core.sampling.projection import Cells, Projection
from livn_core.verify import verify

FIVE_THOUSAND = {
    "populations": {
        "EXC": {
            "count": 5000,
            "synapse_type": "excitatory",
            "in_degree": {"law": "lognormal", "cv": 0.5},
        }
    },
    "connectivity": {"sigma": 250, "mean_degree": 50},
}


def document(**population):
    entry = {"count": 400, "synapse_type": "excitatory", **population}
    return {
        "populations": {"EXC": entry},
        "area_kwargs": {"x_range": [0, 800], "y_range": [0, 800]},
        "connectivity": {"sigma": 200, "mean_degree": 10},
    }


def test_in_degrees_have_the_cv_of_the_factors_and_of_chance(tmp_path):
    """cv = sqrt(0.25 + 1/50) = 0.520 +- 0.04 at a mean of 50 +- 0.4 (4 standard errors)."""
    system = generate(FIVE_THOUSAND, output_directory=tmp_path / "out")
    degrees = system.in_degrees("EXC", "EXC")
    assert abs(degrees.mean() - 50) < 0.4
    assert abs(degrees.std() / degrees.mean() - 0.520) < 0.04
    details = plan(FIVE_THOUSAND).projections[0].details
    assert abs(details["expected_in_degree_cv"] - 0.520) < 0.02
    stored = system.attributes("EXC", "Culture")["in_degree"]
    assert stored.dtype == np.float32
    assert abs(stored.mean() - 1) < 1e-6
    assert np.corrcoef(stored, degrees)[0, 1] > 0.9
    assert not verify(tmp_path / "out").of("fatal")


def test_two_factors_are_correlated_as_asked():
    config = validate(
        document(
            in_degree={"law": "lognormal", "cv": 0.8},
            out_degree={"law": "lognormal", "cv": 0.4},
            degree_correlation=0.8,
        )
    )
    found = degree_factors(config.populations["EXC"], "EXC", 20_000, 3)
    logs = [np.log(found[key].astype(float)) for key in ("in_degree", "out_degree")]
    assert abs(np.corrcoef(*logs)[0, 1] - 0.8) < 0.012
    for key, cv in (("in_degree", 0.8), ("out_degree", 0.4)):
        values = found[key].astype(float)
        assert abs(values.std() / values.mean() / cv - 1) < 0.06


def test_gamma_factors():
    config = validate(document(in_degree={"law": "gamma", "cv": 0.5}))
    values = degree_factors(config.populations["EXC"], "EXC", 20_000, 3)["in_degree"].astype(float)
    assert abs(values.std() - 0.5) < 0.015
    # Skewness of a gamma law: twice its cv.
    assert abs(((values - 1) ** 3).mean() / values.std() ** 3 - 1) < 0.1


def test_factors_of_a_file(tmp_path):
    file = tmp_path / "hubs.csv"
    rng = np.random.default_rng(1)
    file.write_text("factor\n" + "\n".join(f"{value:.4f}" for value in rng.uniform(0, 3, 400)))
    made = document(out_degree={"path": str(file)})
    system = generate(made, output_directory=tmp_path / "out")
    out = system.out_degrees("EXC", "EXC")
    factors = np.loadtxt(file, skiprows=1)
    # 0.81 over seeds, sd 0.015: the chance of single connections, and the borders.
    assert np.corrcoef(out, factors)[0, 1] > 0.75
    for text, wrong in (
        ("1\n2\n", "2 factors for 400 cells"),
        ("1\nx\n", "line 2: 'x' is no number"),
        ("-1\n", "line 1: -1 is no factor"),
    ):
        file.write_text(text)
        with pytest.raises(ConfigError, match=wrong):
            generate(made, output_directory=tmp_path / "other")


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        ({"law": "lognormal"}, "needs a cv"),
        ({"cv": 0.5}, "either a law or a path"),
        ({"law": "pareto", "cv": 1}, "lognormal"),
    ],
)
def test_factors_that_are_none(factor, text):
    with pytest.raises(ConfigError, match=text):
        validate(document(in_degree=factor))


def test_fixed_indegree_takes_them_too(tmp_path):
    made = document(
        in_degree={"law": "lognormal", "cv": 0.5}, out_degree={"law": "gamma", "cv": 0.5}
    )
    made["connectivity"]["rule"] = "fixed_indegree"
    system = generate(made, output_directory=tmp_path / "out")
    degrees = system.in_degrees("EXC", "EXC")
    assert degrees.sum() == 4000
    factors = system.attributes("EXC", "Culture")
    assert (np.abs(degrees - 10 * factors["in_degree"]) < 1.001).all()
    assert np.corrcoef(system.out_degrees("EXC", "EXC"), factors["out_degree"])[0, 1] > 0.6


@pytest.mark.parametrize("kernel", ["gaussian", "exponential"])
@pytest.mark.parametrize("degree", [20, 200])
def test_the_degree_holds_where_pairs_are_counted_in_bins(kernel, degree, monkeypatch):
    """Near pairs by distance and factor, far ones on average: within 2e-3 of every pair's p."""
    monkeypatch.setattr(pair_weights, "FEW_PAIRS", 1)
    monkeypatch.setattr(pair_weights, "MOST_NEAR_PAIRS", 400_000)
    rng = np.random.default_rng(2)
    flat = rng.uniform(0, 2000, (1500, 2)).astype(np.float32).astype(float)
    factors = {
        name: np.exp(0.6 * rng.standard_normal(1500)) for name in ("in_degree", "out_degree")
    }
    cells = Cells(
        "EXC",
        np.column_stack([flat, np.zeros(1500)]),
        attributes={name: (f / f.mean()).astype(np.float32) for name, f in factors.items()},
    )
    rule = registry().create(
        "connectivity",
        "pairwise_bernoulli",
        {"kernel": {"kernel": kernel, "sigma": 150}, "mean_degree": degree},
    )
    connector = rule.connect(Projection.within(cells, seed=1))
    p = connector.probability(*np.divmod(np.arange(1500 * 1500), 1500))
    assert connector.amplitude.method == "near"
    assert abs(p.sum() / 1500 / degree - 1) < 2e-3


def test_without_the_keys_nothing_is_stored(tmp_path):
    system = generate(document(), output_directory=tmp_path / "out")
    assert isinstance(system, System)
    assert "Culture" not in system.namespaces("EXC")


@pytest.mark.parametrize("law", ["lognormal", "gamma"])
@pytest.mark.parametrize("cv", [0, 1e-300])
def test_cells_that_do_not_differ_have_the_factor_one(law, cv):
    population = validate(document(in_degree={"law": law, "cv": cv})).populations["EXC"]
    assert (degree_factors(population, "EXC", 400, 1)["in_degree"] == 1).all()


def test_factors_that_are_all_0_are_an_error_and_not_nan(tmp_path):
    """A gamma law of shape 1e-4: each of three values is below the smallest float."""
    (tmp_path / "f.csv").write_text("0\n0\n0\n")
    for factor in ({"law": "gamma", "cv": 100}, {"path": str(tmp_path / "f.csv")}):
        population = validate(document(in_degree=factor)).populations["EXC"]
        with pytest.raises(
            ConfigError, match=r"populations.EXC.in_degree: the mean .* is 0: it must"
        ):
            degree_factors(population, "EXC", 3, 1)


def test_a_population_without_cells_has_a_file_without_factors(tmp_path):
    (tmp_path / "f.csv").write_text("factor\n")
    population = validate(document(in_degree={"path": str(tmp_path / "f.csv")})).populations["EXC"]
    assert len(degree_factors(population, "EXC", 0, 1)["in_degree"]) == 0
