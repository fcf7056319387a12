"""Writes a configuration as YAML that reads well and reads back as the same values."""

from __future__ import annotations

import io
import textwrap
from collections.abc import Callable, Mapping
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from livn_core.documents.scalars import scalar

__all__ = ["to_yaml"]


#: Columns of a comment.
_WIDTH = 78


def to_yaml(
    document: Mapping[str, Any], comment: Callable[[tuple[str, ...]], str] | None = None
) -> str:
    """Return a document of plain values as YAML text, keys in their order.

    ``comment`` gives for the path of a key what stands above it as a comment, which may have several
    lines; for the empty path, what stands above all of them.
    """
    yaml = YAML()
    yaml.width = 100
    yaml.representer.add_representer(
        type(None),
        lambda representer, _: representer.represent_scalar("tag:yaml.org,2002:null", "null"),
    )
    stream = io.StringIO()
    node = _node(document)
    if comment is not None:
        if text := comment(()):
            node.yaml_set_start_comment("\n".join(_wrapped(text, 0)))
        _annotate(node, (), comment)
    yaml.dump(node, stream)
    return stream.getvalue()


def _node(value: Any) -> Any:
    if isinstance(value, Mapping):
        node = CommentedMap({_key(key): _node(entry) for key, entry in value.items()})
        if not node:
            node.fa.set_flow_style()
        return node
    if isinstance(value, list | tuple):
        items = CommentedSeq([_node(entry) for entry in value])
        if not any(isinstance(entry, Mapping) for entry in value):
            items.fa.set_flow_style()
        return items
    return _key(value)


def _annotate(node: Any, path: tuple[str, ...], comment: Callable[..., str]) -> None:
    if not isinstance(node, CommentedMap):
        return
    indent = 2 * len(path)
    for key, value in node.items():
        here = (*path, str(key))
        if text := comment(here):
            lines = "\n".join(_wrapped(text, indent))
            node.yaml_set_comment_before_after_key(key, before=lines, indent=indent)
        _annotate(value, here, comment)


def _wrapped(text: str, indent: int) -> list[str]:
    return [
        wrapped
        for line in text.splitlines()
        for wrapped in textwrap.wrap(line, _WIDTH - indent, subsequent_indent="  ")
    ]


def _key(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    plain = value and value.strip() == value and value[0] not in _BEGIN_NUMBERS
    if plain and scalar(value) == value and value.lower() not in _TRUTH_VALUES:
        return value
    return DoubleQuotedScalarString(value)


# YAML 1.1 reads 4:00 as 240 and no as false: what may look like that is quoted.
_BEGIN_NUMBERS = "+-.0123456789"
_TRUTH_VALUES = frozenset({"y", "n", "yes", "no", "on", "off"})
