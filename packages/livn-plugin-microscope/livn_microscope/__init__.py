"""The placement ``labels``: cells where a segmented microscope image has them."""

from livn_core import Component, hookimpl


@hookimpl
def livn_placements():
    """Yield the placement."""
    yield Component(
        "labels", "livn_microscope.placement:Labels", "cells of a label image (Cellpose, StarDist)"
    )
