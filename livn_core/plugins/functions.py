"""Finds a Python function that a user names: ``module.function`` or ``path/to/file.py:function``.

Both are looked up from the current directory, whichever script started Python. A file is run under
a name of its own, so that it neither shadows nor is shadowed by an installed module.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import sys
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from livn_core.documents.paths import expanded
from livn_core.errors import PlacementError
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.registry import registry
from livn_core.suggest import did_you_mean, nearest

__all__ = [
    "can_be_imported",
    "foreign_record",
    "is_foreign",
    "name_of",
    "on_path",
    "qualified_name",
    "raised_in",
    "resolve",
]

#: The systems whose records are being read, which nobody has said to trust. Of the process, since
#: work that a record asks for may be done in any thread.
_RECORDS: list[Path] = []

_FORMS = "write module.function, or path/to/file.py:function"


@contextlib.contextmanager
def foreign_record(system: Path) -> Iterator[None]:
    """Run no code that the record of a system names: a system may come from anywhere."""
    _RECORDS.append(system)
    try:
        yield
    finally:
        _RECORDS.remove(system)


def is_foreign() -> bool:
    """Whether names of functions come from the record of a system that is not trusted."""
    return bool(_RECORDS)


def resolve(reference: str) -> Callable[..., Any]:
    """Return the function of that name.

    Where there is none, the error names what comes close; none is run that a system's record names
    which is not trusted.
    """
    if is_foreign():
        raise PlacementError(
            f"'{_RECORDS[-1]}' names the function '{reference}', which is code of its maker: it is not "
            "run",
            hint="look at it; 'livn reproduce DIR --trust' runs it",
        )
    if ":" in reference:
        path, _, attribute = reference.rpartition(":")
    elif reference.endswith(".py"):
        path, attribute = reference, ""
    else:
        path, _, attribute = reference.rpartition(".")
    if not path.strip():
        raise PlacementError(f"'{reference}' does not name a function", hint=_FORMS)
    is_file = path.endswith(".py") or "/" in path or "\\" in path
    module = _from_file(path, reference) if is_file else _from_module(path, reference)
    if not attribute:
        raise PlacementError(
            f"'{reference}' names a file, but no function in it", hint=_defines(module, _FORMS)
        )
    target: Any = module
    for part in attribute.split("."):
        if not hasattr(target, part):
            raise PlacementError(
                f"'{_where(module)}' has no function '{attribute}'"
                f"{did_you_mean(attribute, _functions(module))}",
                hint=_defines(module, _FORMS),
            )
        target = getattr(target, part)
    if not callable(target):
        raise PlacementError(
            f"'{reference}' is a {type(target).__name__}, not a function",
            hint=_defines(module, _FORMS),
        )
    return target


def _from_file(text: str, reference: str) -> ModuleType:
    path = expanded(text)
    if not path.is_file():
        folder = path.parent if path.parent.is_dir() else Path()
        close = nearest(path.name, [other.name for other in folder.glob("*.py")])
        raise PlacementError(
            f"no file '{text}' (for '{reference}')"
            + (f"; did you mean '{path.with_name(close)}'?" if close else ""),
            hint=f"the path is taken from the current directory, '{Path.cwd()}'",
        )
    path = path.resolve()
    name = f"livn_user_{path.stem}_{hashlib.blake2b(str(path).encode(), digest_size=4).hexdigest()}"
    loaded = sys.modules.get(name)
    stamp = path.stat().st_mtime_ns
    if loaded is not None and getattr(loaded, "__livn_stamp__", None) == stamp:
        return loaded
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise PlacementError(f"'{text}' is not a Python file", hint=_FORMS)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        with on_path(str(path.parent)):
            spec.loader.exec_module(module)
    except KeyboardInterrupt:
        del sys.modules[name]
        raise
    except BaseException as error:
        del sys.modules[name]
        raise PlacementError(f"'{text}' cannot be run: {reason_of(error)}") from error
    module.__livn_stamp__ = stamp  # type: ignore[attr-defined]
    return module


def _from_module(name: str, reference: str) -> ModuleType:
    here = Path.cwd()
    with on_path(str(here)):
        importlib.invalidate_caches()
        try:
            return importlib.import_module(name)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            missing = error.name if isinstance(error, ModuleNotFoundError) else None
            if missing is None or not f"{name}.".startswith(f"{missing}."):
                text = f"module '{name}' cannot be imported: {reason_of(error)}"
                raise PlacementError(text) from error
            local = [path.stem for path in here.glob("*.py")]
            aliases = [a for e in registry().components("placement") for a in e.aliases]
            close = nearest(reference, aliases) or nearest(name, local)
            raise PlacementError(
                f"no module '{missing}' (for '{reference}')"
                + (f"; did you mean '{close}'?" if close else ""),
                hint=f"modules are looked for in the current directory, '{here}', and among the "
                "installed ones; for a component see 'livn plugins list --kind placement'",
            ) from error


@contextlib.contextmanager
def on_path(folder: str) -> Iterator[None]:
    """Put a folder first on ``sys.path`` for a while, so that a user's modules find each other."""
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(folder)


def name_of(function: str | Callable[..., Any]) -> str:
    """Return how a message or a provenance record calls a function."""
    if isinstance(function, str):
        return function
    module = sys.modules.get(getattr(function, "__module__", None) or "")
    name = qualified_name(function)
    stamped = getattr(module, "__livn_stamp__", None) is not None
    if module is None or module.__name__ == "__main__" or stamped:
        file = getattr(module, "__file__", None)
        return f"{file}:{name}" if file else name
    return f"{module.__name__}.{name}"


def qualified_name(function: Callable[..., Any]) -> str:
    """Return the name of a function in its module."""
    return str(getattr(function, "__qualname__", type(function).__qualname__))


def can_be_imported(function: Callable[..., Any]) -> bool:
    """Return whether another process finds a function by its module and name."""
    found: Any = sys.modules.get(function.__module__)
    for part in qualified_name(function).split("."):
        found = getattr(found, part, None)
    return found is function and function.__module__ != "__main__"


def raised_in(error: BaseException, function: Callable[..., Any]) -> str:
    """Return the error, and the line of the user's file that it came through."""
    code = getattr(function, "__code__", None)
    frames = traceback.extract_tb(error.__traceback__)
    own = [frame for frame in frames if code is not None and frame.filename == code.co_filename]
    if not own:
        return reason_of(error)
    text = " ".join(str(error).split())
    where = f"({own[-1].filename}:{own[-1].lineno})"
    return f"{type(error).__name__}: {text} {where}" if text else f"{type(error).__name__} {where}"


def _functions(module: ModuleType) -> list[str]:
    return sorted(
        name
        for name, value in vars(module).items()
        if callable(value)
        and not name.startswith("_")
        and getattr(value, "__module__", None) == module.__name__
    )


def _defines(module: ModuleType, otherwise: str) -> str:
    names = _functions(module)
    return f"it defines {', '.join(names[:20])}" if names else otherwise


def _where(module: ModuleType) -> str:
    return str(getattr(module, "__file__", None) or module.__name__)
