"""Scenario files become one validated, frozen value, or one ScenarioError that lists every fault at its place."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from sim.scenario.composing import Composer
from sim.scenario.fields import (
    NEEDED,
    Expected,
    Place,
    field_at,
    fields_of,
    kinds_at,
    locate,
    loose_scalars,
    range_in_words,
)
from sim.scenario.messages import MOST_NAMES, Fault, Finding, Path, did_you_mean, listing, shown, unknown_key
from sim.scenario.nodes import Node

Model = TypeVar("Model", bound=BaseModel)

_NEEDED_BY_ERROR = {kind.__name__: text for kind, text in NEEDED.items()}
_MAP_ERRORS = ("model_type", "dict_type", "mapping_type", "model_attributes_type", "dataclass_type")
_LIST_ERRORS = ("list_type", "tuple_type", "set_type", "frozen_set_type", "iterable_type")
_RANGE_ERRORS = ("greater_than", "greater_than_equal", "less_than", "less_than_equal")
_NO_KIND = "missing: it says which kind of entry this is; there are: "
_ALONE = (
    " The file extends no other; to change a shipped scenario, begin with extends: baseline.yaml, or another of them."
)


@dataclass(frozen=True)
class Loaded(Generic[Model]):
    """A scenario and where it came from.

    value: the validated model.  data: the merged files and overrides as plain values, before defaults; written out as
    YAML it loads to the same value.  origins: dotted path of every leaf of `data` -> (file, line, column), lines and
    columns from 1, and 0 for overrides.  hash: sha256 of the canonical JSON of `value`, defaults included, so that two
    ways to write one scenario have one hash.
    """

    value: Model
    origins: dict[str, tuple[str, int, int]]
    data: dict[str, Any]
    hash: str


def load(
    path: str | os.PathLike[str],
    overrides: Mapping[str, Any] | None = None,
    *,
    model: type[Model],
    overlays: Sequence[str | os.PathLike[str]] = (),
) -> Loaded[Model]:
    """Read the YAML file at `path`, what it extends, and `overrides` ({"a.b.c": value or YAML text}), as a `model`.

    `overlays` are further files, merged from left to right over the first before the overrides.

    The file is looked for from the working directory and then among the shipped scenarios. `extends` names one or more
    files, merged from left to right and below this one as JSON merge patches (RFC 7396). Raises ScenarioError with
    every fault found, one per line: ``file:line:col: path: message``.
    """
    composer = Composer()
    tree = composer.compose(path, overrides, overlays)
    data = tree.plain()
    read = data if "schema_version" in model.model_fields else {k: v for k, v in data.items() if k != "schema_version"}
    value, faults = _validated(model, read)
    broken = {where for where, node in _nodes(tree) if node.broken}
    known = {(found.path, found.mark) for found in composer.findings}
    alone = len(composer.order) == 1 and not composer.incomplete
    for where, message in faults:
        place, depth = tree.nearest(where)
        absent = composer.incomplete and depth < len(where)
        if not absent and (where, place.mark) not in known and not any(where[: len(stem)] == stem for stem in broken):
            hint = _ALONE if alone and len(where) == 1 and message.startswith("missing: ") else ""
            composer.findings.append(Finding(place.mark, where, message + hint))
    composer.refuse_if_any()
    if value is None:
        raise TypeError("a scenario that did not validate has no faults to show")
    return Loaded(value, _origins(tree), data, digest(value))


def digest(value: BaseModel) -> str:
    """sha256 of the canonical JSON of a model: keys sorted, no spaces, defaults written out."""
    plain = value.model_dump(mode="json", by_alias=True)
    text = json.dumps(plain, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()


def describe(loaded: Loaded[Any]) -> list[str]:
    """Every value of a scenario, one per line: ``path = value   # file:line  source``.

    Values nobody wrote are marked ``default``. The source is what the scenario's own `sources` (a map from paths, where
    * stands for any part) say about the value or the map it stands in, else what the model says about the field.
    """
    plain = loaded.value.model_dump(mode="json", by_alias=True)
    sources = plain.pop("sources", {})
    rows = []
    for where, value in _flat(plain):
        name = ".".join(where)
        file, line, _ = loaded.origins.get(name, ("default", 0, 0))
        field = field_at(type(loaded.value), where, plain)
        extra = field.json_schema_extra if field is not None and isinstance(field.json_schema_extra, dict) else {}
        source = _given_source(name, sources) or extra.get("source", "")
        rows.append((f"{name} = {_as_yaml(value)}", f"# {file}{f':{line}' if line else ''}  {source}".rstrip()))
    width = min(max((len(left) for left, _ in rows), default=0), 60)
    return [f"{left:<{width}}   {right}" for left, right in rows]


def _given_source(name: str, sources: Mapping[str, str]) -> str:
    """The source whose path says most about this value; nothing if none fits."""
    fitting = [path for path in sources if fnmatchcase(name, path) or fnmatchcase(name, f"{path}.*")]
    return sources[max(fitting, key=lambda path: (len(path.replace("*", "")), path))] if fitting else ""


def _as_yaml(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False) if not isinstance(value, str) or not value else value


def _flat(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, below in items:
        yield from _flat(below, (*path, str(key)))
    if not items:
        yield path, value


def _origins(tree: Node) -> dict[str, tuple[str, int, int]]:
    return {".".join(path): node.mark for path, node in tree.leaves() if path}


def _nodes(node: Node, path: Path = ()) -> Iterator[tuple[Path, Node]]:
    yield path, node
    for key, below in node.children():
        yield from _nodes(below, (*path, key))


def _validated(model: type[Model], data: Any) -> tuple[Model | None, list[tuple[Path, str]]]:
    """The model of the data, or None, and every fault with its path; one message per path."""
    value: Model | None = None
    faults: list[tuple[Path, str]] = []
    try:
        # As JSON, because pydantic then knows that dates come as texts and tuples as lists.
        value = model.model_validate_json(json.dumps(data, allow_nan=False))
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            faults += _told(model, data, fault)
    placed = {path for path, _ in faults}
    faults += [(path, message) for path, message in loose_scalars(Expected(model), data) if path not in placed]
    return value, list(_one_per_path(faults))


def _one_per_path(faults: list[tuple[Path, str]]) -> Iterator[tuple[Path, str]]:
    """Members of a union each complain about the same value: one line says what would have done."""
    together: dict[Path, list[str]] = {}
    for path, message in faults:
        together.setdefault(path, []).append(message)
    for path, messages in together.items():
        first, *others = dict.fromkeys(messages)
        for other in others:
            first += f" Or: {other}" if first.endswith("?") else f"; or {other}"
        yield path, first


def _told(model: type[BaseModel], data: Any, error: Any) -> Iterator[tuple[Path, str]]:
    """One pydantic error as paths and messages for the writer of the file."""
    place = locate(model, error["loc"], data)
    context = error.get("ctx", {})
    pairs = context.get("faults") or (raised.pairs if isinstance(raised := context.get("error"), Fault) else ())
    if pairs:
        for below, message in pairs:
            yield (*place.path, *(part for part in str(below).split(".") if part)), str(message)
    elif error["type"] == "union_tag_not_found":
        yield (
            (*place.path, context["discriminator"].strip("'")),
            _NO_KIND + listing(kinds_at(model, place.path, data), most=MOST_NAMES),
        )
    elif error["type"] == "union_tag_invalid":
        known = _quoted(context["expected_tags"])
        yield (*place.path, context["discriminator"].strip("'")), _not_one_of(context["tag"], known)
    else:
        yield place.path, _message(error, place)


def _message(error: Any, place: Place) -> str:
    kind, given = error["type"], error.get("input")
    if kind == "missing":
        field = fields_of(place.owner).get(place.path[-1]) if place.owner and place.path else None
        return f"missing: {field.description}" if field is not None and field.description else "missing"
    if kind in ("extra_forbidden", "unexpected_keyword_argument"):
        known = sorted(fields_of(place.owner)) if place.owner else []
        return unknown_key(place.path[-1], known)
    if kind in ("literal_error", "enum"):
        return _not_one_of(given, _quoted(error["ctx"]["expected"]))
    if kind in _MAP_ERRORS:
        return f"should be a map of keys (got {shown(given)})"
    if kind in _LIST_ERRORS:
        return f"should be a list (got {shown(given)})"
    if (stem := kind.split("_")[0]) in _NEEDED_BY_ERROR:
        return f"{_NEEDED_BY_ERROR[stem]} (got {shown(given)})"
    text = str(error["msg"]).removeprefix("Value error, ").removeprefix("Assertion failed, ")
    text = text.removeprefix("Input ")
    if isinstance(given, dict | list) or kind == "value_error":
        return text
    ends = range_in_words(fields_of(place.owner)[place.path[-1]]) if kind in _RANGE_ERRORS and place.owner else ""
    return f"{text} (got {shown(given)}){f'; valid: {ends}' if ends else ''}"


def _not_one_of(given: object, known: list[str]) -> str:
    return f"{shown(given)} is not one of {listing(known, most=len(known))}{did_you_mean(given, known)}"


def _quoted(text: str) -> list[str]:
    return re.findall(r"'([^']*)'", text)
