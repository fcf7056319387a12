"""The command line starts at once, and knows what it offers."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys

import pytest

HEAVY = ("numpy", "scipy", "h5py", "mpi4py", "matplotlib", "numba", "pydantic", "rich", "ruamel")


def run_python(code: str, root) -> str:
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root
    )
    return done.stdout


@pytest.mark.parametrize("words", [["--help"], ["version"], ["plugins", "list"], ["inspect", "-h"]])
def test_no_heavy_import_on_the_way_to_help(root, words):
    code = (
        "import sys\n"
        "from livn_cli.main import main\n"
        f"try: main({words!r})\n"
        "except SystemExit: pass\n"
        f"print('HEAVY', *[m for m in {HEAVY!r} if m in sys.modules])"
    )
    loaded = set(run_python(code, root).splitlines()[-1].split()[1:])
    assert loaded == set()


def test_help_imports_no_command(root):
    """What it shows are descriptors; the folder has no command that they leave out."""
    from livn_cli.commands import livn_commands

    code = (
        "import sys\n"
        "from livn_cli.main import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "print('COMMANDS', *[m for m in sys.modules if m.startswith('livn_cli.commands.')])"
    )
    *shown, loaded = run_python(code, root).splitlines()
    assert loaded.split()[1:] == []
    listed = [tuple(line.strip().split("  ", 1)) for line in shown if line.startswith("  ")]
    told = {name: text.strip() for name, text in (row for row in listed if len(row) == 2)}
    folder = {path.stem for path in (root / "livn_cli" / "commands").glob("[!_]*.py")}
    assert {command.name for command in livn_commands()} == folder
    for command in livn_commands():
        assert command.target == f"livn_cli.commands.{command.name}:command"
        assert told[command.name] == command.summary


def least_work(words, root) -> float:
    """Return the seconds that a process needs of a core: waiting for one does not count."""
    seconds = []
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, *words], check=True, capture_output=True, cwd=root)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return min(seconds)


def test_help_costs_little_more_than_click(root):
    """As a ratio of work, so that a busy machine measures the same."""
    # Measured: 1.6 to 1.9 times.
    assert least_work(["-m", "livn_cli", "--help"], root) < 3 * least_work(
        ["-c", "import click, pluggy"], root
    )


def test_bare_command_prints_help(livn):
    assert "Build:" in livn().err + livn().out


def test_unknown_command_suggests(livn):
    ran = livn("generat")
    assert ran.code == 2
    assert "generate" in ran.err


def test_both_scripts_and_the_module_are_declared(root):
    import tomllib

    scripts = tomllib.loads((root / "pyproject.toml").read_text())["project"]["scripts"]
    assert scripts["livn"] == scripts["livn-cli"] == "livn_cli:start"


def test_version_lists_the_libraries(livn):
    ran = livn("version")
    assert ran.code == 0
    assert "livn-core" in ran.out
    assert "numpy" in ran.out


def test_too_little_memory_is_no_bug_of_ours(livn_here, monkeypatch):
    def full(*args, **kwargs):
        raise MemoryError("Unable to allocate 128. MiB")

    import livn_core.api  # noqa: F401 - or it would be imported below, and keep what is patched

    monkeypatch.setattr("livn_core.execute.resolve", full)
    ran = livn_here("generate", "--total-cells", "100")
    assert ran.code == 4
    assert "not enough memory: Unable to allocate 128. MiB" in ran.err
    assert "bug" not in ran.err


def test_a_reader_that_goes_away_is_no_error(root):
    with subprocess.Popen(
        [sys.executable, "-m", "livn_cli", "version", "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=root,
    ) as process:
        process.stdout.close()
        assert process.stderr.read() == b""


def test_what_comes_next_carries_the_name_that_was_called(root, tmp_path):
    """After the simulator took the name 'livn', a hint to type it would lead elsewhere."""
    code = "import sys; from livn_cli.main import main; sys.argv[0] = sys.argv.pop(1); main()"

    def said(name, *words):
        done = subprocess.run(
            [sys.executable, "-c", code, name, *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=tmp_path,
            env={**os.environ, "PYTHONPATH": str(root)},
        )
        return done.stdout + done.stderr

    made = said("/a/bin/livn-cli", "generate", "--area", "disk", "--total-cells", "60")
    assert "Add electrodes: livn-cli mea system" in made
    assert "'livn-cli generate' makes one" in said("/a/bin/livn-cli", "inspect", "absent")
    assert "'livn generate' makes one" in said("/a/bin/livn", "inspect", "absent")


def test_interrupted_before_it_is_there_to_answer(root):
    """No traceback of half-imported modules; and what ignores interruptions goes on doing so."""
    code = (
        "import os, signal, sys\n"
        "from importlib.abc import MetaPathFinder\n"
        "class Interrupts(MetaPathFinder):\n"
        "    def find_spec(self, name, path, target=None):\n"
        "        if name == 'livn_cli.main':\n"
        "            os.kill(os.getpid(), signal.SIGINT)\n"
        "sys.meta_path.insert(0, Interrupts())\n"
        "sys.argv = ['livn', '--version']\n"
        "from livn_cli import start\n"
        "start()\n"
    )
    told = {"capture_output": True, "text": True, "cwd": root}
    # What is started in the background of a script ignores it from the beginning.
    heeding = f"import signal\nsignal.signal(signal.SIGINT, signal.default_int_handler)\n{code}"
    ended = subprocess.run([sys.executable, "-c", heeding], check=False, **told)
    assert (ended.returncode, ended.stderr) == (-signal.SIGINT, "")
    ignoring = f"import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n{code}"
    ended = subprocess.run([sys.executable, "-c", ignoring], check=False, **told)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("livn ")
