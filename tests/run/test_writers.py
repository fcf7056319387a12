"""Everything that writes into a folder of the user's does it in the one way, and says so."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest

from livn_core.errors import OutputError
from livn_core.job import Record
from livn_core.jobs.folder import JobFolder
from livn_core.plotting import plot, save
from livn_core.plugins.registry import Registry
from livn_core.plugins.scaffold import new_plugin
from livn_core.run.run import run_program
from livn_core.system.copying import copy_system
from livn_core.system.exporting import export_system
from livn_core.system.lightarray import write_light_array
from livn_core.system.mea import write_mea
from livn_core.system.selection import select_disk, write_selection
from livn_core.viewer import write_page


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


@pytest.fixture
def system(synthetic, tmp_path):
    (tmp_path / "made").mkdir()
    with run_program(synthetic(), tmp_path / "made" / "culture") as made:
        yield made


def job(path: Path) -> JobFolder:
    folder = JobFolder(path)
    folder.write(configuration={"seed": 1}, script="#!/bin/bash\n")
    return folder


def record(path: Path) -> None:
    path.mkdir(exist_ok=True)
    JobFolder(path).keep_record(Record("1", "mpi", {}, "out", "now", "here"))


#: Who writes -> how, into a folder; and how the sentence begins when it cannot.
WRITERS = {
    "picture": (lambda s, to: save(plot(s, max_edges=5), to / "a.png", dpi=40), "cannot save"),
    "page": (lambda s, to: write_page(s, to / "a.html"), "cannot write"),
    "electrodes": (lambda s, to: write_mea(s, "grid", {"pitch": 0.5}), "cannot write"),
    "fibres": (lambda s, to: write_light_array(s), "cannot write"),
    "selection": (lambda s, to: write_selection(s, select_disk(s, "all", 9.0)), "cannot write"),
    "folder": (lambda s, to: export_system(s, "csv", to / "csv"), "cannot write"),
    "file": (lambda s, to: export_system(s, "graphml", to / "a.graphml"), "cannot write"),
    "copy": (lambda s, to: copy_system(s, to / "copy"), "system"),
    "plugin": (
        lambda s, to: new_plugin("my-ring", "placement", components=Registry(), output=to / "p"),
        "cannot write",
    ),
    "job": (lambda s, to: job(to / "out.job"), "system"),
    "record": (lambda s, to: record(to), "system"),
}


def files(*folders: Path) -> dict[Path, bytes]:
    return {
        path: path.read_bytes()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
@pytest.mark.parametrize("writer", WRITERS)
def test_what_the_system_refuses_is_said_in_one_line(system, tmp_path, monkeypatch, writer, number):
    write, begins = WRITERS[writer]
    target = tmp_path / "target"
    target.mkdir()
    before = files(tmp_path)

    def refuse(handle):
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(OutputError) as caught:
        write(system, target)
    if begins != "system":
        assert caught.value.message.startswith(f"{begins} '{tmp_path}")
        assert caught.value.message.endswith(f"': {os.strerror(number)}")
    elif number == errno.ENOSPC:
        assert caught.value.message.startswith(f"no space left to write '{target}")
        assert caught.value.message.endswith("': the disk is full")
    else:
        assert caught.value.message.startswith(f"'{target}")
        assert caught.value.message.endswith(f"cannot be written: {os.strerror(number).lower()}")
    assert files(tmp_path) == before
    monkeypatch.undo()
    write(system, target)
    assert files(tmp_path) != before


class TestExports:
    @pytest.mark.parametrize(("form", "name"), [("csv", "out"), ("graphml", "out.graphml")])
    def test_the_last_of_two_at_once_stands(self, system, tmp_path, monkeypatch, form, name):
        from livn_plugins.exporters import graphml, tables

        module = tables if form == "csv" else graphml
        blocks, out, seen = module.edge_blocks, tmp_path / name, []

        def another_first(*words):
            monkeypatch.setattr(module, "edge_blocks", blocks)
            export_system(system, form, out, overwrite=True)
            seen.append(out.stat().st_ino)
            return blocks(*words)

        monkeypatch.setattr(module, "edge_blocks", another_first)
        export_system(system, form, out, overwrite=True)
        assert seen
        assert seen != [out.stat().st_ino]
        assert names(tmp_path) == ["made", name]

    def test_one_that_may_not_replace_does_not_replace_what_came_first(
        self, system, tmp_path, monkeypatch
    ):
        from livn_plugins.exporters import tables

        blocks = tables.edge_blocks

        def another_first(*words):
            (tmp_path / "out").write_text("precious")
            return blocks(*words)

        monkeypatch.setattr(tables, "edge_blocks", another_first)
        with pytest.raises(OutputError, match="exists already"):
            export_system(system, "csv", tmp_path / "out")
        assert (tmp_path / "out").read_text() == "precious"
        assert names(tmp_path) == ["made", "out"]

    def test_what_a_killed_one_left_is_removed(self, system, tmp_path):
        left = tmp_path / ".out.part-export-0123456789abcdef"
        (left / "draft").mkdir(parents=True)
        (left / "draft" / "nodes.csv").write_text("gid")
        with (left / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            export_system(system, "csv", tmp_path / "out")
            assert left.exists()
        export_system(system, "csv", tmp_path / "out", overwrite=True)
        assert names(tmp_path) == ["made", "out"]

    def test_a_link_is_replaced_and_what_it_points_at_stays(self, system, tmp_path):
        export_system(system, "csv", tmp_path / "real")
        (tmp_path / "out").symlink_to(tmp_path / "real")
        export_system(system, "npz", tmp_path / "out", overwrite=True)
        assert not (tmp_path / "out").is_symlink()
        assert (tmp_path / "real" / "nodes.csv").exists()
        (tmp_path / "a.graphml").symlink_to(tmp_path / "real" / "nodes.csv")
        before = (tmp_path / "real" / "nodes.csv").read_text()
        export_system(system, "graphml", tmp_path / "a.graphml", overwrite=True)
        assert (tmp_path / "real" / "nodes.csv").read_text() == before
        assert "graphml" in (tmp_path / "a.graphml").read_text()


def test_earlier_electrodes_are_kept_but_not_through_a_link(system, tmp_path):
    write_mea(system, "grid", {"pitch": 0.5})
    first = (system.path / "mea.json").read_text()
    (tmp_path / "victim").write_text("precious")
    (system.path / "mea.previous.json").symlink_to(tmp_path / "victim")
    write_mea(system, "grid", {"pitch": 0.25})
    assert (system.path / "mea.previous.json").read_text() == first
    assert (tmp_path / "victim").read_text() == "precious"
