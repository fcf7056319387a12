"""Gives inputs to a process of its own, and finds out what became of it: ended, killed, hangs."""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Fault", "try_inputs"]

#: Seconds after which an input hangs. All take under one on a machine that does nothing else.
PATIENCE = 120.0


@dataclass(frozen=True)
class Fault:
    """An input that was answered wrongly."""

    family: str
    seed: int
    number: int
    words: tuple[str, ...]
    text: str

    def __str__(self) -> str:
        again = f"python tests/robust/worker.py {self.family} {self.seed} {self.number} {self.number + 1}"
        return f"{self.text}\n    {' '.join(self.words)}\n    {again}"


def try_inputs(family: str, inputs: int, *, seed: int = 0, start: int = 0) -> Iterator[Fault]:
    """Yield the faults among the inputs ``start`` to ``start + inputs`` of a family."""
    stop = start + inputs
    while start < stop:
        process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("worker.py")), family]
            + [str(number) for number in (seed, start, stop)],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
            env={**os.environ, "OMP_NUM_THREADS": "1", "COLUMNS": "80", "MPLBACKEND": "agg"},
        )
        lines: queue.Queue[str | None] = queue.Queue()
        reader = threading.Thread(target=_read, args=(process, lines), daemon=True)
        reader.start()
        number, words, text = start, (), "ended before its first input"
        while True:
            try:
                line = lines.get(timeout=PATIENCE)
            except queue.Empty:
                os.killpg(process.pid, signal.SIGKILL)
                text = f"no end after {PATIENCE:.0f} s"
                break
            if line is None:
                text = f"the process ended ({process.wait()})"
                break
            news = json.loads(line)
            if "begins" in news:
                number, words = news["begins"], tuple(news["words"])
                continue
            if news["fault"]:
                yield Fault(family, seed, number, words, news["fault"])
            start = number + 1
        process.wait()
        if start < stop:
            yield Fault(family, seed, number, words, text)
            start = number + 1


def _read(process: subprocess.Popen[str], lines: queue.Queue[str | None]) -> None:
    for line in process.stdout or ():
        lines.put(line)
    lines.put(None)
