"""How a fault in a scenario is told: where it stands, what is wrong, and what was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, NoReturn

from pydantic_core import PydanticCustomError

from sim.errors import ScenarioError

Path = tuple[str, ...]
"""The keys that lead to a value, from the top of the scenario; items of a list by their number, from 0."""

MOST_NAMES = 100
"""Names that would have done are told up to this many: all of a block, rule or lever, not all of a large market."""
MOST_FAULTS = 200
"""No reader mends more than this many faults in one go."""


class Mark(NamedTuple):
    """A position in a file; line and column count from 1, and are 0 where the place has no lines (an override)."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}" if self.line else self.file


@dataclass(frozen=True, slots=True)
class Finding:
    """One fault of the input, at its place."""

    mark: Mark
    path: Path
    message: str

    def __str__(self) -> str:
        return ": ".join(part for part in (str(self.mark), ".".join(self.path), self.message) if part)


class Fault(ValueError):  # noqa: N818 - the word a reader of a scenario looks for
    """Faults a validator found, each with the path of the value at fault, relative to the model that is validated.

    A validator collects what it finds and raises once, so that the user sees every fault at once::

        fault = Fault()
        for name, deal in self.deals.items():
            if deal.originator not in self.originators:
                fault.add(f"deals.{name}.originator", unknown("originator", deal.originator, self.originators))
        fault.raise_if_any()
    """

    def __init__(self, pairs: Iterable[tuple[str, str]] = ()) -> None:
        self.pairs = list(pairs)
        super().__init__()

    def __str__(self) -> str:
        return "; ".join(f"{path}: {message}" for path, message in self.pairs)

    def add(self, path: str, message: str) -> None:
        """Note one fault: the dotted path of the value, and what is wrong with it and what to do."""
        self.pairs.append((path, message))

    def raise_if_any(self) -> None:
        """Raise what was collected, in the form pydantic carries to the loader; do nothing if all is well."""
        if self.pairs:
            raise PydanticCustomError("references", "{text}", {"text": str(self), "faults": self.pairs})


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``"; did you mean 'x'?"`` for the known word nearest to this one, or nothing when none is near."""
    near = difflib.get_close_matches(str(word), list(known), n=1, cutoff=0.6)
    return f"; did you mean '{near[0]}'?" if near else ""


def unknown(what: str, word: object, known: Iterable[str]) -> str:
    """The message for a reference to something that does not exist: what there is, and what was probably meant."""
    return f"there is no {what} {shown(word)}{_instead(word, sorted(known), 'there are')}"


def unknown_key(key: object, known: Sequence[str]) -> str:
    """The message for a key that a block does not have: those it has, and what was probably meant."""
    return f"unknown key{_instead(key, known, 'known keys')}"


def _instead(word: object, names: Sequence[str], told: str) -> str:
    """What was probably meant, and every name that would do."""
    if not names:
        return ""
    every = f"{told}: {listing(names, most=MOST_NAMES)}"
    hint = did_you_mean(word, names)
    return f"{hint} {every[0].upper()}{every[1:]}" if hint else f"; {every}"


def listing(names: Sequence[str], most: int = 12) -> str:
    """Names in quotes, cut after a dozen."""
    quoted = ", ".join(f"'{name}'" for name in names[:most])
    return quoted + (f" and {len(names) - most} more" if len(names) > most else "")


def shown(value: Any, most: int = 60) -> str:
    """A value as it may be repeated in a message: short, and without the insides of maps and lists."""
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list | tuple):
        return "a list"
    if value is None:
        return "null"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value)
    return text if len(text) <= most else text[: most - 3] + "..."


def refuse(findings: Iterable[Finding], order: Sequence[str] = ()) -> NoReturn:
    """Raise one ScenarioError with every finding on a line of its own, by file (in the order read) and position."""
    rank = {file: number for number, file in enumerate(order)}
    placed = sorted(findings, key=lambda found: (rank.get(found.mark.file, len(rank)), found.mark))
    lines = list(dict.fromkeys(map(str, placed)))
    if len(lines) > MOST_FAULTS:
        lines = [*lines[:MOST_FAULTS], f"... and {len(lines) - MOST_FAULTS} more faults"]
    raise ScenarioError("\n".join(lines))
