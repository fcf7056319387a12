"""The contract of every component, whatever its kind."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import pytest
from pydantic import ValidationError

from livn_core.errors import ConfigError
from livn_core.plugins.parameters import describe
from livn_core.plugins.registry import registry
from livn_core.testing.entry import EntryContract

__all__ = ["ComponentContract"]

#: A parameter whose name holds one of these words has a dimension, and its description ends with
#: one of the units: "radius of the circle, um".
DIMENSIONS = {
    ("um",): (
        "radius", "diameter", "pitch", "center", "range", "sigma", "extent", "width", "height",
        "spacing", "distance", "length", "coordinates", "origin", "offset",
    ),
    ("ms", "s"): ("delay", "duration", "timeout"),
    ("degrees",): ("angle", "rotate", "rotation"),
}  # fmt: skip


class ComponentContract(EntryContract):
    """Base of the contracts of components, which have parameters.

    A subclass of one of the contracts sets ``name``, and ``examples`` to parameters that are worth
    trying.
    """

    examples: ClassVar[Sequence[Mapping[str, Any]]] = ({},)

    def create(self, parameters: Mapping[str, Any] | None = None) -> Any:
        """Return the component with these parameters."""
        return registry().create(self.kind, self.name, parameters)

    def test_can_be_described(self) -> None:
        """The class says what it is, and every parameter what it means and in which unit."""
        component = self.component()
        assert (component.__doc__ or "").strip(), "a docstring is what 'livn plugins info' prints"
        for parameter in describe(component):
            assert parameter.description, f"'{parameter.name}' has no description"
            for units, words in DIMENSIONS.items():
                if any(word in parameter.name.split("_") for word in words):
                    assert parameter.unit in units, (
                        f"the description of '{parameter.name}' must end with its unit, as in "
                        f"'..., {units[0]}'"
                    )

    def test_parameters_survive_a_file(self, example: Mapping[str, Any]) -> None:
        """JSON and YAML give the component back."""
        from ruamel.yaml import YAML

        component = self.create(example)
        document = component.model_dump(mode="json")
        text = json.dumps(document, allow_nan=False)
        assert self.create(json.loads(text)) == component
        stream = io.StringIO()
        YAML(typ="safe").dump(document, stream)
        assert self.create(YAML(typ="safe").load(stream.getvalue())) == component

    def test_refuses_what_it_does_not_know(self, example: Mapping[str, Any]) -> None:
        """A misspelt parameter is an error that names it."""
        with pytest.raises(ConfigError, match="no_such_parameter"):
            self.create({**example, "no_such_parameter": 1})

    def test_is_immutable(self, example: Mapping[str, Any]) -> None:
        """A parameter of a component that exists cannot change."""
        component = self.create(example)
        for field in type(component).model_fields:
            with pytest.raises(ValidationError):
                setattr(component, field, None)
