"""`sim compare` as a user types it: what it passes on, what it shows, and its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from sim.cli.commands import app
from sim.studies import compare as comparing

BASE, CAP = "scenarios/studies/small_market.yaml", "scenarios/policies/four_times_cap.yaml"
ROWS = {
    "headline": [{"policy": "cap", "question": "How much must move?", "value": 12.5, "low": 11.0, "high": 14.0,
                  "unit": "bn yuan", "words": "funding beyond the limits"}],
    "outcomes": [
        {"policy": "cap", "outcome": "credit", "what": "credit outstanding", "unit": "bn yuan", "base": 100.0,
         "under_policy": 90.0, "difference": -10.0, "low": -12.0, "high": -8.0},
        {"policy": "cap", "outcome": "lent", "what": "lent to households", "unit": "bn yuan", "base": 10.0,
         "under_policy": 9.9, "difference": -0.1, "low": -0.3, "high": 0.1},
    ],
    "people": [],
}  # fmt: skip
MANIFEST = {
    "policies": ["cap"], "seeds": [1, 2], "dose_in_words": "By itself cap asks nothing from 2.4 on.",
    "dates_in_words": {"cap": ["policy cap was announced before the start: it is heard of on 2019-01-01"]},
    "distance_in_words": {"cap": "cap binds nobody in the base."}, "no_difference_in_words": {},
    "opening_in_words": "The market opens anew on 2020-07-01.",
}  # fmt: skip


def sim(*words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `sim words...`."""
    result = CliRunner().invoke(app, list(words), prog_name="sim")
    assert "Traceback" not in result.output
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the command asks `sim.compare` for; the answer's `failed` can be set."""
    seen: dict[str, Any] = {"failed": {}}

    def answer(base: str, policies: list[str], **words: Any) -> Any:
        seen.update(words, base=base, policies=policies)
        return SimpleNamespace(
            folder=Path("outputs/compare-x"), page=Path("outputs/compare-x/report.html"), failed=seen["failed"],
            manifest=MANIFEST, rows=lambda name: ROWS[name],
        )  # fmt: skip

    monkeypatch.setattr(comparing, "compare", answer)
    return seen


def test_options_are_passed_on_and_the_opening_numbers_shown(asked: dict[str, Any]) -> None:
    code, out, _ = sim(
        "compare", BASE, CAP, "--seeds", "5", "--workers", "2", "--from", "2020-07-01", "--until", "2021-06-30",
        "--vary", "policies.cap.multiple=1..3", "--set", "population.households=20000",
    )  # fmt: skip
    assert code == 0
    assert (asked["seeds"], asked["workers"], asked["first"], asked["until"]) == (5, 2, "2020-07-01", "2021-06-30")
    assert asked["vary"] == ["policies.cap.multiple=1..3"]
    assert asked["overrides"] == {"population.households": "20000"}
    assert "How much must move?" in out
    assert "asks nothing from 2.4 on" in out
    assert "announced before the start" in out
    assert "cap binds nobody in the base." in out
    assert "opens anew on 2020-07-01" in out
    assert "credit outstanding" in out
    assert "lent to households" not in out, "its interval holds zero"
    assert "report.html" in out


def test_that_nothing_differs_for_certain_is_said(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ROWS, "outcomes", ROWS["outcomes"][1:])
    _, out, _ = sim("compare", BASE, CAP)
    assert "No outcome differs for certain: every 95 % interval holds zero." in out
    assert "Outcomes that differ for certain" not in out
    monkeypatch.setitem(MANIFEST, "seeds", [1])
    assert "One seed: no outcome has an interval" in sim("compare", BASE, CAP)[1]


def test_a_policy_that_changes_nothing_names_the_way_on(asked: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MANIFEST, "no_difference_in_words", {"cap": "To see cap bind: --vary policies.cap.multiple=1"})
    _, out, _ = sim("compare", BASE, CAP)
    assert "To see cap bind: --vary policies.cap.multiple=1" in out
    assert "for certain" not in out


def test_json_holds_what_a_program_needs(asked: dict[str, Any]) -> None:
    code, out, _ = sim("compare", BASE, CAP, "--json")
    answer = json.loads(out)
    assert (code, answer["ok"], asked["progress"]) == (0, True, False)
    assert answer["headline"][0]["value"] == 12.5
    assert answer["page"].endswith("report.html")


def test_seeds_that_failed_are_told_with_exit_code_4(asked: dict[str, Any]) -> None:
    asked["failed"] = {"7": "InvariantError: a fen is missing"}
    code, out, err = sim("compare", BASE, CAP)
    assert code == 4
    assert "How much must move?" in out
    assert "seed 7: InvariantError: a fen is missing" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("compare", BASE), "nothing to compare"),
        (("compare", BASE, "scenarios/policies/four_time_cap.yaml"), "did you mean"),
        (("compare", BASE, CAP, "--vary", "policies.cap.multiple"), "write it as path=1..10"),
        (("compare", BASE, CAP, "--seeds", "0", "--set", "policies.cap.announced=2019-05-01"), "seeds: must be 1"),
        (("compare", BASE, CAP, "--set", "policies.cap.multiple=-4", "--set", "end=2020-12-31"), "greater than 0"),
        (("compare", BASE, CAP), "never be felt"),
    ],
)
def test_wrong_input_is_told_with_exit_code_2(words: tuple[str, ...], message: str, tmp_path: Path) -> None:
    code, _, err = sim(*words, "--out", str(tmp_path))
    assert code == 2
    assert message in err
