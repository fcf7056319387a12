"""The contract of a generator."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, cast

import numpy as np
import pytest
from pydantic import BaseModel

from livn_core.components import Generator
from livn_core.documents.document import Document
from livn_core.documents.jsonio import json_fit
from livn_core.errors import ConfigError, MissingDependencyError
from livn_core.execute import read_configuration
from livn_core.plugins.keys import configuration_keys
from livn_core.plugins.registry import registry
from livn_core.program import Program, Task
from livn_core.run.run import make_system
from livn_core.system.reader import System
from livn_core.testing.component import ComponentContract
from livn_core.testing.recut import Recut, columns_of, other_cut
from livn_core.verify import reproduce, verify

__all__ = ["GeneratorContract"]

AnyDocument = Mapping[str, Any] | str | Path


class GeneratorContract(ComponentContract):
    """A configuration is checked, and becomes blocks that can be made anywhere, in any order.

    What is made of it is what was planned, passes the audit, and can be made again from its record.
    """

    kind = "generator"

    #: Configurations to try: documents, files, or names of shipped ones; a hundred cells or so.
    documents: ClassVar[Sequence[AnyDocument]] = ({},)
    #: Whether it takes no document by itself, and has to be asked for.
    by_name_only: ClassVar[bool] = False
    #: Variance of a projection's number of edges over its mean: 1 for independent pairs, whose sum
    #: varies no more than a Poisson number; more where edges come in clusters.
    dispersion: ClassVar[float] = 1.0
    varied = {"example": "examples", "document": "documents"}

    def configured(self, document: Document) -> BaseModel:
        """Return the validated configuration; skip where a library that it needs is missing."""
        generator: type[Generator] = registry().load(self.kind, self.name)
        try:
            return generator.configuration(document)
        except MissingDependencyError as error:
            pytest.skip(str(error))

    def unprepared(self, document: AnyDocument) -> Program:
        """Return a new program of a document."""
        generator = self.create(self.examples[0])
        program: Program = generator.program(self.configured(read_configuration(document)))
        return program

    def program(self, document: AnyDocument) -> Program:
        """Return the prepared program of a document."""
        program = self.unprepared(document)
        program.prepare()
        return program

    def made(
        self, document: AnyDocument, path: Path, *, tasks: Sequence[Task] = (), jobs: int = 1
    ) -> System:
        """Return the system of a document, in blocks of its own or in ``tasks``."""
        program = self.unprepared(document)
        if tasks:
            program = cast("Program", Recut(program, tasks))
        return System(make_system(program, path, jobs=jobs))

    # -- the document --------------------------------------------------------------------------

    def test_accepts_its_own_documents(self, document: AnyDocument) -> None:
        """``accepts`` says yes, and does not mind a document of another form."""
        generator = registry().load(self.kind, self.name)
        answer = generator.accepts(read_configuration(document).data)
        assert answer is not self.by_name_only, f"accepts() says {answer} of its own document"
        answer = generator.accepts({"another generator's key": 1})
        assert answer in {True, False}, f"accepts() says {answer!r} of another form"

    def test_short_keys_stand_for_keys_of_its_model(self) -> None:
        """Every short key leads to a key that the configuration's model has."""
        generator: type[Generator] = registry().load(self.kind, self.name)
        if not generator.shorthand:
            pytest.skip("it has no short keys")
        known = {key.name for key in configuration_keys(self.name)}
        assert set(generator.shorthand.values()) <= known

    def test_refuses_unknown_keys(self, document: AnyDocument) -> None:
        """A misspelt key is an error that names it."""
        right = read_configuration(document)
        with pytest.raises(ConfigError, match="no_such_key"):
            self.configured(replace(right, data={**right.data, "no_such_key": 1}))

    # -- what the program says ------------------------------------------------------------------

    def test_populations_are_contiguous(self, document: AnyDocument) -> None:
        """Alphabetical order, gid ranges from 0 without gaps."""
        populations = self.program(document).populations
        names = [population.name for population in populations]
        assert names == sorted(set(names)), "populations come once each, in alphabetical order"
        start = 0
        for population in populations:
            assert population.start == start, f"{population.name} must start at gid {start}"
            assert population.count >= 0, f"{population.name} has {population.count} cells"
            start += population.count

    def test_tables_can_be_stored(self, document: AnyDocument) -> None:
        """Keys are unique, and no column is wider than 32 bits, which crashes readers."""
        tables = self.program(document).tables
        keys = [table.key for table in tables]
        assert len(set(keys)) == len(keys), "two tables have one key"
        for table in tables:
            for column in table.columns:
                wide = np.dtype(column.dtype).itemsize > 4
                assert not wide, f"{table.key}/{column.name} is wider than 32 bits"

    def test_tasks_cover_every_cell_once(self, document: AnyDocument) -> None:
        """The tasks of a population follow each other from its first cell to its last."""
        program = self.program(document)
        for population in program.populations:
            tasks = [task for task in program.tasks() if task.population == population.name]
            edge = 0
            for task in tasks:
                assert task.start == edge, f"{task} does not begin where the one before ends"
                assert task.stop > task.start, f"{task} has no cells"
                edge = task.stop
            assert edge == population.count, f"the tasks of {population.name} end at cell {edge}"

    def test_plan_is_known_beforehand(self, document: AnyDocument) -> None:
        """The plan names the same populations, and its numbers are finite."""
        plan = self.unprepared(document).plan()
        populations = tuple(self.program(document).populations)
        assert tuple(plan.populations) == populations, "the plan has other populations"
        numbers = {"expected_bytes": plan.expected_bytes, "peak_memory": plan.peak_memory}
        for planned in plan.projections:
            numbers[f"expected_edges of {planned.source}->{planned.target}"] = (
                planned.expected_edges
            )
        for name, number in numbers.items():
            assert np.isfinite(number), f"{name} is {number}"
            assert number >= 0, f"{name} is {number}"

    def test_what_is_written_beside_is_json(self, document: AnyDocument) -> None:
        """graph.json and provenance.json hold JSON values, and a seed and a configuration."""
        program = self.program(document)
        provenance = json_fit(program.provenance(), origin="provenance.json")
        missing = {"configuration", "generator"} - set(provenance)
        assert not missing, f"provenance() does not say {sorted(missing)}"
        graph = json_fit(program.graph({}, "0" * 64), origin="graph.json")
        assert isinstance(graph, dict), "graph() gives no mapping"

    # -- the blocks -----------------------------------------------------------------------------

    def test_blocks_are_whole_and_repeatable(self, document: AnyDocument) -> None:
        """A block's columns have the declared types and one row count; any order gives the same."""
        first, second = self.program(document), self.program(document)
        tables = {table.key: table for table in first.tables}
        forwards = [first.run(task) for task in first.tasks()]
        backwards = [second.run(task) for task in reversed(list(second.tasks()))][::-1]
        for block, again in zip(forwards, backwards, strict=True):
            assert set(block.rows) == set(again.rows), (
                f"{block.task} has other tables when repeated"
            )
            unknown = set(block.rows) - set(tables)
            assert not unknown, f"{block.task} has rows of tables that are not declared: {unknown}"
            for key, (counts, columns) in block.rows.items():
                cells = (block.task.stop - block.task.start,)
                assert counts.shape == cells, f"{key} has no count for each cell of {block.task}"
                stored = {c.name: c for c in tables[key].columns if c.constant is None}
                assert set(columns) == set(stored), f"{key} has other columns than were declared"
                for name, values in columns.items():
                    length = stored[name].length(len(counts), counts.sum())
                    assert values.shape == (length,), f"{key}/{name} needs {length} values"
                    dtype = np.dtype(stored[name].dtype)
                    assert values.dtype == dtype, f"{key}/{name} is declared as {dtype}"
                    np.testing.assert_array_equal(
                        values,
                        again.rows[key][1][name],
                        err_msg=f"{key}/{name} depends on the order in which blocks are made",
                    )

    def test_blocks_do_not_depend_on_the_cut(self, document: AnyDocument) -> None:
        """A population in one block and in two holds the same rows."""
        program = self.program(document)
        cut = other_cut(program)
        several = [p for p in program.populations if sum(t.population == p.name for t in cut) > 1]
        if not several:
            pytest.skip("it cuts none of these populations: a larger document could be tested")
        for population in several:
            whole = columns_of([program.run(Task(population.name, 0, population.count))])
            tasks = [task for task in cut if task.population == population.name]
            parts = columns_of([program.run(task) for task in tasks])
            assert set(parts) == set(whole), f"{population.name}: the cut changes the tables"
            for name, values in whole.items():
                np.testing.assert_array_equal(
                    parts[name], values, err_msg=f"{name} depends on the cut into blocks"
                )

    # -- the system -----------------------------------------------------------------------------

    def test_same_digest_for_any_cut_and_threads(
        self, document: AnyDocument, tmp_path: Path
    ) -> None:
        """Blocks of its own, others, and others on two threads make one and the same content."""
        cut = other_cut(self.program(document))
        digest = self.made(document, tmp_path / "own").digest()
        other = self.made(document, tmp_path / "cut", tasks=cut).digest()
        assert other == digest, "another cut into blocks makes another system"
        other = self.made(document, tmp_path / "threads", tasks=cut, jobs=2).digest()
        assert other == digest, "two threads make another system than one"

    def test_plan_comes_true(self, document: AnyDocument, tmp_path: Path) -> None:
        """The plan names every projection, and how many edges it gets, within sampling error.

        Five standard deviations, and five edges where hardly any are expected.
        """
        plan = self.unprepared(document).plan()
        planned = {(p.source, p.target): p.expected_edges for p in plan.projections}
        with self.made(document, tmp_path / "system") as system:
            edges = {pair: system.edge_count(*pair) for pair in system.projections}
        assert set(edges) <= set(planned), f"not in the plan: {sorted(set(edges) - set(planned))}"
        for pair, expected in planned.items():
            error = 5 * np.sqrt(self.dispersion * expected) + 5
            assert abs(edges.get(pair, 0) - expected) <= error, (
                f"{'->'.join(pair)} has {edges.get(pair, 0)} edges, where the plan expects "
                f"{expected:.1f} within {error:.1f}"
            )

    def test_provenance_makes_it_again(self, document: AnyDocument, tmp_path: Path) -> None:
        """What provenance.json says is enough to make the same system."""
        self.made(document, tmp_path / "system").close()
        result = reproduce(tmp_path / "system", jobs=1)
        first = ", ".join(difference.path for difference in result.differences)
        assert result.recorded == result.found, "provenance.json has another system's digest"
        assert result.equal, f"the system made from provenance.json differs in: {first}"

    def test_passes_the_audit(self, document: AnyDocument, tmp_path: Path) -> None:
        """``livn verify`` finds nothing fatal."""
        self.made(document, tmp_path / "system").close()
        fatal = verify(tmp_path / "system", jobs=1).of("fatal")
        found = "; ".join(f"{v.check} of {v.subject}: {v.found}" for v in fatal)
        assert not fatal, f"livn verify says: {found}"
