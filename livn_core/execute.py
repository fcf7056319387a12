"""From a request to a job, and from a job to the program that makes its system.

Local threads, MPI ranks and Slurm tasks all come through here, so that they cannot differ.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from livn_core.documents.paths import expanded
from livn_core.documents.shipped import find_configuration
from livn_core.errors import BackendError, ConfigError, Finding, PluginError
from livn_core.job import Job
from livn_core.notices import warn_caller
from livn_core.plugins.attribution import reason_of
from livn_core.plugins.registry import PluginWarning, registry

if TYPE_CHECKING:
    from livn_core.components import Backend, Generator
    from livn_core.documents.changes import Setting
    from livn_core.documents.document import Document
    from livn_core.program import Plan, Program

__all__ = [
    "DEFAULT_OUTPUT",
    "backend_of",
    "find_generator",
    "is_study",
    "plan_of",
    "program_of",
    "read_configuration",
    "resolve",
]

#: Where a system goes when nothing says otherwise.
DEFAULT_OUTPUT = "system"
#: The generator of a document that none accepts: it says what is wrong.
_ANYTHING = "culture2d"
#: No configuration has any of these at its top, as a study's file does.
_OF_STUDIES = frozenset({"base", "vary", "table", "sample", "replicates", "plate"})


def read_configuration(config: str | Path | Mapping[str, Any] | None) -> Document:
    """Read a configuration: a file, ``-`` for stdin, the name of a shipped one, or a mapping.

    None is the empty document, which stands for the defaults.
    """
    from livn_core.documents.document import Document, load_document

    if isinstance(config, Document):
        return config
    if config is None:
        return Document({}, origin="")
    if isinstance(config, Mapping):
        return Document(dict(config), origin="")
    text = str(config) if str(config) == "-" else str(expanded(config))
    if not Path(text).exists() and Path(text).parent == Path("systems/config"):
        # livn's own scripts name shipped configurations so; this works without a checkout.
        text = Path(text).stem
    if text == "-" or text.startswith("@") or Path(text).is_file() or _looks_like_a_path(text):
        return _no_provenance(load_document(text))
    return load_document(find_configuration(text))


def _no_provenance(document: Document) -> Document:
    # Validating it would give a dozen findings, none of which says what to do.
    if {"generator", "configuration", "digest"} <= document.data.keys():
        folder = Path(document.origin).parent
        raise ConfigError(
            f"'{document.origin}' is a system's provenance.json, not a configuration",
            hint=f"'livn reproduce {folder}' makes that system again; the configuration alone is "
            "what stands under its key 'configuration'",
        )
    return document


def is_study(document: Mapping[str, Any]) -> bool:
    """Whether a document is a study's, not a configuration."""
    return bool(_OF_STUDIES & document.keys())


def _looks_like_a_path(text: str) -> bool:
    return Path(text).suffix.lower() in {".yml", ".yaml", ".json"} or "/" in text


def find_generator(
    document: Mapping[str, Any], name: str | None = None
) -> tuple[str, type[Generator]]:
    """Return the name and class of the generator of a document.

    A built-in generator that accepts the document comes first, so that no installed plugin changes
    what a configuration means. A document that nobody accepts goes to the flat culture, which says
    what is wrong with it. ``name`` is that of a generator that was asked for.
    """
    components = registry()
    if name is not None:
        return components.find("generator", name).name, components.load("generator", name)
    accepting = []
    for entry in components.components("generator"):
        try:
            kind: type[Generator] = components.load("generator", entry.qualified)
            accepts = kind.accepts(document)
        except Exception as error:
            if entry.builtin:
                raise
            warnings.warn(
                f"generator '{entry.name}' of {entry.provider} is left out: {reason_of(error)}",
                PluginWarning,
                stacklevel=2,
            )
            continue
        if accepts and entry.builtin:
            return entry.name, kind
        if accepts:
            accepting.append((entry, kind))
    if len(accepting) > 1:
        names = " and ".join(f"'{entry.qualified}'" for entry, _ in accepting)
        raise PluginError(
            f"several generators take this configuration: {names}", hint="pick one with --generator"
        )
    if accepting:
        entry, kind = accepting[0]
        return entry.qualified, kind
    return _ANYTHING, components.load("generator", _ANYTHING)


def _whose(kind: type[Generator], options: Mapping[str, Any]) -> str | None:
    """Say which generators have parameters that this one lacks."""
    lacking = options.keys() - kind.model_fields.keys()
    usable = registry().usable("generator")
    owners = [entry.name for entry, model in usable if lacking & model.model_fields.keys()]
    named = " and ".join(f"--{key.replace('_', '-')}" for key in sorted(lacking))
    return f"{named}: for networks of {' or '.join(owners)}" if owners else None


def resolve(
    config: str | Path | Mapping[str, Any] | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    overrides: Sequence[Setting | str] = (),
    output: str | Path | None = None,
    generator: str | None = None,
    options: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    jobs: int | None = None,
    resume: bool = False,
) -> Job:
    """Return the job of a request, with its configuration validated.

    Parameters
    ----------
    config
        See :func:`read_configuration`.
    settings
        Top-level keys that replace the configuration's.
    overrides
        ``"a.b=value"`` texts and settings, applied last, in their order.
    output
        System directory; else the configuration's ``output_directory``, else ``./system``.
    generator, options
        The generator component and its parameters; found from the document when None.
    overwrite, jobs, resume
        See :class:`~livn_core.job.Job`.

    Raises
    ------
    ConfigError
        With every mistake that there is.
    """
    from livn_core.documents.changes import Change, Setting
    from livn_core.documents.findings import texts_without_form

    document = read_configuration(config)
    if is_study(document) and find_generator(document, generator)[0] == _ANYTHING:
        raise ConfigError(
            f"'{min(_OF_STUDIES & document.keys())}' is a key of a study of many systems, not of one",
            hint=f"'livn sweep {document.origin or 'FILE'}' makes a study's",
            origin=document.origin,
        )
    wanted = [*(Setting(key, value) for key, value in (settings or {}).items()), *overrides]
    if wanted:
        edited = find_generator(document, generator)[1]
        document = (edited.changes or Change)(document, edited.shorthand).all(wanted)
    data = dict(document.data)
    stated = data.pop("output_directory", None)
    if stated is not None and not isinstance(stated, (str, Path)):
        findings = [Finding("output_directory", f"a folder's name is due, not {stated!r}")]
        raise ConfigError(findings, origin=document.origin)
    if output is None:
        output = stated if stated is not None else DEFAULT_OUTPUT
    if findings := texts_without_form(os.fspath(output), "output_directory"):
        raise ConfigError(findings, origin=document.origin)
    name, kind = find_generator(data, generator)
    validated = kind.configuration(document.without("output_directory"), origin=document.origin)
    try:  # its parameters are checked before anything runs
        registry().create("generator", name, options)
    except ConfigError as error:
        hint = error.hint or _whose(kind, options or {})
        raise ConfigError(error.findings, hint=hint) from None
    return Job(
        generator=name,
        configuration=validated,
        source=data,
        output=expanded(output),
        overwrite=overwrite,
        options=dict(options or {}),
        jobs=jobs,
        resume=resume,
    )


def program_of(job: Job) -> Program:
    """Return the program of a job."""
    generator = registry().create("generator", job.generator, job.options)
    return cast("Program", generator.program(job.configuration))


def backend_of(job: Job, name: str, options: Mapping[str, Any] | None = None) -> Backend:
    """Return the backend that is to run a job, refusing one of several processes where it must be one."""
    backend: Backend = registry().create("backend", name, options)
    generator: type[Generator] = registry().load("generator", job.generator)
    if backend.distributed and not generator.distributed:
        raise BackendError(
            f"the generator '{job.generator}' works in one process: the backend '{name}' would "
            "start several",
            hint="'--backend local' makes it here",
        )
    return backend


def plan_of(job: Job, *, strict: bool = False) -> Plan:
    """Return what a job would make; nothing is drawn but what the plan needs.

    With ``strict`` what there is to warn of is an error.
    """
    program = program_of(job)
    program.prepare(job.jobs or len(os.sched_getaffinity(0)), draw=False)
    plan = program.plan()
    if strict and plan.warnings:
        findings = [Finding("", text) for text in plan.warnings]
        raise ConfigError(findings, hint="without --strict these are warnings")
    for text in plan.warnings:
        warn_caller(text)
    return plan
