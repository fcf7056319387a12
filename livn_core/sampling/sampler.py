"""Draws the edges of a projection: every pair independently with p(d) = min(1, A k(d)).

The cost grows with the edges, not with the pairs. Events are proposed at a rate that bounds
-log(1 - p) (:mod:`~livn_core.sampling.candidate_table`), each is kept with the ratio of the true rate to
the bound, and a pair that is hit more than once counts once: it is hit at least once with
probability 1 - exp(log(1 - p)) = p, independently of every other pair. Where p is large, the pairs
are decided one by one. No step is approximate, whatever the kernel's tail.
"""

from __future__ import annotations

import gc
import sys

import numpy as np

from livn_core.components import FloatArray, Kernel
from livn_core.sampling.candidate_table import CANDIDATE_COST, CandidateTable
from livn_core.sampling.compiled_draw import CompiledDraw
from livn_core.sampling.drawing import NONE, Targets
from livn_core.sampling.numpy_draw import NumpyDraw
from livn_core.sampling.probability import ConnectionProbability
from livn_core.sampling.projection import Cells, Edges, Projection
from livn_core.sampling.source_grid import SourceGrid, morton

__all__ = ["KernelSampler", "load_compiled", "pays"]

#: Work (about nanoseconds of compiled code) that NumPy does itself: compiled code takes half a
#: second to load, and some seconds to compile, once.
SMALL_WORK = 1e8
#: Work of an edge, at least.
EDGE_WORK = 40.0
#: Work that NumPy has done in this process.
_done = 0.0


def pays(work: float) -> bool:
    """Whether compiled code is to do some work.

    It is loaded, for a larger projection, or worth it: for this work with all that NumPy has done in
    this process, which may be many small cultures.
    """
    return _done + work > SMALL_WORK or "livn_core.sampling.loops" in sys.modules


def load_compiled(edges: float) -> None:
    """Load the compiled code, if that many edges will need it.

    It takes a third of a second, in which another thread can solve amplitudes.
    """
    if edges * EDGE_WORK <= SMALL_WORK:
        return
    projection = Projection.within(Cells("", np.zeros((2, 3))))
    # Loading makes hundreds of thousands of objects that stay: none of them is garbage.
    collecting = gc.isenabled()
    gc.disable()
    try:
        KernelSampler(projection, ConnectionProbability(_Even()), 1.0, compiled=True).sample(0, 2)
    finally:
        if collecting:
            gc.enable()


class _Even(Kernel):
    """The same probability at any distance."""

    def weight(self, distance: FloatArray) -> FloatArray:
        return np.ones_like(distance)


class KernelSampler:
    """The edges of one projection, a block of targets at a time.

    Thread-safe. What a target receives depends on the projection and the target alone. ``compiled``
    says whether to use compiled code; None leaves it to the amount of work. The edges are the same.
    Raises PluginError where the kernel returns something else than finite values >= 0, or exceeds its
    own bound.
    """

    def __init__(
        self,
        projection: Projection,
        law: ConnectionProbability,
        amplitude: float,
        *,
        compiled: bool | None = None,
    ) -> None:
        self.projection, self.amplitude = projection, float(amplitude)
        sources, targets = projection.source.positions, projection.target.positions
        #: About how many pairs are decided on in all.
        self.pairs = 0.0
        self._empty = not (len(sources) and len(targets) and self.amplitude > 0)
        if self._empty:
            return
        source_grid = SourceGrid.build(projection)
        self._candidates = CandidateTable.plan(source_grid, law, self.amplitude, targets)
        self._grid = source_grid.without_finest(self._candidates.skipped)
        work = self._candidates.cost * len(targets)
        self.pairs = work / CANDIDATE_COST
        if compiled is None:
            compiled = pays(work)
        tables = self._grid, self._candidates, law, self.amplitude, projection.key
        self._draw = CompiledDraw(*tables, self.pairs) if compiled else NumpyDraw(*tables)

    def sample(self, start: int, stop: int) -> Edges:
        """Return the edges onto the targets ``start`` to ``stop``, relative to the population."""
        global _done
        if self._empty or stop <= start:
            none = np.zeros(max(0, stop - start), np.int64)
            return Edges(none, np.empty(0, np.uint32), np.empty(0, np.float32))
        if isinstance(self._draw, NumpyDraw):
            _done += self._candidates.cost * (stop - start)
        return self._draw.edges(self._targets(start, stop))

    def _targets(self, start: int, stop: int) -> Targets:
        projection = self.projection
        positions = projection.target.positions[start:stop]
        column, row = self._grid.bins(positions)
        # Neighbours one after the other read the same nodes and cells.
        place = np.argsort(morton(column, row), kind="stable")
        x, y = positions[place, 0], positions[place, 1]
        own = np.full(len(place), NONE, np.uint32)
        if projection.recurrent and not projection.allow_autapses:
            own[:] = place + start
        return Targets(place, place + start, column[place], row[place], x, y, own)

    @property
    def nbytes(self) -> int:
        """Bytes that the lookup tables take."""
        if self._empty:
            return 0
        return self._grid.nbytes + self._candidates.nbytes + self._draw.nbytes
