import numpy as np

from livn_core.engine.amplitude import solve_amplitude
from livn_core.engine.projection import Projection
from livn_core.engine.sampler import KernelSampler
from livn_plugins.connectivity.gaussian import Gaussian


def test_probability_one_connects_every_pair():
    cells = np.random.default_rng(0).uniform(0, 4000, (5, 3))
    for seed in range(1, 201):
        projection = Projection("EXC", "EXC", cells, cells, seed, 4.0)
        kernel = Gaussian(sigma=1e9)
        amplitude = solve_amplitude(projection, kernel)
        assert len(KernelSampler(projection, kernel, amplitude.value).sample(0, 5).sources) == 20
