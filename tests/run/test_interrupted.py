"""Killed, interrupted, out of space: nothing that looks finished, and work can be taken up."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from livn_core.errors import OutputError
from livn_core.outputs import Workplace, saying_output_errors
from livn_core.run.run import run_program
from livn_core.system.reader import System

CHILD = """
import resource, signal, sys, time
# A shell that started the tests in its background had them ignore Ctrl-C.
signal.signal(signal.SIGINT, signal.default_int_handler)
if sys.argv[4] != "0":
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]), int(sys.argv[4])))
sys.path.append(sys.argv[1])
from livn_core.run.run import run_program
from synthetic_program import Synthetic

class Slow(Synthetic):
    def run(self, task):
        time.sleep(float(sys.argv[3]))
        return super().run(task)

def progress(phase, done, total):
    print(phase, done, flush=True)

run_program(
    Slow(block=2), sys.argv[2], jobs=2, memory=0, progress=progress, resume="resume" in sys.argv[5:]
)
"""


@pytest.fixture
def child(tmp_path):
    """Start a run in a process of its own, and wait until it has made some blocks."""
    running = []

    def start(output, *options, pause=0.02, until="blocks 8", limit=0):
        helpers = Path(__file__).parents[1] / "helpers"
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, helpers, output, str(pause), str(limit), *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        for line in process.stdout:
            if until is not None and line.startswith(until):
                break
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def interrupted(synthetic):
    """Run until some blocks are made, and stop there."""

    def run(output, blocks=8):
        program = synthetic(block=2)

        def stop(task):
            if len(program.ran) == blocks:
                raise KeyboardInterrupt
            return synthetic.run(program, task)

        program.run = stop
        with pytest.raises(KeyboardInterrupt):
            run_program(program, output, jobs=1, memory=0)

    return run


def hidden(path):
    return [entry for entry in path.iterdir() if entry.name.startswith(".")]


def wanted(synthetic, tmp_path):
    return run_program(synthetic(), tmp_path / "wanted").digest()


@pytest.mark.parametrize("until", ["blocks 8", "write 20"])
def test_a_killed_run_leaves_hidden_files_and_resumes(synthetic, tmp_path, child, until):
    output = tmp_path / "out"
    process = child(output, until=until)
    process.kill()
    process.wait()
    assert not output.exists()
    (left,) = hidden(tmp_path)
    assert left.name.startswith(".out.part-")
    done = int(until.split()[1]) if until.startswith("blocks") else 50
    program = synthetic(block=2)
    system = run_program(program, output, resume=True)
    assert len(program.ran) <= 50 - done
    assert system.digest() == wanted(synthetic, tmp_path)
    assert hidden(tmp_path) == []


def test_without_resume_a_killed_run_is_forgotten(synthetic, tmp_path, interrupted):
    interrupted(tmp_path / "out")
    program = synthetic(block=2)
    run_program(program, tmp_path / "out")
    assert len(program.ran) == 50
    assert hidden(tmp_path) == []


def test_another_configuration_is_never_mixed_in(synthetic, tmp_path, interrupted):
    interrupted(tmp_path / "out")
    program = synthetic(block=2, seed=4)
    with pytest.warns(UserWarning, match="nothing to resume"):
        system = run_program(program, tmp_path / "out", resume=True)
    assert len(program.ran) == 50
    assert system.digest() != wanted(synthetic, tmp_path)


def test_a_damaged_spool_is_redone_where_it_is_damaged(synthetic, tmp_path, interrupted):
    interrupted(tmp_path / "out", 30)
    (left,) = hidden(tmp_path)
    (spool,) = left.glob("blocks-*")
    data = bytearray(spool.read_bytes())
    data[len(data) // 2] ^= 1
    spool.write_bytes(data)
    (journal,) = left.glob("journal-*")
    lines = journal.read_bytes().splitlines(keepends=True)
    half = lines[-1][: len(lines[-1]) // 2]
    other = b'{"task": 1}\n[]\nnot json\n' + json.dumps({"task": 10**6}).encode() + b"\n"
    journal.write_bytes(b"".join(lines[:-1]) + other + half)
    program = synthetic(block=2)
    system = run_program(program, tmp_path / "out", resume=True)
    # One block's bytes changed, and one line of the journal is cut short.
    assert len(program.ran) == 50 - 30 + 2
    assert system.digest() == wanted(synthetic, tmp_path)


def test_killed_twice_and_resumed(synthetic, tmp_path, child, interrupted):
    interrupted(tmp_path / "out")
    process = child(tmp_path / "out", "resume")
    process.kill()
    process.wait()
    program = synthetic(block=2)
    system = run_program(program, tmp_path / "out", resume=True)
    assert len(program.ran) <= 50 - 16
    assert system.digest() == wanted(synthetic, tmp_path)


@pytest.mark.parametrize("times", [1, 2])
def test_ctrl_c_ends_the_process_and_publishes_nothing(synthetic, tmp_path, child, times):
    process = child(tmp_path / "out", pause=0.1)
    for _ in range(times):
        process.send_signal(signal.SIGINT)
        time.sleep(0.05)
    assert process.wait(timeout=20) != 0
    assert not (tmp_path / "out").exists()
    run_program(synthetic(), tmp_path / "out")
    assert hidden(tmp_path) == []


def test_a_live_run_is_left_alone(synthetic, tmp_path, child):
    process = child(tmp_path / "out", pause=0.3)
    # The same work into the same output: the second one stops at once.
    with pytest.raises(OutputError, match="another process"):
        run_program(synthetic(block=2), tmp_path / "out")
    # Other work to the same output neither cleans nor mixes with the first one.
    run_program(synthetic(seed=4), tmp_path / "out")
    assert len(hidden(tmp_path)) == 1
    assert process.poll() is None


def test_a_kill_between_the_renames_of_an_overwrite_loses_nothing(synthetic, tmp_path):
    output = tmp_path / "out"
    old = run_program(synthetic(), output).digest()
    place = Workplace(output, "0123456789ab")
    output.rename(place.directory / "old")
    os.close(place._lock)
    with pytest.raises(OutputError, match="exists"):
        run_program(synthetic(seed=5), output)
    assert System(output).digest() == old
    assert hidden(tmp_path) == []


@pytest.mark.parametrize("size", [512, 30_000])
def test_no_space_is_said_in_one_line_and_leaves_nothing(tmp_path, child, size):
    process = child(tmp_path / "out", pause=0, until=None, limit=size)
    _, errors = process.communicate(timeout=30)
    assert process.returncode != 0
    (message,) = (line for line in errors.splitlines() if line.startswith("livn_core.errors"))
    assert message.startswith(f"livn_core.errors.OutputError: no space left to write '{tmp_path}")
    assert list(tmp_path.iterdir()) == []


def test_a_small_file_system(synthetic, tmp_path):
    small = tmp_path / "small"
    small.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs root to mount a small file system")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", small], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("this machine mounts no file systems")
    try:
        with pytest.raises(OutputError, match="no space left"):
            run_program(synthetic(trees=True), small / "out")
        assert list(small.iterdir()) == []
        with pytest.raises(OutputError, match="no space left"):
            run_program(synthetic(trees=True), small / "out", memory=0)
        assert list(small.iterdir()) == []
    finally:
        subprocess.run(["umount", small], check=True)


def test_a_folder_that_may_not_be_written(synthetic, tmp_path, monkeypatch):
    program = synthetic()
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is not a directory"):
        run_program(program, tmp_path / "file" / "out")
    # Root may write everywhere: what the system says to others is what counts here.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(OutputError, match="cannot be written: permission denied"):
        run_program(program, tmp_path / "out")
    assert program.prepared == 0


def test_a_disk_that_fills_while_hdf5_writes(tmp_path):
    with pytest.raises(OutputError, match="no space left"), saying_output_errors(tmp_path):
        raise RuntimeError("Can't flush (file write failed: time = now, errno = 28, error ...)")
    with pytest.raises(RuntimeError, match="other"), saying_output_errors(tmp_path):
        raise RuntimeError("some other error")


def test_an_error_of_the_program_is_its_own(synthetic, tmp_path):
    program = synthetic()

    def fail(task):
        raise FileNotFoundError(2, "No such file or directory", "cell.swc")

    program.run = fail
    with pytest.raises(FileNotFoundError, match=r"cell\.swc"):
        run_program(program, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_leftovers_of_others_with_like_names_stay(synthetic, tmp_path):
    for name in (".out.partly", ".outer.part-0123456789ab", "out.part-1"):
        (tmp_path / name).mkdir()
    locked = tmp_path / ".out.part-aaaaaaaaaaaa"
    locked.mkdir()
    with (locked / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        run_program(synthetic(), tmp_path / "out")
        assert locked.exists()
    run_program(synthetic(), tmp_path / "out", overwrite=True)
    assert not locked.exists()
    assert (tmp_path / ".outer.part-0123456789ab").exists()


def test_a_file_system_without_locks_loses_nobodys_work(synthetic, tmp_path, monkeypatch):
    def refuse(handle, operation):
        raise OSError(errno.ENOLCK, "No locks available")

    other = tmp_path / ".out.part-aaaaaaaaaaaa"
    other.mkdir()
    (other / "journal-0-0").write_text("")
    monkeypatch.setattr(fcntl, "flock", refuse)
    run_program(synthetic(), tmp_path / "out")
    # Nobody can tell whether its process lives: it stays.
    assert hidden(tmp_path) == [other]
