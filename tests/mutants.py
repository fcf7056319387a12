"""Changes of the code that a test is to notice: ``python -m tests.mutants --number N --seed S``.

Places are drawn, and at each one thing is changed, in a copy of the checkout: a comparison, a sign,
a constant by one, a statement left out. The tests of its room run, and then those of whole systems,
until one fails: a minute or more for each. Prints what none notices.
"""

from __future__ import annotations

import argparse
import ast
import copy
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

Change = tuple[
    str, ast.AST, bool, str
]  #: File, place, whether it is compiled, and what is put there.

ROOMS = ("sampling", "culture", "layered", "morphology", "neuroh5", "verify", "axons")
#: Tests that run after those of the room.
SHARED = ("tests/system", "tests/test_digests.py")
ROOT = Path(__file__).parents[1]
#: An operator, and what stands in its place; so the names that follow.
OPERATORS = {one: others for one, *others in map(str.split, (
    "Lt LtE GtE", "LtE Lt Gt", "Gt GtE LtE", "GtE Gt Lt", "Eq NotEq", "NotEq Eq", "Is IsNot",
    "IsNot Is", "In NotIn", "NotIn In", "Add Sub", "Sub Add", "Mult Div", "Div Mult", "FloorDiv Mult",
    "Mod FloorDiv", "Pow Mult", "And Or", "Or And", "BitAnd BitOr", "BitOr BitAnd", "BitXor BitOr",
    "LShift RShift", "RShift LShift",
))}  # fmt: skip
PAIRS = [p.split() for p in ("min max", "minimum maximum", "any all", "floor ceil", "sin cos")]
NAMES = {one: other for a, b in PAIRS for one, other in ((a, b), (b, a))}
TYPES = ("Annotated", "Literal", "dict", "list", "tuple")


def changes(node: ast.AST) -> Iterator[str]:
    """Yield what may stand in place of a piece of code."""

    def changed(**fields: object) -> str:
        other = copy.deepcopy(node)
        vars(other).update(fields)
        return ast.unparse(other)

    def others(op: ast.AST) -> list[ast.AST]:
        return [getattr(ast, name)() for name in OPERATORS.get(type(op).__name__, ())]

    match node:
        case ast.Compare(ops=ops):
            for i, op in enumerate(ops):
                yield from (f"({changed(ops=[*ops[:i], o, *ops[i + 1 :]])})" for o in others(op))
        case ast.BinOp(op=op) | ast.BoolOp(op=op):
            yield from (f"({changed(op=other)})" for other in others(op))
        case ast.AugAssign(op=op):
            yield from (*(changed(op=other) for other in others(op)), "pass")
        case ast.UnaryOp(op=ast.Not() | ast.USub() | ast.Invert()):
            yield f"({ast.unparse(node.operand)})"
        case ast.Constant(value=bool(value)):
            yield str(not value)
        case ast.Constant(value=int(value) | float(value)):
            yield from (repr(value + 1), f"({value - 1!r})")
        case ast.Name(id=name, ctx=ast.Load()) if name in NAMES:
            yield NAMES[name]
        case ast.Attribute(attr=name, ctx=ast.Load()) if name in NAMES:
            yield changed(attr=NAMES[name])
        case ast.Return(value=ast.expr() as value) if ast.unparse(value) != "None":
            yield "return None"
        case ast.Raise() | ast.Continue() | ast.Break() | ast.Expr(value=ast.Call()):
            yield "pass"
        case ast.Assign(targets=[ast.Subscript() | ast.Attribute(), *_]):
            yield "pass"


def places(node: ast.AST, jit: bool = False) -> Iterator[tuple[ast.AST, bool]]:
    """Yield what may change (no annotation, no message), and whether it is compiled."""
    if isinstance(node, ast.JoinedStr | ast.Import | ast.ImportFrom):
        return
    jit |= any("compiled_loop" in ast.unparse(d) for d in getattr(node, "decorator_list", ()))
    yield node, jit
    if isinstance(node, ast.Raise) or ast.unparse(getattr(node, "targets", [])[:1]) == "__all__":
        return
    typed = isinstance(node, ast.Subscript) and ast.unparse(node.value) in TYPES
    for name, value in ast.iter_fields(node):
        if name not in ("annotation", "returns", "decorator_list", "slice" if typed else ""):
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    yield from places(child, jit)


def drawn(seed: int, number: int) -> list[Change]:
    """Draw places, and of what may stand there one."""
    found = []
    for path in (
        path for room in ROOMS for path in sorted((ROOT / "livn_core" / room).glob("*.py"))
    ):
        for node, jit in places(ast.parse(path.read_text())):
            if new := list(changes(node)):
                found.append((str(path.relative_to(ROOT)), node, jit, new))
    rng = random.Random(seed)
    rng.shuffle(found)
    return [(*what, rng.choice(new)) for *what, new in found[:number]]


def survives(checkout: Path, file: str, node: ast.AST, jit: bool, new: str) -> bool:
    """Tell whether no test notices a change; one that does not end has noticed it."""
    lines = (ROOT / file).read_bytes().splitlines(keepends=True)
    first, last = lines[node.lineno - 1][: node.col_offset], lines[node.end_lineno - 1]
    (checkout / file).write_bytes(
        b"".join([*lines[: node.lineno - 1], first, new.encode(), last[node.end_col_offset :]])
        + b"".join(lines[node.end_lineno :])
    )
    environment = {**os.environ, "PYTHONPATH": str(checkout), "PYTHONDONTWRITEBYTECODE": "1"}
    if jit:  # what was compiled before has the code of before
        environment["NUMBA_CACHE_DIR"] = tempfile.mkdtemp(dir=checkout)
    tests = f"tests/{file.split('/')[1]}", *SHARED
    command = [sys.executable, "-m", "pytest", "-qx", "-p", "no:cacheprovider", *tests]
    quiet = {"stdout": subprocess.DEVNULL, "timeout": 3600}
    try:
        done = subprocess.run(command, check=False, cwd=checkout, env=environment, **quiet)
        return done.returncode == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        shutil.copy2(ROOT / file, checkout / file)


def main() -> int:
    """Draw changes, say which survive; return 1 if any does."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--number", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    given, survivors = parser.parse_args(), 0
    with tempfile.TemporaryDirectory(prefix="livn-mutants-") as name:
        checkout = Path(name, "livn")
        shutil.copytree(ROOT, checkout, ignore=shutil.ignore_patterns(".git", ".venv"))
        for file, node, jit, new in drawn(given.seed, given.number):
            if survives(checkout, file, node, jit, new):
                survivors += 1
                print(f"{file}:{node.lineno}: {ast.unparse(node)} -> {new}", flush=True)
    print(f"{given.number - survivors} of {given.number} changes were noticed")
    return min(survivors, 1)


if __name__ == "__main__":
    sys.exit(main())
