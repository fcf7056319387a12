"""The names that the file format fixes."""

from __future__ import annotations

TYPES = "H5Types"
LABELS = "H5Types/Population labels"
RANGE_TYPE = "H5Types/Population range"
PROJECTION_TYPE = "H5Types/Population projections"
RANGES = "H5Types/Populations"
VALID_PROJECTIONS = "H5Types/Valid population projections"

POPULATIONS = "Populations"
PROJECTIONS = "Projections"

COORDINATES = "Generated Coordinates"
AXES = ("X Coordinate", "Y Coordinate", "Z Coordinate")
CULTURE = "Culture"
#: Column of :data:`CULTURE`: factor of the velocity of each cell's axon.
VELOCITY_FACTOR = "velocity_factor"
SYNAPSES = "Synapse Attributes"
TREES = "Trees"

CELL_INDEX = "Cell Index"
POINTER = "Attribute Pointer"
VALUE = "Attribute Value"
SECTION_POINTER = "Section Pointer"

EDGES = "Edges"
BLOCK_INDEX = "Destination Block Index"
BLOCK_POINTER = "Destination Block Pointer"
DESTINATION_POINTER = "Destination Pointer"
SOURCE_INDEX = "Source Index"

#: Column of an edge -> its dataset below the projection.
EDGE_COLUMNS = {"distance": "Connections/distance", "syn_id": "Synapses/syn_id"}

CELLS_FILE = "cells.h5"
CONNECTIONS_FILE = "connections.h5"
JOINT_FILE = "graph.h5"
