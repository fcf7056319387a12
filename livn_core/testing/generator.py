"""What a generator keeps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from pydantic import BaseModel

from livn_core.components import Generator
from livn_core.documents.document import Document
from livn_core.documents.jsonio import json_fit
from livn_core.errors import ConfigError, MissingDependencyError
from livn_core.execute import read_configuration
from livn_core.plugins.registry import registry
from livn_core.program import Block, Program
from livn_core.testing.component import ComponentContract

__all__ = ["GeneratorContract"]


class GeneratorContract(ComponentContract):
    """A configuration is checked, and becomes blocks that can be made anywhere, in any order."""

    kind = "generator"

    #: Configurations to try: documents, files, or names of shipped ones; a hundred cells or so.
    documents: ClassVar[Sequence[Mapping[str, Any] | str | Path]] = ({},)

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Run the tests that take ``document`` with each of :attr:`documents`."""
        super().pytest_generate_tests(metafunc)
        if "document" in metafunc.fixturenames:
            metafunc.parametrize("document", list(self.documents), ids=range(len(self.documents)))

    #: Whether it takes no document by itself, and has to be asked for.
    by_name_only: ClassVar[bool] = False

    def configured(self, document: Document) -> BaseModel:
        """Return the validated configuration; skip where a library that it needs is missing."""
        generator: type[Generator] = registry().load(self.kind, self.name)
        try:
            return generator.configuration(document)
        except MissingDependencyError as error:
            pytest.skip(str(error))

    def program(self, document: Mapping[str, Any] | str | Path) -> Program:
        """Return the prepared program of a document."""
        generator = self.create(self.examples[0])
        program: Program = generator.program(self.configured(read_configuration(document)))
        program.prepare()
        return program

    def test_accepts_its_own_documents(self, document: Mapping[str, Any] | str | Path) -> None:
        """``accepts`` says yes, and does not mind a document of another form."""
        generator = registry().load(self.kind, self.name)
        assert generator.accepts(read_configuration(document).data) is not self.by_name_only
        assert generator.accepts({"another generator's key": 1}) in {True, False}

    def test_refuses_unknown_keys(self, document: Mapping[str, Any] | str | Path) -> None:
        """A misspelt key is an error that names it."""
        right = read_configuration(document)
        with pytest.raises(ConfigError):
            self.configured(replace(right, data={**right.data, "no_such_key": 1}))

    def test_populations_are_contiguous(self, document: Mapping[str, Any] | str | Path) -> None:
        """Alphabetical order, gid ranges from 0 without gaps."""
        populations = self.program(document).populations
        names = [population.name for population in populations]
        assert names == sorted(set(names))
        start = 0
        for population in populations:
            assert population.start == start
            assert population.count >= 0
            start += population.count

    def test_tables_can_be_stored(self, document: Mapping[str, Any] | str | Path) -> None:
        """Keys are unique, and no column is wider than 32 bits, which crashes readers."""
        tables = self.program(document).tables
        keys = [table.key for table in tables]
        assert len(set(keys)) == len(keys)
        for table in tables:
            for column in table.columns:
                assert np.dtype(column.dtype).itemsize <= 4, f"{table.key}/{column.name}"

    def test_tasks_cover_every_cell_once(self, document: Mapping[str, Any] | str | Path) -> None:
        """The tasks of a population follow each other from its first cell to its last."""
        program = self.program(document)
        for population in program.populations:
            tasks = [task for task in program.tasks() if task.population == population.name]
            edge = 0
            for task in tasks:
                assert task.start == edge
                assert task.stop > task.start
                edge = task.stop
            assert edge == population.count

    def test_blocks_are_whole_and_repeatable(
        self, document: Mapping[str, Any] | str | Path
    ) -> None:
        """A block's columns have the declared types and one row count; any order gives the same."""
        first, second = self.program(document), self.program(document)
        tables = {table.key: table for table in first.tables}
        forwards = [first.run(task) for task in first.tasks()]
        backwards = [second.run(task) for task in reversed(list(second.tasks()))][::-1]
        for block, again in zip(forwards, backwards, strict=True):
            assert set(block.rows) == set(again.rows)
            assert set(block.rows) <= set(tables)
            for key, (counts, columns) in block.rows.items():
                assert counts.shape == (block.task.stop - block.task.start,)
                stored = {c.name: c for c in tables[key].columns if c.constant is None}
                assert set(columns) == set(stored)
                for name, values in columns.items():
                    length = stored[name].length(len(counts), counts.sum())
                    assert values.shape == (length,), f"{key}/{name}"
                    assert values.dtype == np.dtype(stored[name].dtype), f"{key}/{name}"
                    np.testing.assert_array_equal(values, _column(again, key, name))

    def test_plan_is_known_beforehand(self, document: Mapping[str, Any] | str | Path) -> None:
        """The plan names the same populations, and its numbers are finite."""
        generator = self.create(self.examples[0])
        plan = generator.program(self.configured(read_configuration(document))).plan()
        assert tuple(plan.populations) == tuple(self.program(document).populations)
        numbers = [plan.expected_bytes, plan.peak_memory]
        numbers += [projection.expected_edges for projection in plan.projections]
        assert np.isfinite(numbers).all()
        assert min(numbers) >= 0

    def test_what_is_written_beside_is_json(self, document: Mapping[str, Any] | str | Path) -> None:
        """graph.json and provenance.json hold JSON values, and a seed and a configuration."""
        program = self.program(document)
        provenance = json_fit(program.provenance(), origin="provenance.json")
        assert {"configuration", "generator"} <= set(provenance)
        graph = json_fit(program.graph({}, "0" * 64), origin="graph.json")
        assert isinstance(graph, dict)


def _column(block: Block, key: str, name: str) -> Any:
    return block.rows[key][1][name]
