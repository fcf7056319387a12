"""``livn systems``: the grammar of livn's own scripts, on the same code.

    livn systems [BACKEND] GENERATOR [KEY=VALUE ...] [--launch] [--mea [KEY=VALUE ...]] [--plot] [--export]

The words before the first flag configure the generator; words after ``--mea`` or ``--plot`` go to
that step.
"""

from __future__ import annotations

from collections.abc import Sequence

import click

from livn_cli.output import Output, pass_output
from livn_cli.settings import parse_settings
from livn_cli.show import plan_document, show_made, show_plan, system_document
from livn_cli.show_jobs import show_submitted, submitted_document
from livn_core.hookspecs import Report

STEPS = ("launch", "mea", "plot", "export")
#: Flags that concern the run and take no words.
SWITCHES = ("overwrite", "dry-run", "resume", "wait")


@click.command(
    "systems",
    context_settings={"ignore_unknown_options": True},
    epilog="Example: livn systems generate_2d total_cells=50 output_directory=./my_system --launch",
)
@click.argument("words", nargs=-1, required=True, type=click.UNPROCESSED)
@pass_output
def command(output: Output, words: Sequence[str]) -> Report | None:
    """Run a generator in the older grammar: livn systems generate_2d KEY=VALUE ... --launch.

    WORDS are an optional backend (mpi, slurm), a generator (generate_2d for flat cultures,
    generate for layered networks), its configuration as KEY=VALUE (config=FILE reads a file),
    then what to do: --launch, --mea, --plot, --export; also --overwrite, --dry-run, --resume.
    """
    from livn_core.api import Generated
    from livn_core.documents.changes import parse_words
    from livn_core.jobs.launch_environment import refuse_copies

    backend, generator, rest = _who(words)
    if backend == "local":
        refuse_copies()
    sections = _sections(rest)
    own = sections.pop("", [])
    backend_options = parse_settings(word[2:] for word in own if word.startswith("**"))
    if "wait" in sections:
        backend_options["wait"] = True
    keys = parse_words([word for word in own if not word.startswith("**")])
    generated = Generated(generator, keys)
    steps = [step for step in STEPS if step in sections]
    if "dry-run" in sections or not steps:
        if "dry-run" not in sections:
            output.note("Nothing was done: add --launch to generate it.")
        return Report(plan_document(generated.job, backend, backend_options), show_plan)
    if "launch" in sections:
        with output.progress() as progress:
            generated.launch(
                overwrite="overwrite" in sections,
                resume="resume" in sections,
                backend=backend,
                backend_options=backend_options,
                progress=progress,
            )
        if generated.submitted:
            for step in steps[1:]:
                output.warn(f"--{step} needs the finished system: do it when the job is done")
            return Report(submitted_document(generated.submitted), show_submitted, made=True)
        if not generated.finished:
            return None
    if "mea" in sections:
        made = generated.write_mea(**parse_settings(sections["mea"]))
        for warning in made.warnings:
            output.warn(warning)
        output.note(f"{made.path}: {len(made.document['electrode_coordinates'])} electrodes")
    if "plot" in sections:
        output.note(f"{generated.save_plot(**parse_words(sections['plot']))}: plotted")
    if "export" in sections:
        output.note(f"{generated.export(overwrite='overwrite' in sections)}: exported")
    return Report(system_document(generated.system), show_made, made=True)


def _who(words: Sequence[str]) -> tuple[str, str, Sequence[str]]:
    """Split the backend, if one is named, and the generator from the rest."""
    from livn_core.plugins.registry import registry

    backends = {entry.name for entry in registry().components("backend")}
    if words[0] in backends:
        if len(words) < 2:
            raise click.UsageError(
                f"'livn systems {words[0]}' needs a generator: generate_2d or generate."
            )
        return words[0], words[1].removeprefix("systems."), words[2:]
    return "local", words[0].removeprefix("systems."), words[1:]


def _sections(words: Sequence[str]) -> dict[str, list[str]]:
    """Group the words by the flag that they follow; '' holds those before the first."""
    from livn_core.suggest import did_you_mean

    known = (*STEPS, *SWITCHES)
    sections: dict[str, list[str]] = {"": []}
    here = ""
    for word in words:
        if not word.startswith("--"):
            sections[here].append(word)
            continue
        flag = word[2:]
        if flag not in known:
            raise click.UsageError(
                f"no such flag: '{word}'{did_you_mean(flag, known)} "
                f"(flags: {', '.join('--' + name for name in known)})"
            )
        if flag in STEPS:
            here = flag
        sections.setdefault(flag, [])
    return sections
