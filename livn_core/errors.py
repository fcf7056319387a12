"""The errors that reach a user: one tree, each with a message, a hint and an exit code.

A message says what is wrong and where, the hint what to do next. Nothing here derives from
:class:`KeyError`, whose text comes out in quotes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from importlib import import_module
from typing import Any


class ExitCode(IntEnum):
    """What the command line returns. Plugins may import it."""

    OK = 0
    NO = 1
    REQUEST = 2
    PLUGIN = 3
    BACKEND = 4
    BUG = 70
    INTERRUPTED = 130


class LivnError(Exception):
    """Root of the errors that are shown without a traceback.

    Parameters
    ----------
    message
        What is wrong, and where: lower case, the user's own text in single quotes.
    hint
        What to do next, one sentence. Optional.

    Examples
    --------
    >>> from livn_core import LivnError, System
    >>> try:
    ...     System("no_such_folder")
    ... except LivnError as error:
    ...     print(f"{error}; {int(error.exit_code)}")
    'no_such_folder' does not exist; 2
    """

    exit_code: ExitCode = ExitCode.REQUEST

    def __init__(self, message: str, *, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with a configuration.

    Parameters
    ----------
    path
        Where in the document: ``populations.EXC.count``; empty for the document as a whole.
    message
        What is wrong with it, and what would be right.
    source
        File and line when they are known: ``net.yml:12``.

    Examples
    --------
    >>> from livn_core.errors import Finding
    >>> str(Finding("Cell Types.EXC.template", "is required", "net.yml:12"))
    'net.yml:12 Cell Types.EXC.template: is required'
    """

    path: str
    message: str
    source: str | None = None

    def __str__(self) -> str:
        # An option that is named like the key, or like its last word, says it already.
        option = (self.source or "").removeprefix("--").replace("-", "_")
        said = option and f"_{self.path.rpartition('.')[2]}".endswith(f"_{option}")
        path = "" if said else self.path
        where = " ".join(part for part in (self.source, path) if part)
        return f"{where}: {self.message}" if where else self.message


class ConfigError(LivnError, ValueError):
    """A configuration is wrong. Holds every finding, not only the first.

    A text is one finding, with the ``path`` where it stands.

    Examples
    --------
    >>> from livn_core import ConfigError, generate
    >>> try:
    ...     generate(total_cells="many", area="dsik")
    ... except ConfigError as error:
    ...     for finding in error.findings:
    ...         print(finding)
    total_cells: must be a whole number, not text 'many'
    area: no placement named 'dsik'; did you mean 'disk'?
    """

    def __init__(
        self,
        findings: Iterable[Finding] | str,
        *,
        hint: str | None = None,
        origin: str = "",
        path: str = "",
    ) -> None:
        if isinstance(findings, str):
            findings = [Finding(path, findings)]
        self.findings = tuple(findings)
        self.origin = origin
        lines = [str(finding) for finding in self.findings]
        # A finding with a line names its file itself.
        named = self.findings and all(finding.source for finding in self.findings)
        head = f"{origin}: " if origin and not named else ""
        if len(lines) == 1:
            message = head + lines[0]
        else:
            message = f"{head}{len(lines)} mistakes in the configuration\n" + "\n".join(
                f"  {line}" for line in lines
            )
        super().__init__(message, hint=hint)


class ComponentNotFoundError(LivnError, LookupError):
    """No component of that kind has that name."""


class PluginError(LivnError):
    """A plugin failed to load, two clash, or one broke its contract."""

    exit_code = ExitCode.PLUGIN


class PlacementError(LivnError, ValueError):
    """A placement gave positions that cannot be used; names the function.

    Examples
    --------
    >>> from livn_core.errors import PlacementError
    >>> raise PlacementError("'cells.tif' has 812 cells, not 800", hint="set the counts to 812")
    Traceback (most recent call last):
    ...
    livn_core.errors.PlacementError: 'cells.tif' has 812 cells, not 800
    """


class DegreeError(LivnError, ValueError):
    """A mean in-degree that no amplitude can reach; says the largest reachable value.

    Parameters
    ----------
    message, hint
        As in :class:`LivnError`.
    reachable
        The largest mean in-degree that can be reached.
    """

    def __init__(self, message: str, *, reachable: float, hint: str | None = None) -> None:
        super().__init__(message, hint=hint)
        self.reachable = reachable


class MorphologyError(LivnError, ValueError):
    """A morphology file cannot be read as one cell; says file, line and point."""


class SystemFormatError(LivnError, ValueError):
    """A system directory is missing, incomplete, or not in the layout that it should have."""


class OutputError(LivnError, OSError):
    """The output cannot be written: it exists, the disk is full, the folder is read-only."""


class BackendError(LivnError, RuntimeError):
    """A backend is unavailable, or its job failed.

    Examples
    --------
    >>> from livn_core.errors import BackendError
    >>> BackendError("the pipeline failed: no space left").exit_code.name
    'BACKEND'
    """

    exit_code = ExitCode.BACKEND


def out_of_memory(error: MemoryError) -> BackendError:
    """Return what is said where there is not enough memory: no bug of anybody's."""
    text = f"not enough memory: {error}" if str(error) else "not enough memory"
    hint = "'--dry-run' estimates what is needed; fewer --jobs need less"
    return BackendError(text, hint=hint)


class MissingDependencyError(LivnError, ImportError):
    """An optional library is needed for what was asked; the hint says how to install it.

    Examples
    --------
    >>> from livn_core.errors import MissingDependencyError
    >>> raise MissingDependencyError("Pillow is not installed", hint="pip install pillow")
    Traceback (most recent call last):
    ...
    livn_core.errors.MissingDependencyError: Pillow is not installed
    """


def needed(library: str, what: str) -> Any:
    """Return a module that may not be installed, for ``what`` needs it.

    Raises
    ------
    MissingDependencyError
        It is not there.
    """
    try:
        return import_module(library)
    except ImportError as error:
        name = library.partition(".")[0]
        raise MissingDependencyError(
            f"{what} needs the library {name}", hint=f"install it with: pip install {name}"
        ) from error


class ContractError(Exception):
    """A plugin broke the rules of the hooks; the message is the whole reason.

    Never reaches a user as it is: it becomes the reason of a plugin's failure.
    """
