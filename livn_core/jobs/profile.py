"""A site's profile: what every job of a cluster needs, in one YAML file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from pydantic import Field

from livn_core.components import Parameters
from livn_core.documents.document import load_document
from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError
from livn_core.plugins.parameters import build
from livn_core.suggest import did_you_mean

__all__ = ["Profile", "load_profile", "profiles_directory"]


class Profile(Parameters):
    """What a site's jobs have in common."""

    partition: str | None = Field(None, description="partition of the cluster")
    account: str | None = Field(None, description="account that pays")
    resources: dict[str, Any] = Field({}, description="more options of sbatch: {time: 1:00:00}")
    modules: list[str] = Field([], description="modules to load")
    prologue: list[str] = Field([], description="lines of shell before the job's command")
    launcher: str | None = Field(None, description="starts the ranks: srun --mpi=pmix")


def profiles_directory() -> Path:
    """Return where profiles are found by name: ``$XDG_CONFIG_HOME/livn/profiles``."""
    return Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "livn" / "profiles"


def load_profile(name: str) -> Profile:
    """Return a profile: a file, or the name of one in :func:`profiles_directory`."""
    path = expanded(name)
    if not path.is_file():
        if path.suffix in {".yml", ".yaml", ".json"} or "/" in name:
            raise ConfigError(f"the profile '{name}' does not exist")
        folder = profiles_directory()
        there = {p.stem: p for p in sorted(folder.glob("*.y*ml"))} if folder.is_dir() else {}
        if name not in there:
            raise ConfigError(
                f"no profile '{name}' in '{folder}'{did_you_mean(name, there)}",
                hint="write one, or give a file: --profile ./cluster.yml",
            )
        path = there[name]
    profile = build(Profile, load_document(str(path)).data, what=f"the profile '{path}'")
    for line in (*profile.prologue, *profile.modules):
        if "\n" in line:
            text = f"the profile '{path}' has a line break in {line!r}: one entry a line"
            raise ConfigError(text)
    return profile
