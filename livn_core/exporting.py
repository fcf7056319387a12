"""The public name of :func:`livn_core.system.exporting.export_system`."""

from livn_core.system.exporting import export_system

__all__ = ["export_system"]
