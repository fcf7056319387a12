"""Configurations: documents with file and line, strict models, overrides, what ships."""
