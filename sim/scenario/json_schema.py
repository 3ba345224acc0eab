"""JSON Schemas of scenario files, with which an editor completes keys and marks mistakes while one types."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from sim.scenario.composing import SCHEMA_VERSION

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_OF_THE_FILE: dict[str, Any] = {
    "schema_version": {"const": SCHEMA_VERSION, "description": "The form of this file."},
    "extends": {
        "description": "The scenario, or scenarios from left to right, that this file changes; paths relative to it.",
        "anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}, "minItems": 1}],
    },
}
_MAPS_OF_SCHEMAS = ("properties", "$defs", "patternProperties")
_LISTS_OF_SCHEMAS = ("anyOf", "allOf", "prefixItems")
_SCHEMAS = ("items", "additionalProperties", "not")
_COMPLETENESS = ("required", "minProperties", "default")


def schemas(model: type[BaseModel]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The schema of a whole scenario, and that of an overlay: nothing required, and null deletes.

    With the first alone, an editor would mark every file that extends another as incomplete.
    """
    full = {"$schema": _DIALECT, **model.model_json_schema(by_alias=True)}
    full["properties"] = {**_OF_THE_FILE, **full.get("properties", {})}
    full["required"] = ["schema_version", *(key for key in full.get("required", []) if key != "schema_version")]
    overlay = _overlay(full)
    overlay["properties"].update(_OF_THE_FILE)
    overlay["required"] = ["schema_version", "extends"]
    overlay["title"] = f"{full.get('title', 'Scenario')} overlay"
    return full, overlay


def _overlay(schema: dict[str, Any]) -> dict[str, Any]:
    """The same schema for a file that gives only what it changes."""
    loose = {key: value for key, value in schema.items() if key not in (*_COMPLETENESS, "oneOf", "discriminator")}
    if "oneOf" in schema:
        # Without its required kind, a part of an entry may fit several members of a union.
        loose["anyOf"] = schema["oneOf"]
    for key, value in loose.items():
        if key == "$defs":
            loose[key] = {name: _overlay(below) for name, below in value.items()}
        elif key in _MAPS_OF_SCHEMAS:
            loose[key] = {name: _or_null(below) for name, below in value.items()}
        elif key in _LISTS_OF_SCHEMAS:
            loose[key] = [_overlay(below) for below in value]
        elif key == "additionalProperties" and isinstance(value, dict):
            loose[key] = _or_null(value)
        elif key in _SCHEMAS and isinstance(value, dict):
            # Lists are replaced as a whole, so what stands in one must be complete.
            loose[key] = value
    return loose


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    return {"anyOf": [_overlay(schema), {"type": "null"}]}
