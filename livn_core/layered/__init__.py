"""Layered networks of cells with morphologies: configuration, somata, synapses, projections.

A layered system is a stack of boxes (layers) with the somata of several populations in them. Each
cell has a morphology; synapses lie on its sections at a density given per section type, synapse
type and layer; each is assigned to one of the projections onto its cell, and gets a source cell
within the extent of the source population's axons.
"""
