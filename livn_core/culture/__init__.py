"""Flat cultures: the program of the ``culture2d`` generator, from a configuration to its blocks."""
