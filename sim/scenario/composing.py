"""One tree from a scenario file, the files it extends, and the overrides of a run."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from sim.scenario import files
from sim.scenario.messages import Finding, Mark, refuse, shown
from sim.scenario.nodes import DEEPEST, Node, UnreadableError, merge, parse, scalar
from sim.scenario.patterns import fill_patterns

SCHEMA_VERSION = 1
"""The form of scenario files that this version reads."""
MOST_FILES = 64

_FOR_THE_LOADER = ("extends", "schema_version")


class Composer:
    """Reads and merges files, and keeps the faults found on the way.

    `order` lists the files as they were read, the user's own first; `incomplete` tells that one could not be found, so
    that what seems to be missing may stand there.
    """

    def __init__(self) -> None:
        self.findings: list[Finding] = []
        self.order: list[str] = []
        self.incomplete = False
        self._done: dict[Path, Node] = {}
        self._under_way: list[Path] = []

    def compose(
        self,
        path: str | os.PathLike[str],
        overrides: Mapping[str, Any] | None = None,
        overlays: Sequence[str | os.PathLike[str]] = (),
    ) -> Node:
        """The merged tree of the scenario at `path`, overlays and overrides over it.

        ScenarioError if a file cannot be read at all.
        """
        tree = self._named(path)
        for overlay in overlays:
            tree = merge(tree, self._named(overlay))
        for key, value in (overrides or {}).items():
            tree = merge(tree, self._override(key, value))
        return fill_patterns(tree, self.findings)

    def _named(self, path: str | os.PathLike[str]) -> Node:
        """The tree of a file that the user named."""
        name = os.fspath(path)
        try:
            found = files.find(name)
            file = found.parent.resolve() / found.name
            root = files.scenario_root(file.parent)
            files.inside(file, root)
        except (files.RefusedError, OSError) as error:
            self._stop(Mark(name.replace("\0", "\\0")), str(error))
        return self._file(file, root, Mark(files.shown_name(found)))

    def refuse_if_any(self) -> None:
        """Raise ScenarioError with everything found so far, if anything was."""
        if self.findings:
            refuse(self.findings, self.order)

    def _stop(self, mark: Mark, message: str) -> NoReturn:
        self.findings.append(Finding(mark, (), message))
        refuse(self.findings, self.order)

    def _file(self, file: Path, root: Path, named: Mark) -> Node:
        """One file merged over those it extends. `named` is where the file was asked for."""
        if file in self._done:
            return self._done[file]
        name = files.shown_name(file)
        try:
            text = files.read(file)
        except files.RefusedError as error:
            self._stop(named, str(error) if not named.line else f"{name} {error}")
        self.order.append(name)
        try:
            own, findings = parse(text, name)
        except UnreadableError as unreadable:
            self.findings.append(unreadable.finding)
            refuse(self.findings, self.order)
        self.findings += findings
        if own is None:
            self._stop(Mark(name, 1, 1), "the file is empty")
        if own is None or not isinstance(own.value, dict):
            self._stop(Mark(name, 1, 1), "the file must hold a map of keys")
        self._check_version(own)
        self._check_name(own)
        self._under_way.append(file)
        base: Node | None = None
        for word, mark in self._extended_words(own):
            below = self._extend(word, mark, file, root)
            base = below if base is None else merge(base, below)
        self._under_way.pop()
        merged = merge(base, own)
        self._done[file] = merged
        return merged

    def _extend(self, word: str, mark: Mark, file: Path, root: Path) -> Node:
        nothing = Node({}, mark)
        try:
            below = files.extended(word, file, root)
            files.inside(below, root)
        except (files.RefusedError, OSError) as error:
            self._note(mark, str(error))
            return nothing
        if below in self._under_way:
            chain = " -> ".join(files.shown_name(part) for part in [*self._under_way, below])
            self._note(mark, f"extends loop: {chain}")
            return nothing
        if len(self.order) >= MOST_FILES:
            self._stop(mark, f"more than {MOST_FILES} files extend one another")
        own_root = root if below.is_relative_to(root) else files.scenario_root(below.parent)
        return self._file(below, own_root, mark)

    def _extended_words(self, own: Node) -> list[tuple[str, Mark]]:
        """Take `extends` out of the file's own map: the files it names, in order."""
        if not isinstance(own.value, dict) or (given := own.value.pop("extends", None)) is None or given.broken:
            return []
        nodes = given.value if isinstance(given.value, list) else [given]
        if any(not isinstance(node.value, str) for node in nodes) or not nodes:
            self._note(given.mark, "must be the path of a scenario file, or a list of such paths")
            return []
        return [(str(node.value), node.mark) for node in nodes]

    def _note(self, mark: Mark, message: str) -> None:
        self.incomplete = True
        self.findings.append(Finding(mark, ("extends",), message))

    def _check_version(self, own: Node) -> None:
        node = own.value.get("schema_version") if isinstance(own.value, dict) else None
        if node is None:
            message = f"missing: every scenario file says 'schema_version: {SCHEMA_VERSION}'"
        elif node.broken or (type(node.value) is int and node.value == SCHEMA_VERSION):
            return
        else:
            message = f"this version of sim reads schema_version {SCHEMA_VERSION}, not {shown(node.plain())}"
        self.findings.append(Finding(node.mark if node else own.mark, ("schema_version",), message))

    def _check_name(self, own: Node) -> None:
        node = own.value.get("name") if isinstance(own.value, dict) else None
        if node is not None and isinstance(node.value, str) and not files.NAME.fullmatch(node.value):
            message = f"{shown(node.value)} is no name for a scenario: {files.NAME_RULE}"
            self.findings.append(Finding(node.mark, ("name",), message))

    def _override(self, key: str, value: Any) -> Node:
        """The patch of one override, `a.b.c` = value; a text is read as YAML, as it would be in a file."""
        key = str(key).encode(errors="replace").decode()
        mark = Mark(f"override {key}")
        path = tuple(key.split("."))
        if not all(path) or path[0] in _FOR_THE_LOADER:
            what = "cannot be overridden" if all(path) else "an override is named by keys with dots between: a.b.c"
            self.findings.append(Finding(mark, (), what))
            return Node({}, mark)
        patch = self._value(value, mark)
        if isinstance(patch.value, str):
            patch = self._text(patch.value, mark)
        if path == ("name",):
            self._check_name(Node({"name": patch}, mark))
        for part in reversed(path):
            patch = Node({part: patch}, mark)
        return patch

    def _text(self, text: str, mark: Mark) -> Node:
        try:
            node, findings = parse(text, mark.file)
        except UnreadableError as unreadable:
            node, findings = None, [unreadable.finding]
        if findings:
            self.findings += [Finding(mark, (), found.message) for found in findings]
            return Node(None, mark, broken=True)
        return _marked(node, mark) if node is not None else Node(None, mark)

    def _value(self, value: Any, mark: Mark, depth: int = 0) -> Node:
        """A Python value as a tree, under the same limits as a file."""
        if depth > DEEPEST:
            self.findings.append(Finding(mark, (), f"more than {DEEPEST} levels of nesting"))
        elif isinstance(value, Mapping):
            return Node({str(key): self._value(item, mark, depth + 1) for key, item in value.items()}, mark)
        elif isinstance(value, list | tuple):
            return Node([self._value(item, mark, depth + 1) for item in value], mark)
        elif isinstance(value, datetime | date):
            return Node(value.isoformat(), mark)
        elif value is None or isinstance(value, bool):
            return Node(value, mark)
        elif isinstance(value, str):
            return self._checked_text(value, mark)
        elif isinstance(value, int | float):
            return self._number(value, mark)
        else:
            self.findings.append(Finding(mark, (), f"cannot take a value of type {type(value).__name__}"))
        return Node(None, mark, broken=True)

    def _checked_text(self, text: str, mark: Mark) -> Node:
        try:
            text.encode()
        except UnicodeEncodeError:
            self.findings.append(Finding(mark, (), "holds half a character (a lone surrogate)"))
            return Node(None, mark, broken=True)
        return Node(text, mark)

    def _number(self, value: int | float, mark: Mark) -> Node:
        # Written out and read again, so that a number from Python passes the limits a number in a file passes.
        try:
            text = str(int(value)) if isinstance(value, int) else repr(float(value))
            number = scalar("." + text if text in ("inf", "nan") else text.replace("-inf", "-.inf"))
        except ValueError as error:
            self.findings.append(Finding(mark, (), str(error)))
            return Node(None, mark, broken=True)
        return Node(number, mark)


def _marked(node: Node, mark: Mark) -> Node:
    """The same tree with one mark everywhere: an override has no lines."""
    if isinstance(node.value, dict):
        return Node({key: _marked(below, mark) for key, below in node.value.items()}, mark)
    if isinstance(node.value, list):
        return Node([_marked(below, mark) for below in node.value], mark)
    return Node(node.value, mark)
