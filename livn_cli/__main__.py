"""``python -m livn_cli``: works whichever package owns the ``livn`` script."""

from livn_cli import start

start("livn")
