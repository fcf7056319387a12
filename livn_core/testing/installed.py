"""A package that is found from its checkout, as if pip had installed it."""

from __future__ import annotations

import importlib
import sys
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from livn_core.plugins.registry import registry

__all__ = ["installed"]


@contextmanager
def installed(project: Path) -> Iterator[None]:
    """Let livn find the plugins of a package that pip has not installed; one that it has counts once.

    Parameters
    ----------
    project
        The folder of its ``pyproject.toml``. Its modules have to be importable: the ``pythonpath`` of
        pytest's configuration sees to it.

    Examples
    --------
    In a ``conftest.py`` of the folder ``tests``::

        @pytest.fixture(autouse=True)
        def _installed():
            with installed(Path(__file__).parents[1]):
                yield
    """
    told = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    lines = [f"{name} = {value}" for name, value in told["entry-points"]["livn"].items()]
    with tempfile.TemporaryDirectory() as site:
        folder = Path(site, f"{told['name'].replace('-', '_')}-{told['version']}.dist-info")
        folder.mkdir()
        (folder / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {told['name']}\nVersion: {told['version']}\n"
        )
        (folder / "entry_points.txt").write_text("\n".join(["[livn]", *lines, ""]))
        sys.path.insert(0, site)
        importlib.invalidate_caches()
        registry.cache_clear()
        try:
            yield
        finally:
            sys.path.remove(site)
            registry.cache_clear()
