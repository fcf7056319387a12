"""``python -m livn_cli``: works whichever package owns the ``livn`` script."""

from livn_cli.main import main

main(prog_name="livn")
