import ast
import re
from pathlib import Path

import livn_core
from livn_core.testing import CommandContract


class TestMeasure(CommandContract):
    name = "measure"
    examples = [
        ["{system}"],
        ["{system}", "--module", "middle", "--sources", "5", "--bins", "3", "--seed", "2"],
    ]


def test_the_documented_interface_suffices():
    """The package imports what the pages for plugin authors name, and nothing else of ours."""
    package = Path(__file__).parents[1]
    documented = set(livn_core.__all__)
    page = package.parents[1] / "docs" / "reference" / "python.md"
    documented |= set(re.findall(r"^::: livn_core\.(\S+)$", page.read_text(), re.MULTILINE))
    used = set()
    for file in (package / "livn_measures").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text())):
            if isinstance(node, ast.Import):
                used |= {alias.name for alias in node.names}
            elif isinstance(node, ast.ImportFrom):
                used |= {f"{node.module}.{alias.name}" for alias in node.names}
    ours = {name.removeprefix("livn_core.") for name in used if name.startswith("livn_")}
    ours = {name for name in ours if not name.startswith("livn_measures.")}
    assert ours
    assert ours <= documented
