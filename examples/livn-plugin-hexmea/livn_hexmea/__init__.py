"""Hexagonal arrays, hexagonally packed cells, and a ring-shaped kernel for livn."""

from livn_core import Component, hookimpl


@hookimpl
def livn_mea_layouts():
    yield Component("hex", "livn_hexmea.electrodes:Hex", "hexagonal array, centred in the culture")


@hookimpl
def livn_placements():
    yield Component("hexgrid", "livn_hexmea.placement:HexGrid", "cells on a hexagonal lattice")


@hookimpl
def livn_kernels():
    yield Component("ring", "livn_hexmea.ring:Ring", "prefers the distance 'radius'")
