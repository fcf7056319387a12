"""Kernels by name, as configurations and parameters of rules write them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from livn_core.errors import ConfigError, Finding, LivnError
from livn_core.plugins.entries import Entry
from livn_core.plugins.registry import registry

if TYPE_CHECKING:
    from livn_core.components import Kernel

__all__ = ["kernel_document", "kernel_entry", "kernel_from", "kernel_in"]


def kernel_entry(name: str) -> Entry:
    """Return the kernel component of that name.

    A kernel that an older plugin yields as a connectivity rule is one, too.
    """
    from livn_core.components import Kernel

    components = registry()
    if components.knows("kernel", name) or "connectivity" not in components.kinds_of(name):
        return components.find("kernel", name)
    if not issubclass(components.load("connectivity", name), Kernel):
        raise ConfigError(
            [Finding("", f"'{name}' is a connectivity rule, not a kernel")],
            hint=f"write rule: {name}",
        )
    return components.find("connectivity", name)


def kernel_from(value: Any) -> Any:
    """Return the kernel that a parameter means: a name, or ``{kernel: NAME, ...}`` with parameters.

    Anything else is returned as it is, for the parameter's own check.
    """
    if isinstance(value, str):
        value = {"kernel": value}
    if not isinstance(value, Mapping) or not isinstance(value.get("kernel"), str):
        return value
    entry = kernel_entry(value["kernel"])
    parameters = {key: entered for key, entered in value.items() if key != "kernel"}
    return registry().create(entry.kind, entry.qualified, parameters, where="kernel")


def kernel_in(details: Mapping[str, Any]) -> Kernel | None:
    """Return the kernel that graph.json's details of a projection name, with its parameters there.

    None where there is none, or none that is installed and takes them.
    """
    name = details.get("kernel")
    if not isinstance(name, str):
        return None
    try:
        entry = kernel_entry(name)
        fields = registry().load(entry.kind, entry.qualified).model_fields
        parameters = {key: details[key] for key in fields if key in details}
        kernel: Kernel = registry().create(entry.kind, entry.qualified, parameters)
    except LivnError:
        return None
    return kernel


def kernel_document(kernel: Kernel) -> dict[str, Any]:
    """Return a kernel as :func:`kernel_from` takes it: JSON values."""
    target = f"{type(kernel).__module__}:{type(kernel).__qualname__}"
    names = [
        entry.name if entry.builtin else entry.qualified
        for kind in ("kernel", "connectivity")
        for entry in registry().components(kind)
        if entry.target == target
    ]
    return {"kernel": names[0] if names else target, **kernel.model_dump(mode="json")}
