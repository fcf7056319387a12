"""Every kind of picture of systems whose rules and kernels have no sigma, amplitude or kernel at all."""

import numpy as np
import pytest
from figures import words

from livn_core import generate
from livn_core.plotting import plot
from livn_core.plotting.facts import read_kernels
from livn_core.system.exporting import export_system
from livn_core.viewer import write_page

PROFILE = {"distances": [0.0, 200.0, 400.0], "weights": [1.0, 0.5, 0.0]}
RULES = {
    "uniform": {"kernel": "uniform"},
    "table": {"kernel": "table", "kernel_kwargs": PROFILE},
    "fixed_indegree": {"rule": "fixed_indegree", "sigma": 300},
    "space": {"distance": "space", "sigma": 150},
    "from_file": {"rule": "from_file"},
}


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Return the systems: name -> system."""
    folder = tmp_path_factory.mktemp("rules")
    systems = {}
    for name, connectivity in RULES.items():
        if name == "from_file":
            export_system(systems["uniform"], "csv", folder / "csv")
            connectivity = {**connectivity, "rule_kwargs": {"edges": str(folder / "csv/edges.csv")}}
        else:
            connectivity = {**connectivity, "mean_degree": 2}
        systems[name] = generate(
            total_cells=150,
            z_range=[0, 200],
            connectivity=connectivity,
            output_directory=folder / name,
        )
    return systems


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("kind", ["layout", "degrees", "distances", "matrix", "cell"])
def test_every_picture_is_drawn(made, name, kind):
    figure = plot(made[name], **({"cell": 3} if kind == "cell" else {"kind": kind}))
    figure.canvas.draw()
    if kind == "distances":
        said = words(figure)
        assert (name if name != "space" else "gaussian") in said
        assert ("σ" in said) == (name in {"space", "fixed_indegree"})


@pytest.mark.parametrize("name", RULES)
def test_the_law_is_that_of_the_kernel(made, name):
    kernel = read_kernels(made[name])["EXC", "EXC"]
    distance = np.array([0.0, 100.0, 300.0, 500.0])
    p = kernel.probability(distance)
    shape = {
        "uniform": [1, 1, 1, 1],
        "table": [1, 0.75, 0.25, 0],
        "space": np.exp(-((distance / 150) ** 2) / 2) * (distance <= 450),
    }
    if name in shape:
        np.testing.assert_allclose(p, np.minimum(1, kernel.amplitude * np.array(shape[name])))
    else:
        assert p is None
    assert kernel.distance == ("space" if name == "space" else "plane")


def test_realised_probabilities_in_space_follow_the_law(made):
    lower = plot(made["space"], "distances").axes[1::2]
    points, law = [], []
    for axes in lower:
        realised, asked = axes.lines[0], axes.lines[-1]
        points += realised.get_ydata().tolist()
        law += np.interp(realised.get_xdata(), *asked.get_data()).tolist()
    # Pairs that are close in the plane and far in space would be counted too early.
    assert np.corrcoef(points, law)[0, 1] > 0.9


@pytest.mark.parametrize("name", RULES)
def test_it_is_viewed_and_inspected(made, name, tmp_path, livn_here):
    page = tmp_path / "page.html"
    write_page(made[name], page)
    assert page.stat().st_size > 10_000
    ran = livn_here("inspect", str(made[name].path))
    assert ran.code == 0
    assert "EXC->INH" in ran.out
