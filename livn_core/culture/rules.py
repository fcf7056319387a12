"""From the keys of ``connectivity`` to the rule of each projection.

A rule gets the general keys that its model has as fields, and from ``rule_kwargs`` the others. A
key that is given and that no rule takes is an error: nothing is recorded that was not honoured.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from livn_core.components import ConnectivityRule, Kernel
from livn_core.culture.parts import (
    ConnectivityConfig,
    PopulationConfig,
    ProjectionConfig,
    ProjectionSettings,
)
from livn_core.documents.names import projection_key
from livn_core.errors import ComponentNotFoundError, ConfigError, Finding, LivnError
from livn_core.plugins.entries import Entry
from livn_core.plugins.kernels import kernel_entry
from livn_core.plugins.registry import registry

__all__ = [
    "GENERAL",
    "kernel_entry",
    "keys_taken",
    "resolve_all",
    "resolve_projection",
    "unused_keys",
    "unused_keys_of_cells",
]

#: General keys that a rule takes if its model has a field of that name.
FIELDS = (
    "mean_degree",
    "amplitude",
    "unreachable_degree",
    "min_probability",
    "between",
    "mask",
    "reciprocity",
)
#: General keys that belong to the kernel of a rule that has one.
OF_KERNEL = ("kernel", "kernel_kwargs", "sigma", "cutoff")
#: Every key that stands for all projections, and for one where it differs.
GENERAL = (*OF_KERNEL, *FIELDS, "allow_self_connections", "distance", "delay")


def _taken(rule: type[ConnectivityRule], kernel: type[Kernel] | None) -> frozenset[str]:
    """Return the general keys that a rule takes, with a kernel of this class."""
    taken = {name for name in FIELDS if name in rule.model_fields}
    taken |= {"allow_self_connections", "distance", "delay"}
    if kernel is not None:
        taken |= {"kernel", "kernel_kwargs"}
        if "sigma" in kernel.model_fields:
            taken |= {"sigma"} | ({"cutoff"} & rule.model_fields.keys())
    return frozenset(taken)


class _Chosen:
    """The keys of one projection: its own go before the general ones."""

    def __init__(self, general: ConnectivityConfig, own: ProjectionConfig, path: str) -> None:
        self.general, self.own, self.path = general, own, path

    def value(self, key: str) -> Any:
        return getattr(self.own if key in self.own.model_fields_set else self.general, key)

    def where(self, key: str) -> str:
        """Return where a key stands in the configuration."""
        return f"{self.path if key in self.own.model_fields_set else 'connectivity'}.{key}"

    def kwargs(self, of: str) -> tuple[dict[str, Any], str]:
        """Return the ``X_kwargs`` of this projection's X; another X inherits none."""
        key = f"{of}_kwargs"
        if key in self.own.model_fields_set or self.value(of) == getattr(self.general, of):
            return dict(self.value(key)), self.where(key)
        return {}, f"{self.path}.{key}"


def resolve_all(
    general: ConnectivityConfig,
    names: Sequence[str],
    failed: Callable[[str, LivnError], None] | None = None,
) -> dict[tuple[str, str], ProjectionSettings]:
    """Return (source, target) -> settings of every pair of populations, by target, then source.

    Where a rule cannot be made, ``failed`` is called with the key of the rule and the error; by default
    it is raised.
    """
    made: dict[tuple[str, str], ProjectionSettings] = {}
    # Projections without keys of their own, recurrent or not.
    alike: dict[tuple[float, bool], ProjectionSettings | None] = {}
    for target in names:
        for source in names:
            key = projection_key(f"{source}->{target}")
            own, degree = general.projections.get(key), _degree(general.mean_degree, key)
            kind = degree, source == target
            if own is None and kind in alike:
                settings = alike[kind]
            else:
                try:
                    settings = resolve_projection(
                        general, own or ProjectionConfig(), source, target, degree
                    )
                except LivnError as error:
                    if failed is None:
                        raise
                    failed(f"connectivity.projections.{key}" if own else "connectivity", error)
                    settings = None
            if own is None:
                alike[kind] = settings
            if settings is not None:
                made[source, target] = replace(settings, source=source, target=target)
    return made


def resolve_projection(
    general: ConnectivityConfig, own: ProjectionConfig, source: str, target: str, degree: float
) -> ProjectionSettings:
    """Return the settings of a projection: its own keys before the general ones.

    Raises
    ------
    ConfigError
        A parameter is wrong, or the rule lacks a key that was given for this projection.
    ComponentNotFoundError, PluginError
        There is no such rule or kernel, or its plugin is broken.
    """
    chosen = _Chosen(general, own, f"connectivity.projections.{source}->{target}")
    rule_name = chosen.value("rule")
    entry, model = _rule(chosen)
    kwargs, where = chosen.kwargs("rule")
    misplaced = {
        key: f"belongs to cells, not to a projection: populations.NAME.neurites.{key}"
        for key in model.of_cells
    }
    misplaced |= {
        key: f"holds for all projections: connectivity.rule_kwargs.{key}" for key in model.of_all
    }
    if wrong := sorted(set(own.rule_kwargs) & misplaced.keys()):
        where = f"{chosen.path}.rule_kwargs"
        raise ConfigError([Finding(f"{where}.{key}", f"{key} {misplaced[key]}") for key in wrong])
    kernel = _kernel(chosen) if "kernel" in model.model_fields else None
    taken = _taken(model, None if kernel is None else type(kernel))
    for key in GENERAL:
        # A field of that name which does not take the general key is a parameter like any other.
        if key in kwargs and (key in taken or key not in model.model_fields):
            text = f"{key} has a key of its own: {where.rpartition('.')[0]}.{key}"
            raise ConfigError(text, path=f"{where}.{key}")
    if lacking := sorted(set(GENERAL) & own.model_fields_set - taken):
        lacks = {key: _lacks(key, rule_name, chosen.value("kernel"), model) for key in lacking}
        raise ConfigError([Finding(f"{chosen.path}.{key}", text) for key, text in lacks.items()])
    parameters: dict[str, Any] = dict(kwargs)
    if kernel is not None:
        parameters["kernel"] = kernel
        if "cutoff" in taken:
            parameters["cutoff"] = chosen.value("cutoff")
    parameters |= _strength(chosen, taken, degree)
    for key in ("unreachable_degree", "min_probability", "between", "mask"):
        if key in taken:
            parameters[key] = chosen.value(key)
    if "reciprocity" in taken:
        parameters["reciprocity"] = _reciprocity(chosen, recurrent=source == target)
    rule: ConnectivityRule = registry().create("connectivity", rule_name, parameters, where=where)
    return ProjectionSettings(
        source=source,
        target=target,
        rule=rule,
        rule_name=entry.name if entry.builtin else entry.qualified,
        kernel_name=chosen.value("kernel") if kernel is not None else None,
        allow_self_connections=chosen.value("allow_self_connections"),
        distance=_distance(chosen, model, rule_name),
        delay=chosen.value("delay"),
    )


def _rule(chosen: _Chosen) -> tuple[Entry, type[ConnectivityRule]]:
    name, components = chosen.value("rule"), registry()
    if components.knows("connectivity", name) or not components.knows("kernel", name):
        try:
            entry = components.find("connectivity", name)
        except LivnError as error:
            raise _at(chosen.where("rule"), error) from error
        model: type[ConnectivityRule] = components.load("connectivity", name)
        if not issubclass(model, Kernel):
            return entry, model
    raise ConfigError(
        f"'{name}' is a kernel, not a connectivity rule",
        path=chosen.where("rule"),
        hint=f"write kernel: {name}; the rule is pairwise_bernoulli, unless another is named",
    )


def _kernel(chosen: _Chosen) -> Kernel:
    name = chosen.value("kernel")
    try:
        entry = kernel_entry(name)
    except LivnError as error:
        raise _at(chosen.where("kernel"), error) from error
    model: type[Kernel] = registry().load(entry.kind, name)
    kwargs, where = chosen.kwargs("kernel")
    if "sigma" in kwargs and "sigma" in model.model_fields:
        own = where.removesuffix("kernel_kwargs") + "sigma"
        raise ConfigError(f"sigma has a key of its own: {own}", path=f"{where}.sigma")
    if "sigma" in model.model_fields:
        kwargs["sigma"] = chosen.value("sigma")
    kernel: Kernel = registry().create(entry.kind, name, kwargs, where=where)
    return kernel


def _at(path: str, error: LivnError) -> LivnError:
    """Return an error of a component's name as a finding of the key that holds it."""
    if isinstance(error, ComponentNotFoundError):
        return ConfigError(error.message, path=path, hint=error.hint)
    if isinstance(error, ConfigError):
        findings = [replace(finding, path=finding.path or path) for finding in error.findings]
        return ConfigError(findings, hint=error.hint)
    return error


def _strength(chosen: _Chosen, taken: Collection[str], degree: float) -> dict[str, float | None]:
    """Return the key that sets the number of connections, if there is one, and its value."""
    keys = [key for key in ("mean_degree", "amplitude") if key in taken]
    general = {"mean_degree": degree, "amplitude": chosen.general.amplitude}
    for settings, where in ((chosen.own, chosen.path), (chosen.general, "connectivity")):
        given = [
            key
            for key in keys
            if key in settings.model_fields_set and getattr(settings, key) is not None
        ]
        if len(given) == 2:
            raise ConfigError(
                "has both 'mean_degree' and 'amplitude': give one of them", path=where
            )
        if given:
            own = settings is chosen.own
            return {given[0]: getattr(settings, given[0]) if own else general[given[0]]}
    return {key: general[key] for key in keys[:1]}


def _distance(chosen: _Chosen, model: type[ConnectivityRule], rule: str) -> str:
    wanted: str = chosen.value("distance")
    if wanted in model.distances:
        return wanted
    if "distance" in chosen.own.model_fields_set:
        valid = " or ".join(model.distances)
        text = f"the rule '{rule}' takes {valid}, not '{wanted}'"
        raise ConfigError(text, path=f"{chosen.path}.distance")
    return model.distances[0]


def _reciprocity(chosen: _Chosen, *, recurrent: bool) -> float | None:
    """Return the key's value; the general one is for recurrent projections alone."""
    value: float | None = chosen.value("reciprocity")
    if recurrent or value is None:
        return value
    if "reciprocity" in chosen.own.model_fields_set:
        text = "is for projections of a population onto itself: two populations have no pairs both ways"
        raise ConfigError(text, path=f"{chosen.path}.reciprocity")
    return None


def _lacks(key: str, rule: str, kernel: str, model: type[ConnectivityRule]) -> str:
    if "kernel" in model.model_fields and key in OF_KERNEL:
        return f"the kernel '{kernel}' has no {key if key == 'sigma' else 'sigma for a cutoff'}"
    return f"the rule '{rule}' does not take it; {_takers(key)}"


def _takers(key: str) -> str:
    """Say which rules take a general key."""
    field = "kernel" if key in OF_KERNEL else key
    names = [
        entry.name
        for entry, model in registry().usable("connectivity")
        if field in model.model_fields and not issubclass(model, Kernel)
    ]
    return f"those that do: {', '.join(names)}" if names else "no rule does"


def keys_taken(settings: Iterable[ProjectionSettings]) -> set[str]:
    """Return the general keys that the rule of some projection takes."""
    taken: set[str] = set()
    for projection in settings:
        kernel = getattr(projection.rule, "kernel", None)
        taken |= _taken(type(projection.rule), None if kernel is None else type(kernel))
    return taken


def unused_keys(
    general: ConnectivityConfig, settings: Iterable[ProjectionSettings]
) -> list[Finding]:
    """Return a finding for each general key that was given and that no projection's rule takes."""
    made = list(settings)
    taken = keys_taken(made)
    findings = []
    rules = ", ".join(sorted({projection.rule_name for projection in made}))
    kernels = ", ".join(sorted({p.kernel_name for p in made if p.kernel_name}))
    degrees = general.mean_degree
    # One whose degree of 0 was asked for has no pair to make mutual, and is no mistake.
    recurrent = any(
        p.made or not isinstance(degrees, Mapping) or p.name in {**degrees, **general.projections}
        for p in made
        if p.source == p.target
    )
    for key in GENERAL:
        value = getattr(general, key)
        used = key in taken and (key != "reciprocity" or recurrent)
        if key not in general.model_fields_set or used or value is None:
            continue
        if key in taken:
            text = "no projection of this configuration connects a population with itself"
        elif key in {"sigma", "cutoff"} and kernels:
            text = f"no kernel of this configuration ({kernels}) has a sigma"
        else:
            text = f"no rule of this configuration ({rules}) takes it; {_takers(key)}"
        findings.append(Finding(f"connectivity.{key}", text))
    wanted = general.distance
    if "distance" in general.model_fields_set and made and all(p.distance != wanted for p in made):
        valid = sorted({value for p in made for value in p.rule.distances})
        findings.append(
            Finding("connectivity.distance", f"must be {' or '.join(valid)}, not '{wanted}'")
        )
    return findings


def unused_keys_of_cells(
    populations: Mapping[str, PopulationConfig], settings: Iterable[ProjectionSettings]
) -> Iterator[Finding]:
    """Yield a finding for each key of a population that no rule of its projections takes."""
    made = list(settings)
    rules = ", ".join(sorted({projection.rule_name for projection in made}))
    for name, population in sorted(populations.items()):
        path = f"populations.{name}"
        if population.neurites is not None and made and not any(p.rule.of_cells for p in made):
            text = f"no rule of this configuration ({rules}) grows any; rule: axon does"
            yield Finding(f"{path}.neurites", text)
        for key, end in (("in_degree", "target"), ("out_degree", "source")):
            own = [p for p in made if getattr(p, end) == name]
            taken = not own or any(p.rule.degree_factors for p in own)
            if getattr(population, key) is not None and not taken:
                text = f"no rule of its projections ({rules}) takes it; those with a kernel do"
                yield Finding(f"{path}.{key}", text)
        drawn = [
            f is not None and f.law is not None
            for f in (population.in_degree, population.out_degree)
        ]
        if population.degree_correlation and not all(drawn):
            text = "is that of an in_degree and an out_degree with a law each"
            yield Finding(f"{path}.degree_correlation", text)


def _degree(mean_degree: float | Mapping[str, float], key: str) -> float:
    """Return the mean degree of a projection from the general key."""
    if isinstance(mean_degree, Mapping):
        return float(mean_degree.get(key, mean_degree.get("default", 0.0)))
    return float(mean_degree)
