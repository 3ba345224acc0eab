"""What a well-formed scenario becomes: merged, overridden, traced to its files, and hashed."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from sim.errors import ScenarioError
from sim.scenario.json_schema import schemas
from sim.scenario.loading import describe, load


class Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class Flat(Part):
    kind: Literal["flat"]
    rate_bp: int = Field(description="fee", json_schema_extra={"source": "first paper, table 3"})


class Stepped(Part):
    kind: Literal["stepped"]
    steps: list[int]
    until: date | None = None


def from_percent(value: Any) -> Any:
    return round(float(value[:-1]) * 10_000) if isinstance(value, str) and value.endswith("%") else value


class Small(Part):
    name: str = "small"
    seed: int = 1
    share_ppm: Annotated[int, BeforeValidator(from_percent)] = Field(
        default=500_000, json_schema_extra={"source": "assumption"}
    )
    fees: dict[str, Annotated[Flat | Stepped, Field(discriminator="kind")]] = {}
    by_age: dict[int, float] = {}
    from_: date | None = Field(default=None, alias="from")
    sources: dict[str, str] = {}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(name: str, text: str) -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text("schema_version: 1\n" + text)
    return name


BASE = "seed: 5\nfees:\n  front: {kind: flat, rate_bp: 10}\n  back:\n    kind: stepped\n    steps: [1, 2, 3]\n"


def test_maps_merge_lists_are_replaced_and_null_deletes() -> None:
    write("base.yaml", BASE)
    write("mine.yaml", "extends: base.yaml\nseed: null\nfees: {back: {steps: [9]}, front: ~}\n")
    loaded = load("mine.yaml", model=Small)
    assert loaded.data == {"schema_version": 1, "fees": {"back": {"kind": "stepped", "steps": [9]}}}
    assert loaded.value.seed == 1


def test_several_bases_are_merged_from_left_to_right_below_the_file() -> None:
    write("one.yaml", "seed: 1\nname: one\nshare_ppm: 1\n")
    write("two.yaml", "seed: 2\nname: two\n")
    write("mine.yaml", "extends: [one.yaml, two.yaml]\nname: mine\n")
    value = load("mine.yaml", model=Small).value
    assert (value.seed, value.name, value.share_ppm) == (2, "mine", 1)


def test_a_null_with_nothing_to_delete_is_checked_like_any_value() -> None:
    write("plain.yaml", "from: null\n")
    assert load("plain.yaml", model=Small).value.from_ is None
    write("typo.yaml", "sede: null\n")
    with pytest.raises(ScenarioError, match=r"typo\.yaml:2:1: sede: unknown key; did you mean 'seed'"):
        load("typo.yaml", model=Small)


def test_relative_paths_are_those_of_the_file_that_extends() -> None:
    write("scenarios/base.yaml", "seed: 3\n")
    write("scenarios/deals/deal.yaml", "extends: ../base.yaml\n")
    write("scenarios/studies/mine.yaml", "extends: ../deals/deal.yaml\n")
    assert load("scenarios/studies/mine.yaml", model=Small).value.seed == 3


def test_every_leaf_knows_the_file_line_and_column_of_its_key() -> None:
    write("base.yaml", BASE)
    write("mine.yaml", "extends: base.yaml\nfees:\n  back: {steps: [7, 8]}\n")
    origins = load("mine.yaml", {"seed": "9"}, model=Small).origins
    assert origins == {
        "schema_version": ("mine.yaml", 1, 1),
        "seed": ("override seed", 0, 0),
        "fees.front.kind": ("base.yaml", 4, 11),
        "fees.front.rate_bp": ("base.yaml", 4, 23),
        "fees.back.kind": ("base.yaml", 6, 5),
        "fees.back.steps.0": ("mine.yaml", 4, 18),
        "fees.back.steps.1": ("mine.yaml", 4, 21),
    }


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({"seed": 8}, {"seed": 8}),
        ({"seed": "8"}, {"seed": 8}),
        ({"seed": "1_000"}, {"seed": 1000}),
        ({"from": "2020-11-02"}, {"from": "2020-11-02"}),
        ({"from": date(2020, 11, 2)}, {"from": "2020-11-02"}),
        ({"fees.front.rate_bp": 20}, {"fees": {"front": {"kind": "flat", "rate_bp": 20}}}),
        ({"fees.front": None}, {"fees": {}}),
        ({"fees.front": "null"}, {"fees": {}}),
        (
            {"fees.front": None, "fees.new": "{kind: flat, rate_bp: 1}"},
            {"fees": {"new": {"kind": "flat", "rate_bp": 1}}},
        ),
        ({"fees.new": {"kind": "stepped", "steps": (1, 2)}}, None),
    ],
)
def test_overrides_are_one_more_patch(overrides: dict[str, Any], expected: dict[str, Any] | None) -> None:
    write("mine.yaml", "fees:\n  front: {kind: flat, rate_bp: 10}\n")
    data = load("mine.yaml", overrides, model=Small).data
    plain = {"schema_version": 1, "fees": {"front": {"kind": "flat", "rate_bp": 10}}}
    stepped = {"front": plain["fees"]["front"], "new": {"kind": "stepped", "steps": [1, 2]}}
    assert data == {**plain, **(expected if expected is not None else {"fees": stepped})}


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"sede": 1}, "override sede: sede: unknown key; did you mean 'seed'?"),
        ({"seed": "one"}, "override seed: seed: should be a whole number (got 'one')"),
        ({"seed": "[1"}, "override seed: not valid YAML"),
        ({"seed": "&a 1"}, "override seed: YAML anchors (&a) are not allowed"),
        ({"seed": float("inf")}, "override seed: .inf is not a finite number"),
        ({"seed": float("nan")}, "override seed: .nan is not a finite number"),
        ({"seed": 2**63}, "override seed: '9223372036854775808' does not fit into 64 bits"),
        ({"seed": object()}, "override seed: cannot take a value of type object"),
        ({"": 1}, "override : an override is named by keys with dots between: a.b.c"),
        ({"fees..x": 1}, "override fees..x: an override is named by keys"),
        ({"extends": "other.yaml"}, "override extends: cannot be overridden"),
        ({"schema_version": 2}, "override schema_version: cannot be overridden"),
        ({"name": "../up"}, "override name: name: '../up' is no name for a scenario"),
        ({"name": "\ud800"}, "override name: holds half a character"),
        ({"s\ud800": 1}, "override s?: s?: unknown key"),
    ],
)
def test_wrong_overrides_name_themselves(overrides: dict[str, Any], message: str) -> None:
    write("mine.yaml", "seed: 3\n")
    with pytest.raises(ScenarioError) as caught:
        load("mine.yaml", overrides, model=Small)
    assert any(line.startswith(message) for line in str(caught.value).splitlines()), str(caught.value)


def test_scalars_are_read_by_plain_rules() -> None:
    write("mine.yaml", "name: off\nby_age: {18: 0.5, 25: 1, 30: 1e-3, 40: .25}\nfrom: 2017-06-01\nseed: -1_0\n")
    value = load("mine.yaml", model=Small).value
    assert (value.name, value.seed, value.from_) == ("off", -10, date(2017, 6, 1))
    assert value.by_age == {18: 0.5, 25: 1.0, 30: 0.001, 40: 0.25}


def test_fields_with_validators_that_run_first_take_what_those_take() -> None:
    write("mine.yaml", "share_ppm: 30%\n")
    assert load("mine.yaml", model=Small).value.share_ppm == 300_000


def test_the_hash_is_that_of_the_meaning() -> None:
    one = load(write("one.yaml", "seed: 1_000\nfees: {a: {kind: flat, rate_bp: 1}}\n"), model=Small)
    two = load(
        write("two.yaml", "share_ppm: 500000\nfees:\n  a:\n    rate_bp: 1\n    kind: flat\nseed: 1000\n"), model=Small
    )
    other = load("one.yaml", {"seed": 1001}, model=Small)
    assert one.hash == two.hash != other.hash
    assert len(one.hash) == 64


def test_the_value_is_frozen() -> None:
    value = load(write("one.yaml", "seed: 1\n"), model=Small).value
    with pytest.raises(ValidationError, match="frozen"):
        value.seed = 2


def test_description_names_value_place_and_source() -> None:
    write("base.yaml", BASE)
    write("mine.yaml", "extends: base.yaml\nname: mine\n")
    lines = [" ".join(line.split()) for line in describe(load("mine.yaml", {"seed": 3}, model=Small))]
    assert lines == [
        "name = mine # mine.yaml:3",
        "seed = 3 # override seed",
        "share_ppm = 500000 # default assumption",
        "fees.front.kind = flat # base.yaml:4",
        "fees.front.rate_bp = 10 # base.yaml:4 first paper, table 3",
        "fees.back.kind = stepped # base.yaml:6",
        "fees.back.steps.0 = 1 # base.yaml:7",
        "fees.back.steps.1 = 2 # base.yaml:7",
        "fees.back.steps.2 = 3 # base.yaml:7",
        "fees.back.until = null # default",
        "by_age = {} # default",
        "from = null # default",
    ]


def test_the_scenario_may_say_where_its_figures_come_from() -> None:
    sources = 'sources: {"fees.*": any fee, fees.back: the back fee, "fees.*.rate_bp": any rate, fees.front.rate: no}\n'
    loaded = load(write("mine.yaml", BASE + sources), model=Small)
    said = {line.split(" = ")[0]: line.split("  ")[-1] for line in describe(loaded)}
    assert said["fees.front.kind"] == "any fee"
    assert said["fees.front.rate_bp"] == "any rate"
    assert said["fees.back.steps.0"] == "the back fee"
    assert not any(path.startswith("sources") for path in said)


def test_schemas_for_whole_scenarios_and_for_overlays() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    full, overlay = schemas(Small)
    whole = {"schema_version": 1, "fees": {"a": {"kind": "flat", "rate_bp": 1}}}
    change = {"schema_version": 1, "extends": "base.yaml", "fees": {"a": {"rate_bp": 2}, "b": None}, "seed": None}
    jsonschema.validate(whole, full)
    jsonschema.validate(change, overlay)
    for wrong in (change, {"schema_version": 2}, {**whole, "sede": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, full)
    for wrong in ({**change, "sede": 1}, {**change, "fees": {"a": {"rate_bp": "x"}}}, {"schema_version": 1}):
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(wrong, overlay)
