"""What a scenario's model expects at a path: to place its errors, and to be strict about what a scalar is.

pydantic names a place by the models and union members it passed through; a user knows only the keys of the file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NamedTuple, NewType, Union, get_args, get_origin

from pydantic import BaseModel, BeforeValidator, Discriminator, PlainValidator, RootModel, WrapValidator
from pydantic.fields import FieldInfo

from sim.scenario.messages import Path, listing, shown

NEEDED: dict[type, str] = {
    bool: "should be true or false",
    int: "should be a whole number",
    float: "should be a number",
    date: "should be a date written as 2017-06-01",
}
"""The scalars a text could be mistaken for, and what to say."""

_ENDS = {
    "gt": "greater than", "ge": "greater than or equal to", "lt": "less than", "le": "less than or equal to",
}  # fmt: skip
"""Ends of a range as annotated types name them, in pydantic's words."""
_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


class Expected(NamedTuple):
    """A type, and the field that decides between the members if it is a union."""

    type: Any
    discriminator: str | None = None

    def plain(self) -> Expected:
        """Without the wrappers that carry no data: Annotated, type aliases, new types, root models, X | None."""
        kind, chosen_by = self
        while True:
            if get_origin(kind) is Annotated:
                kind, *marks = get_args(kind)
                chosen_by = next((name for mark in marks if (name := _discriminator(mark))), chosen_by)
            elif hasattr(kind, "__value__"):
                kind = kind.__value__
            elif isinstance(kind, NewType):
                kind = kind.__supertype__
            elif _is_model(kind) and issubclass(kind, RootModel):
                root = kind.model_fields["root"]
                kind, chosen_by = root.annotation, _discriminator(root)
            elif len(members := _members(kind)) == 1:
                kind = members[0]
            else:
                return Expected(kind, chosen_by)

    def member(self, data: Any, label: object = None) -> Expected:
        """The member of this union that the data asks for, or that pydantic calls `label`; unknown if neither tells."""
        tag = data.get(self.discriminator) if isinstance(data, dict) and self.discriminator else None
        for candidate in _members(self.type):
            plain = Expected(candidate).plain()
            if self.discriminator and plain.type and _is_model(plain.type):
                field = plain.type.model_fields.get(self.discriminator)
                if field is not None and tag is not None and tag in _literals(field.annotation):
                    return plain
            elif label is not None and getattr(plain.type, "__name__", None) == label:
                return plain
        return Expected(Any)

    def below(self, key: object) -> Expected:
        """What is expected under a key, or at a place in a list; self must be plain and no union."""
        if _is_model(self.type):
            field = fields_of(self.type).get(str(key))
            return Expected(field.annotation, _discriminator(field)) if field is not None else Expected(Any)
        origin, arguments = get_origin(self.type), get_args(self.type)
        if not isinstance(origin, type) or not arguments:
            return Expected(Any)
        if issubclass(origin, Mapping):
            return Expected(arguments[1])
        if origin is tuple and arguments[-1] is not Ellipsis:
            return Expected(arguments[key] if isinstance(key, int) and key < len(arguments) else Any)
        return Expected(arguments[0]) if issubclass(origin, Collection) else Expected(Any)

    def at(self, data: Any) -> Expected:
        """Plain, and with unions decided by the data as far as it can."""
        plain = self.plain()
        return plain.member(data).plain() if len(_members(plain.type)) > 1 else plain


class Place(NamedTuple):
    """A place in the user's file, and the model that reads the map it stands in (None if no model does)."""

    path: Path
    owner: type[BaseModel] | None


def fields_of(model: type[BaseModel]) -> dict[str, FieldInfo]:
    """The fields of a model under the names they have in a file."""
    return {field.alias or name: field for name, field in model.model_fields.items()}


def locate(model: type[BaseModel], where: Sequence[int | str], data: Any) -> Place:
    """The place in the file that pydantic calls `where` when it validates `data` by `model`."""
    path: list[str] = []
    owner: type[BaseModel] | None = None
    expected = Expected(model)
    steps = list(where)
    while steps:
        expected = expected.plain()
        if len(_members(expected.type)) > 1:
            chosen = expected.member(data, label=steps[0])
            if chosen.type is not Any or expected.discriminator or not _holds(data, steps[0]):
                steps.pop(0)
            expected = chosen
            continue
        step = steps.pop(0)
        if step == "[key]" or (expected.type is Any and not _holds(data, step)):
            continue
        path.append(str(step))
        owner = expected.type if _is_model(expected.type) else None
        expected = expected.below(step)
        data = _inside(data, step)
    return Place(tuple(path), owner)


def field_at(model: type[BaseModel], path: Path, data: Any) -> FieldInfo | None:
    """The model field nearest to the value at this path: its own, or that of the map or list it stands in."""
    nearest: FieldInfo | None = None
    expected = Expected(model)
    for key in path:
        here = expected.at(data)
        if _is_model(here.type):
            nearest = fields_of(here.type).get(key, nearest)
        step: int | str = int(key) if isinstance(data, list) and key.isdigit() else key
        expected = here.below(step)
        data = _inside(data, step)
    return nearest


def kinds_at(model: type[BaseModel], path: Path, data: Any) -> list[str]:
    """What the key that tells kinds of entries apart may say at this path."""
    expected = Expected(model)
    for key in path:
        step: int | str = int(key) if isinstance(data, list) and key.isdigit() else key
        expected = expected.at(data).below(step)
        data = _inside(data, step)
    union, kind = expected.plain()
    members = [Expected(member).plain().type for member in _members(union)]
    return [
        str(name) for one in members if kind and _is_model(one) for name in _literals(one.model_fields[kind].annotation)
    ]


def range_in_words(field: FieldInfo) -> str:
    """What a number must be, from both ends of its range; nothing where the field itself sets neither.

    >>> from pydantic import Field
    >>> range_in_words(FieldInfo.from_annotation(Annotated[float, Field(gt=0, le=10)]))
    'greater than 0 and less than or equal to 10'
    """
    marks = list(field.metadata)
    for member in _members(field.annotation):
        below = get_args(member)[1:] if get_origin(member) is Annotated else ()
        marks += [each for mark in below for each in (mark.metadata if isinstance(mark, FieldInfo) else [mark])]
    ends = [f"{told} {getattr(mark, name):,}" for mark in marks for name, told in _ENDS.items() if hasattr(mark, name)]
    return " and ".join(dict.fromkeys(ends))


def loose_scalars(expected: Expected, data: Any, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Scalars that pydantic would turn into what the model needs, though the file says something else.

    `"12"` and `true` are no whole numbers, `12.0` is none either, `yes` is neither true nor false, and no number is a
    date. Fields with validators of their own that run first are left to them.
    """
    expected = expected.plain()
    members = [Expected(kind).plain().type for kind in _members(expected.type)]
    if len(members) > 1 and not isinstance(data, dict | list):
        if data is not None and all(_refuses(kind, data) for kind in members):
            wanted = [
                NEEDED.get(kind) or f"should be one of {listing(list(map(str, _literals(kind))))}" for kind in members
            ]
            yield path, f"{' or '.join(wanted)} (got {shown(data)})"
        return
    here = expected.at(data)
    if isinstance(data, dict):
        own = _with_validators_first(here.type) if _is_model(here.type) else set()
        for key, value in data.items():
            if key not in own:
                yield from loose_scalars(here.below(key), value, (*path, key))
    elif isinstance(data, list):
        for number, value in enumerate(data):
            yield from loose_scalars(here.below(number), value, (*path, str(number)))
    elif here.type in NEEDED and data is not None and not _is_exactly(here.type, data):
        yield path, f"{NEEDED[here.type]} (got {shown(data)})"


def _refuses(kind: Any, data: Any) -> bool:
    """True if this member of a union certainly does not mean what the file says."""
    if literals := _literals(kind):
        return data not in literals
    return kind in NEEDED and not _is_exactly(kind, data)


def _is_exactly(kind: Any, data: Any) -> bool:
    if kind is bool:
        return isinstance(data, bool)
    if kind is int:
        return isinstance(data, int) and not isinstance(data, bool)
    if kind is float:
        return isinstance(data, int | float) and not isinstance(data, bool)
    return isinstance(data, str) and _ISO_DATE.fullmatch(data) is not None


def _with_validators_first(model: type[BaseModel]) -> set[str]:
    """The keys of fields whose own validators see the raw value before its type is checked."""
    first = {
        name
        for validator in model.__pydantic_decorators__.field_validators.values()
        if validator.info.mode != "after"
        for name in validator.info.fields
    }
    for name, field in model.model_fields.items():
        if any(isinstance(mark, BeforeValidator | PlainValidator | WrapValidator) for mark in field.metadata):
            first.add(name)
    return {field.alias or name for name, field in model.model_fields.items() if name in first or "*" in first}


def _members(kind: Any) -> list[Any]:
    """The members of a union, without None; nothing if it is no union."""
    if get_origin(kind) not in (Union, UnionType):
        return []
    return [member for member in get_args(kind) if member is not NoneType]


def _literals(kind: Any) -> tuple[Any, ...]:
    plain = Expected(kind).plain().type
    return get_args(plain) if get_origin(plain) is Literal else ()


def _discriminator(mark: Any) -> str | None:
    chosen_by = mark.discriminator if isinstance(mark, FieldInfo | Discriminator) else None
    return chosen_by if isinstance(chosen_by, str) else None


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)


def _holds(data: Any, step: object) -> bool:
    if isinstance(data, dict):
        return step in data
    return isinstance(data, list) and isinstance(step, int) and step < len(data)


def _inside(data: Any, step: Any) -> Any:
    return data[step] if _holds(data, step) else None
