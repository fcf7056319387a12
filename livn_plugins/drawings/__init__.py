"""Reads drawings: GeoJSON and WKT as they are, SVG and DXF with the libraries of the extra ``shapes``.

Each reader gives outlines in the drawing's own coordinates, y upwards; :mod:`.pieces` makes the parts
of a region of them. Nothing that a drawing refers to outside itself is ever opened.
"""
