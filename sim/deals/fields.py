"""How a term of a deal is declared: meaning, unit, range and source stand beside the field itself."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

BP = 10_000
"""Basis points in one: shares and rates in `_bp` are counted in these."""
PPM = 1_000_000
"""Millionths in one: rates in `_ppm` are counted in these."""

_PARTY = r"^(originator|manager|spv|custodian|guarantor|agency|investor|dealer|bank|world):[a-z0-9][a-z0-9_-]{0,63}$"

PartyId = Annotated[str, StringConstraints(pattern=_PARTY)]
"""A party of the ledger, `kind:name`, without an account."""


class Terms(BaseModel):
    """Base of every block of terms: unknown keys, later changes and NaN or infinity are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, populate_by_name=True)


def term(
    default: Any = ...,
    *,
    description: str,
    unit: str,
    source: str = "the deal's own documents",
    between: tuple[int, int] | None = None,
    factory: Any = None,
    alias: str | None = None,
) -> Any:
    """A pydantic field with meaning, unit, source and (inclusive) range; without a default it must be given."""
    extra: dict[str, Any] = {"unit": unit, "source": source}
    bounds: dict[str, Any] = {}
    if between is not None:
        extra["range"] = list(between)
        bounds = {"ge": between[0], "le": between[1]}
    first: dict[str, Any] = {"default_factory": factory} if factory is not None else {"default": default}
    return Field(**first, description=description, json_schema_extra=extra, alias=alias, **bounds)
