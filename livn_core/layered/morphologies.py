"""Which morphology files belong to which population.

A cell type's ``morphology`` is an SWC file or a folder of them, relative to the file that holds its
line; ``systems/morphology/...`` names what ships. Without the key, ``<population>.swc`` is looked
for in the folder ``morphology`` beside the configuration's folder (where MiV-Simulator looks), then
among those that ship. The digest of the content goes with the name, so that a configuration that is
used again with another file of that name is refused.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from livn_core.documents.document import Document
from livn_core.documents.paths import Key, expanded
from livn_core.documents.shipped import systems_directory
from livn_core.layered.models import CellType, LayeredModel, MorphologySource
from livn_core.morphology import Morphology, read_morphologies
from livn_core.outputs import file_digest, files_in
from livn_core.suggest import did_you_mean

__all__ = ["SHIPPED", "load_morphologies", "locate", "resolve_morphologies"]

#: How the folder of shipped morphologies is named in configurations.
SHIPPED = "systems/morphology/"

Model = TypeVar("Model", bound=LayeredModel)


def locate(name: str, base: Path) -> Path:
    """Return the path that a morphology's name in a configuration stands for."""
    if name.startswith(SHIPPED):
        path = systems_directory() / "morphology" / name.removeprefix(SHIPPED)
        if path.exists():
            return path
    path = base / expanded(name)
    shipped = systems_directory() / "morphology" / path.name
    # A shipped file of cell types keeps its morphologies when it is copied beside a user's own.
    if not path.exists() and path.parent.name == "morphology" and shipped.exists():
        return shipped
    return path


def _written(path: Path) -> str:
    """Return the name of a morphology in an effective configuration."""
    shipped = (systems_directory() / "morphology").resolve()
    resolved = path.resolve()
    if resolved.is_relative_to(shipped):
        return SHIPPED + resolved.relative_to(shipped).as_posix()
    return str(resolved)


def resolve_morphologies(
    config: Model, document: Document
) -> tuple[Model, list[tuple[tuple[Key, ...], str]]]:
    """Return the configuration with each morphology's name and digest, and what was not found.

    Every cell type that has synapses has one.
    """
    found: dict[str, CellType] = {}
    findings: list[tuple[tuple[Key, ...], str]] = []
    for name, cell_type in config.cell_types.items():
        found[name] = cell_type
        if cell_type.morphology is None and not cell_type.synapses.density:
            continue  # input populations have no dendrites
        path, problem = _find(name, cell_type.morphology, document)
        key: tuple[Key, ...] = ("Cell Types", name)
        if cell_type.morphology is not None:
            key = (*key, "morphology")
        if problem or path is None:
            findings.append((key, problem))
            continue
        try:
            digest = file_digest(path)
        except OSError as error:
            findings.append((key, f"cannot read '{path}': {error.strerror}"))
            continue
        stated = cell_type.morphology.sha256 if cell_type.morphology else None
        if stated not in (None, digest):
            text = (
                f"'{path}' is not the file that was used before: its content has changed; "
                "if it is meant, leave out 'sha256'"
            )
            findings.append((key, text))
        source = MorphologySource(file=_written(path), sha256=digest)
        found[name] = cell_type.model_copy(update={"morphology": source})
    return config.model_copy(update={"cell_types": found}), findings


def _find(name: str, given: MorphologySource | None, document: Document) -> tuple[Path | None, str]:
    if given is not None:
        base = document.base_of(("Cell Types", name, "morphology", "file"))
        path = locate(given.file, base)
        if path.exists():
            return path, ""
        siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
        return None, f"no morphology '{given.file}' in '{base}'{did_you_mean(path.name, siblings)}"
    shipped = systems_directory() / "morphology"
    nearby = document.base.absolute().parent / "morphology"
    for folder in (nearby, shipped):
        for candidate in (folder / f"{name}.swc", folder / name):
            if candidate.exists():
                return candidate, ""
    names = [path.stem for path in files_in(shipped)] if shipped.is_dir() else []
    return None, (
        f"no morphology for '{name}': give the key 'morphology', or put '{name}.swc' into "
        f"'{nearby}'{did_you_mean(name, names)}"
    )


@lru_cache(maxsize=64)
def _read(path: Path, digest: str) -> tuple[Morphology, ...]:
    return read_morphologies(path)


def load_morphologies(source: MorphologySource) -> tuple[Morphology, ...]:
    """Read the morphologies of a resolved cell type: one, or those of a folder by name."""
    return _read(locate(source.file, Path()), source.sha256 or "")
