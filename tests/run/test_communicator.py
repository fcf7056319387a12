"""Several ranks make one system: here they are threads that exchange what ranks would."""

from __future__ import annotations

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from livn_core.run.run import run_program
from livn_core.run.spool import Spool


class Exchange:
    def __init__(self, size):
        self.barrier = threading.Barrier(size, timeout=20)
        self.values = [None] * size


class Rank:
    def __init__(self, exchange, rank, shared=True):
        self.exchange, self.rank, self.size = exchange, rank, len(exchange.values)
        self.shared = shared

    def allgather(self, value):
        self.meet()
        self.exchange.values[self.rank] = value
        self.meet()
        values = list(self.exchange.values)
        self.meet()
        return values

    def meet(self):
        try:
            self.exchange.barrier.wait()
        except threading.BrokenBarrierError:
            # A launcher ends all ranks when one of them fails.
            raise KeyboardInterrupt from None

    def bcast(self, value, root=0):
        return self.allgather(value)[root]

    def barrier(self):
        self.allgather(None)

    def shares_directory(self, directory):
        assert all(self.allgather(directory.is_dir()))
        return self.shared

    def gathered(self, values):
        parts = self.allgather(list(values))
        return [value for part in parts[1:] for value in part] if self.rank == 0 else []


def run_ranks(size, make, output, *, shared=True, **options):
    """Run one program on each of ``size`` ranks; return the programs and the systems."""
    exchange = Exchange(size)
    programs = [make() for _ in range(size)]

    def run(rank):
        communicator = Rank(exchange, rank, shared)
        try:
            return run_program(programs[rank], output, communicator=communicator, jobs=1, **options)
        except BaseException:
            exchange.barrier.abort()
            raise

    with ThreadPoolExecutor(size) as pool:
        futures = [pool.submit(run, rank) for rank in range(size)]
    return programs, [future.result() for future in futures]


@pytest.mark.parametrize(("size", "memory"), [(2, 0), (3, 1 << 20), (12, 2000)])
def test_any_number_of_ranks_makes_the_same_files(synthetic, tmp_path, size, memory):
    wanted = run_program(synthetic(trees=True), tmp_path / "wanted")
    programs, systems = run_ranks(
        size, lambda: synthetic(trees=True), tmp_path / "out", memory=memory
    )
    assert {system.digest() for system in systems} == {wanted.digest()}
    for name in ("cells.h5", "connections.h5", "graph.json"):
        assert (tmp_path / "out" / name).read_bytes() == (wanted.path / name).read_bytes()
    made = [task for program in programs for task in program.ran]
    assert len(made) == len(set(made)) == len(programs[0].tasks())
    assert all(program.prepared == 1 for program in programs)
    # With more ranks than blocks some have nothing to do.
    assert min(len(program.ran) for program in programs) == len(made) // size


@pytest.mark.parametrize("memory", [0, 1 << 20])
def test_rank_0_writes_alone_where_the_others_cannot(synthetic, tmp_path, memory):
    wanted = run_program(synthetic(trees=True), tmp_path / "wanted")
    _, systems = run_ranks(
        3, lambda: synthetic(trees=True), tmp_path / "out", memory=memory, shared=False
    )
    assert systems[0].digest() == wanted.digest()
    for name in ("cells.h5", "connections.h5"):
        assert (tmp_path / "out" / name).read_bytes() == (wanted.path / name).read_bytes()


def test_ranks_take_up_what_another_number_of_ranks_left(synthetic, tmp_path, monkeypatch):
    wanted = run_program(synthetic(), tmp_path / "wanted").digest()
    put, numbers = Spool.put, itertools.count()

    def stop_after_some(spool, number, block):
        if next(numbers) >= 5:
            raise KeyboardInterrupt
        put(spool, number, block)

    with monkeypatch.context() as patch:
        patch.setattr(Spool, "put", stop_after_some)
        with pytest.raises(KeyboardInterrupt):
            run_ranks(3, lambda: synthetic(block=4), tmp_path / "out", memory=0)
    assert not (tmp_path / "out").exists()
    programs, systems = run_ranks(2, lambda: synthetic(block=4), tmp_path / "out", resume=True)
    assert systems[1].digest() == wanted
    assert sum(len(program.ran) for program in programs) == 25 - 5
    assert [entry.name for entry in tmp_path.iterdir() if entry.name.startswith(".")] == []
