"""``livn jobs``: how the jobs are going that were handed to MPI or to a scheduler."""

from __future__ import annotations

import click

from livn_cli.options import json_option
from livn_cli.output import Output, pass_output
from livn_cli.show_jobs import job_document, show_job, show_jobs

SECTION = "Inspect"


class JobsGroup(click.Group):
    """A group whose default command shows the job that is named in place of a command."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Take the first word for a command, else for a job."""
        if self.get_command(ctx, args[0]) is None and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


@click.group(
    "jobs",
    cls=JobsGroup,
    invoke_without_command=True,
    subcommand_metavar="[JOB | COMMAND ...]",
    epilog="Example: livn jobs 4711",
)
@json_option
@pass_output
@click.pass_context
def command(ctx: click.Context, output: Output) -> None:
    """List jobs; 'livn jobs JOB' shows one: state, last lines of the log, result.

    JOB is the number that was printed on submission, or the job's folder (NAME.job).
    """
    from livn_core.jobs.history import known

    if ctx.invoked_subcommand is not None:
        return
    documents = [job_document(folder, record) for folder, record in known()]
    output.result({"jobs": documents}, lambda: show_jobs(documents))


@command.command("show")
@click.argument("job")
@json_option
@pass_output
def show(output: Output, job: str) -> None:
    """Show one job."""
    from livn_core.jobs.history import find

    document = job_document(*find(job), details=True)
    output.result(document, lambda: show_job(document))


@command.command("cancel", epilog="Example: livn jobs cancel 4711")
@click.argument("job")
@json_option
@pass_output
def cancel(output: Output, job: str) -> None:
    """End a job. What it has finished can be taken up with 'livn generate ... --resume'."""
    from livn_core.jobs.history import find
    from livn_core.jobs.state import end

    folder, record = find(job)
    status = end(folder, record)
    document = {"job": record.id, "state": str(status.state)}
    output.result(document, lambda: [f"job {record.id}: {status.state}"])
