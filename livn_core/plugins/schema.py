"""The JSON schema of a generator's configuration."""

from __future__ import annotations

from typing import Any

from livn_core.documents.fields import json_schema
from livn_core.errors import LivnError
from livn_core.plugins.registry import registry

__all__ = ["configuration_schema"]


def configuration_schema(generator: str) -> dict[str, Any]:
    """Return the JSON schema (2020-12) of a generator's configuration."""
    model = registry().load("generator", generator).model
    if model is None:
        raise LivnError(
            f"the generator '{generator}' has no schema",
            hint="its configuration is described where its plugin is",
        )
    return json_schema(model)
