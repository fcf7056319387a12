"""Calls of a function on several cores, in processes that import and prepare once."""

from __future__ import annotations

import ctypes
import multiprocessing
import os
import pickle
import signal
import sys
import threading
import warnings
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, TypeVar

from livn_core.errors import LivnError
from livn_core.notices import warn_caller

__all__ = ["cores", "in_processes"]

Given = TypeVar("Given")
Made = TypeVar("Made")

#: Calls that wait in a worker while it works, so that it need not wait for the next.
_AHEAD = 2
#: Results that may wait for an earlier one, for each worker.
_HELD = 64
#: Seconds that a worker has to leave.
_PATIENCE = 10.0
#: Linux: the signal that a process gets when its parent has died.
_PR_SET_PDEATHSIG = 1


def cores(jobs: int | None) -> int:
    """Return ``jobs``, or how many cores this process may use."""
    return jobs or len(os.sched_getaffinity(0))


def in_processes(
    function: Callable[[Given], Made], given: Iterable[Given], jobs: int
) -> Iterator[Made]:
    """Yield what a function returns for each thing that is given, in that order.

    It is called in ``jobs`` processes of its own, each of which gets it once; in this one where there
    is to be but one. Workers are forked while there is no thread that could hold a lock; else they
    begin anew, and the function has to be one that :mod:`pickle` takes. What is given is taken one by
    one, some ahead of the results.

    What the function raises is raised here, of the first call that does. The workers are ended then,
    as they are when the iterator is closed or interrupted.
    """
    if jobs == 1:
        yield from map(function, given)
        return
    with _workers(function, jobs) as workers:
        left = enumerate(given)
        turn = 0
        made: dict[int, Made] = {}
        while True:
            for worker in workers:
                while len(worker.calls) < _AHEAD and len(made) < _HELD * jobs:
                    call = next(left, None)
                    if call is None:
                        break
                    worker.send(call)
            while turn in made:
                yield made.pop(turn)
                turn += 1
            busy = {worker.end: worker for worker in workers if worker.calls}
            if not busy:
                return
            for end in wait(list(busy)):
                number, result = busy[end].receive()  # type: ignore[index]
                made[number] = result


class _Worker:
    """A process, this side's end of its pipe, and the numbers of the calls that it has."""

    def __init__(self, process: BaseProcess, end: Connection) -> None:
        self.process, self.end = process, end
        self.calls: deque[int] = deque()

    def send(self, call: tuple[int, Any]) -> None:
        """Hand over a call."""
        # First: who is interrupted in between has to know that it works.
        self.calls.append(call[0])
        with suppress(BrokenPipeError, ConnectionResetError):  # said where its results are awaited
            self.end.send(call[1])

    def receive(self) -> tuple[int, Any]:
        """Return the number and result of its oldest call, and warn of what it was warned of."""
        try:
            result, error, heard = self.end.recv()
        except (EOFError, ConnectionResetError):
            self.process.join(_PATIENCE)
            code = self.process.exitcode or 0
            how = f"signal {-code}" if code < 0 else f"exit code {code}"
            raise LivnError(
                f"a worker process died ({how})",
                hint="signal 9 is often a lack of memory: fewer --jobs need less",
            ) from None
        for text, category in heard:
            warn_caller(text, category)
        if error is not None:
            raise error
        return self.calls.popleft(), result


@contextmanager
def _workers(function: Callable[[Any], Any], jobs: int) -> Iterator[list[_Worker]]:
    """Start workers; end them at the end of the ``with``, whatever ended it."""
    fork = sys.platform == "linux" and threading.active_count() == 1
    context: Any = multiprocessing.get_context("fork" if fork else "spawn")
    if not fork:
        try:
            pickle.dumps(function)
        except (pickle.PicklingError, AttributeError, TypeError) as error:
            raise LivnError(
                f"a function that worker processes call has to be one that they can import: {error}",
                hint="put it at the top level of a module; or say jobs=1",
            ) from error
    workers: list[_Worker] = []
    try:
        for _ in range(jobs):
            ours, theirs = context.Pipe()
            # A fork has the ends of all: it would keep them open when this process has died.
            ends = [worker.end for worker in workers] + [ours] if fork else []
            process = context.Process(target=_work, args=(function, theirs, ends), daemon=True)
            process.start()
            theirs.close()
            workers.append(_Worker(process, ours))
        yield workers
    finally:
        for worker in workers:
            worker.end.close()
            if worker.calls:  # it leaves what it is doing, as after Ctrl-C
                worker.process.terminate()
        for worker in workers:
            worker.process.join(_PATIENCE)
            if worker.process.is_alive():
                worker.process.kill()


def _work(function: Callable[[Any], Any], end: Connection, others: list[Connection]) -> None:
    """Answer calls until the pipe is closed."""
    for other in others:
        other.close()
    # Ctrl-C reaches all processes of a terminal: the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    with suppress(EOFError, BrokenPipeError, ConnectionResetError, KeyboardInterrupt):
        while True:
            given = end.recv()
            result, error = None, None
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always")
                try:
                    result = function(given)
                except Exception as raised:  # noqa: BLE001 - it is raised on the other side
                    error = _sendable(raised)
            end.send((result, error, [(str(w.message), w.category) for w in caught]))


def _leave(number: int, frame: Any) -> None:
    raise KeyboardInterrupt


def _sendable(error: Exception) -> Exception:
    """Return an error that can be sent: itself, or one that says what it was."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:  # noqa: BLE001 - whatever a foreign class does when it is pickled
        return LivnError(f"{type(error).__name__}: {error}")
    return error
