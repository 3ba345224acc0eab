"""A YAML text as a tree of values that remember where they were written.

Scenario files use a plain part of YAML: maps, lists and scalars. Whatever can hide, repeat or execute something
(anchors, aliases, tags, merge keys, several documents) is refused. Scalars are read by the rules below and no others:
``yes``, ``off`` and ``12:30`` are texts, ``2017-06-01`` is a text that the scenario's model turns into a date, and
``1_000_000`` is a number.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from sim.scenario.messages import Finding, Mark, Path, shown

DEEPEST = 40
"""Levels of maps and lists within each other."""
MOST_EVENTS = 100_000
"""Scalars, and beginnings and ends of maps and lists, in one file."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9_]*)")
_FLOAT = re.compile(r"[-+]?([0-9][0-9_]*(\.[0-9_]*)?|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_OTHER_NUMBER = re.compile(r"[-+]?0[0-9_]+")
_WORDS: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class UnreadableError(Exception):
    """The text cannot be read any further; `finding` says why and where."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(str(finding))
        self.finding = finding


@dataclass(frozen=True, slots=True)
class Node:
    """A value and the place where it was written: that of its key, or of itself in a list.

    A broken node stands where something was refused, so that the rest of the file can still be checked.
    """

    value: dict[str, Node] | list[Node] | str | int | float | bool | None
    mark: Mark
    broken: bool = False

    def plain(self) -> Any:
        """The value without marks, as dicts, lists and scalars."""
        if isinstance(self.value, dict):
            return {key: node.plain() for key, node in self.value.items()}
        if isinstance(self.value, list):
            return [node.plain() for node in self.value]
        return self.value

    def children(self) -> Iterator[tuple[str, Node]]:
        """Keys (or item numbers) and nodes one level down."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from ((str(number), node) for number, node in enumerate(self.value))

    def leaves(self, path: Path = ()) -> Iterator[tuple[Path, Node]]:
        """Every scalar, empty map and empty list below, with its path."""
        empty = True
        for key, node in self.children():
            empty = False
            yield from node.leaves((*path, key))
        if empty:
            yield path, self

    def nearest(self, path: Path) -> tuple[Node, int]:
        """The node at this path, or the last one that exists on the way to it, and how many keys lead there."""
        node = self
        for depth, key in enumerate(path):
            below = dict(node.children()).get(key)
            if below is None:
                return node, depth
            node = below
        return node, len(path)


def merge(base: Node | None, patch: Node) -> Node:
    """`base` with `patch` laid over it as a JSON merge patch (RFC 7396): maps merge, null deletes, the rest replaces.

    A null with nothing to delete is kept, so that the model can say whether that key exists at all.
    """
    if not isinstance(patch.value, dict):
        return patch
    items = dict(base.value) if base is not None and isinstance(base.value, dict) else {}
    for key, node in patch.value.items():
        if node.value is None and not node.broken and key in items:
            del items[key]
        else:
            items[key] = merge(items.get(key), node)
    return replace(patch, value=items)


def scalar(text: str) -> str | int | float | bool | None:
    """The value of a plain (unquoted) scalar; ValueError if it is a number that cannot be held exactly or at all."""
    if text in _WORDS:
        return _WORDS[text]
    if _OTHER_NUMBER.fullmatch(text):
        return text
    if _NOT_FINITE.fullmatch(text):
        raise ValueError(f"{text} is not a finite number")
    if _INTEGER.fullmatch(text):
        digits = text.replace("_", "")
        if len(digits) > 20 or not -(2**63) <= int(digits) < 2**63:
            raise ValueError(f"{shown(text)} does not fit into 64 bits")
        return int(digits)
    if _FLOAT.fullmatch(text):
        number = float(text.replace("_", ""))
        if not math.isfinite(number):
            raise ValueError(f"{shown(text)} is too large for a number")
        return number
    return text


def parse(text: str, file: str) -> tuple[Node | None, list[Finding]]:
    """The tree of a YAML text (None if it holds no value) and the faults that leave the rest readable.

    Raises UnreadableError at a syntax error or when a limit is passed.
    """
    builder = _Builder(file)
    try:
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        where = Mark(file, mark.line + 1, mark.column + 1) if mark is not None else Mark(file, 1, 1)
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "unreadable text"
        raise UnreadableError(Finding(where, builder.path(), f"not valid YAML: {problem}")) from error
    return builder.root, builder.findings


@dataclass(slots=True)
class _Open:
    """A map or list that is still being read."""

    node: Node
    key: str | None = None
    key_mark: Mark | None = None


@dataclass(slots=True)
class _Builder:
    """Builds the tree from parser events, noting what is refused."""

    file: str
    root: Node | None = None
    findings: list[Finding] = field(default_factory=list)
    _open: list[_Open] = field(default_factory=list)
    _events: int = 0
    _documents: int = 0

    def path(self) -> Path:
        keys = []
        for opened in self._open:
            if isinstance(opened.node.value, list):
                keys.append(str(len(opened.node.value)))
            elif opened.key is not None:
                keys.append(opened.key)
        return tuple(keys)

    def take(self, event: Any) -> None:
        mark = Mark(self.file, event.start_mark.line + 1, event.start_mark.column + 1)
        self._events += 1
        if self._events > MOST_EVENTS:
            raise UnreadableError(Finding(mark, (), f"more than {MOST_EVENTS:,} values: split the file"))
        if isinstance(event, yaml.DocumentStartEvent):
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError(Finding(mark, (), "a second YAML document: a scenario file holds one"))
            if event.version or event.tags:
                self._note(mark, "YAML directives (%) are not allowed")
        elif isinstance(event, yaml.AliasEvent):
            self._note(mark, f"YAML aliases (*{event.anchor}) are not allowed: write the value out, or use extends")
            self._place(Node(None, mark, broken=True))
        elif isinstance(event, yaml.ScalarEvent):
            self._place(self._scalar(event, mark))
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._begin(event, mark)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._place(self._open.pop().node)

    def _note(self, mark: Mark, message: str) -> None:
        self.findings.append(Finding(mark, self.path(), message))

    def _begin(self, event: Any, mark: Mark) -> None:
        if len(self._open) >= DEEPEST:
            raise UnreadableError(Finding(mark, self.path()[:4], f"more than {DEEPEST} levels of nesting"))
        broken = self._hidden(event, mark)
        value: dict[str, Node] | list[Node] = {} if isinstance(event, yaml.MappingStartEvent) else []
        self._open.append(_Open(Node(value, mark, broken)))

    def _hidden(self, event: Any, mark: Mark) -> bool:
        """Note an anchor or a tag; True if the value can no longer be taken at its word."""
        if event.anchor is not None:
            self._note(mark, f"YAML anchors (&{event.anchor}) are not allowed")
        if event.tag is not None:
            self._note(mark, f"YAML tags ({shown(event.tag)}) are not allowed")
        return event.tag is not None

    def _scalar(self, event: Any, mark: Mark) -> Node:
        broken = self._hidden(event, mark)
        try:
            event.value.encode()
        except UnicodeEncodeError:
            self._note(mark, "holds half a character (a lone surrogate)")
            return Node("", mark, broken=True)
        key_awaited = self._open and isinstance(self._open[-1].node.value, dict) and self._open[-1].key is None
        if broken or key_awaited or not event.implicit[0]:
            if key_awaited and event.value == "<<" and event.implicit[0]:
                self._note(mark, "merge keys (<<) are not allowed: use extends")
                return Node(event.value, mark, broken=True)
            return Node(event.value, mark, broken and not key_awaited)
        try:
            return Node(scalar(event.value), mark)
        except ValueError as error:
            self._note(mark, str(error))
            return Node(None, mark, broken=True)

    def _place(self, node: Node) -> None:
        """Put a finished value where it belongs: at the top, in a list, as a key, or under the key before it."""
        if not self._open:
            self.root = node
            return
        parent = self._open[-1]
        if isinstance(parent.node.value, list):
            parent.node.value.append(node)
        elif parent.key is None:
            self._take_key(parent, node)
        else:
            self._take_value(parent, node)

    def _take_key(self, parent: _Open, node: Node) -> None:
        if isinstance(node.value, str) and node.value and not node.broken:
            parent.key = node.value
        else:
            if not node.broken:
                self._note(node.mark, "a key must be a plain name")
            parent.key = ""
        parent.key_mark = node.mark

    def _take_value(self, parent: _Open, node: Node) -> None:
        items, key, mark = parent.node.value, parent.key, parent.key_mark
        if not isinstance(items, dict) or key is None or mark is None:
            raise TypeError("a value was placed under no key")
        if key in items:
            self._note(mark, f"key {shown(key)} given twice (first at line {items[key].mark.line})")
        elif key:
            items[key] = replace(node, mark=mark)
        parent.key = None
