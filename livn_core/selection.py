"""The public names of :mod:`livn_core.system.selection`."""

from livn_core.system.selection import select_box, select_boxes, select_disk, select_modules

__all__ = ["select_box", "select_boxes", "select_disk", "select_modules"]
