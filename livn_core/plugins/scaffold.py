"""Writes a new plugin package: the example in the docstring of the kind's hook, under a new name.

The reference, ``livn plugins new`` and the tests, which build and run the example, use one text.
"""

from __future__ import annotations

import inspect
import keyword
import re
from pathlib import Path
from textwrap import dedent

from livn_core import hookspecs
from livn_core.__about__ import __version__
from livn_core.documents.paths import expanded
from livn_core.errors import ConfigError, OutputError
from livn_core.hookspecs import HOOKS
from livn_core.outputs import saying_file_errors, write_file
from livn_core.plugins.registry import KINDS, Registry

__all__ = ["USES", "example_files", "new_plugin", "plugin_files"]

#: kind -> how a component of this kind is used on the command line.
USES = {
    "placement": "livn generate --area {name}",
    "connectivity": "livn generate --rule {name}",
    "kernel": "livn generate --kernel {name}",
    "mea": "livn mea DIR --layout {name}",
    "generator": "livn generate --generator {name} --config FILE",
    "backend": "livn generate --backend {name}",
    "exporter": "livn export DIR --format {name}",
    "command": "livn {name} --help",
}

_PYPROJECT = """\
[build-system]
requires = ["hatchling"]
build-backend = "hatchling.build"

[project]
name = "{distribution}"
version = "0.1.0"
description = "{summary}"
readme = "README.md"
requires-python = ">=3.11"
dependencies = ["livn-core>={core}"]

[project.entry-points.livn]
{name} = "{package}"

[dependency-groups]
test = ["pytest>=8"]

[tool.hatch.build.targets.wheel]
packages = ["{package}"]
"""

_README = """\
# {distribution}

Adds the {kind} `{name}` to [livn](https://pypi.org/project/livn-core/): {summary}.

```
pip install -e . --group test
livn plugins info {name}
{use}
pytest
```

`{package}/__init__.py` names the component, `{package}/{module}.py` does the work, and
`tests/test_{module}.py` holds it to the contract of every {kind}.
"""


def example_files(kind: str) -> dict[str, str]:
    """Return the files in the docstring of a kind's hook: path -> text."""
    text = inspect.getdoc(getattr(hookspecs, HOOKS[kind])) or ""
    blocks = re.findall(r"^``([\w/.]+)``::\n\n((?:(?: {4}.*)?\n?)+)", text, re.MULTILINE)
    return {path: dedent(body).strip() + "\n" for path, body in blocks}


def plugin_files(name: str, kind: str) -> dict[str, str]:
    """Return the files of a new plugin with one component: path -> text."""
    module = name.replace("-", "_")
    package, title = f"livn_{module}", "".join(part.title() for part in re.split("[-_]", name))
    example = example_files(kind)
    first = next(iter(example.values()))
    found = re.search(r'(?:Component|Command)\(\s*"(\w+)",\s*"[\w.:]+",\s*"([^"]+?)\.?"', first)
    if found is None:
        raise RuntimeError(f"the example of {HOOKS[kind]} names no component")
    old, summary = found.groups()

    def renamed(text: str) -> str:
        text = re.sub(rf"\blivn_{old}\.{old}\b", f"{package}.{module}", text)
        text = re.sub(rf"(['\"]){old}\1", rf"\g<1>{name}\1", text)
        return re.sub(rf"\b(Test)?{old.title()}\b", rf"\g<1>{title}", text)

    def moved(path: str) -> str:
        path = path.replace(f"livn_{old}/", f"{package}/")
        return re.sub(rf"(/|test_){old}\.py$", rf"\g<1>{module}.py", path)

    values = {
        "name": name,
        "module": module,
        "package": package,
        "distribution": f"livn-plugin-{name.replace('_', '-')}",
        "kind": KINDS[kind],
        "summary": summary,
        "core": __version__,
        "use": USES[kind].format(name=name),
    }
    return {
        "pyproject.toml": _PYPROJECT.format(**values),
        "README.md": _README.format(**values),
        **{moved(path): renamed(text) for path, text in example.items()},
    }


def new_plugin(
    name: str, kind: str, *, components: Registry, output: Path | None = None
) -> tuple[Path, list[Path]]:
    """Write a plugin package with one component; return the folder and the files in it.

    A distribution's name, ``livn-plugin-NAME``, means the same as NAME; it is also that of the folder
    by default. Names of ``components`` are taken.
    """
    name = name.removeprefix("livn-plugin-")
    taken = {"core", "plugins", "cli"}  # livn_core and its like are ours
    form = re.fullmatch(r"[a-z][a-z0-9_-]*[a-z0-9]", name)
    if not form or keyword.iskeyword(name) or name in taken:
        raise ConfigError(
            f"'{name}' cannot name a component",
            hint="use lower-case letters, digits, '_' and '-', beginning with a letter: my-ring",
        )
    if components.knows(kind, name):
        raise ConfigError(
            f"there is a {KINDS[kind]} named '{name}' already",
            hint=f"choose another name; 'livn plugins info {name} --kind {kind}' shows that one",
        )
    folder = expanded(f"livn-plugin-{name.replace('_', '-')}" if output is None else output)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise OutputError(f"'{folder}' exists", hint="name another folder with --output")
    files = {folder / path: text for path, text in plugin_files(name, kind).items()}
    with saying_file_errors(folder):
        for file, text in files.items():
            file.parent.mkdir(parents=True, exist_ok=True)
            write_file(file, text)
    return folder, list(files)
