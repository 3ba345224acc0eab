"""Patterns: what many entries of a map have in common is written once.

`patterns.originators.consumer_finance` holds what its entries share; an entry of `originators` that says `like:
consumer_finance` begins with it, its own values on top (merged as an extended file is). A pattern may itself be like
another. Every value keeps the place where it was written, and `patterns` is no part of the scenario that comes out.
"""

from __future__ import annotations

from difflib import get_close_matches

from sim.scenario.messages import Finding
from sim.scenario.nodes import Node, merge

WORD = "patterns"
LIKE = "like"
MISSPELT = 0.85
"""Likeness of two words from which one is taken for the other misspelt."""


def fill_patterns(tree: Node, findings: list[Finding]) -> Node:
    """The tree without `patterns`, every `like` carried out; faults are added to `findings`."""
    if not isinstance(tree.value, dict):
        return tree
    rooms = tree.value.get(WORD)
    patterns = rooms.value if rooms is not None and isinstance(rooms.value, dict) else {}
    if rooms is not None and not isinstance(rooms.value, dict):
        findings.append(Finding(rooms.mark, (WORD,), "must be a map of maps: patterns.originators.name"))
    for room, node in patterns.items():
        # A world may hold patterns of a block that a scenario does without; one that is nearly a block is misspelt.
        near = [] if room in tree.value else get_close_matches(room, tree.value, 1, MISSPELT)
        if near:
            told = f"there is no block '{room}'; did you mean '{near[0]}'?"
            findings.append(Finding(node.mark, (WORD, room), told))
    filled = {
        room: _filled_room(room, node, patterns.get(room), findings)
        for room, node in tree.value.items()
        if room != WORD
    }
    return Node(filled, tree.mark)


def _filled_room(room: str, node: Node, patterns: Node | None, findings: list[Finding]) -> Node:
    if not isinstance(node.value, dict):
        return node
    known = patterns.value if patterns is not None and isinstance(patterns.value, dict) else {}
    for name, pattern in known.items():
        if not isinstance(pattern.value, dict):
            findings.append(Finding(pattern.mark, (WORD, room, name), "must be a map of what its entries share"))
    entries = {name: _filled(entry, (room, name), known, (), findings) for name, entry in node.value.items()}
    return Node(entries, node.mark)


def _filled(
    entry: Node, path: tuple[str, str], known: dict[str, Node], above: tuple[str, ...], findings: list[Finding]
) -> Node:
    """An entry over the pattern it is like, and that over its own."""
    if not isinstance(entry.value, dict) or (like := entry.value.get(LIKE)) is None:
        return entry
    own = Node({key: below for key, below in entry.value.items() if key != LIKE}, entry.mark)
    if like.broken:
        return own
    if not isinstance(like.value, str) or like.value not in known:
        there = ", ".join(sorted(known)) or f"none (write patterns.{path[0]})"
        findings.append(Finding(like.mark, (*path, LIKE), f"'{like.plain()}' is no pattern here; there are: {there}"))
        return own
    if like.value in above:
        circle = " -> ".join((*above, like.value))
        findings.append(Finding(like.mark, (*path, LIKE), f"patterns go in a circle: {circle}"))
        return own
    return merge(_filled(known[like.value], path, known, (*above, like.value), findings), own)
