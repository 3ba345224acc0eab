"""The short scenario that `sim new` writes: a shipped one, and room for what shall differ."""

from __future__ import annotations

from pathlib import Path

from sim.errors import ScenarioError
from sim.scenario import files
from sim.scenario.composing import SCHEMA_VERSION
from sim.scenario.messages import listing, unknown

PREFERRED = "deals/huabei_2017.yaml"
"""The shipped scenario a newcomer starts from."""


def new_scenario(name: str, base: str | None = None, folder: Path | None = None) -> Path:
    """Write `<name>.yaml` into `folder` (the working directory), extending the shipped scenario `base`.

    Raises ScenarioError for a name that cannot be one, a base that is not shipped, or a file that is already there.
    """
    if not files.NAME.fullmatch(name):
        raise ScenarioError(f"{name!r} is no name for a scenario: {files.NAME_RULE}")
    path = (folder or Path()) / f"{name}.yaml"
    if path.exists():
        raise ScenarioError(f"{path}: already exists; choose another name")
    text = overlay_text(name, chosen_base(base))
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    return path


def chosen_base(base: str | None) -> str:
    """The shipped scenario meant by `base`, with or without `scenarios/` and `.yaml`; by default the preferred one."""
    shipped = files.shipped()
    if base is None:
        if not shipped:
            raise ScenarioError("no scenarios are shipped with this installation: install sim again")
        return PREFERRED if PREFERRED in shipped else shipped[0]
    word = base.removeprefix("scenarios/")
    for candidate in (word, f"{word}.yaml"):
        if candidate in shipped:
            return candidate
    by_stem = [path for path in shipped if Path(path).stem == word]
    if len(by_stem) > 1:
        raise ScenarioError(f"{base!r} may mean {listing(by_stem)}: give the path")
    if not by_stem:
        raise ScenarioError(unknown("shipped scenario", base, shipped))
    return by_stem[0]


def overlay_text(name: str, base: str) -> str:
    """The text of an overlay: it says only what differs from its base."""
    return f"""\
# Everything is as in {base}, except what stands here. Maps are merged, lists are replaced, null deletes.
# See what can be changed:   sim show {base}
# Check it, then run it:     sim validate {name}.yaml    sim run {name}.yaml
schema_version: {SCHEMA_VERSION}
extends: {base}
name: {name}
# seed: 2
"""
