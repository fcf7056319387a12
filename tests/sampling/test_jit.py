"""What was compiled is kept, and a cache that cannot be used is not used."""

from __future__ import annotations

import importlib.util
import sys

import pytest

numba = pytest.importorskip("numba")

LOOP = """
from livn_core.sampling.jit import compiled_loop

@compiled_loop()
def twice(values):
    total = 0.0
    for value in values:
        total += 2 * value
    return total
"""


@pytest.fixture
def load(tmp_path, monkeypatch):
    """Give the function as a process that has just started has it."""
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path / "cache"))
    (tmp_path / "loops_of_a_test.py").write_text(LOOP)

    def fresh():
        spec = importlib.util.spec_from_file_location(
            "loops_of_a_test", tmp_path / "loops_of_a_test.py"
        )
        module = importlib.util.module_from_spec(spec)
        monkeypatch.setitem(sys.modules, "loops_of_a_test", module)
        spec.loader.exec_module(module)
        return module.twice

    return fresh


def kept(tmp_path, suffix):
    return sorted((tmp_path / "cache").rglob(f"*.{suffix}"))


@pytest.mark.parametrize(("suffix", "left"), [("nbi", 0), ("nbi", 20), ("nbc", 0), ("nbc", 10)])
def test_half_a_cache_is_made_anew(tmp_path, load, suffix, left):
    assert load()((1.0, 2.0)) == 6
    (file,) = kept(tmp_path, suffix)
    whole = file.read_bytes()
    file.write_bytes(whole[:left])
    assert load()((1.0, 2.0)) == 6
    again = load()
    assert again((1.0, 2.0)) == 6
    assert sum(again.stats.cache_hits.values()) == 1


def test_a_cache_that_cannot_be_written_is_left_out(tmp_path, load, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("numba.core.caching.IndexDataCacheFile.save", full)
    assert load()((1.0, 2.0)) == 6
    assert kept(tmp_path, "nbc") == []
