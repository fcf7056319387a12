"""Documents: from text to mappings that know their lines, and what can be wrong with them."""
