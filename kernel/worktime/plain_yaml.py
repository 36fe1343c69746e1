"""YAML as people mean it when they write dates, hours and the word `off`, with the line of every value.

YAML 1.1, which PyYAML reads by default, makes the key `off` the value False, `14:00` the number 840 and an
impossible date an exception without a name. Here only null, true, false and whole numbers are more than text,
and a key that stands twice is refused instead of silently losing its first value.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

import yaml

try:
    from yaml import CSafeLoader as _SafeLoader  # ten times faster; the years are read at every start
except ImportError:  # pragma: no cover - a PyYAML that was built without libyaml
    from yaml import SafeLoader as _SafeLoader  # type: ignore[assignment]

_DEEPEST = 20
_TAG = "tag:yaml.org,2002:"


class NotYaml(ValueError):
    """The text is no YAML that we read; `line` counts from 1.

    `code`: `not_yaml`, `twice` (a key), `not_a_key` (no text), `alias` (a collection by reference, which
    could be nested until it fills the memory).
    """

    def __init__(self, line: int, code: str = "not_yaml") -> None:
        super().__init__(f"line {line}: {code}")
        self.line = line
        self.code = code


class Document(NamedTuple):
    """What a text holds, and the line (from 1) at which each value or its key stands, by path."""

    value: Any
    lines: dict[tuple[str | int, ...], int]


class PlainLoader(_SafeLoader):
    """A safe loader with the few implicit types of this module; everything else stays text."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012 - PyYAML's own class-level registry


PlainLoader.add_implicit_resolver(f"{_TAG}null", re.compile(r"(?:~|null|)\Z"), ["~", "n", ""])
PlainLoader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"(?:true|false)\Z"), ["t", "f"])
PlainLoader.add_implicit_resolver(f"{_TAG}int", re.compile(r"-?(?:0|[1-9]\d{0,17})\Z"), list("-0123456789"))


def read(text: str) -> Document:
    """The one document of this text (None for an empty one); `NotYaml`."""
    reading = _Reading()
    try:
        _refuse_traps(text)
        loader = PlainLoader(text)
        node = loader.get_single_node()
        value = None if node is None else reading.value(loader, node, ())
    except yaml.MarkedYAMLError as error:
        raise NotYaml(error.problem_mark.line + 1 if error.problem_mark else 1) from error
    except (yaml.YAMLError, UnicodeEncodeError) as error:
        raise NotYaml(1) from error
    return Document(value, reading.lines)


def _refuse_traps(text: str) -> None:
    # libyaml composes by recursion in C: ten thousand opening brackets end the whole process, not the call.
    # And PyYAML believes a tag that is written out: `!!int ""` is an IndexError, `!!bool x` a KeyError.
    depth = 0
    for event in yaml.parse(text, Loader=PlainLoader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if depth > _DEEPEST or getattr(event, "tag", None) is not None:
            mark = event.start_mark
            raise NotYaml(mark.line + 1 if mark else 1)


class _Reading:
    """One walk over the nodes of a text."""

    def __init__(self) -> None:
        self.lines: dict[tuple[str | int, ...], int] = {}
        self._collections: set[int] = set()

    def value(self, loader: PlainLoader, node: yaml.Node, path: tuple[str | int, ...]) -> Any:
        line = self.lines.setdefault(path, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return loader.construct_object(node)
        if id(node) in self._collections:
            raise NotYaml(line, "alias")
        self._collections.add(id(node))
        if isinstance(node, yaml.SequenceNode):
            return [self.value(loader, item, (*path, index)) for index, item in enumerate(node.value)]
        return self._mapping(loader, node, path)

    def _mapping(self, loader: PlainLoader, node: yaml.Node, path: tuple[str | int, ...]) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for key, item in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode) or key.tag != f"{_TAG}str":
                raise NotYaml(line, "not_a_key")
            if key.value in mapping:
                raise NotYaml(line, "twice")
            self.lines[(*path, key.value)] = line
            mapping[key.value] = self.value(loader, item, (*path, key.value))
        return mapping
