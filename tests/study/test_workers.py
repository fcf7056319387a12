"""Calls in worker processes: order, errors, warnings, death, and their end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from pathlib import Path

import pytest

from livn_core.errors import ConfigError, LivnError
from livn_core.study.workers import in_processes


def square(value):
    return value * value, os.getpid()


def fails(value):
    if value == 3:
        raise ConfigError(f"{value} is wrong", hint="take 2")
    return value


def warns(value):
    warnings.warn(f"{value} is odd", stacklevel=1)
    return value


def dies(value):
    os.kill(os.getpid(), signal.SIGKILL)


def slow(value):
    time.sleep(60)


@pytest.mark.parametrize("threads", [0, 1])
def test_results_are_in_order_whether_workers_are_forked_or_not(threads):
    stop = threading.Event()
    others = [threading.Thread(target=stop.wait) for _ in range(threads)]
    for other in others:
        other.start()
    try:
        made = list(in_processes(square, range(50), 2))
    finally:
        stop.set()
    assert [value for value, _ in made] == [value * value for value in range(50)]
    workers = {number for _, number in made}
    assert len(workers) == 2
    assert os.getpid() not in workers


def test_one_job_is_this_process():
    assert list(in_processes(square, [3], 1)) == [(9, os.getpid())]


def test_an_error_is_raised_here_and_warnings_are_heard():
    with pytest.raises(ConfigError, match="3 is wrong"):
        list(in_processes(fails, range(10), 2))
    with pytest.warns(UserWarning, match="1 is odd"):
        assert list(in_processes(warns, [1, 2], 2)) == [1, 2]


def test_a_worker_that_dies_is_named():
    with pytest.raises(LivnError, match=r"a worker process died \(signal 9\)"):
        list(in_processes(dies, range(4), 2))


def test_a_function_that_no_process_can_import_is_refused():
    stop = threading.Event()
    other = threading.Thread(target=stop.wait)
    other.start()
    try:
        with pytest.raises(LivnError, match="one that they can import"):
            list(in_processes(lambda value: value, range(4), 2))
    finally:
        stop.set()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL])
def test_workers_end_with_their_parent(how):
    code = (
        "import signal, sys, time; from livn_core.study.workers import in_processes\n"
        # What is started in the background of a script ignores it from the beginning.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "def slow(value):\n"
        "    import os; os.write(1, b'%d\\n' % os.getpid()); time.sleep(60)\n"
        "list(in_processes(slow, range(9), 2))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as parent:
        workers = [int(parent.stdout.readline()) for _ in range(2)]
        os.kill(parent.pid, how)
        _, said = parent.communicate(timeout=120)
    assert parent.returncode != 0
    assert said.count("Traceback") <= 1  # of the one that was interrupted
    deadline = time.monotonic() + 60
    while any(Path(f"/proc/{number}").exists() for number in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)
