"""The public name of :func:`livn_core.system.mea.write_mea`."""

from livn_core.system.mea import write_mea

__all__ = ["write_mea"]
