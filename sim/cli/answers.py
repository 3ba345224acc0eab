"""How the command answers: plain lines or one JSON document on stdout, faults on stderr, and the exit code."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import typer

from sim.errors import ScenarioError, SimError

INTERRUPTED = 130
STOPPED = 3
TABLE_WIDTH = 160
"""Columns of a table that goes into a file or a pipe, where nothing says how wide the reader's screen is."""


@contextmanager
def answering(as_json: bool) -> Iterator[None]:
    """Turn the errors a user can meet into their messages and exit codes, without tracebacks.

    With `as_json` the faults are a JSON document on stdout, as every other answer is.
    """
    try:
        yield
    except SimError as error:
        raise _refused(str(error), error.exit_code, as_json) from None
    except KeyboardInterrupt:
        raise _refused("interrupted", INTERRUPTED, as_json) from None
    except BrokenPipeError:
        raise
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise _refused(f"{where}{error.strerror or error}", STOPPED, as_json) from None


def _refused(message: str, code: int, as_json: bool) -> typer.Exit:
    if as_json:
        say_json({"ok": False, "exit_code": code, "faults": message.splitlines()})
    else:
        typer.echo(message, err=True)
    return typer.Exit(code)


def say(*lines: str) -> None:
    """Print lines as they are."""
    for line in lines:
        typer.echo(line)


def notice(line: str) -> None:
    """Tell on stderr what takes a while, so that stdout holds the answer alone."""
    typer.echo(line, err=True)


def say_json(answer: Any) -> None:
    """Print one JSON document; dates and paths as texts."""
    typer.echo(json.dumps(answer, indent=1, ensure_ascii=False, default=str))


def say_rows(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print rows of one kind as a table, a column for each key."""
    from sim.cli.tables import console, table

    names = list(dict.fromkeys(name for row in rows for name in row))
    console().print(table("", names, [[row.get(name, "") for name in names] for row in rows]))


def say_report(report: Mapping[str, Any]) -> None:
    """Print a report of named figures and of lists of rows, in order."""
    for name, content in report.items():
        if isinstance(content, list) and content and all(isinstance(row, dict) for row in content):
            say(f"{name}:")
            say_rows(content)
        else:
            say(f"{name}: {content}")


def assignments(texts: Sequence[str]) -> dict[str, str]:
    """The overrides of `--set path=value`; raises ScenarioError naming the first that is none."""
    overrides = {}
    for text in texts:
        path, equals, value = text.partition("=")
        if not equals or not path.strip():
            raise ScenarioError(f"--set {text}: write it as path=value, for example --set seed=2")
        overrides[path.strip()] = value.strip()
    return overrides
