"""The public names of :mod:`livn_core.system.selection`."""

from livn_core.system.selection import (
    read_selection,
    select_box,
    select_boxes,
    select_disk,
    select_modules,
    write_selection,
)

__all__ = [
    "read_selection",
    "select_box",
    "select_boxes",
    "select_disk",
    "select_modules",
    "write_selection",
]
