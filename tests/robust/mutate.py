"""Spoils good inputs: documents, texts, bytes and HDF5 files, the same way for the same seed."""

from __future__ import annotations

import copy
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np

__all__ = ["bytes_of", "document", "hdf5", "scalar", "text"]

#: Values that somebody has typed, or a program has written, where a number or a name was due.
ODD: tuple[Any, ...] = (
    0, -0.0, -1, 1, 2, 0.1, 3.7, 1e-300, 1e-200, 1e39, 1e308, -1e308, float("inf"), float("nan"),
    2**31, 2**32, 2**32 + 3, 2**64, "", " ", "a", "EXC", "EXC->INH", "x" * 300, "\ud800", "A\0B",
    "1e3", "0.5um", "~nobody/x.csv", "/dev/zero", "/", ".", "-", "=1+1", "\x1b[31m", "\u202e", "é",
    None, True, False, [], {}, [1], [1, 2], [2, 1], ["a", 1], [0, -0.0], {"a": 1}, [[0, 0], [1, 1]],
)  # fmt: skip

_TOKENS = (
    "", "nan", "inf", "-1", "0", "1e400", "1e39", "9" * 5000, "0x10", "1_0", "1,5", "a", "#", '"',
    "'", "x" * 200_000, "\x00", "\ufeff", "\ud7ff", "[" * 5000, "-0.0", "1e-320", "um", "é", "=1",
)  # fmt: skip


def scalar(rng: random.Random) -> Any:
    """Return an odd value."""
    return copy.deepcopy(rng.choice(ODD))


def _places(value: Any, found: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    keys = value if isinstance(value, dict) else range(len(value))
    for key in list(keys):
        found.append((value, key))
        if isinstance(value[key], dict | list):
            _places(value[key], found)
    return found


def document(rng: random.Random, good: Any, most: int = 3) -> Any:
    """Return a copy of a document with up to ``most`` things changed."""
    spoiled = copy.deepcopy(good)
    for _ in range(rng.randint(1, most)):
        places = _places(spoiled, [])
        if not places:
            break
        owner, key = rng.choice(places)
        kind = rng.randrange(6)
        if kind == 0 and isinstance(owner, dict):
            owner[str(key) + rng.choice(["s", " ", "_", "\u00e9", "\ud800"])] = owner.pop(key)
        elif kind == 1:
            del owner[key]
        elif kind == 2 and isinstance(owner[key], int | float) and not isinstance(owner[key], bool):
            owner[key] = owner[key] * rng.choice([-1, 0.5, 2, 10, 1e3, 1e-6, 1e30])
        elif kind == 3:
            other, name = rng.choice(places)
            value = copy.deepcopy(other.get(name) if isinstance(other, dict) else None)
            owner[key] = value
        elif kind == 4 and isinstance(owner, dict):
            owner[rng.choice(["unknown", "sigma", "kernel", "default", "count"])] = scalar(rng)
        else:
            owner[key] = scalar(rng)
    return spoiled


def text(rng: random.Random, good: str, most: int = 3) -> str:
    """Return a text with up to ``most`` of its words or lines changed."""
    lines = good.splitlines()
    for _ in range(rng.randint(1, most)):
        at = rng.randrange(len(lines)) if lines else 0
        kind = rng.randrange(7)
        if not lines or kind == 0:
            lines.insert(at, rng.choice(_TOKENS))
        elif kind == 1:
            del lines[at]
        elif kind == 2:
            lines.insert(rng.randrange(len(lines)), lines[at])
        elif kind == 3:
            lines[at] = lines[at][: rng.randrange(len(lines[at]) + 1)]
        elif kind == 4:
            lines = [
                line.replace(*rng.choice([(",", ";"), (" ", "\t"), (".", ",")])) for line in lines
            ]
        else:
            words = re.split(r"([\s,;]+)", lines[at])
            words[rng.randrange(len(words))] = rng.choice(_TOKENS)
            lines[at] = "".join(words)
    end = rng.choice(["\n", "\n", "\n", "\r\n", "\r", "\x0b"])
    return rng.choice(["", "", "", "\ufeff"]) + end.join(lines) + rng.choice([end, ""])


def bytes_of(rng: random.Random, good: bytes, most: int = 8) -> bytes:
    """Return bytes with some flipped, cut off or doubled."""
    spoiled = bytearray(good)
    if spoiled and rng.random() < 0.3:
        del spoiled[rng.randrange(len(spoiled)) :]
    for _ in range(rng.randint(0, most)):
        if not spoiled:
            break
        at = rng.randrange(len(spoiled))
        if rng.random() < 0.8:
            spoiled[at] ^= 1 << rng.randrange(8)
        else:
            spoiled[at:at] = spoiled[at : at + rng.randrange(20)]
    return bytes(spoiled)


def hdf5(rng: random.Random, path: Path) -> None:
    """Spoil an HDF5 file: its bytes, or a dataset or group of it."""
    if rng.random() < 0.35:
        path.write_bytes(bytes_of(rng, path.read_bytes()))
        return
    with h5py.File(path, "r+") as file:
        names: list[str] = []
        file.visit(names.append)
        for _ in range(rng.randint(1, 2)):
            name = rng.choice(names)
            if name in file:
                rng.choice(_SPOIL)(rng, file, name)


def _delete(rng: random.Random, file: h5py.File, name: str) -> None:
    del file[name]


def _put(rng: random.Random, file: h5py.File, name: str) -> None:
    del file[name]
    values: list[Callable[[], Any]] = [
        lambda: np.arange(rng.randrange(50)),
        lambda: np.array(["a", "b", "c"] * 7, dtype="S3"),
        lambda: np.zeros((7, 5)),
        lambda: 5,
        lambda: np.full(rng.randrange(40), np.nan),
        lambda: np.full(20, 2**63, dtype=np.uint64),
        lambda: np.array([], dtype=np.float32),
    ]
    if rng.random() < 0.15:
        file.create_group(name)
    elif rng.random() < 0.15:
        file[name] = h5py.SoftLink("/nowhere")
    else:
        file[name] = rng.choice(values)()


def _change(rng: random.Random, file: h5py.File, name: str) -> None:
    found = file.get(name)  # nothing, where a link leads nowhere
    if not isinstance(found, h5py.Dataset) or not found.shape or not found.size:
        return
    if found.dtype.kind not in "iuf":
        return
    at = rng.randrange(len(found))
    with np.errstate(all="ignore"):
        value = np.asarray(rng.choice([0, 1, 7, 19, 20, 2**31 - 1, -1, 1e39, np.nan, np.inf]))
        found[at] = value.astype(found.dtype)


def _resize(rng: random.Random, file: h5py.File, name: str) -> None:
    found = file.get(name)
    if isinstance(found, h5py.Dataset) and found.shape:
        values = found[()]
        del file[name]
        file[name] = np.resize(values, max(0, len(values) + rng.choice([-3, -1, 1, 5])))


_SPOIL = (_delete, _put, _change, _change, _resize)
