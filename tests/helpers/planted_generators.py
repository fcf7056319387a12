"""A generator that keeps its contract, and others that each break one rule of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import ClassVar

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from livn_core.components import Generator
from livn_core.culture.program import CultureProgram
from livn_core.culture.validation import validate
from livn_core.plugins.parameters import build
from livn_core.program import Column


class Dish(BaseModel):
    """What a document of these generators holds."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    cells: int = Field(60, ge=2, description="number of cells")
    seed: int = Field(3, ge=0, description="random seed")


class GoodGenerator(Generator):
    """A dish of a square millimetre."""

    made: ClassVar[type] = CultureProgram

    @classmethod
    def accepts(cls, document):
        return "cells" in document

    @classmethod
    def configuration(cls, document, *, origin=""):
        return build(Dish, dict(document), what="a dish", where="")

    def program(self, config):
        document = {
            "total_cells": config.cells,
            "random_seed": config.seed,
            "area_kwargs": {"x_range": [0, 1000], "y_range": [0, 1000]},
            "connectivity": {"kernel": "gaussian", "sigma": 300, "mean_degree": 4},
        }
        return self.made(validate(document))


def generator(program: type) -> type[GoodGenerator]:
    """Return the good generator with a program that is not."""
    return type(
        f"{program.__name__}Generator", (GoodGenerator,), {"made": program, "__module__": __name__}
    )


def farther(block, by: float):
    """Add to every distance of a block."""
    for key, (_, columns) in block.rows.items():
        if key.startswith("projection/"):
            columns["Connections/distance"] = columns["Connections/distance"] + np.float32(by)
    return block


class Deaf(GoodGenerator):
    @classmethod
    def accepts(cls, document):
        return False


class Lenient(GoodGenerator):
    @classmethod
    def configuration(cls, document, *, origin=""):
        return Dish(**{key: document[key] for key in Dish.model_fields if key in document})


class Reversed(CultureProgram):
    def __init__(self, config):
        super().__init__(config)
        self.populations = self.populations[::-1]


class Wide(CultureProgram):
    def __init__(self, config):
        super().__init__(config)
        first, *rest = self.tables
        columns = (*first.columns, Column("syn_weights", np.dtype(np.float64)))
        self.tables = (replace(first, columns=columns), *rest)


class Incomplete(CultureProgram):
    def tasks(self):
        return super().tasks()[:-1]


class WithoutTypes(CultureProgram):
    """Gives 64 bits where 32 are declared."""

    def run(self, task):
        block = super().run(task)
        for _, columns in block.rows.values():
            for name, values in columns.items():
                columns[name] = values.astype(values.dtype.str.replace("4", "8"))
        return block


class InOrder(CultureProgram):
    """What a block holds depends on how many were made before it."""

    calls = 0

    def run(self, task):
        self.calls += 1
        return farther(super().run(task), self.calls)


class ByBlock(CultureProgram):
    """What a cell gets depends on where its block begins."""

    def run(self, task):
        return farther(super().run(task), task.start)


class Together(CultureProgram):
    """Two blocks that are made at one time disturb each other."""

    def __init__(self, config):
        super().__init__(config)
        self._both = threading.Barrier(2)

    def run(self, task):
        block = super().run(task)
        try:
            # Long enough for a second thread to come, where there is one; waited for once.
            self._both.wait(timeout=0.5)
        except threading.BrokenBarrierError:
            return block
        return farther(block, 1)


class Overpromised(CultureProgram):
    def plan(self):
        plan = super().plan()
        more = [replace(p, expected_edges=2 * p.expected_edges) for p in plan.projections]
        return replace(plan, projections=tuple(more))


class Unplanned(CultureProgram):
    def plan(self):
        plan = super().plan()
        return replace(plan, projections=plan.projections[1:])


class Unbounded(CultureProgram):
    def plan(self):
        return replace(super().plan(), peak_memory=float("inf"))


class Unrecorded(CultureProgram):
    def provenance(self):
        document = super().provenance()
        del document["configuration"]
        return document


class NoText(CultureProgram):
    def provenance(self):
        return super().provenance() | {"lock": threading.Lock()}


class OtherSeed(CultureProgram):
    """Records a seed that is not the one that it drew with."""

    def provenance(self):
        document = super().provenance()
        configuration = {**document["configuration"], "random_seed": 4}
        return document | {"configuration": configuration, "seed": 4}


class Displaced(CultureProgram):
    """Stores cells where they are not."""

    def cell_attributes(self, population):
        ((columns, attributes),) = super().cell_attributes(population).values()
        columns["X Coordinate"] = columns["X Coordinate"][::-1].copy()
        return {"Generated Coordinates": (columns, attributes)}


#: Generator, the test of its contract that catches it, and what that test says.
CAUGHT = [
    (Deaf, "test_accepts_its_own_documents", r"accepts\(\) says False of its own document"),
    (Lenient, "test_refuses_unknown_keys", "DID NOT RAISE"),
    (generator(Reversed), "test_populations_are_contiguous", "in alphabetical order"),
    (generator(Wide), "test_tables_can_be_stored", "syn_weights is wider than 32 bits"),
    (generator(Incomplete), "test_tasks_cover_every_cell_once", "the tasks of INH end at cell 0"),
    (generator(WithoutTypes), "test_blocks_are_whole_and_repeatable", "is declared as uint32"),
    (generator(InOrder), "test_blocks_are_whole_and_repeatable", "depends on the order"),
    (
        generator(ByBlock),
        "test_blocks_do_not_depend_on_the_cut",
        "projection/EXC/EXC: Connections/distance depends on the cut",
    ),
    (generator(ByBlock), "test_same_digest_for_any_cut_and_threads", "another cut into blocks"),
    (generator(Together), "test_same_digest_for_any_cut_and_threads", "two threads make another"),
    (generator(Unbounded), "test_plan_is_known_beforehand", "peak_memory is inf"),
    (generator(Overpromised), "test_plan_comes_true", "EXC->EXC has .* where the plan expects"),
    (generator(Unplanned), "test_plan_comes_true", r"not in the plan: \[\('EXC', 'EXC'\)\]"),
    (generator(Unrecorded), "test_what_is_written_beside_is_json", "does not say .'configuration'"),
    (generator(NoText), "test_what_is_written_beside_is_json", "provenance.json"),
    (generator(OtherSeed), "test_provenance_makes_it_again", "differs in: Populations/EXC"),
    (generator(Displaced), "test_passes_the_audit", "stored-distances of EXC->EXC"),
]
