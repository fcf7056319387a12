"""Makes a system again from its provenance.json, elsewhere, and compares the two."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import Any

from livn_core.errors import (
    ComponentNotFoundError,
    LivnError,
    OutputError,
    PluginError,
    SystemFormatError,
)
from livn_core.execute import program_of, resolve
from livn_core.plugins.functions import foreign_record
from livn_core.plugins.registry import registry
from livn_core.run.provenance import SCHEME, scheme_of, versions
from livn_core.run.run import run_program
from livn_core.system.reader import System
from livn_core.verify.comparison import Difference, compare
from livn_core.verify.kept_inputs import with_inputs

__all__ = ["Reproduction", "reproduce"]


@dataclass(frozen=True, slots=True)
class Reproduction:
    """What came of making a system again.

    Parameters
    ----------
    path
        The system.
    output
        Where the new one is; None where it was temporary.
    recorded, found, made
        Content digests: in provenance.json, of the directory as it is now, of the new system.
    differences
        Datasets that differ, in order of path; at most a few.
    versions
        Name -> (then, now) of the software whose versions differ.
    pipeline
        Part -> (then, now) of what the generator's own record (``pipeline`` of provenance.json: the
        versions and hashes of other programs and their files) says otherwise.
    schemes
        Scheme of the random numbers (then, now): another scheme makes another system.
    notes
        Of files that were not found as they were.
    """

    path: Path
    output: Path | None
    recorded: str | None
    found: str
    made: str
    differences: tuple[Difference, ...]
    versions: Mapping[str, tuple[str | None, str | None]]
    pipeline: Mapping[str, tuple[str | None, str | None]]
    schemes: tuple[int, int] = (SCHEME, SCHEME)
    notes: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        """Whether the new system equals the directory."""
        return self.found == self.made

    def document(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "path": str(self.path),
            "output": None if self.output is None else str(self.output),
            "equal": self.equal,
            "digests": {"recorded": self.recorded, "found": self.found, "made": self.made},
            "differences": [difference.document() for difference in self.differences],
            "versions": {
                name: {"then": then, "now": now} for name, (then, now) in self.versions.items()
            },
            "pipeline": {
                name: {"then": then, "now": now} for name, (then, now) in self.pipeline.items()
            },
            "scheme": {"then": self.schemes[0], "now": self.schemes[1]},
            "notes": list(self.notes),
        }


def reproduce(
    path: str | PathLike[str],
    output: str | Path | None = None,
    *,
    overwrite: bool = False,
    jobs: int | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    trust: bool = False,
) -> Reproduction:
    """Generate a system again from its provenance.json, and compare.

    Parameters
    ----------
    path
        The system directory; it is not changed.
    output
        Where the new system goes; None for a temporary directory, which is removed.
    overwrite
        Replace ``output``.
    jobs, progress
        See :func:`livn_core.api.generate`.
    trust
        Run the functions that the record names; they are code of whoever made the system.

    Raises
    ------
    PlacementError
        The record names a function, and ``trust`` is not set.
    SystemFormatError
        There is no provenance.json, or it does not say how to make the system again.
    PluginError, ComponentNotFoundError
        A component that had a part in it is not installed.

    Examples
    --------
    >>> from livn_core.verify import reproduce
    >>> again = reproduce("culture")
    >>> again.equal, again.made == again.recorded
    (True, True)
    """
    path = Path(path)
    with System(path) as system:
        provenance = _usable(system)
        if output is not None and Path(output).resolve() == path.resolve():
            raise OutputError(
                f"'{output}' is the system itself", hint="give another directory for the new one"
            )
        _require_components(path, provenance)
        with _target(output) as target, nullcontext() if trust else foreign_record(path):
            configuration, notes = with_inputs(path, provenance)
            with _explaining(path):
                job = resolve(
                    {**configuration, "output_directory": None},
                    generator=provenance["generator"],
                    options=provenance.get("parameters") or None,
                    output=target,
                    overwrite=overwrite,
                    jobs=jobs,
                )
                program = program_of(job)
            made = run_program(program, target, overwrite=overwrite, jobs=jobs, progress=progress)
            with made:
                digests = system.digest(jobs=jobs), made.digest(jobs=jobs)
                differences = compare(system, made) if digests[0] != digests[1] else ()
                today = made.provenance or {}
                schemes = scheme_of(provenance), scheme_of(today)
    return Reproduction(
        path=path,
        output=None if output is None else Path(output),
        recorded=provenance.get("digest"),
        found=digests[0],
        made=digests[1],
        differences=differences,
        versions=_changed_versions(provenance),
        pipeline=_changes(_parts(provenance), _parts(today)),
        schemes=schemes,
        notes=notes,
    )


def _usable(system: System) -> dict[str, Any]:
    provenance = system.provenance
    path = system.path / "provenance.json"
    if provenance is None:
        raise SystemFormatError(
            f"'{system.path}' has no provenance.json: nothing says how it was made",
            hint="only what 'livn generate' made can be made again",
        )
    generator = provenance.get("generator")
    if generator == "cut":
        origin = (provenance.get("cut_from") or {}).get("name")
        raise SystemFormatError(
            f"'{system.path}' was cut from the system '{origin}', not generated",
            hint=f"reproduce '{origin}', then cut it again with 'livn cut'",
        )
    if not isinstance(provenance.get("configuration"), dict) or not isinstance(generator, str):
        maker = f" by '{generator}'" if isinstance(generator, str) else ""
        raise SystemFormatError(
            f"'{path}' was written{maker}, not by 'livn generate'",
            hint="its configuration may still serve: 'livn generate --config FILE' on a copy of it",
        )
    return provenance


def _require_components(path: Path, provenance: Mapping[str, Any]) -> None:
    """Say which components are not installed, and whose they were."""
    components = [
        *(provenance.get("components") or []),
        {"kind": "generator", "name": provenance["generator"], "provider": None},
    ]
    for component in components:
        kind, name, provider = (component.get(key) for key in ("kind", "name", "provider"))
        try:
            registry().load(kind, name)
        except ComponentNotFoundError as error:
            whose = f" of '{provider}'" if provider else ""
            if provider in {str(entry.provider) for entry in registry().components()}:
                raise SystemFormatError(
                    f"'{path / 'provenance.json'}' names the {kind} '{name}'{whose}, which is "
                    "installed and has none of that name",
                    hint="its record was changed: nothing says how it was made",
                ) from error
            install = "the plugin that has it"
            if provider:
                install = f"it (pip install '{provider.replace(' ', '==', 1)}')"
            raise PluginError(
                f"'{path}' was made with the {kind} '{name}'{whose}, which is not installed",
                hint=f"install {install}, then reproduce",
            ) from error


@contextmanager
def _explaining(path: Path) -> Iterator[None]:
    """Say of a configuration that works no more that it once did."""
    try:
        yield
    except LivnError as error:
        error.message = f"'{path}' cannot be made again here: {error.message}"
        error.hint = error.hint or "restore what its configuration names, then reproduce"
        raise


@contextmanager
def _target(output: str | Path | None) -> Iterator[Path]:
    if output is not None:
        yield Path(output)
        return
    kept = tempfile.TemporaryDirectory(prefix="livn-reproduce-", ignore_cleanup_errors=True)
    with kept as folder:
        yield Path(folder) / "system"


def _changed_versions(
    provenance: Mapping[str, Any],
) -> dict[str, tuple[str | None, str | None]]:
    then: dict[str, Any] = dict(provenance.get("versions") or {})
    now: dict[str, Any] = dict(versions())
    for component in provenance.get("components") or []:
        name, _, version = str(component.get("provider", "")).partition(" ")
        entry = registry().find(component["kind"], component["name"])
        installed, _, current = str(entry.provider).partition(" ")
        then.setdefault(name, version)
        now.setdefault(installed, current)
    return _changes(then, now)


def _parts(provenance: Mapping[str, Any]) -> dict[str, str]:
    """Return the parts of a generator's ``pipeline``, each named by its group and itself."""
    pipeline = provenance.get("pipeline")
    groups = pipeline if isinstance(pipeline, dict) else {}
    return {
        f"{group.removesuffix('_sha256')} {name}": str(value)
        for group, parts in groups.items()
        if isinstance(parts, dict)
        for name, value in parts.items()
    }


def _changes(
    then: Mapping[str, Any], now: Mapping[str, Any]
) -> dict[str, tuple[str | None, str | None]]:
    return {
        name: (then.get(name), now.get(name))
        for name in sorted(set(then) | set(now))
        if then.get(name) != now.get(name)
    }
