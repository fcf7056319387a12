"""What a terminal shows while something takes long, and that nothing else is shown it."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

pty = pytest.importorskip("pty", reason="this system has no pseudo-terminals")

#: Carriage return, clear the line; up, clear the line: how bars are drawn again.
CLEAR = "\x1b[2K"
CODES = re.compile(r"\x1b\[[\d;?]*[A-Za-z]|\r")


def on_terminal(*words: object) -> tuple[str, str]:
    """Run livn with a terminal as stderr; returns stdout and all that the terminal was sent."""
    ours, theirs = pty.openpty()
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "COLUMNS", "LINES")}
    running = subprocess.Popen(
        [sys.executable, "-m", "livn_cli", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=theirs,
        env={**environment, "TERM": "xterm", "COLUMNS": "80", "LINES": "24"},
    )
    os.close(theirs)
    sent = []
    # Linux says with an error that nobody has the terminal open any more, others with an end.
    while True:
        try:
            chunk = os.read(ours, 65_536)
        except OSError:
            break
        if not chunk:
            break
        sent.append(chunk)
    os.close(ours)
    out = running.communicate()[0].decode()
    assert running.returncode == 0, b"".join(sent)
    return out, b"".join(sent).decode()


def last_frame(sent: str) -> list[str]:
    """What stood on the terminal at last, before it was taken away."""
    shown, _, after = sent.rpartition("\x1b[?25h")
    # Every line that was drawn is cleared, and the cursor is seen again.
    frame = shown.rpartition(CLEAR)[2]
    lines = [line for line in CODES.sub("", frame).split("\n") if line]
    assert after.count(CLEAR) >= len(lines)
    assert not CODES.sub("", after)
    return lines


@pytest.mark.parametrize(
    ("words", "phases"),
    [
        (("export", "{}", "--format", "csv"), ["exporting cells", "exporting connections"]),
        (("verify", "{}"), ["checking files", "checking positions", "checking edges onto EXC",
                            "checking edges onto INH", "checking distances",
                            "computing the checksum"]),
    ],
)  # fmt: skip
def test_bars_tell_each_phase_and_leave_nothing(generated, tmp_path, words, phases):
    words = [word.format(generated) for word in words]
    if words[0] == "export":
        words += ["-o", tmp_path / "out"]
    out, sent = on_terminal(*words)
    lines = last_frame(sent)
    assert [line.split("━")[0].strip() for line in lines] == phases
    # Those before the last are whole, those without a known end, too.
    assert all("100%" in line for line in lines[:-1])
    assert all(len(line) <= 80 for line in lines)
    assert "\x1b" not in out
    assert out.endswith("\n")
    assert "━" not in out


@pytest.mark.parametrize("quiet", [("-q",), ("--json",)])
def test_no_bar_where_none_is_wanted(generated, quiet):
    assert on_terminal("verify", generated, *quiet)[1] == ""


@pytest.mark.parametrize("command", ["export", "verify"])
def test_no_bar_where_stderr_is_no_terminal(generated, tmp_path, command):
    words = ["--format", "csv", "-o", tmp_path / "out"] if command == "export" else []
    ran = subprocess.run(
        [sys.executable, "-m", "livn_cli", command, str(generated), *map(str, words)],
        capture_output=True, text=True, check=True,
        env={**os.environ, "TERM": "xterm", "FORCE_COLOR": "1"},
    )  # fmt: skip
    assert "\x1b" not in ran.stderr
    assert "━" not in ran.stderr
    assert "%" not in ran.stderr
