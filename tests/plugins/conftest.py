"""Fake distributions: what `pip install` leaves behind, without pip."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from livn_core.plugins.registry import registry

Distribute = Callable[..., Path]


@pytest.fixture(autouse=True)
def _our_own_registry():
    """Fill the process's registry before a test puts a fake distribution on the path.

    For each test: another one may have emptied it meanwhile.
    """
    registry()


@pytest.fixture
def distribute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a distribution on ``sys.path``; return the folder that holds it.

    ``modules`` maps module names to source, ``points`` entry-point names to values (by default one
    entry point for the first module). With ``site`` several share a folder.
    """
    before = set(sys.modules)

    def put(
        name: str,
        modules: dict[str, str],
        *,
        points: dict[str, str] | str | None = None,
        version: str = "1.0",
        site: str = "site",
        metadata: bool = True,
    ) -> Path:
        folder = tmp_path / site
        for module, source in modules.items():
            file = folder / f"{module.replace('.', '/')}.py"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(dedent(source))
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir(parents=True, exist_ok=True)
        if metadata:
            (info / "METADATA").write_text(
                f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
            )
        if not isinstance(points, str):
            points = points or {name: next(iter(modules))}
            points = "[livn]\n" + "\n".join(f"{key} = {value}" for key, value in points.items())
        (info / "entry_points.txt").write_text(points + "\n")
        if str(folder) not in sys.path:
            monkeypatch.syspath_prepend(str(folder))
        return folder

    yield put
    for module in set(sys.modules) - before:
        file = getattr(sys.modules[module], "__file__", None) or ""
        if file.startswith(str(tmp_path)):
            del sys.modules[module]


@pytest.fixture
def yields() -> Callable[..., str]:
    """Source of a plugin that yields one component."""

    def source(
        name: str, target: str = "nowhere:Nothing", hook: str = "livn_placements", **more: object
    ) -> str:
        extra = "".join(f", {key}={value!r}" for key, value in more.items())
        return dedent(f"""\
            from livn_core.hookspecs import Component, hookimpl

            @hookimpl
            def {hook}():
                yield Component({name!r}, {target!r}, "a test"{extra})
            """)

    return source
