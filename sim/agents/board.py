"""The notice board: what institutions tell each other, with the hour from which others may act on it.

An institution says a figure or a word under a subject (`tell`); others read the last thing said before their own hour
(`heard`). What is said at an hour is heard from the next hour on, so nobody acts on a notice before it was known, in
whatever order institutions wake within an hour.
"""

from __future__ import annotations

from typing import Any

KEPT = 24
"""Notices kept of one sender and subject: two years of monthly ones."""

Plain = int | str | bool | list[int] | dict[str, int]
"""What a notice may hold: plain data that a checkpoint can keep."""


class NoticeBoard:
    """Dated notices by sender and subject."""

    def __init__(self) -> None:
        self._said: dict[str, dict[str, list[tuple[int, Plain]]]] = {}

    def tell(self, now: int, sender: str, subject: str, value: Plain) -> None:
        """Pin a notice at an hour of the clock (24 x day + hour)."""
        said = self._said.setdefault(subject, {}).setdefault(sender, [])
        said.append((now, value))
        del said[:-KEPT]

    def heard(self, now: int, sender: str, subject: str, default: Any = None) -> Any:
        """The last thing a sender said under a subject before this hour; `default` if nothing."""
        senders = self._said.get(subject)
        if senders is not None:
            for when, value in reversed(senders.get(sender, ())):
                if when < now:
                    return value
        return default

    def all_heard(self, now: int, subject: str) -> dict[str, Any]:
        """What each sender last said under a subject before this hour, senders in alphabetical order."""
        senders = sorted(self._said.get(subject, {}))
        heard = {sender: self.heard(now, sender, subject) for sender in senders}
        return {sender: value for sender, value in heard.items() if value is not None}

    def withdraw(self, subject: str) -> None:
        """Take down every notice of a subject, such as that of a plan that has ended."""
        self._said.pop(subject, None)

    def forget(self, name: str) -> None:
        """Take down all that was said about a plan that is no more: subjects `word:name` and `word:name/part`."""
        about = [s for s in self._said if s.partition(":")[2].partition("/")[0] == name]
        for subject in about:
            del self._said[subject]

    def state(self) -> list[Any]:
        """All notices as plain data."""
        return [
            [subject, sender, [[when, value] for when, value in said]]
            for subject, senders in sorted(self._said.items())
            for sender, said in sorted(senders.items())
        ]

    def restore(self, state: list[Any]) -> None:
        """Take the notices of a checkpoint."""
        self._said = {}
        for subject, sender, said in state:
            self._said.setdefault(subject, {})[sender] = [(int(when), value) for when, value in said]
