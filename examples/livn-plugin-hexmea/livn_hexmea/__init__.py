"""Hexagonal arrays, hexagonally packed cells, a ring-shaped kernel and a rule of reach for livn."""

from livn_core import Component, hookimpl


@hookimpl
def livn_mea_layouts():
    yield Component("hex", "livn_hexmea.electrodes:Hex", "hexagonal array, centred in the culture")


@hookimpl
def livn_placements():
    yield Component("hexgrid", "livn_hexmea.placement:HexGrid", "cells on a hexagonal lattice")


@hookimpl
def livn_connectivity_rules():
    yield Component("reach", "livn_hexmea.reach:Reach", "cells closer than 'reach', with equal p")


@hookimpl
def livn_kernels():
    yield Component("ring", "livn_hexmea.ring:Ring", "prefers the distance 'radius'")
