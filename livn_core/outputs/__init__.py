"""Write outputs: refuse what is there, work under another name beside it, rename it when whole.

A directory is made in a :class:`Workplace`, a file with :func:`write_file` or :func:`new_file`.
"""

from livn_core.outputs.digests import file_digest, files_in
from livn_core.outputs.files import new_file, write_file
from livn_core.outputs.refusals import (
    check_file,
    check_output,
    refuse_existing,
    saying_file_errors,
    saying_output_errors,
)
from livn_core.outputs.workplace import Workplace, remove_leftovers

__all__ = [
    "Workplace",
    "check_file",
    "check_output",
    "file_digest",
    "files_in",
    "new_file",
    "refuse_existing",
    "remove_leftovers",
    "saying_file_errors",
    "saying_output_errors",
    "write_file",
]
