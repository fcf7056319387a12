"""The command line: parse, call one library function, render."""

import signal

__all__ = ["start"]


def start(name: str | None = None) -> None:
    """Run the command line. Ctrl-C before it is there to answer just ends the process."""
    handler = signal.getsignal(signal.SIGINT)
    if handler is signal.default_int_handler:  # not where it is ignored, behind a script's "&"
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from livn_cli.main import main

    signal.signal(signal.SIGINT, handler)
    main(prog_name=name)
