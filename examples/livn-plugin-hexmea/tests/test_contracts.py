"""What livn asks of every layout, placement, kernel and rule."""

from livn_core.testing import (
    ConnectivityContract,
    KernelContract,
    MEALayoutContract,
    PlacementContract,
)


class TestHex(MEALayoutContract):
    name = "hex"
    examples = [{}, {"pitch": 100.0}, {"pitch": 1e6, "output_radius": 30.0}]


class TestHexGrid(PlacementContract):
    name = "hexgrid"
    examples = [{}, {"jitter": 25.0}, {"x_range": [-10, 10], "y_range": [0, 4000]}]


class TestRing(KernelContract):
    name = "ring"
    examples = [{}, {"radius": 0.0}, {"sigma": 5.0, "radius": 300.0}]


class TestReach(ConnectivityContract):
    name = "reach"
    examples = [{}, {"reach": 60.0, "p": 1.0}, {"reach": 1e4, "p": 0.01}]
