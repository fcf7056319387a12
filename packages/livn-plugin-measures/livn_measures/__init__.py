"""``livn measure``: what describes the graph of a system and the pattern of its somata."""

from livn_core import Command, hookimpl


@hookimpl
def livn_commands():
    """Yield the command."""
    yield Command(
        "measure",
        "livn_measures.command:command",
        "Measure a system: reciprocity, clustering, paths, modules.",
        "Measure",
    )
