"""A system's directory: reading it, selecting cells, electrodes, copies, exports."""

from livn_core.system.reader import System

__all__ = ["System"]
