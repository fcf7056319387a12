"""The mathematics of drawing edges: random streams, amplitudes, and the kernel sampler."""
