"""Measures of graphs against networkx, and against what is known in closed form."""

import igraph
import networkx
import numpy as np
import pytest
from livn_measures.graph import clustering, degrees, directed_graph, modularity, path_length
from livn_measures.network import Network
from livn_measures.reciprocity import reciprocity


def network(adjacency, positions=None, sizes=None) -> Network:
    """Return the graph of a matrix: a row is a source."""
    sources, targets = np.nonzero(adjacency)
    cells = len(adjacency)
    populations, start = {}, 0
    for name, size in (sizes or {"EXC": cells}).items():
        populations[name] = range(start, start + size)
        start += size
    if positions is None:
        positions = np.random.Generator(np.random.Philox(1)).random((cells, 3)) * 1000
    return Network(populations, np.asarray(positions, float), sources, targets)


def random_matrix(cells, probability, seed=3, autapses=0.0):
    rng = np.random.Generator(np.random.Philox(seed))
    found = rng.random((cells, cells)) < probability
    np.fill_diagonal(found, rng.random(cells) < autapses)
    return found


@pytest.fixture(scope="module")
def matrix():
    return random_matrix(120, 0.06, autapses=0.1)


@pytest.fixture(scope="module")
def known(matrix):
    graph = networkx.from_numpy_array(matrix, create_using=networkx.DiGraph)
    graph.remove_edges_from(list(networkx.selfloop_edges(graph)))
    return graph


def test_clustering(matrix, known):
    found = clustering(directed_graph(network(matrix)))
    undirected = known.to_undirected()
    assert found["mean"] == pytest.approx(networkx.average_clustering(undirected))
    assert found["transitivity"] == pytest.approx(networkx.transitivity(undirected))
    assert found["density"] == pytest.approx(networkx.density(undirected))


def test_clustering_of_a_lattice():
    """Neighbours at 1 to k on each side: C = 3 (k - 1) / (4 k - 2), Watts and Strogatz 1998."""
    cells, k = 60, 4
    steps = (np.arange(cells)[None] - np.arange(cells)[:, None]) % cells
    found = clustering(directed_graph(network((steps > 0) & (steps <= k))))
    assert found["mean"] == pytest.approx(3 * (k - 1) / (4 * k - 2))
    assert found["transitivity"] == pytest.approx(3 * (k - 1) / (4 * k - 2))


def test_path_length(matrix, known):
    found = path_length(directed_graph(network(matrix)), sources=1000)
    lengths = [
        length
        for _, row in networkx.all_pairs_shortest_path_length(known)
        for length in row.values()
        if length
    ]
    assert found["mean"] == pytest.approx(np.mean(lengths))
    assert found["reachable"] == pytest.approx(len(lengths) / (120 * 119))
    assert found["sources"] == 120


def test_path_length_of_a_ring():
    """From each cell, 1 to n - 1 steps: the mean is n / 2 whichever cells are chosen."""
    ring = directed_graph(network(np.roll(np.eye(50, dtype=bool), 1, axis=1)))
    found = path_length(ring, sources=7)
    assert found["mean"] == pytest.approx(25)
    assert found["standard_error"] == pytest.approx(0)
    assert (found["reachable"], found["sources"]) == (1, 7)


def test_a_sample_of_paths_is_near_the_mean_and_its_own(matrix):
    graph = directed_graph(network(random_matrix(600, 0.01)))
    every = path_length(graph, sources=600)["mean"]
    found = [path_length(graph, sources=40, seed=seed) for seed in (1, 1, 2)]
    assert found[0] == found[1]
    assert found[0] != found[2]
    for one in found:
        assert abs(one["mean"] - every) < 4 * one["standard_error"]


def test_modularity(matrix, known):
    modules = np.arange(120) % 5 * 7
    found = modularity(directed_graph(network(matrix)), modules)
    groups = [set(np.flatnonzero(modules == module)) for module in np.unique(modules)]
    assert found["q"] == pytest.approx(networkx.community.modularity(known, groups))
    assert found["modules"] == [24] * 5
    inside = [modules[a] == modules[b] for a, b in known.edges]
    assert found["within"] == pytest.approx(np.mean(inside))


def test_modularity_of_separate_modules():
    """m equal modules without connections between them: Q = 1 - 1 / m."""
    blocks = np.kron(np.eye(4), 1 - np.eye(10)) > 0
    found = modularity(directed_graph(network(blocks)), np.repeat(np.arange(4), 10))
    assert found["q"] == pytest.approx(0.75)
    assert found["within"] == 1


def test_degrees(matrix):
    found = degrees(network(matrix, sizes={"EXC": 100, "INH": 20}))
    of_inh = matrix.sum(axis=0)[100:]
    assert found["INH"]["in"]["mean"] == pytest.approx(of_inh.mean())
    assert found["INH"]["in"]["sd"] == pytest.approx(of_inh.std())
    assert found["INH"]["in"]["cv"] == pytest.approx(of_inh.std() / of_inh.mean())
    of_exc = matrix.sum(axis=1)[:100]
    assert found["EXC"]["out"]["quantiles"]["0.5"] == np.median(of_exc)
    assert found["EXC"]["out"]["quantiles"]["1"] == of_exc.max()


def test_reciprocal_pairs(matrix, known):
    found = reciprocity(network(matrix, sizes={"EXC": 90, "INH": 30}))
    assert found["fraction"] == pytest.approx(networkx.overall_reciprocity(known))
    assert found["pairs"] == known.number_of_edges() * found["fraction"] / 2
    assert found["pairs"] == sum(row["pairs"] for row in found["between"])
    mutual = matrix & matrix.T
    cross = next(row for row in found["between"] if row["populations"] == ["EXC", "INH"])
    assert cross["pairs"] == mutual[:90, 90:].sum()
    graph = igraph.Graph(directed=True, n=120, edges=list(known.edges))
    assert graph.reciprocity() == pytest.approx(found["fraction"])


def by_pairs(matrix, distance, first, second, bins=40):
    """The expectation, counted pair by pair."""
    block, back = matrix[first, second], matrix.T[first, second]
    lengths = distance[first, second]
    edges = np.concatenate([lengths[block], lengths[back]])
    if first == second:
        edges = lengths[block]
    limits = np.quantile(edges, np.linspace(0, 1, bins + 1)[1:]) + 1e-6
    at = np.searchsorted(limits, lengths)
    total = 0.0
    for b in range(bins):
        here = at == b
        if first == second:
            here &= np.triu(np.ones_like(here), 1) > 0
            p = (block | back)[here], (block & back)[here]
            p = (p[0].sum() + p[1].sum()) / 2 / here.sum() if here.any() else 0
            total += here.sum() * p * p
        elif here.any():
            total += here.sum() * block[here].mean() * back[here].mean()
    return total


def test_the_expectation_is_the_sum_over_bins(matrix):
    net = network(matrix, sizes={"EXC": 90, "INH": 30})
    distance = np.linalg.norm(net.positions[:, None] - net.positions[None], axis=2)
    clean = matrix & ~np.eye(120, dtype=bool)
    groups = {"EXC": slice(0, 90), "INH": slice(90, 120)}
    for row in reciprocity(net)["between"]:
        first, second = (groups[name] for name in row["populations"])
        assert row["expected"] == pytest.approx(by_pairs(clean, distance, first, second))
    total = reciprocity(network(matrix), bins=1)["expected_uniform"]
    assert total == pytest.approx(120 * 119 / 2 * (clean.sum() / (120 * 119)) ** 2)


@pytest.fixture(scope="module")
def culture():
    """3000 cells on 1 mm2, connected by distance alone, p = 0.4 exp(-d / 100 um)."""
    rng = np.random.Generator(np.random.Philox(11))
    positions = np.column_stack([rng.random((3000, 2)) * 1000, np.zeros(3000)])
    distance = np.linalg.norm(positions[:, None] - positions[None], axis=2)
    matrix = rng.random(distance.shape) < 0.4 * np.exp(-distance / 100)
    np.fill_diagonal(matrix, False)
    return positions, matrix, distance


def test_distance_alone_gives_the_ratio_one(culture):
    """Against one probability there are many times more: the trap that the expectation avoids."""
    positions, matrix, distance = culture
    found = reciprocity(network(matrix, positions))
    exact = (np.triu(0.4 * np.exp(-distance / 100), 1) ** 2).sum()
    # 20,000 pairs expected: 0.7 % is their standard deviation.
    assert found["expected"] == pytest.approx(exact, rel=0.02)
    assert found["ratio"] == pytest.approx(1, abs=0.03)
    assert found["pairs"] > 4 * found["expected_uniform"]


def test_reciprocated_connections_show(culture):
    """A half of the connections given one back: P(both) / p^2 grows by known numbers."""
    positions, matrix, distance = culture
    rng = np.random.Generator(np.random.Philox(5))
    added = matrix | (matrix.T & (rng.random(matrix.shape) < 0.5))
    p = np.triu(0.4 * np.exp(-distance / 100), 1)
    both = (p**2 + 2 * p * (1 - p) / 2).sum()
    after = (np.triu(p + (1 - p) * p / 2, 1) ** 2).sum()
    found = reciprocity(network(added, positions))
    assert found["ratio"] == pytest.approx(both / after, rel=0.03)


def test_a_sample_of_cells_gives_nearly_the_same(culture, monkeypatch):
    positions, matrix, _ = culture
    net = network(matrix, positions)
    exact = reciprocity(net)["expected"]
    monkeypatch.setattr("livn_measures.reciprocity.MOST_PAIRS", 3000 * 300)
    # 300 cells: each bin's pairs are known to some percent, their sum to less.
    assert reciprocity(net, seed=1)["expected"] == pytest.approx(exact, rel=0.03)


@pytest.mark.parametrize("cells", [0, 1, 2, 5])
def test_graphs_without_connections(cells):
    net = network(np.zeros((cells, cells), bool))
    graph = directed_graph(net)
    assert reciprocity(net) == {
        "pairs": 0,
        "expected": 0,
        "expected_uniform": 0,
        "ratio": None,
        "fraction": None,
        "between": [],
    }
    assert path_length(graph)["mean"] is None
    assert clustering(graph)["transitivity"] is None
    assert modularity(graph, np.zeros(cells, np.int64))["q"] is None
