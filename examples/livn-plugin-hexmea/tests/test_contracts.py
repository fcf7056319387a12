"""What livn asks of every layout, placement and kernel."""

from livn_core.testing import KernelContract, MEALayoutContract, PlacementContract


class TestHex(MEALayoutContract):
    name = "hex"
    examples = [{}, {"pitch": 100.0}, {"pitch": 1e6, "output_radius": 30.0}]


class TestHexGrid(PlacementContract):
    name = "hexgrid"
    examples = [{}, {"jitter": 25.0}, {"x_range": [-10, 10], "y_range": [0, 4000]}]


class TestRing(KernelContract):
    name = "ring"
    examples = [{}, {"radius": 0.0}, {"sigma": 5.0, "radius": 300.0}]
