"""From a document to the configuration of a culture, or to everything that is wrong with it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from livn_core.culture.checks import connecting, relations
from livn_core.culture.config import Culture2DConfig
from livn_core.culture.defaults import assumed_types, prepare
from livn_core.culture.files import with_files
from livn_core.culture.measured import against_measured, measured_populations
from livn_core.culture.placement import create_placement
from livn_core.culture.region_checks import over_region, room, walls
from livn_core.culture.rules import resolve_all, unused_keys, unused_keys_of_cells
from livn_core.culture.symmetry import asymmetric, several_velocities
from livn_core.documents.document import Document
from livn_core.documents.findings import from_validation, located, texts_without_form
from livn_core.documents.paths import Key, expanded
from livn_core.errors import ConfigError, Finding, LivnError, PluginError
from livn_core.plugins.kernels import kernel_entry
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

    Examples
    --------
    >>> from livn_core.culture.validation import validate
    >>> culture = validate({"total_cells": 200, "connectivity": {"sigma": 150}})
    >>> culture.counts()
    {'EXC': 160, 'INH': 40}
    >>> culture.projection("EXC", "INH").rule.kernel.sigma
    150.0
    """
    located_at = document.line_of if isinstance(document, Document) else None
    if not isinstance(document, Document):
        document = Document(dict(document), origin, Path.cwd())
    try:
        if findings := texts_without_form(document.data):
            raise ConfigError(findings, origin=origin)
        given, data = document.data, prepare(document.data)
    except RecursionError:
        raise ConfigError(
            "the configuration holds itself, or is nested too deep", origin=origin
        ) from None
    data = _with_files(data, document)
    held = measured_populations(given, data.get("area"), data.get("area_kwargs"))
    if held is not None:
        given = {**given, "populations": held}
        data = _with_files(prepare(given), document)
    config = None
    try:
        config = Culture2DConfig.model_validate(data)
        config._assumed = assumed_types(given)
    except ValidationError as error:
        elsewhere = functools.partial(_of_areas, data.get("area"))
        findings = from_validation(error, Culture2DConfig, data, located_at, elsewhere=elsewhere)
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


def _of_areas(area: Any, key: str) -> list[str]:
    """Return that a key is one of ``area_kwargs``, of the area that is given or of another one."""
    usable = registry().usable("placement")
    owners = [entry.name for entry, model in usable if key in model.model_fields]
    if (area or "rectangle") in owners:
        return [f"'area_kwargs.{key}'"]
    named = ", ".join(owners[:3])
    return [f"'area_kwargs.{key}' of area: {named}"] if owners and area is None else []


def _absolute(area: Any, base: Path) -> Any:
    """Return ``file.py:function`` with the file's path made independent of where we run."""
    if isinstance(area, str):
        file, colon, function = area.rpartition(":")
        if colon and file.endswith(".py"):
            return f"{base / expanded(file)}:{function}"
    return area


def _with_files(data: dict[str, Any], document: Document) -> dict[str, Any]:
    """Return the data with the files of its components where the document's lines mean them."""
    if "area" in data:
        data = {**data, "area": _absolute(data["area"], document.base_of("area"))}
    return with_files(data, lambda keys, name: _from_line(keys, name, document))


def _from_line(keys: tuple[Key, ...], name: str, document: Document) -> str:
    """Return the name of a file that starts from the file that holds its line."""
    base, named = document.base_of(keys), expanded(name)
    # Relative to the working directory the name is right as it is, and stays short in the record.
    return str(base / named if name.startswith("~") or base.resolve() != Path.cwd() else named)


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
            at = "area_kwargs" if kwargs else "area"
            if not self.findings and self.broken is None:
                self._try(at, lambda: config.region)  # may have a file to read
            placed = not self.findings and self.broken is None
            if placed:
                self._try(at, lambda: self.findings.extend(over_region(config)))
            if placed and not self.findings and config.placement().uniform:
                self._try("gradient.image", lambda: config.relative_density)
                if not self.findings:
                    self._try(at, lambda: self.findings.extend(room(config)))
            if placed:
                self._try(at, lambda: self.findings.extend(against_measured(config)))
            general = config.connectivity
            try:
                settings = config.resolved
            except LivnError:  # the first one: here is every one
                resolve_all(general, sorted(config.populations), failed=self._failed)
            else:
                self.findings += unused_keys(general, settings.values())
                self.findings += several_velocities(config, settings.values())
                if placed:
                    self.findings += asymmetric(config, settings.values())
                    self.findings += walls(config, settings.values())
                    self.findings += unused_keys_of_cells(config.populations, settings.values())
            return
        for path, entry in connecting(data).items():
            for kind in ("rule", "kernel"):
                name, at = entry.get(kind), f"{path}.{kind}"
                if isinstance(name, str) and at not in bad:
                    find = functools.partial(registry().find, "connectivity")
                    self._try(at, functools.partial(find if kind == "rule" else kernel_entry, name))

    def _try(self, path: str, action: Callable[[], Any]) -> None:
        try:
            action()
        except LivnError as error:
            self._failed(path, error)

    def _failed(self, path: str, error: LivnError) -> None:
        if isinstance(error, ConfigError):
            self.findings += [replace(each, path=each.path or path) for each in error.findings]
            self.hint = self.hint or error.hint
        elif isinstance(error, PluginError):
            self.broken = self.broken or error
        else:
            self.findings.append(Finding(path, error.message))
            self.hint = self.hint or error.hint
