"""What a registry holds: components that can be used, and names that several claim."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from functools import cache

from livn_core.plugins.discovery import BUILTIN, Provider, canonical

__all__ = ["KINDS", "Clash", "Entry", "class_problem"]

#: kind -> how a sentence calls it.
KINDS = {
    "placement": "placement",
    "connectivity": "connectivity rule",
    "kernel": "kernel",
    "mea": "MEA layout",
    "generator": "generator",
    "backend": "backend",
    "exporter": "exporter",
    "command": "command",
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A component or command that can be used, as its plugin described it, and who supplies it."""

    kind: str
    name: str
    summary: str
    provider: Provider
    target: str
    aliases: tuple[str, ...] = ()
    section: str = ""

    @property
    def builtin(self) -> bool:
        """Whether it comes with livn."""
        return self.provider == BUILTIN

    @property
    def qualified(self) -> str:
        """``DISTRIBUTION/NAME``: this component, whoever else claims the name."""
        return f"{canonical(self.provider.name)}/{self.name}"


@dataclass(frozen=True, slots=True)
class Clash:
    """A name that several claim; an alias counts as one."""

    kind: str
    name: str
    #: Who claims it, sorted. When the first is built in, the name is its own all the same.
    entries: tuple[Entry, ...]

    @property
    def reserved(self) -> bool:
        """Whether the name is a built-in's, and so keeps its meaning."""
        return self.entries[0].builtin

    def __str__(self) -> str:
        what = f"{KINDS[self.kind]} '{self.name}'"
        third_parties = [str(entry.provider) for entry in self.entries if not entry.builtin]
        if self.reserved:
            return (
                f"{' and '.join(third_parties)} claims the built-in {what}, which stays what it is"
            )
        return f"{what} is claimed by {' and by '.join(third_parties)}"

    @property
    def hint(self) -> str:
        """How to choose."""
        names = sorted(entry.qualified for entry in self.entries if not entry.builtin)
        if len({*names}) < len(names):
            return f"{self.entries[-1].provider} uses the name twice: report it to its authors"
        return f"pick one with {' or '.join(map(repr, names))}"


def class_problem(kind: str, target: object) -> str | None:
    """Return why ``target`` is no complete component class of this kind; None when it is.

    A command is known by what it can do: this library does not import Click.
    """
    if kind == "command":
        click_command = hasattr(target, "make_context") and not isinstance(target, type)
        return None if click_command else "is no Click command"
    return _class_problem(kind, target if isinstance(target, type) else type(None))


@cache
def _class_problem(kind: str, target: type) -> str | None:
    from livn_core import components

    bases: dict[str, tuple[type, ...]] = {
        "placement": (components.Placement,),
        # A kernel that an older plugin yields as a rule is one of the rule pairwise_bernoulli.
        "connectivity": (components.ConnectivityRule, components.Kernel),
        "kernel": (components.Kernel,),
        "mea": (components.MEALayout,),
        "generator": (components.Generator,),
        "backend": (components.Backend,),
        "exporter": (components.Exporter,),
    }
    if not issubclass(target, bases[kind]):
        wanted = " or ".join(base.__name__ for base in bases[kind])
        return f"does not derive from livn_core.components.{wanted}"
    if inspect.isabstract(target):
        missing = ", ".join(sorted(getattr(target, "__abstractmethods__", ())))
        return f"does not define {missing}"
    base = next(base for base in bases[kind] if issubclass(target, base))
    methods = {name: m for name, m in vars(base).items() if inspect.isroutine(m) and name[0] != "_"}
    for name in sorted(methods.keys() & getattr(target, "model_fields", {}).keys()):
        return f"has a parameter '{name}', which hides the method of that name: rename it"
    for name in sorted(methods):
        if wrong := _wrong_signature(getattr(base, name), getattr(target, name)):
            return f"has a method {name}() that does not take {wrong}"
    return None


def _wrong_signature(base: object, own: object) -> str | None:
    """Return the arguments that a method has to take and does not, and why; None where it does."""
    if not (callable(base) and callable(own)):
        return None
    due = inspect.signature(base).parameters.values()
    named = {each.name: None for each in due if each.kind is each.KEYWORD_ONLY}
    try:
        inspect.signature(own).bind(*[None] * (len(due) - len(named)), **named)
    except TypeError as error:
        return f"({', '.join(each.name for each in due if each.name != 'self')}): {error}"
    except ValueError:  # of compiled code, which has no signature
        pass
    return None
