"""Make a system of some of another system's cells."""

from livn_core.cut.cut import cut_system

__all__ = ["cut_system"]
