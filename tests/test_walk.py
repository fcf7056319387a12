"""The way of ``sigma`` from the command line to connections.h5, as CONTRIBUTING.md tells it."""

from __future__ import annotations

import re
import sys
import threading
from types import FrameType
from typing import Any

VALUE = 173.25
#: Where a number is looked for inside an argument: a rule has a kernel, a law has one, too.
INSIDE = ("sigma", "kernel", "configuration", "rule", "law", "settings", "connectivity")


def carries(value: Any, depth: int = 0) -> bool:
    """Whether an argument is the number, its text, or has it inside."""
    if isinstance(value, float):
        return value == VALUE
    if isinstance(value, str):
        return str(VALUE) in value
    if depth > 3:
        return False
    if isinstance(value, list | tuple):
        return any(carries(entry, depth + 1) for entry in value[:40])
    if isinstance(value, dict):
        return any(carries(entry, depth + 1) for entry in list(value.values())[:40])
    names = getattr(type(value), "model_fields", None) or getattr(
        type(value), "__dataclass_fields__", {}
    )
    return any(carries(getattr(value, name, None), depth + 1) for name in INSIDE if name in names)


def room_of(module: str) -> str:
    """A package of livn_core or a module of its top floor; the other two are one room each."""
    package, _, rest = module.partition(".")
    return f"{rest.partition('.')[0]}" if package == "livn_core" else package


def test_the_way_of_sigma(livn_here, root):
    rooms: dict[str, None] = {}

    def look(frame: FrameType, event: str, _arg: Any) -> None:
        module = frame.f_globals.get("__name__", "")
        if event != "call" or not module.startswith(("livn_core.", "livn_cli.", "livn_plugins.")):
            return
        code = frame.f_code
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        if any(carries(frame.f_locals.get(name)) for name in names):
            rooms.setdefault(room_of(module))

    words = ["generate", "--total-cells", "60", "--set", f"connectivity.sigma={VALUE}", "-j", "1"]
    threading.setprofile(look)
    sys.setprofile(look)
    try:
        done = livn_here(*words)
    finally:
        sys.setprofile(None)
        threading.setprofile(None)  # type: ignore[arg-type]
    assert done.code == 0, done.err
    page = (root / "CONTRIBUTING.md").read_text()
    way = page.partition("### The way of a value")[2].partition("\n## ")[0]
    told = re.findall(r"^\d+\. `([a-z_0-9]+)`", way, re.MULTILINE)
    assert set(rooms) == set(told)
    assert len(told) <= 16
