"""From a document to the configuration of a culture, or to everything that is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from livn_core.culture.checks import relations
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.defaults import prepare
from livn_core.culture.placement import create_placement
from livn_core.documents.document import Document
from livn_core.documents.findings import from_validation, keys_that_are_no_text, located
from livn_core.errors import ComponentNotFoundError, ConfigError, Finding, LivnError, PluginError
from livn_core.plugins.registry import registry

__all__ = ["validate"]


def validate(document: Mapping[str, Any] | Document, *, origin: str = "") -> Culture2DConfig:
    """Return the configuration that a document describes.

    Parameters
    ----------
    document
        A mapping (from Python: NumPy values, tuples, paths and a callable ``area`` are taken), or a
        :class:`~livn_core.documents.document.Document`, whose findings then have file and line.
    origin
        How messages call a mapping.

    Raises
    ------
    ConfigError
        With every finding, those of the components' parameters included.
    PluginError
        A component's plugin is broken, and nothing else is wrong.
    """
    located_at = document.line_of if isinstance(document, Document) else None
    if not isinstance(document, Document):
        document = Document(dict(document), origin, Path.cwd())
    try:
        if findings := keys_that_are_no_text(document.data):
            raise ConfigError(findings, origin=origin)
        data = prepare(document.data)
    except RecursionError:
        raise ConfigError("the configuration holds itself", origin=origin) from None
    if "area" in data:
        data["area"] = _absolute(data["area"], document.base_of("area"))
        data |= _with_files(data, document)
    config = None
    try:
        config = Culture2DConfig.model_validate(data)
    except ValidationError as error:
        findings = from_validation(error, Culture2DConfig, data, located_at)
        findings += relations(data, {finding.path for finding in findings})
    components = _Components()
    components.check(data, config, {finding.path for finding in findings})
    findings += components.findings
    if findings:
        findings = list(dict.fromkeys(located(findings, located_at)))
        sourced = any(finding.source for finding in findings)
        raise ConfigError(
            findings, hint=components.hint, origin="" if sourced else origin or document.origin
        )
    if components.broken is not None:
        raise components.broken
    if config is None:
        raise TypeError("a validation error without a finding")
    return config


def _absolute(area: Any, base: Path) -> Any:
    """Return ``file.py:function`` with the file's place made independent of where we run."""
    if isinstance(area, str):
        file, colon, function = area.rpartition(":")
        if colon and file.endswith(".py"):
            return f"{base / file}:{function}"
    return area


def _with_files(data: Mapping[str, Any], document: Document) -> dict[str, Any]:
    """Return ``area_kwargs`` with the placement's files where the document's lines mean them."""
    area, kwargs = data["area"], data.get("area_kwargs")
    if not (isinstance(area, str) and isinstance(kwargs, Mapping)):
        return {}
    try:
        fields = registry().load("placement", area).model_fields
    except LivnError:
        return {}  # reported when the placement is made
    moved = {}
    for name, value in kwargs.items():
        base = document.base_of(("area_kwargs", name))
        is_file = name in fields and fields[name].annotation is Path and isinstance(value, str)
        # Relative to the working directory the name is right as it is, and stays short in the record.
        if is_file and not value.startswith("~") and base.resolve() != Path.cwd():
            moved[name] = str(base / value)
    return {"area_kwargs": {**kwargs, **moved}}


class _Components:
    """Checks the components that a document names, and their parameters."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.hint: str | None = None
        self.broken: PluginError | None = None

    def check(self, data: Mapping[str, Any], config: Culture2DConfig | None, bad: set[str]) -> None:
        area, kwargs = data.get("area", "rectangle"), data.get("area_kwargs", {})
        if not {"area", "area_kwargs"} & bad and isinstance(kwargs, Mapping):
            self._try("area", lambda: create_placement(area, kwargs, where="area_kwargs"))
        if config is not None:
            general = config.connectivity
            self._kernel("connectivity", general.kernel, general.kernel_kwargs, general.sigma)
            for name, own in general.projections.items():
                if own.model_fields_set & {"kernel", "kernel_kwargs"}:
                    kernel = own.kernel if "kernel" in own.model_fields_set else general.kernel
                    path = f"connectivity.projections.{name}"
                    self._kernel(path, kernel, own.kernel_kwargs, general.sigma)
            return
        for path, kernel in _kernels(data):
            if path not in bad:
                self._try(path, functools.partial(registry().find, "connectivity", kernel))

    def _kernel(self, path: str, kernel: str, kwargs: Mapping[str, Any], sigma: float) -> None:
        if "sigma" in kwargs:
            where = f"{path}.kernel_kwargs.sigma"
            self.findings.append(Finding(where, f"sigma has a key of its own: {path}.sigma"))
            return

        def create() -> None:
            takes_sigma = "sigma" in registry().load("connectivity", kernel).model_fields
            registry().create(
                "connectivity",
                kernel,
                {"sigma": sigma, **kwargs} if takes_sigma else kwargs,
                where=f"{path}.kernel_kwargs",
            )

        self._try(f"{path}.kernel", create)

    def _try(self, path: str, action: Callable[[], Any]) -> None:
        try:
            action()
        except ConfigError as error:
            self.findings += error.findings
        except PluginError as error:
            self.broken = self.broken or error
        except LivnError as error:
            self.findings.append(Finding(path, error.message))
            if isinstance(error, ComponentNotFoundError):
                self.hint = error.hint


def _kernels(data: Mapping[str, Any]) -> list[tuple[str, str]]:
    connectivity = data.get("connectivity")
    if not isinstance(connectivity, Mapping):
        return []
    places = [("connectivity", connectivity)]
    projections = connectivity.get("projections")
    if isinstance(projections, Mapping):
        places += [
            (f"connectivity.projections.{name}", entry)
            for name, entry in projections.items()
            if isinstance(entry, Mapping)
        ]
    return [
        (f"{path}.kernel", entry["kernel"])
        for path, entry in places
        if isinstance(entry.get("kernel"), str)
    ]
