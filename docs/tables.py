"""Writes the tables of the documentation from the models: ``python docs/tables.py``.

A test runs :func:`refreshed` and fails when a page is not what it would write.
"""

import re
from pathlib import Path

from pydantic_core import PydanticUndefined

from livn_core.culture.config import Culture2DConfig
from livn_core.culture.parts import ConnectivityConfig, PopulationConfig
from livn_core.documents.write import to_yaml
from livn_core.study.request import Request

PAGE = Path(__file__).parent / "configuration.md"
MODELS = {
    "culture": Culture2DConfig,
    "population": PopulationConfig,
    "connectivity": ConnectivityConfig,
    "study": Request,
}
#: Defaults that the text of the key states, because they depend on other keys.
DEPENDENT = {
    ("culture", "populations"),
    ("culture", "population_definitions"),
    ("culture", "connectivity"),
    ("population", "synapse_type"),
    ("population", "transmitter"),
    ("population", "soma_only"),
}


def table(name, model):
    """Return the Markdown table of a model's keys."""
    lines = ["| key | default | meaning |", "|---|---|---|"]
    for key, info in model.model_fields.items():
        default = info.get_default(call_default_factory=True)
        if (name, key) in DEPENDENT or default is PydanticUndefined:
            shown = ""
        else:
            default = list(default) if isinstance(default, tuple) else default
            shown = f"`{to_yaml({'x': default})[3:].strip()}`"
        meaning = (info.description or "").replace("|", "\\|")
        lines.append(f"| `{key}` | {shown} | {meaning} |")
    return "\n".join(lines)


def refreshed(text):
    """Return the page with its tables as the models have them."""
    for name, model in MODELS.items():
        begin, end = f"<!-- table: {name} -->", "<!-- end -->"
        pattern = re.compile(f"{re.escape(begin)}.*?{re.escape(end)}", re.DOTALL)
        block = f"{begin}\n{table(name, model)}\n{end}"
        text, found = pattern.subn(lambda _match, block=block: block, text)
        if found != 1:
            raise SystemExit(f"{PAGE}: {begin} is there {found} times")
    return text


if __name__ == "__main__":
    PAGE.write_text(refreshed(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
