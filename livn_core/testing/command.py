"""The contract of a command."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from livn_core.execute import resolve
from livn_core.plugins.registry import registry
from livn_core.system.mea import write_mea
from livn_core.system.reader import System
from livn_core.system.selection import select_box, write_selection
from livn_core.testing.entry import EntryContract

__all__ = ["CommandContract"]

#: Libraries that take long to import: a command imports them when it works, not when it is listed.
HEAVY = ("numpy", "scipy", "h5py", "mpi4py", "matplotlib", "numba", "pydantic", "rich", "ruamel")


class CommandContract(EntryContract):
    """A command is listed at once, says what it does, and gives one result as text and as JSON.

    A subclass sets ``examples`` to lists of words. ``{system}`` in them is a small system with
    electrodes and the selection ``middle``, ``{out}`` a path that does not exist yet.
    """

    kind = "command"
    examples: ClassVar[Sequence[Sequence[str]]] = ([],)

    #: Configuration of the system that the words may name.
    document: ClassVar[dict[str, Any]] = {"total_cells": 40, "random_seed": 5}

    @pytest.fixture(scope="class")
    def system(self, tmp_path_factory: pytest.TempPathFactory) -> System:
        """A small system."""
        job = resolve(self.document, output=tmp_path_factory.mktemp("command") / "system")
        made: System = registry().create("backend", "local").run(job)
        write_mea(made, "grid", {"pitch": 1000})
        write_selection(made, select_box(made, "middle", 3000))
        return System(made.path)

    def called(self, words: Sequence[str]) -> tuple[int, str, str]:
        """Call the command in the program; return exit code, stdout and stderr."""
        from click.testing import CliRunner

        from livn_cli.main import main

        done = CliRunner().invoke(main, [self.name, *words])
        return done.exit_code, done.stdout, done.stderr

    def test_is_listed_without_heavy_libraries(self) -> None:
        """Importing the module leaves them alone: ``livn --help`` imports a plugin's command."""
        module = registry().find(self.kind, self.name).target.partition(":")[0]
        code = (
            f"import sys, {module}; "
            f"print(*sorted(name for name in {HEAVY!r} if name in sys.modules))"
        )
        done = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == [], "import these inside the command's function"

    def test_help_says_what_it_does(self) -> None:
        """Its docstring is the help, and the program gives it ``--json``."""
        code, out, err = self.called(["--help"])
        assert code == 0, err
        assert (self.component().help or "").strip(), "the callback has no docstring"
        assert self.component().help.split()[0] in out

    def test_text_and_json_are_one_report(
        self, example: Sequence[str], system: System, tmp_path: Path
    ) -> None:
        """Text, or one object of JSON values under ``--json``, and the same exit code."""
        words = [[word.format(system=system.path, out=tmp_path / f"out{n}") for word in example]
                 for n in range(2)]  # fmt: skip
        code, text, err = self.called(words[0])
        assert code in {0, 1}, err
        assert text.strip(), "it says nothing: the callback has to return a Report"
        again, out, err = self.called([*words[1], "--json"])
        assert again == code, err
        document = json.loads(out)
        assert document["version"] == 1
        assert len(document) > 1, "the document is empty"

    def test_leaves_the_system_alone(
        self, example: Sequence[str], system: System, tmp_path: Path
    ) -> None:
        """The digest is what it was: a command may only add files beside."""
        before = system.digest()
        self.called([word.format(system=system.path, out=tmp_path / "out") for word in example])
        assert System(system.path).digest() == before

    def test_refuses_an_option_that_it_does_not_know(self) -> None:
        """It is a mistake of the request."""
        code, out, err = self.called(["--no-such-option"])
        assert code == 2, (out, err)
        assert "no-such-option" in err
