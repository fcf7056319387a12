"""``livn jobs``: how the jobs are going that were handed to MPI or to a scheduler."""

from __future__ import annotations

import click

from livn_cli.show_jobs import job_document, show_job, show_jobs
from livn_core.hookspecs import Report


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
@click.pass_context
def command(ctx: click.Context) -> Report | None:
    """List jobs; 'livn jobs JOB' shows one: state, last lines of the log, result.

    JOB is the number that was printed on submission, or the job's folder (NAME.job).
    """
    from livn_core.jobs.history import known

    if ctx.invoked_subcommand is not None:
        return None
    documents = [job_document(folder, record) for folder, record in known()]
    return Report({"jobs": documents}, lambda document: show_jobs(document["jobs"]))


@command.command("show")
@click.argument("job")
def show(job: str) -> Report:
    """Show one job."""
    from livn_core.jobs.history import find

    return Report(job_document(*find(job), details=True), show_job)


@command.command("cancel", epilog="Example: livn jobs cancel 4711")
@click.argument("job")
def cancel(job: str) -> Report:
    """End a job. What it has finished can be taken up with 'livn generate ... --resume'."""
    from livn_core.jobs.history import find
    from livn_core.jobs.state import end

    folder, record = find(job)
    status = end(folder, record)
    return Report(
        {"job": record.id, "state": str(status.state)},
        lambda document: f"job {document['job']}: {document['state']}",
    )
