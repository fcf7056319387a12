"""Jobs that run elsewhere: their folder, their script, how they are going, and where they are known."""
