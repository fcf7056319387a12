"""Running programs: the same system however it is run, and whole or not at all."""

from __future__ import annotations

import errno
import json
import time
import warnings

import numpy as np
import pytest

from livn_core.errors import ConfigError, OutputError
from livn_core.run import run as run_module
from livn_core.run import spool as spool_module
from livn_core.run import writer
from livn_core.run.run import run_program
from livn_core.run.spool import Spool
from livn_core.run.writer import OpenFiles
from livn_core.system.reader import System

WAYS = {
    "one thread": {"jobs": 1},
    "three threads": {"jobs": 3},
    "all on disk": {"jobs": 2, "memory": 0},
    "half on disk": {"jobs": 2, "memory": 2000},
}


def hidden(path):
    return sorted(entry.name for entry in path.iterdir() if entry.name.startswith("."))


def files_of(path):
    return {
        name: (path / name).read_bytes() for name in ("cells.h5", "connections.h5", "graph.json")
    }


@pytest.fixture
def wanted(synthetic, tmp_path):
    system = run_program(synthetic(trees=True, block=10**6), tmp_path / "wanted", jobs=1)
    return files_of(system.path)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("block", [1, 7, 64])
def test_the_files_are_the_same_however_they_are_made(synthetic, tmp_path, wanted, way, block):
    system = run_program(synthetic(trees=True, block=block), tmp_path / "out", **WAYS[way])
    assert files_of(system.path) == wanted
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("rows", [(1, 1), (4, 10), (1 << 15, 1 << 18)])
def test_counter_columns_are_what_they_stand_for(
    synthetic, tmp_path, wanted, way, rows, monkeypatch
):
    """Numbered at so many rows a time, fewer than a cell has too, and written at so many."""
    monkeypatch.setattr(writer, "COUNTED_ROWS", rows[0])
    monkeypatch.setattr(writer, "WRITTEN_ROWS", rows[1])
    program = synthetic(trees=True, block=7, per_cell_counter=True)
    system = run_program(program, tmp_path / "out", **WAYS[way])
    assert files_of(system.path) == wanted


def test_counter_columns_survive_a_broken_run(synthetic, tmp_path, wanted):
    program = synthetic(trees=True, block=7, per_cell_counter=True)
    run, made = program.run, []

    def until_the_fifth(task):
        made.append(task)
        if len(made) >= 5:
            raise KeyboardInterrupt
        return run(task)

    program.run = until_the_fifth
    with pytest.raises(KeyboardInterrupt):
        run_program(program, tmp_path / "out", jobs=1, memory=0)
    again = synthetic(trees=True, block=7, per_cell_counter=True)
    system = run_program(again, tmp_path / "out", jobs=1, memory=0, resume=True)
    assert len(again.ran) == len(again.tasks()) - 4
    assert files_of(system.path) == wanted


def test_an_array_that_two_columns_share_is_held_once(synthetic, tmp_path):
    program = synthetic()
    task = program.tasks()[0]
    block = program.run(task)
    counts, columns = block.rows["projection/EXC/EXC"]
    columns["Synapses/syn_id"] = columns["Source Index"]
    spool = Spool(tmp_path, [task], {"EXC": program.tables}, memory=10**6)
    spool.put(0, block)
    arrays = [array for c, every in block.rows.values() for array in (c, *every.values())]
    held = sum({id(array): array.nbytes for array in arrays}.values())
    # The counts are held as 32 bits.
    assert spool._held_bytes == held - 4 * len(counts) * len(block.rows)
    assert not list(tmp_path.iterdir())


def test_blocks_leave_memory_once_they_are_written(synthetic, tmp_path, monkeypatch):
    held = []
    sync = OpenFiles.sync

    def look(self):
        held.extend(stored.buffers for stored in spools[0].blocks.values())
        sync(self)

    spools = []
    write = run_module.write_rows
    monkeypatch.setattr(
        run_module,
        "write_rows",
        lambda spool, *a, **k: (spools.append(spool), write(spool, *a, **k)),
    )
    monkeypatch.setattr(OpenFiles, "sync", look)
    run_program(synthetic(), tmp_path / "out", jobs=2)
    assert held == [None] * len(synthetic().tasks())


def test_a_disk_that_fails_behind_the_writing_is_told(synthetic, tmp_path, monkeypatch):
    """The first who asks for it hears of the failure: here, the one that flushes meanwhile."""
    calls = []

    def fail(handle):
        calls.append(handle)
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(writer.os, "fdatasync", fail)
    monkeypatch.setattr(run_module, "LARGE", 0)
    write = run_module.write_rows

    def slowly(*args, **kwargs):
        write(*args, **kwargs)
        while not calls:
            time.sleep(0.001)

    monkeypatch.setattr(run_module, "write_rows", slowly)
    with pytest.raises(OutputError, match="input/output error"):
        run_program(synthetic(), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_the_digest_is_recorded_and_is_that_of_the_reader(synthetic, tmp_path):
    system = run_program(synthetic(), tmp_path / "out")
    assert system.provenance["digest"] == system.digest()
    assert system.graph["architecture"]["uuid"] == system.digest()[:8]
    other = run_program(synthetic(seed=4), tmp_path / "other")
    assert other.digest() != system.digest()


def test_provenance_is_equal_but_for_what_it_calls_volatile(synthetic, tmp_path):
    documents = []
    for name in ("a", "b"):
        run_program(synthetic(), tmp_path / name)
        document = json.loads((tmp_path / name / "provenance.json").read_text())
        assert str(tmp_path) not in json.dumps(document)
        assert set(document.pop("volatile")) == {"created", "seconds"}
        documents.append(document)
    assert documents[0] == documents[1]
    assert documents[0]["configuration"] == {"seed": 3}
    edges = {(p["source"], p["target"]): p["edges"] for p in documents[0]["projections"]}
    with System(tmp_path / "a") as system:
        assert edges == {pair: system.edge_count(*pair) for pair in system.projections}
    assert documents[0]["projections"][0]["expected_edges"] == 240.0


def test_what_the_program_warned_of_is_recorded_too(synthetic, tmp_path):
    program = synthetic(degrees={("EXC", "INH"): 2, ("INH", "EXC"): 0})
    told = []
    program.provenance = lambda: {"configuration": {}, "warnings": list(told)}
    program.prepare = lambda jobs: told.append("a degree cannot be reached")
    with (
        pytest.warns(UserWarning, match="drew no edge"),
        pytest.warns(UserWarning, match="a degree cannot be reached"),
    ):
        system = run_program(program, tmp_path / "out")
    first, second = system.provenance["warnings"]
    assert first == "a degree cannot be reached"
    assert "'INH->EXC' drew no edge" in second


def test_progress_counts_every_phase_to_its_end(synthetic, tmp_path):
    last = {}
    run_program(
        synthetic(),
        tmp_path / "out",
        progress=lambda phase, done, total: last.update({phase: (done, total)}),
    )
    assert list(last) == ["prepare", "blocks", "write", "digest"]
    assert all(done == total for done, total in last.values())


def test_an_existing_output_is_refused(synthetic, tmp_path):
    for spoil in ("system", "empty", "file"):
        output = tmp_path / spoil
        if spoil == "system":
            run_program(synthetic(), output)
        elif spoil == "empty":
            output.mkdir()
        else:
            output.write_text("x")
        program = synthetic(seed=9)
        with pytest.raises(OutputError, match=str(output)):
            run_program(program, output)
        assert program.prepared == 0
    assert hidden(tmp_path) == []


def test_overwrite_replaces_the_whole_directory(synthetic, tmp_path):
    output = tmp_path / "out"
    old = run_program(synthetic(), output).digest()
    (output / "mea.json").write_text("{}")
    new = run_program(synthetic(seed=9), output, overwrite=True)
    assert new.digest() != old
    assert sorted(entry.name for entry in output.iterdir()) == [
        "cells.h5",
        "connections.h5",
        "graph.json",
        "provenance.json",
    ]
    assert hidden(tmp_path) == []


def test_overwrite_does_not_replace_what_is_no_system(synthetic, tmp_path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(OutputError, match="not a system"):
        run_program(synthetic(), tmp_path, overwrite=True)
    with pytest.raises(OutputError, match="is a file"):
        run_program(synthetic(), tmp_path / "thesis.tex", overwrite=True)
    assert (tmp_path / "thesis.tex").read_text() == "years of work"


def test_the_old_system_stays_until_the_new_one_is_complete(synthetic, tmp_path):
    output = tmp_path / "out"
    old = run_program(synthetic(), output).digest()
    program = synthetic(seed=9)

    def fail(task):
        raise RuntimeError("block went wrong")

    program.run = fail
    with pytest.raises(RuntimeError, match="block went wrong"):
        run_program(program, output, overwrite=True)
    assert System(output).digest() == old
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("at", [0, 3, 6])
def test_ctrl_c_publishes_nothing_and_can_be_resumed(synthetic, tmp_path, at):
    program = synthetic()

    def progress(phase, done, total):
        if phase == "blocks" and done == at + 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_program(program, tmp_path / "out", jobs=1, memory=0, progress=progress)
    assert not (tmp_path / "out").exists()
    assert [name.startswith(".out.part-") for name in hidden(tmp_path)] == [True]
    again = synthetic()
    system = run_program(again, tmp_path / "out", resume=True)
    assert len(again.ran) <= len(again.tasks()) - at - 1
    assert system.digest() == run_program(synthetic(), tmp_path / "whole").digest()
    assert hidden(tmp_path) == []


def test_ctrl_c_with_little_done_leaves_nothing(synthetic, tmp_path):
    def progress(phase, done, total):
        if phase == "blocks":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_program(synthetic(), tmp_path / "out", progress=progress)
    assert list(tmp_path.iterdir()) == []


def test_values_that_are_no_json_are_told_before_the_work(synthetic, tmp_path):
    program = synthetic(settings={"g_unit": float("nan")})
    with pytest.raises(ConfigError, match=r"configuration\.g_unit"):
        run_program(program, tmp_path / "out")
    assert program.ran == []
    assert list(tmp_path.iterdir()) == []


def test_plan_record_and_graph_are_asked_for_once(synthetic, tmp_path):
    program = synthetic()
    asked = []
    for name in ("plan", "provenance", "graph", "prepare", "tasks"):
        inner = getattr(program, name)

        def once(*args, name=name, inner=inner):
            asked.append(name)
            return inner(*args)

        setattr(program, name, once)
    run_program(program, tmp_path / "out")
    assert asked == ["prepare", "provenance", "tasks", "plan", "graph"]


def test_numbers_of_numpy_stay_numbers(synthetic, tmp_path):
    settings = {"a": np.int64(5), "b": np.float32(2.5), "c": np.array([1, 2]), "z": (0, 10)}
    system = run_program(synthetic(settings=settings), tmp_path / "out")
    assert system.provenance["configuration"] == {
        "seed": 3,
        "a": 5,
        "b": 2.5,
        "c": [1, 2],
        "z": [0, 10],
    }


def test_the_output_may_have_odd_names_and_new_parents(synthetic, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("my out; echo 'x'[1]*", "a/b/c", "ünï"):
        assert run_program(synthetic(), name).path == tmp_path / name


def test_nothing_to_resume_is_said(synthetic, tmp_path):
    with pytest.warns(UserWarning, match="nothing to resume"):
        run_program(synthetic(), tmp_path / "out", resume=True)


def test_small_work_writes_no_spool(synthetic, tmp_path, monkeypatch):
    monkeypatch.setattr(spool_module.Spool, "_spill", None)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        run_program(synthetic(), tmp_path / "out")
