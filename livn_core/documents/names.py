"""Names of populations and projections, and of things: which are allowed, and how they are written."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

__all__ = [
    "ARROW",
    "counted",
    "joined_names",
    "module_pairs",
    "name_problem",
    "names_alike",
    "projection_key",
    "split_projection",
]

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
    bad = next((c for c in name if c in "/\\.:=,\"'[]{}<>|*?" or not c.isprintable()), None)
    if bad is not None:
        what = f"'{bad}'" if bad.isprintable() else f"the character {bad!a}"
        return f"the population's name {name!a} must not hold {what}"
    return None


def names_alike(names: Iterable[str]) -> Iterator[str]:
    """Yield what is wrong with names that file systems do not tell apart: by letter case or accents."""
    first: dict[str, str] = {}
    for name in names:
        key = unicodedata.normalize("NFC", name.casefold())
        if (other := first.setdefault(key, name)) != name:
            same = unicodedata.normalize("NFC", other) == unicodedata.normalize("NFC", name)
            how = "how an accent is coded" if same else "letter case"
            yield (
                f"the populations {other!a} and {name!a} differ in {how} alone, which not every file "
                "system tells apart"
            )


def joined_names(names: Iterable[str], mark: str) -> str:
    """Return names joined by ``mark``, each with the mark in it escaped: no two lists give one text.

    What could be taken for the mark (its letters at an end of a name, and where it stands as a
    whole) is written as in addresses, ``%2D`` for ``-``; names without it stay as they are.

    Examples
    --------
    >>> joined_names(["EXC", "INH"], "-"), joined_names(["A-B", "C"], "-")
    ('EXC-INH', 'A%2DB-C')
    >>> joined_names(["A_", "B_1"], "__")
    'A%5F__B_1'
    """
    letter = mark[0]
    found = re.compile(
        f"^{re.escape(letter)}+|{re.escape(letter)}+$|{re.escape(letter) * len(mark)}+|%"
    )
    return mark.join(
        found.sub(lambda hit: "".join(f"%{ord(each):02X}" for each in hit[0]), name)
        for name in names
    )


def counted(number: int, thing: str) -> str:
    """Return ``1 cell``, ``1,200 cells``."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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


def module_pairs(value: Any) -> Any:
    """Return a mapping from pairs of modules with each pair as ``A1->A2``; what is none as it is.

    Raises
    ------
    ValueError
        Two keys are one pair.
    """
    if not isinstance(value, Mapping):
        return value
    found: dict[Any, Any] = {}
    for key, entry in value.items():
        one = ARROW.join(part.strip() for part in key.split(ARROW)) if ARROW in str(key) else key
        if one in found:
            raise ValueError(f"'{one}' is given twice")
        found[one] = entry
    return found
