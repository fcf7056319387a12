"""What a plugin gives is looked at where it is taken: the message says whose it is, and what is due."""

from __future__ import annotations

import numpy as np
import pytest

from livn_core.components import Kernel
from livn_core.plugins.registry import registry
from livn_core.sampling.probability import ConnectionProbability

HEAD = """
    from functools import cached_property
    from pathlib import Path

    import numpy as np
    from livn_core import Component, hookimpl
    from livn_core.components import *
    from livn_core.sampling.projection import Edges


    @hookimpl
    def {hook}():
        yield Component("theirs", "lab:Theirs", "of a third party")


    class Theirs({base}):
"""
PLACE = """
        radius: float = 300.0
        def place(self, count, rng):
            return self.radius * rng.random((count, 2))
        def bounds(self):
            return [[0, 0], [self.radius, self.radius]]
"""
CONNECT = """
        def connect(self, projection):
            return Found()


    class Found(Connector):
        expected_edges = 3.0
        def sources(self, start, stop):
            return Edges(np.zeros(stop - start, int), np.zeros(0, int))
"""
EXPORT = """
        def export(self, system, path):
            (path / "a.txt").write_text("a")
            return {0}
"""
RUN = """
        def available(self):
            return None
        def describe(self, job):
            return "here"
        def run(self, job, progress=None):
            return None
"""
SMALL = ("--total-cells", "60", "--output", "out")
DEGREE = ("--set", "connectivity.mean_degree=1")
AREA, RULE = (
    ("generate", "--area", "theirs", *DEGREE, *SMALL),
    ("generate", "--rule", "theirs", *SMALL),
)
BACKEND = ("generate", "--backend", "theirs", *DEGREE, *SMALL)
KINDS = {
    "Placement": "livn_placements",
    "ConnectivityRule": "livn_connectivity_rules",
    "Kernel": "livn_kernels",
    "MEALayout": "livn_mea_layouts",
    "Exporter": "livn_exporters",
    "Backend": "livn_backends",
}


@pytest.fixture
def theirs(distribute):
    """Install the distribution *lab* with one component, ``theirs``; the registry sees it."""

    def install(base: str, body: str) -> None:
        source = HEAD.format(hook=KINDS[base], base=base) + body
        distribute("lab", {"lab": source})
        registry.cache_clear()

    yield install
    registry.cache_clear()


@pytest.mark.parametrize(
    ("base", "body", "arguments", "code", "message"),
    [
        ("Placement", PLACE.replace("(self, count, rng)", "(self, count)"), AREA, 3,
         "placement 'theirs' of lab 1.0 (lab:Theirs) has a method place() that does not take (count, rng)"),
        ("Placement", PLACE + "        area: float = 2.0", AREA, 3,
         "has a parameter 'area', which hides the method of that name"),
        ("Placement", PLACE + "        def __init__(self, radius): pass", AREA, 3,
         "the placement 'theirs' of lab 1.0 cannot be made: TypeError: Theirs.__init__() missing 1"),
        ("Placement", PLACE + """
        def __init__(self, **values):
            super().__init__(**values)
            self.cache = {}
""", AREA, 3, "of lab 1.0 cannot be made: Theirs sets 'cache', and parameters are frozen"),
        ("Placement", PLACE.replace("[[0, 0], [self.radius, self.radius]]", "np.zeros((2, 3))"), AREA, 3,
         "Theirs.bounds() returned array([[0., 0., 0.], [0., 0., 0.]])"),
        ("Placement", PLACE.replace("[[0, 0]", "[[9e9, 0]"), AREA, 3, "Theirs.bounds() returned [[9"),
        ("Placement", PLACE.replace("[[0, 0]", "[[None, 0]"), AREA, 3, "Theirs.bounds() returned [[None"),
        ("Placement", PLACE + "        def region(self): return 'all'", AREA, 70,
         "this is a bug in livn or in lab 1.0; run again"),
        ("ConnectivityRule", CONNECT.replace("expected_edges = 3.0", "pass"), RULE, 3,
         "connectivity rule 'lab/theirs' connects with expected_edges None"),
        ("ConnectivityRule", CONNECT.replace("= 3.0", "= float('nan')"), RULE, 3, "expected_edges nan"),
        ("ConnectivityRule", CONNECT.replace("= 3.0", "= 3.0; edge_seconds = 'few'"), RULE, 3,
         "connects with edge_seconds 'few', not a number of 0 or more"),
        ("ConnectivityRule", CONNECT.replace("= 3.0", "= 3.0; memory = None"), RULE, 3, "memory None"),
        ("ConnectivityRule", CONNECT.replace("3.0", "3.0; details = ['a']"), RULE, 3,
         "connects with details ['a'], not a mapping"),
        ("ConnectivityRule", CONNECT.replace("3.0", "3.0; warnings = 'few'"), RULE, 3,
         "connects with warnings 'few', not a tuple of texts"),
        ("ConnectivityRule", CONNECT.replace("Edges(", "("), RULE, 3,
         "connectivity rule 'lab/theirs' gave a tuple, not Edges"),
        ("ConnectivityRule", "        def prepared(self, projection): pass\n" + CONNECT, RULE, 3,
         "connectivity rule 'lab/theirs' prepares a NoneType, not a rule"),
        ("Backend", RUN.replace("return None", "return 'no GPU here'", 1), BACKEND, 4, "no GPU here"),
        ("Backend", RUN.replace("return None", "return True", 1), BACKEND, 3,
         "the backend 'theirs' says that it is available by True: None is due"),
        ("Backend", RUN, BACKEND, 3, "the backend 'theirs' returned None, not the system"),
    ],
)  # fmt: skip
def test_the_message_says_whose_it_is(theirs, livn_here, base, body, arguments, code, message):
    theirs(base, body)
    ran = livn_here(*arguments)
    assert ran.code == code, ran.err
    assert message in ran.err


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ("None", "Theirs.export() returned None"),
        ("str(path)", "Theirs.export() returned '/"),
        ("[path / 'never.txt']", "Theirs.export() returned 'never.txt', which it did not write"),
        ("[Path('/etc/hosts')]", "Theirs.export() returned 'hosts', which it did not write"),
    ],
)
def test_an_exporter_names_the_files_that_it_wrote(theirs, livn_here, tmp_path, given, message):
    theirs("Exporter", EXPORT.format(given))
    assert livn_here("generate", *DEGREE, *SMALL).code == 0
    ran = livn_here("export", "out", "--format", "theirs")
    assert ran.code == 3
    assert message in ran.err
    assert not (tmp_path / "out-theirs").exists()


def test_an_array_that_could_not_be_read_is_not_written(theirs, livn_here, tmp_path):
    body = "        input_radius: float = -5.0\n        def electrodes(self, bounds):\n"
    theirs("MEALayout", body + "            bounds += 1e4\n            return bounds\n")
    assert livn_here("generate", *DEGREE, *SMALL).code == 0
    ran = livn_here("mea", "out", "--layout", "theirs")
    assert ran.code == 3
    assert "MEA layout 'Theirs' has input_radius -5.0, not a length above 0 um" in ran.err
    assert not (tmp_path / "out/mea.json").exists()
    # The bounds that it was given are its own: these electrodes lie outside the culture.
    ran = livn_here("mea", "out", "--layout", "theirs", "--input-radius", "50")
    assert "2 of 2 electrodes lie outside the culture" in ran.err


@pytest.mark.parametrize("value", ["0.5", "np.full(len(targets), 1.5)"])
def test_no_probability_is_a_fault_of_the_rule(theirs, livn_here, value):
    theirs(
        "ConnectivityRule",
        CONNECT + f"        def probability(self, targets, sources): return {value}\n",
    )
    assert livn_here(*RULE).code == 0
    ran = livn_here("verify", "out")
    assert ran.code == 3, ran.out
    assert "rule 'lab/theirs' gave no probability, 0 to 1, for each of" in ran.err


def test_a_rule_may_have_parameters_called_like_keys_that_it_does_not_take(theirs, livn_here):
    theirs(
        "ConnectivityRule",
        "        sigma: float = 50.0\n        cutoff: float = 2.0\n" + CONNECT,
    )
    ran = livn_here(*RULE, "--set", "connectivity.rule_kwargs.sigma=70", "--json")
    assert ran.code == 0, ran.err
    assert livn_here("reproduce", "out").code == 0
    assert livn_here(*RULE, "--overwrite", "--set", "connectivity.cutoff=4").code == 2


def test_a_rule_with_a_kernel_need_not_take_its_cutoff(theirs, livn_here):
    theirs("ConnectivityRule", "        kernel: Kernel\n" + CONNECT)
    assert livn_here(*RULE).code == 0
    ran = livn_here(*RULE, "--overwrite", "--set", "connectivity.cutoff=4")
    assert ran.code == 2
    assert "cutoff" in ran.err


class InPlace(Kernel):
    """Works on the array that it is given."""

    def weight(self, distance):
        distance /= 100.0
        return np.exp(-distance, out=distance)


def test_a_kernel_that_works_in_place_leaves_the_distances():
    distance = np.array([10.0, 299.0, 301.0])
    weight = ConnectionProbability(InPlace(), 300.0).weight(distance)
    assert distance.tolist() == [10.0, 299.0, 301.0]
    np.testing.assert_allclose(weight, [np.exp(-0.1), np.exp(-2.99), 0.0])
