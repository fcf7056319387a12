"""Running a program: blocks on threads and ranks, a spool, the files, their digest, the record."""
