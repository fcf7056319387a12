"""What a job asks Slurm for: read from mappings and words, one ``#SBATCH`` line each.

Pure text: nothing here talks to Slurm.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from livn_core.errors import ConfigError, Finding

__all__ = ["directives", "merged", "normalised", "parse_resources", "tasks_of"]

#: sbatch's one-letter options, so that a profile's ``partition`` and a user's ``-p`` are one thing.
_LETTERS = {
    "A": "account", "B": "extra-node-info", "C": "constraint", "D": "chdir", "G": "gpus",
    "H": "hold", "J": "job-name", "L": "licenses", "M": "clusters", "N": "nodes", "O": "overcommit",
    "S": "core-spec", "W": "wait", "a": "array", "b": "begin", "c": "cpus-per-task",
    "d": "dependency", "e": "error", "h": "help", "i": "input", "k": "no-kill", "m": "distribution",
    "n": "ntasks", "o": "output", "p": "partition", "q": "qos", "s": "oversubscribe", "t": "time",
    "w": "nodelist", "x": "exclude",
}  # fmt: skip

#: What a job's folder and its script decide.
_OURS = {
    "output": "the log is job.log in the job's folder",
    "error": "the log is job.log in the job's folder",
    "chdir": "the job runs in the directory from which it is submitted",
    "input": "a job reads nothing from standard input",
    "wrap": "the script is livn's",
    "array": "one job makes one system",
    "wait": "use --wait of livn generate",
    "parsable": "livn adds it",
    "test-only": "use --dry-run",
    "help": "use 'sbatch --help'",
}

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]*")
#: Options that hold a time, and how Slurm writes one.
_TIMES = {"time", "time-min"}
_TIME = re.compile(r"\d+(:\d+){0,2}|\d+-\d+(:\d+){0,2}|(?i:infinite|unlimited)")
_TIME_FORMS = "minutes, minutes:seconds, hours:minutes:seconds, days-hours or days-hours:minutes"
_PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./=\[\]*^~-]+")


def parse_resources(words: Iterable[str], *, where: str = "resource") -> dict[str, Any]:
    """Return ``nodes=4`` words as a mapping; a word without ``=`` is a flag (``exclusive``)."""
    found: dict[str, Any] = {}
    for word in words:
        name, equals, value = word.partition("=")
        found[name.strip()] = value if equals else True
    return normalised(found, where=where)


def normalised(resources: Mapping[str, Any], *, where: str = "resources") -> dict[str, str | bool]:
    """Return resources with sbatch's long names and values as text.

    ``{"--nodes": 4, "-t": "4:00:00", "exclusive": True}`` are some; False and None leave an option
    out. ``where`` is the parameter's name, for errors.
    """
    findings: list[Finding] = []
    found: dict[str, str | bool] = {}
    for given, value in resources.items():
        path = f"{where}.{given}"
        name = str(given).lstrip("-").replace("_", "-")
        name = _LETTERS.get(name, name)
        if not _NAME.fullmatch(name) or len(name) == 1:
            findings.append(Finding(path, f"'{given}' is not an option of sbatch"))
        elif name in _OURS:
            findings.append(Finding(path, f"cannot be set: {_OURS[name]}"))
        elif value is True:
            found[name] = True
        elif value is False or value is None:
            found.pop(name, None)
        elif not isinstance(value, (str, int, float)):
            findings.append(Finding(path, f"a text or a number is due, not {value!r}"))
        elif any(c in str(value) for c in "\n\r\0"):  # it would end its line in the script
            findings.append(Finding(path, "a line break cannot stand in a value"))
        elif name in _TIMES and not _TIME.fullmatch(str(value).strip()):
            findings.append(Finding(path, f"'{value}' is no time of Slurm: {_TIME_FORMS}"))
        elif name in _TIMES and not re.search(r"[1-9a-zA-Z]", str(value)):
            findings.append(Finding(path, "a job of no time cannot run"))
        else:
            found[name] = str(value)
    if findings:
        raise ConfigError(findings, hint="write them as for sbatch: nodes=4, time=4:00:00")
    return found


def merged(*resources: Mapping[str, str | bool]) -> dict[str, str | bool]:
    """Return normalised resources put together; later ones replace earlier ones."""
    found: dict[str, str | bool] = {}
    for each in resources:
        found.update(each)
        # Another total takes the place of a profile's tasks a node, and the other way round.
        for name, other in (("ntasks", "ntasks-per-node"), ("ntasks-per-node", "ntasks")):
            if name in each and other not in each:
                found.pop(other, None)
    return found


def tasks_of(resources: Mapping[str, str | bool]) -> int | None:
    """Return the number of tasks that the resources come to; None when only Slurm knows.

    Slurm's own defaults: one task a node, one node.
    """

    def number(name: str) -> int | None:
        text = resources.get(name, "1")
        return int(text) if isinstance(text, str) and text.isdigit() and int(text) else None

    if "ntasks" in resources:
        return number("ntasks")
    nodes, each = number("nodes"), number("ntasks-per-node")
    return None if nodes is None or each is None else nodes * each


def directives(resources: Mapping[str, str | bool]) -> list[str]:
    """Return the ``#SBATCH`` lines of normalised resources."""
    return [
        f"#SBATCH --{name}" if value is True else f"#SBATCH --{name}={_quoted(str(value))}"
        for name, value in resources.items()
    ]


def _quoted(value: str) -> str:
    """Quote as sbatch reads its lines: a backslash takes the next character as it is."""
    if _PLAIN.fullmatch(value):
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
