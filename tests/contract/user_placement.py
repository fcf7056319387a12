"""A user's own placement, as the ``custom`` component calls it."""

import numpy as np


def ring(count, rng, radius=100.0):
    angle = 2 * np.pi * rng.random(count)
    return radius * np.cos(angle), radius * np.sin(angle)
