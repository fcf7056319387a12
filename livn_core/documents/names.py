"""Names of populations and projections: which are allowed, and how a projection is written."""

from __future__ import annotations

__all__ = ["ARROW", "name_problem", "projection_key", "split_projection"]

ARROW = "->"


def name_problem(name: str) -> str | None:
    """Return why a population cannot have this name, or None.

    Any text will do that HDF5, file names and the paths of ``--set`` can hold: letters of any
    alphabet, digits, ``_``, ``-``, ``+``, blanks inside.
    """
    if not name:
        return "a population's name must not be empty"
    if name != name.strip():
        return f"the population's name '{name}' has blanks around it"
    if len(name.encode("utf-8", "replace")) > 200:
        return f"the population's name '{name[:20]}...' is longer than 200 bytes"
    if ARROW in name:
        return f"the population's name '{name}' must not hold '->', which joins two names"
    bad = next((c for c in name if c in "/\\.:=,\"'[]{}" or not c.isprintable()), None)
    if bad is not None:
        what = f"'{bad}'" if bad.isprintable() else f"the character {bad!a}"
        return f"the population's name {name!a} must not hold {what}"
    return None


def split_projection(key: str) -> tuple[str, str] | None:
    """Return (source, target) of ``PRE->POST`` or ``PRE:POST``, blanks allowed; None if it is neither."""
    separator = ARROW if ARROW in key else ":"
    source, found, target = key.partition(separator)
    source, target = source.strip(), target.strip()
    return (source, target) if found and source and target else None


def projection_key(key: str) -> str:
    """Return the key in its one spelling, ``PRE->POST``; what is no projection stays as it is."""
    pair = split_projection(key)
    return ARROW.join(pair) if pair else key.strip()
