"""One way to write: refused, or whole; never through a link, never two writers' mixture."""

from __future__ import annotations

import errno
import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from livn_core.documents.jsonio import write_json
from livn_core.errors import OutputError
from livn_core.outputs import (
    Workplace,
    check_file,
    new_file,
    remove_leftovers,
    saying_file_errors,
    workplace,
    write_file,
)
from livn_core.run.run import run_program


def names(folder: Path) -> list[str]:
    return sorted(entry.name for entry in folder.iterdir())


class TestFile:
    def test_it_appears_whole_at_the_end(self, tmp_path):
        path = tmp_path / "page.html"
        path.write_text("old")
        with new_file(path) as file:
            file.write(b"new")
            file.flush()
            assert path.read_text() == "old"
            assert len(names(tmp_path)) == 2
        assert path.read_text() == "new"
        assert names(tmp_path) == ["page.html"]

    def test_names_in_between_cannot_be_guessed(self, tmp_path):
        seen = set()
        for _ in range(8):
            with new_file(tmp_path / "mea.json"):
                (name,) = set(names(tmp_path)) - {"mea.json"}
                seen.add(name)
        assert len(seen) == 8
        # 'livn verify' tells of what a kill left, by this suffix.
        assert all(name.startswith(".mea.json.") and name.endswith(".part") for name in seen)
        assert all(len(name) == len(".mea.json.") + 16 + len(".part") for name in seen)

    def test_a_name_as_long_as_a_file_system_takes(self, tmp_path):
        write_file(tmp_path / ("n" * 250 + ".json"), "{}")
        write_file(tmp_path / ("é" * 125 + ".json"), "{}")
        assert len(names(tmp_path)) == 2

    @pytest.mark.parametrize("kind", ["link", "dangling", "file"])
    def test_what_has_that_name_already_is_not_written_through(self, tmp_path, monkeypatch, kind):
        monkeypatch.setattr(os, "urandom", bytes)
        victim = tmp_path / "victim"
        planted = tmp_path / f".mea.json.{'00' * 8}.part"
        if kind != "dangling":
            victim.write_text("precious")
        if kind == "file":
            os.link(victim, planted)
        else:
            planted.symlink_to(victim)
        with pytest.raises(FileExistsError):
            write_file(tmp_path / "mea.json", "{}")
        assert kind == "dangling" or victim.read_text() == "precious"
        assert victim.exists() == (kind != "dangling")
        # It is not ours to remove either.
        assert planted.is_symlink() or planted.exists()
        assert not (tmp_path / "mea.json").exists()

    def test_a_link_of_its_name_is_replaced(self, tmp_path):
        (tmp_path / "victim").write_text("precious")
        (tmp_path / "mea.json").symlink_to(tmp_path / "victim")
        write_file(tmp_path / "mea.json", "{}")
        assert (tmp_path / "victim").read_text() == "precious"
        assert not (tmp_path / "mea.json").is_symlink()

    @pytest.mark.parametrize("umask", [0o022, 0o077, 0o002])
    def test_its_mode_is_that_of_any_new_file(self, tmp_path, umask):
        before = os.umask(umask)
        try:
            write_file(tmp_path / "mea.json", "{}")
        finally:
            os.umask(before)
        assert stat.S_IMODE((tmp_path / "mea.json").stat().st_mode) == 0o666 & ~umask

    def test_it_is_on_disk_before_it_has_its_name(self, tmp_path, monkeypatch):
        path, seen = tmp_path / "mea.json", []

        def watch(handle):
            seen.append((os.fstat(handle).st_size, path.exists()))

        monkeypatch.setattr(os, "fsync", watch)
        write_file(path, "{}\n")
        assert seen == [(3, False)]

    def test_the_last_of_two_writers_stands_whole(self, tmp_path):
        path = tmp_path / "graph.json"
        with new_file(path) as first:
            first.write(b"1" * 70_000)
            with new_file(path) as second:
                second.write(b"2" * 90_000)
                first.write(b"1" * 70_000)
            assert path.read_bytes() == b"2" * 90_000
        assert path.read_bytes() == b"1" * 140_000
        assert names(tmp_path) == ["graph.json"]

    def test_many_writers_at_once(self, tmp_path):
        path, start = tmp_path / "graph.json", threading.Barrier(6)
        failed = []

        def write(number: int) -> None:
            start.wait()
            try:
                for _ in range(5):
                    write_json(path, {"numbers": [number] * 5_000})
            except OSError as error:
                failed.append(error)

        threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == []
        assert len(set(path.read_text().split()) - {"{", "}", '"numbers":', "[", "]"}) <= 2
        assert names(tmp_path) == ["graph.json"]

    def test_the_first_stands_where_nothing_is_to_be_replaced(self, tmp_path):
        path = tmp_path / "failure.json"
        write_file(path, "first", overwrite=False)
        with pytest.raises(FileExistsError):
            write_file(path, "second", overwrite=False)
        assert path.read_text() == "first"
        assert names(tmp_path) == ["failure.json"]


class TestFirstError:
    """What goes wrong in clean-up says nothing of why it is cleaned up."""

    def test_a_file_that_cannot_be_removed(self, tmp_path, monkeypatch):
        def refuse(*_, **__):
            raise OSError(errno.EROFS, "Read-only file system")

        monkeypatch.setattr(Path, "unlink", refuse)
        with pytest.raises(ValueError, match="the first"), new_file(tmp_path / "a"):
            raise ValueError("the first")

    def test_a_disk_that_is_full_when_the_file_is_closed(self, tmp_path):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, limits[1]))

        def write() -> None:
            with new_file(tmp_path / "a") as file:
                file.write(b"x" * 100)
                raise ValueError("the first")

        try:
            with pytest.raises(ValueError, match="the first"):
                write()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert names(tmp_path) == []

    def test_leftovers_that_nobody_may_look_for(self, tmp_path, monkeypatch):
        def refuse(path):
            raise PermissionError(errno.EACCES, "Permission denied")

        monkeypatch.setattr(Path, "iterdir", refuse)
        remove_leftovers(tmp_path / "out")

    def test_an_older_output_that_cannot_go_back(self, tmp_path, monkeypatch):
        output, rename = tmp_path / "out", Path.rename
        output.mkdir()
        (output / "graph.json").write_text("old")

        def refuse(*_):
            raise OSError(errno.EIO, "the first")

        def no_way_back(path, target):
            return refuse() if target == output else rename(path, target)

        monkeypatch.setattr(Path, "replace", refuse)
        monkeypatch.setattr(Path, "rename", no_way_back)
        with pytest.raises(OSError, match="the first"), Workplace(output, "0123456789ab") as place:
            place.publish(lambda: None)
        # Neither output has the name, so the only copy of the older one is not cleaned away.
        assert not output.exists()
        monkeypatch.undo()
        remove_leftovers(output)
        assert (output / "graph.json").read_text() == "old"
        assert names(tmp_path) == ["out"]


class TestWorkplace:
    def test_an_older_output_goes_back_when_the_newer_one_gets_no_name(self, tmp_path, monkeypatch):
        output, moved = tmp_path / "out", []
        output.mkdir()
        (output / "graph.json").write_text("old")

        def refuse(*_):
            moved.append(not output.exists())
            raise OSError(errno.EIO, "Input/output error")

        monkeypatch.setattr(Path, "replace", refuse)
        with pytest.raises(OSError, match="Input"), Workplace(output, "0123456789ab") as place:
            place.publish(lambda: None)
        assert moved == [True]
        assert (output / "graph.json").read_text() == "old"
        assert names(tmp_path) == ["out"]

    def test_what_came_into_being_in_the_meantime_is_asked_for_again(self, tmp_path):
        output = tmp_path / "out"

        def check():
            output.mkdir()
            raise OutputError("it exists")

        with pytest.raises(OutputError, match="it exists"), Workplace(output, "0123") as place:
            place.publish(check)
        assert names(tmp_path) == ["out"]
        assert names(output) == []

    def test_a_link_in_its_place_is_not_written_through(self, synthetic, tmp_path):
        victim = tmp_path / "victim"
        victim.mkdir()
        (victim / "file").write_text("precious")
        (tmp_path / ".out.part-0123456789ab").symlink_to(victim)
        with pytest.raises(OutputError, match="not made by livn"):
            Workplace(tmp_path / "out", "0123456789ab")
        # Nor does the clean-up of another run go there.
        run_program(synthetic(), tmp_path / "out")
        assert names(victim) == ["file"]

    def test_a_link_for_a_lock_is_not_written_through(self, tmp_path):
        place = tmp_path / ".out.part-0123456789ab"
        place.mkdir()
        (place / "lock").symlink_to(tmp_path / "victim")
        with pytest.raises(OutputError, match="not made by livn"):
            Workplace(tmp_path / "out", "0123456789ab")
        assert not (tmp_path / "victim").exists()


def test_files_are_refused_up_front(tmp_path):
    (tmp_path / "folder").mkdir()
    (tmp_path / "there").write_text("mine")
    (tmp_path / "dangling").symlink_to("nowhere")
    for name, match in {
        "folder": r"cannot save '.*folder': it is a directory",
        "none/a": r"cannot save '.*a': there is no directory '.*none'",
        "there": "'.*there' exists$",
        "dangling": "'.*dangling' exists$",
    }.items():
        with pytest.raises(OutputError, match=match) as caught:
            check_file(tmp_path / name, overwrite=False, verb="save")
        assert caught.value.hint
    check_file(tmp_path / "there", overwrite=True)
    check_file(tmp_path / "new", overwrite=False)


def test_an_error_that_hdf5_tells_in_its_text(tmp_path):
    full = r"cannot write '.*': No space left on device$"
    with pytest.raises(OutputError, match=full), saying_file_errors(tmp_path):
        raise RuntimeError("Can't flush (file write failed: time = now, errno = 28, error ...)")
    with pytest.raises(RuntimeError, match="other"), saying_file_errors(tmp_path):
        raise RuntimeError("some other error")
    with pytest.raises(OutputError, match="no number"), saying_file_errors(tmp_path):
        raise OSError("no number")


class TestWhatIsNotOurs:
    def test_a_directory_without_a_lock_is_neither_used_nor_removed(self, synthetic, tmp_path):
        for key in ("0123456789ab", "mine"):
            (tmp_path / f".out.part-{key}").mkdir()
            (tmp_path / f".out.part-{key}" / "notes").write_text("precious")
        with pytest.raises(OutputError, match="not made by livn"):
            Workplace(tmp_path / "out", "0123456789ab")
        run_program(synthetic(), tmp_path / "out")
        remove_leftovers(tmp_path / "out")
        for key in ("0123456789ab", "mine"):
            assert names(tmp_path / f".out.part-{key}") == ["notes"]

    def test_another_users_directory_is_neither_used_nor_removed(self, tmp_path, monkeypatch):
        place = tmp_path / ".out.part-0123456789ab"
        place.mkdir()
        (place / "lock").touch()
        me = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: me + 1)
        with pytest.raises(OutputError, match="not made by livn"):
            Workplace(tmp_path / "out", "0123456789ab")
        remove_leftovers(tmp_path / "out")
        assert names(place) == ["lock"]

    def test_nobody_else_can_look_into_a_workplace(self, tmp_path):
        with Workplace(tmp_path / "out", "0123456789ab") as place:
            assert stat.S_IMODE(place.directory.stat().st_mode) == 0o700

    def test_a_file_system_that_cannot_sync_a_directory(self, tmp_path, monkeypatch):
        fsync = os.fsync

        def refuse(handle):
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                raise OSError(errno.EINVAL, "Invalid argument")
            fsync(handle)

        monkeypatch.setattr(os, "fsync", refuse)
        monkeypatch.setattr(workplace, "_UNSYNCED", set())
        with Workplace(tmp_path / "out", "0123456789ab") as place:
            (place.draft / "graph.json").write_text("new")
            with pytest.warns(UserWarning, match="cannot be told to keep names") as told:
                place.publish(lambda: None)
        assert len(told) == 1  # two directories, one file system
        assert (tmp_path / "out" / "graph.json").read_text() == "new"

    @pytest.mark.parametrize(
        "name", ["thesis.tex", "selection/notes.txt", "params/a.json", ".git/x"]
    )
    def test_a_system_with_a_users_files_in_it_is_not_replaced(self, synthetic, tmp_path, name):
        output = tmp_path / "out"
        run_program(synthetic(), output)
        (output / name).parent.mkdir(exist_ok=True)
        (output / name).write_text("precious")
        with pytest.raises(OutputError, match="livn did not write") as caught:
            run_program(synthetic(), output, overwrite=True)
        assert name.split("/")[0] in caught.value.message
        assert (output / name).read_text() == "precious"

    def test_what_livn_wrote_into_a_system_goes_with_it(self, synthetic, tmp_path):
        output = tmp_path / "out"
        run_program(synthetic(), output)
        (output / "selection").mkdir()
        for name in ("mea.json", "mea.previous.json", "selection/a.json", "plot.png"):
            (output / name).write_text("{}")
        run_program(synthetic(), output, overwrite=True)
        assert "mea.json" not in names(output)
