"""The built-in commands: one small file each, imported when it is called."""

from __future__ import annotations

from collections.abc import Iterator

from livn_core.hookspecs import Command, hookimpl

#: heading -> module, which is also the command's name -> its line in ``livn --help``, at most 60 wide.
_SECTIONS = {
    "Build": {
        "cut": "Make a system of the selected cells and their edges.",
        "export": "Write a system in another format.",
        "generate": "Generate a system.",
        "mea": "Write DIR/mea.json: electrodes over the configured area.",
        "select": "Write DIR/selection/NAME.json: cells by region.",
        "sweep": "Generate many systems: varied keys, replicates, plates.",
        "systems": "Run a generator in the older grammar.",
    },
    "Inspect": {
        "config": "Show configurations: effective values, schema, what ships.",
        "inspect": "Show populations, projections, degrees, provenance.",
        "jobs": "List jobs; 'livn jobs JOB' shows one.",
        "plot": "Draw a system: cells, connections, electrodes, degrees.",
        "reproduce": "Generate a system again and compare.",
        "verify": "Check a system's files, and its numbers, against the request.",
        "version": "Show the versions of livn, Python and the libraries.",
        "view": "Write one HTML file to look around in a system.",
    },
    "Extend": {
        "completion": "Complete commands, options and names in bash, zsh or fish.",
        "plugins": "List components, describe one, or write a new plugin.",
    },
}


@hookimpl
def livn_commands() -> Iterator[Command]:
    """Yield the built-in commands."""
    for section, commands in _SECTIONS.items():
        for name, summary in commands.items():
            yield Command(name, f"livn_cli.commands.{name}:command", summary, section)
