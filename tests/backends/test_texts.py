"""What a job's script says, and what Slurm's commands say: text in, text out."""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from livn_core.errors import BackendError, ConfigError, OutputError
from livn_core.execute import resolve
from livn_core.job import Answer, Job, JobState, Record
from livn_core.jobs import history, state
from livn_core.jobs.failure_report import raise_reported
from livn_core.jobs.folder import JobFolder
from livn_core.jobs.follow import follow
from livn_core.jobs.launch_environment import LaunchEnvironment, launched, refuse_copies
from livn_core.jobs.launchers import rank_command
from livn_core.jobs.resources import directives, merged, normalised, parse_resources, tasks_of
from livn_core.jobs.script import Raw, generate_arguments, job_script, mpi_environment
from livn_core.jobs.slurm import overridden, parse_job, parse_submission
from livn_core.jobs.state import Status, failure_of
from livn_core.plugins.registry import registry

GOLDEN = Path(__file__).parent / "golden"


def script(**changed):
    output = Path("/scratch/my out; echo x/o'1")
    options = {"trees": False, "scale": 0.5}
    command = generate_arguments(
        Job("culture2d", None, {}, output, overwrite=True, options=options),
        configuration=Raw('"$job/configuration.json"'),
        output=output,
        backend="mpi",
        jobs=2,
    )
    given = {
        "title": "Runs again by hand.",
        "directory": Path("/home/me/c (a)"),
        "folder": Path("/scratch/my out; echo x/o'1.job"),
        "command": ["/opt/my python/bin/python", "-m", "mpi4py", *command],
        "directives": directives(normalised({"--nodes": 2, "-J": "a b", "--comment": "it's"})),
        "prologue": ["module load gcc/12"],
        "environment": {"LIVN_MPI_RANKS": "8", "LIVN_JOB_FOLDER": Raw('"$job"')},
        "launcher": ["srun", "--mpi=pmi2", "-n", "8"],
        "outside": ["/opt/my mpi/mpiexec", "-n", "8"],
        **changed,
    }
    return job_script(**given)


def without_version(text):
    return "".join(line for line in text.splitlines(True) if "Made by livn" not in line)


@pytest.mark.parametrize(
    ("name", "changed"),
    [
        ("slurm", {}),
        (
            "mpi",
            {"directives": (), "prologue": (), "outside": None, "launcher": ["mpiexec", "-n", "4"]},
        ),
        ("one_task", {"launcher": ()}),
    ],
)
def test_scripts_are_as_written_down(name, changed):
    text = script(**changed)
    path = GOLDEN / f"{name}.sh"
    assert without_version(text) == path.read_text()
    assert subprocess.run(["bash", "-n"], input=text, text=True, check=False).returncode == 0


def test_a_line_break_is_refused_wherever_it_stands():
    for changed in (
        {"directory": Path("/a\nb")},
        {"launcher": ["srun\n"]},
        {"folder": Path("/a\r")},
    ):
        with pytest.raises(BackendError, match="line break"):
            script(**changed)
    with pytest.raises(ConfigError, match="line break") as caught:
        normalised({"comment": "a\n#SBATCH --nodes=100", "nodes": [1]})
    assert len(caught.value.findings) == 2


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ({"--nodes": 4}, "#SBATCH --nodes=4"),
        ({"-p": "normal"}, "#SBATCH --partition=normal"),
        ({"ntasks_per_node": 56}, "#SBATCH --ntasks-per-node=56"),
        ({"-t": "4:00:00"}, "#SBATCH --time=4:00:00"),
        ({"exclusive": True}, "#SBATCH --exclusive"),
        ({"comment": 'a "b" \\ #c'}, '#SBATCH --comment="a \\"b\\" \\\\ #c"'),
        ({"nodelist": "n[1-4]"}, "#SBATCH --nodelist=n[1-4]"),
    ],
)
def test_each_resource_is_one_line(given, line):
    assert directives(normalised(given)) == [line]
    value = next(iter(given.values()))
    if value is not True:
        # sbatch reads its lines with the quotes of a shell.
        assert shlex.split(line.removeprefix("#SBATCH "))[0].partition("=")[2] == str(value)


def test_resources_that_cannot_be():
    with pytest.raises(ConfigError, match=r"job\.log"):
        normalised({"-o": "elsewhere"})
    with pytest.raises(ConfigError, match="not an option"):
        normalised({"no des": 3})
    assert normalised({"exclusive": False, "qos": None}) == {}
    assert parse_resources(["nodes=2", "exclusive", "comment=a=b"]) == {
        "nodes": "2", "exclusive": True, "comment": "a=b",
    }  # fmt: skip


def test_a_user_has_the_last_word_over_the_profile():
    both = merged(
        normalised({"-p": "a", "ntasks-per-node": 8}), normalised({"partition": "b", "n": 3})
    )
    assert both == {"partition": "b", "ntasks": "3"}
    assert tasks_of(both) == 3
    assert tasks_of({"nodes": "4", "ntasks-per-node": "56"}) == 224
    assert tasks_of({"nodes": "2-4"}) is None
    assert tasks_of({}) == 1


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("123\n", ("123", None)),
        ("123;alpha\n", ("123", "alpha")),
        ("Submitted batch job 77\n", ("77", None)),
        ("Submitted batch job 77 on cluster alpha\n", ("77", "alpha")),
        ("Welcome to Alpha, 2026 cores\n---\n123;alpha\n\n", ("123", "alpha")),
        ("123\nYour project has 500 hours left.\n", ("123", None)),
        ("", None),
        ("sbatch: all right\n", None),
    ],
)
def test_what_sbatch_answers(text, found):
    assert parse_submission(text) == found


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("JobId=3 JobState=PENDING Reason=Resources ExitCode=0:0", (JobState.PENDING, "Resources", None)),
        ("JobId=3 JobState=RUNNING Reason=None ExitCode=0:0", (JobState.RUNNING, "", None)),
        ("JobState=COMPLETED Reason=None ExitCode=0:0", (JobState.COMPLETED, "", 0)),
        ("JobState=FAILED Reason=NonZeroExitCode ExitCode=3:0", (JobState.FAILED, "NonZeroExitCode", 3)),
        ("JobState=FAILED Reason=RaisedSignal:9 ExitCode=0:9", (JobState.FAILED, "RaisedSignal:9", 137)),
        ("JobState=TIMEOUT Reason=TimeLimit ExitCode=0:15", (JobState.TIMEOUT, "TimeLimit", 143)),
        ("JobState=OUT_OF_MEMORY Reason=OutOfMemory ExitCode=0:125", (JobState.FAILED, "out of memory", 253)),
        ("JobState=CANCELLED Reason=None ExitCode=0:15", (JobState.CANCELLED, "", 143)),
        ("JobState=CANCELLED Reason=Priority ExitCode=0:0", (JobState.CANCELLED, "Priority", None)),
    ],
)  # fmt: skip
def test_what_scontrol_says(text, answer):
    assert parse_job(text) == Answer(*answer)


def test_nothing_that_scontrol_says_of_a_job_is_nothing():
    assert parse_job("slurm_load_jobs error: Invalid job id specified") is None


@pytest.fixture
def folder(tmp_path):
    made = JobFolder(tmp_path / "o.job")
    made.write(configuration={"a": 1}, script="true\n")
    made.keep_record(Record("5", "slurm", {}, str(tmp_path / "o"), "2026-01-01T00:00:00Z", "here"))
    return made


def look(folder, ask):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(state, "backend_of", lambda record: SimpleNamespace(state=ask))
        return state.look(folder)


def write(folder, **status):
    (folder.path / "status.json").write_text(json.dumps({"version": 1, "signal": None, **status}))


@pytest.mark.parametrize("name", ["__main__.ring", "shapes.make.<locals>.ring", "shapes.<lambda>"])
def test_a_function_that_other_processes_cannot_find_is_refused(tmp_path, name):
    with pytest.raises(BackendError, match="cannot import"):
        JobFolder(tmp_path / "o.job").write(configuration={"area": name}, script="true")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="cannot be written"):
        JobFolder(tmp_path / "file" / "o.job").write(configuration={}, script="true")


def never(record):
    raise AssertionError("nobody needs to be asked")


def silent(record):
    raise BackendError("no answer")


def test_a_job_tells_its_own_end(folder):
    write(folder, state="ended", exit_code=0, started="a", ended="b", host="n1")
    assert look(folder, never).state is JobState.COMPLETED
    write(folder, state="ended", exit_code=3)
    status = look(folder, never)
    assert (status.state, status.exit_code) == (JobState.FAILED, 3)


@pytest.mark.parametrize(
    ("own", "answer", "state"),
    [
        (None, Answer(JobState.PENDING, "Priority"), JobState.PENDING),
        (None, None, JobState.LOST),
        ("running", Answer(JobState.RUNNING), JobState.RUNNING),
        ("running", Answer(JobState.PENDING), JobState.PENDING),  # put back into the queue
        ("running", None, JobState.LOST),
        ("running", Answer(JobState.FAILED, "node fail"), JobState.FAILED),
        ("signal", Answer(JobState.TIMEOUT, "TimeLimit"), JobState.TIMEOUT),
        ("signal", Answer(JobState.CANCELLED), JobState.CANCELLED),
        ("signal", None, JobState.CANCELLED),
        ("signal", Answer(JobState.RUNNING), JobState.RUNNING),  # it may still be put back
        ("signal", Answer(JobState.PENDING, "BeginTime"), JobState.PENDING),  # preempted
    ],
)
def test_where_a_job_cannot_tell_its_end_the_scheduler_does(folder, own, answer, state):
    if own == "running":
        write(folder, state="running", exit_code=None)
    elif own == "signal":
        write(folder, state="ended", exit_code=143, signal="TERM")
    assert look(folder, lambda record: answer).state is state
    if state.final and answer is not None:
        # What is known once stays known when Slurm has forgotten the job, and when the script
        # that was told to end writes only now.
        write(folder, state="ended", exit_code=143, signal="TERM")
        assert look(folder, lambda record: None).state is state


def test_a_scheduler_that_does_not_answer_decides_nothing(folder):
    assert look(folder, silent).state is JobState.UNKNOWN
    write(folder, state="ended", exit_code=143, signal="TERM")
    assert look(folder, silent).state is JobState.CANCELLED


def test_a_job_that_is_put_back_into_the_queue_is_waited_for(folder, monkeypatch):
    asked = []

    def state_of(record):
        asked.append(record.id)
        return Answer(JobState.PENDING, "BeginTime")

    monkeypatch.setattr(state, "backend_of", lambda record: SimpleNamespace(state=state_of))
    write(folder, state="ended", exit_code=143, signal="TERM")
    with pytest.raises(BackendError, match="right now"):
        state.refuse_second(folder)
    asked.clear()
    looks = iter(range(10))

    def sleep(seconds):
        if next(looks) == 9:
            write(folder, state="ended", exit_code=0)

    assert follow(folder, poll=1e6, sleep=sleep).state is JobState.COMPLETED
    assert len(asked) == 1  # not at every look into the folder


def test_a_job_of_which_nobody_tells_is_not_replaced(folder, monkeypatch):
    monkeypatch.setattr(state, "backend_of", lambda record: SimpleNamespace(state=silent))
    with pytest.raises(BackendError, match="may still be making"):
        state.refuse_second(folder)


def test_one_broken_record_hides_no_other_job(tmp_path, monkeypatch, folder):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    for name, content in {"bad": '{"id": 5}', "worse": '{"id": [1', "none": "[]"}.items():
        other = JobFolder(tmp_path / name)
        other.path.mkdir()
        (other.path / "job.json").write_text(content)
        history.remember(other)
    history.remember(folder)
    with pytest.warns(UserWarning, match="a job is left out") as told:
        assert [found.path for found, _ in history.known()] == [folder.path]
    left_out = sorted(str(each.message).partition(" is no record")[0] for each in told)
    assert left_out == [
        f"a job is left out: '{tmp_path / name / 'job.json'}'" for name in ("bad", "none", "worse")
    ]


def test_without_a_home_jobs_are_known_by_their_folders(monkeypatch, folder):
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)

    def unknown(self):
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "expanduser", unknown)
    history.remember(folder)
    assert list(history.known()) == []
    assert history.find(str(folder.path))[0].path == folder.path


def test_variables_that_would_override_what_is_asked_for():
    environment = dict.fromkeys(
        ("SBATCH_TIMELIMIT", "SBATCH_PARTITION", "SLURM_MEM_PER_CPU", "SBATCH_QOS", "PATH"), "5"
    )
    assert overridden({"time", "mem"}, environment) == ["SBATCH_TIMELIMIT", "SLURM_MEM_PER_CPU"]
    assert overridden({"partition", "qos"}, environment) == ["SBATCH_PARTITION", "SBATCH_QOS"]
    assert overridden({"nodes"}, environment) == []
    # Each of them would lead the log elsewhere, or run several jobs of one output.
    ours = ["SBATCH_ARRAY_INX", "SBATCH_ERROR", "SBATCH_JOB_NAME", "SBATCH_OUTPUT", "SBATCH_WAIT"]
    assert overridden(set(), dict.fromkeys(ours, "5")) == ours


@pytest.mark.parametrize(
    "time", ["90", "90:30", "4:00:00", "2-0", "1-12:30", "1-0:0:30", "infinite"]
)
def test_times_as_slurm_reads_them(time):
    assert normalised({"-t": time}) == {"time": time}


@pytest.mark.parametrize("time", ["0", "0:00", "2h", "-5", "foo", "1:2:3:4", "1-", ""])
def test_times_that_slurm_does_not_read(time):
    with pytest.raises(ConfigError, match="time"):
        normalised({"time": time})


def test_a_script_that_was_submitted_again_by_hand_is_asked_for_by_its_new_number(folder):
    write(folder, state="running", exit_code=None, scheduler_id="77")
    asked = []
    look(folder, lambda record: asked.append(record.id))
    assert asked == ["77"]


def test_a_half_written_status_is_none(folder):
    (folder.path / "status.json").write_text('{"state": "end')
    assert look(folder, lambda record: Answer(JobState.RUNNING)).state is JobState.RUNNING


def test_a_failure_has_the_logs_last_lines(folder):
    folder.log.write_text("".join(f"line {n}\n" for n in range(50)))
    write(folder, state="ended", exit_code=9)
    error = failure_of(folder, look(folder, never), what="job 5")
    assert error.exit_code == 4
    assert "job 5 failed (exit code 9)" in error.message
    assert "line 49" in error.message
    assert "line 39" not in error.message


@pytest.mark.parametrize("rank", [0, 3])
def test_whoever_finds_what_all_ranks_meet_writes_it_down_before_it_ends(folder, rank):
    # A launcher that ends all ranks with the first to end may end rank 0 before it has spoken.
    error = BackendError("the communicator says 1", hint="another launcher")
    with pytest.raises(BackendError if rank == 0 else SystemExit):
        raise_reported(error, LaunchEnvironment(4, rank, "srun"), folder)
    said = failure_of(folder, Status(JobState.FAILED), what="job 7")
    assert said.message == "job 7 failed: the communicator says 1"


def test_launchers_are_told_from_the_environment():
    assert launched({}) is None
    assert launched({"OMPI_COMM_WORLD_SIZE": "4", "OMPI_COMM_WORLD_RANK": "2"}).rank == 2
    assert launched({"PMI_SIZE": "1", "PMI_RANK": "0"}).size == 1
    # mpiexec inside a Slurm step of two proxies.
    both = {"PMI_SIZE": "8", "PMI_RANK": "7", "SLURM_STEP_NUM_TASKS": "2", "SLURM_PROCID": "1"}
    assert launched(both).size == 8
    assert launched({"SLURM_STEP_NUM_TASKS": "1", "SLURM_PROCID": "0"}) is None
    # The batch script itself, and salloc's shell: many tasks, no step of them.
    assert launched({"SLURM_NTASKS": "8", "SLURM_PROCID": "0"}) is None
    refuse_copies({"PMI_SIZE": "1", "PMI_RANK": "0"})
    refuse_copies({"PMI_SIZE": "4", "PMI_RANK": "0", "LIVN_ALLOW_COPIES": "1"})


def test_srun_ends_all_ranks_with_one():
    assert "--kill-on-bad-exit=1" in rank_command(["/usr/bin/srun", "--mpi=pmix"], 4)
    assert rank_command(["mpiexec"], 4, ["-x"]) == ["mpiexec", "-n", "4", "-x"]


def test_root_and_more_ranks_than_cores_are_told_to_open_mpi():
    assert mpi_environment(ranks=2, cores=2, root=False) == {}
    assert mpi_environment(ranks=2, cores=2, root=True).keys() == {
        "OMPI_ALLOW_RUN_AS_ROOT", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM",
    }  # fmt: skip
    assert "OMPI_MCA_rmaps_base_oversubscribe" in mpi_environment(ranks=3, cores=2, root=False)


PROFILE = """\
partition: normal
account: neuro
resources: {time: "2:00:00", ntasks-per-node: 56}
modules: [gcc/12, "my mpi"]
prologue: ["export A=1"]
launcher: srun --mpi=pmix
"""


def test_a_profile_gives_what_a_site_needs(tmp_path, monkeypatch):
    profiles = tmp_path / "config" / "livn" / "profiles"
    profiles.mkdir(parents=True)
    (profiles / "alpha.yml").write_text(PROFILE)
    job = resolve({"total_cells": 10}, output=tmp_path / "o")
    backend = registry().create(
        "backend", "slurm", {"profile": "alpha", "resources": {"-N": 2, "-p": "big"}}
    )
    text = backend.describe(job)
    for line in (
        "#SBATCH --partition=big", "#SBATCH --account=neuro", "#SBATCH --time=2:00:00",
        "#SBATCH --nodes=2", "module load gcc/12", "module load 'my mpi'", "export A=1",
        "export LIVN_MPI_RANKS=112", "ranks=(srun --mpi=pmix --kill-on-bad-exit=1 -n 112)",
    ):  # fmt: skip
        assert line in text.splitlines()
    assert sys.executable in text
    wrong = registry().create("backend", "slurm", {"profile": "alfa"})
    with pytest.raises(ConfigError, match="did you mean 'alpha'"):
        wrong.describe(job)
    (profiles / "beta.yml").write_text("partitoin: x\n")
    with pytest.raises(ConfigError, match="did you mean 'partition'"):
        registry().create("backend", "slurm", {"profile": "beta"}).describe(job)
