"""Keyed random streams: the same numbers for the same purpose, whatever runs them.

A stream belongs to (seed, purpose, name, block), never to a rank, a thread or an order of calls.
Keys are hashed with BLAKE2b, because Python's ``hash`` of a text differs from run to run.
"""

from __future__ import annotations

import hashlib

import numpy as np

__all__ = ["key64", "stream"]


def _digest(seed: int, key: tuple[str | int, ...], size: int) -> bytes:
    # Each part is written with its type and length, so that ("a", "bc") and ("ab", "c") differ,
    # and 1 and "1" too.
    state = hashlib.blake2b(digest_size=size, person=b"livn-streams")
    for part in (seed, *key):
        text = str(int(part)) if isinstance(part, (int, np.integer)) else part
        kind = b"i" if isinstance(part, (int, np.integer)) else b"s"
        data = text.encode()
        state.update(kind + len(data).to_bytes(8, "little") + data)
    return state.digest()


def key64(seed: int, *key: str | int) -> int:
    """Return the unsigned 64-bit key of a counter-based stream.

    Parameters
    ----------
    seed
        The user's seed: an integer >= 0 of any size.
    *key
        What the stream is for: purpose, population or projection name, block.

    Examples
    --------
    >>> from livn_core.sampling.streams import key64
    >>> key64(1, "edges", "EXC->INH") == key64(1, "edges", "INH->EXC")
    False
    """
    return int.from_bytes(_digest(seed, key, 8), "little")


def stream(seed: int, *key: str | int) -> np.random.Generator:
    """Return the generator of (seed, *key): Philox4x64 with a 128-bit key.

    The generator's numbers are those of NumPy's ``Philox`` bit generator (Salmon et al. 2011,
    "Parallel random numbers: as easy as 1, 2, 3").

    Examples
    --------
    >>> from livn_core.sampling.streams import stream
    >>> stream(1, "positions", "EXC").random(2).round(3).tolist()
    [0.833, 0.392]
    >>> stream(1, "positions", "EXC").random() == stream(2, "positions", "EXC").random()
    False
    """
    return np.random.Generator(
        np.random.Philox(key=int.from_bytes(_digest(seed, key, 16), "little"))
    )
