"""Plugins: found, loaded, looked up, described; functions of a user's own."""
