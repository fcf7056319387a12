"""The page on configuration says what the models say."""

import re
import runpy
from pathlib import Path

import pytest

from livn_core.culture.validation import validate
from livn_core.documents.document import load_document

DOCS = Path(__file__).parents[2] / "docs"
PAGE = DOCS / "configuration.md"


def test_the_tables_are_those_of_the_models():
    refreshed = runpy.run_path(str(DOCS / "tables.py"))["refreshed"]
    text = PAGE.read_text(encoding="utf-8")
    assert refreshed(text) == text, "run: python docs/tables.py"


@pytest.mark.parametrize(
    "block", re.findall(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
)
def test_the_examples_are_valid(block, tmp_path):
    (tmp_path / "example.yml").write_text(block)
    assert validate(load_document(tmp_path / "example.yml")).counts()
