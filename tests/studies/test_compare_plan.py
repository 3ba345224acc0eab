"""What a comparison is asked: levers, seeds and dates are read, put in words, or refused before anything runs."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from compare_worlds import CAP, QUICK, SMALL

import sim
from sim.calendar import day_of
from sim.errors import ScenarioError
from sim.studies.compare_plan import (
    dates_in_words,
    first_difference,
    lifted_rules,
    plan_comparison,
)


def test_levers_make_a_policy_for_each_value(tmp_path: Path) -> None:
    quick = {**QUICK, "end": "2019-02-28"}
    found = sim.compare(
        SMALL, CAP, seeds=1, out=tmp_path, overrides=quick, vary=["policies.cap.multiple=1,1000"], workers=1
    )
    assert found.manifest["policies"] == ["four_times_cap multiple=1", "four_times_cap multiple=1000"]
    assert {"dose.png", "dose-net-assets.svg"} <= {path.name for path in found.figures}
    must = {row["policy"]: row["value"] for row in found.rows("headline") if row["question"] == "How much must move?"}
    assert must["four_times_cap multiple=1"] > must["four_times_cap multiple=1000"] == 0
    loose = [row for row in found.rows("outcomes") if row["policy"] == "four_times_cap multiple=1000"]
    assert all(row["difference"] == 0 or row["outcome"] == "excess" for row in loose)


def test_each_policy_is_varied_by_the_levers_it_has(tmp_path: Path) -> None:
    """Two caps in files of their own and one file with both: two curves and a map, and no world twice."""
    cap = yaml.safe_load(Path(CAP).read_text())["policies"]["cap"]
    lid = {**cap, "announced": "2019-02-11", "from": "2019-03-01"}
    for name, policies in {"lid": {"lid": lid}, "both": {"cap": cap, "lid": lid}}.items():
        (tmp_path / f"{name}.yaml").write_text(json.dumps({"schema_version": 1, "policies": policies}, default=str))
    vary = ["policies.cap.multiple=1,2", "policies.lid.multiple=3,4"]
    files = [CAP, tmp_path / "lid.yaml", tmp_path / "both.yaml"]
    plan = plan_comparison(SMALL, files, overrides=QUICK, vary=vary)
    assert [policy.name for policy in plan.policies] == [
        "four_times_cap multiple=1", "four_times_cap multiple=2", "lid multiple=3", "lid multiple=4",
        "both multiple=1 multiple=3", "both multiple=1 multiple=4", "both multiple=2 multiple=3",
        "both multiple=2 multiple=4",
    ]  # fmt: skip
    assert [policy.family for policy in plan.policies] == ["four_times_cap"] * 2 + ["lid"] * 2 + ["both"] * 4


@pytest.mark.parametrize(
    ("words", "changes", "message"),
    [
        ({"policies": ["scenarios/policies/four_times_cup.yaml"]}, {}, "did you mean"),
        ({"policies": []}, {}, "nothing to compare"),
        ({"policies": [CAP, CAP]}, {}, "name of its own"),
        ({"vary": ["policies.cap.multiple"]}, {}, r"write it as path=1\.\.10"),
        ({"vary": ["policies.cap.multiple=5..1"]}, {}, r"runs backwards; write policies\.cap\.multiple=1\.\.5"),
        ({"vary": ["policies.cap.multiple=1..500"]}, {}, "more than 200"),
        ({"vary": ["policies.cap.multiple=1..1000000000000"]}, {}, "more than 200"),
        ({"vary": ["policies.nope.multiple=1,2"]}, {}, "--vary policies.nope.multiple: .*nope"),
        ({"vary": ["seed=1..3"]}, {}, "seeds: --seeds"),
        ({"vary": ["policies.cap.multiple=-1,2"]}, {}, "greater than 0"),
        ({"vary": ["policies.cap.multipel=1,2"]}, {}, "multiple"),
        ({}, {"policies.lid.multiple": 3}, "did you mean|cap"),
        ({"until": "2019-02-01"}, {}, "never be felt"),
        ({"until": "2029-02-01"}, {}, "not within the scenario"),
        ({"until": "soon"}, {}, "not a date"),
    ],
)
def test_wrong_input_is_refused_before_anything_runs(
    words: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    policies = words.pop("policies", [CAP])
    with pytest.raises(ScenarioError, match=message):
        plan_comparison(SMALL, policies, overrides={**QUICK, **changes}, **words)


@pytest.mark.parametrize(("seeds", "workers"), [(0, 1), (True, 1), ([], 1), ([-1], 1), (1, 0)])
def test_wrong_seeds_and_workers_are_refused(seeds: Any, workers: int, tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match=r"seed|workers"):
        sim.compare(SMALL, CAP, seeds=seeds, workers=workers, out=tmp_path, overrides=QUICK)
    assert not list(tmp_path.iterdir())


def test_a_policy_known_before_the_start_holds_from_the_first_day() -> None:
    early = {**QUICK, "policies.cap.announced": "2018-06-01", "policies.cap.from": "2018-07-01"}
    plan = plan_comparison(SMALL, [CAP], overrides=early)
    assert plan.policies[0].first_day == day_of(plan.base.start)


@pytest.mark.parametrize(
    ("dates", "told"),
    [
        ({"announced": "2018-06-01", "from": "2018-07-01"}, "in force throughout"),
        ({"announced": "2018-06-01", "from": "2019-03-01"}, "heard of on 2019-01-01"),
        ({"announced": "2019-02-11", "from": "2019-04-01"}, "only its announcement"),
    ],
)
def test_dates_outside_the_span_compared_are_put_in_words(dates: dict[str, str], told: str) -> None:
    dated = {f"policies.cap.{name}": date for name, date in dates.items()}
    plan = plan_comparison(SMALL, [CAP], overrides={**QUICK, **dated})
    (line,) = dates_in_words(plan, plan.policies[0])
    assert told in line


def test_rules_whose_place_a_policy_takes_are_lifted_and_others_are_not() -> None:
    base, notice = sim.load_scenario(SMALL), Path(CAP).parent / "general_notice_2020.yaml"
    lifted = lifted_rules(base, sim.load_scenario(SMALL, overlays=[notice]))
    assert {"cash_loan_notice", "small_loan_bank_funding", "small_loan_shareholder_funding"} <= lifted
    assert not {"consumer_finance_interbank", "bank_capital_minima"} & lifted  # the first is of the same kind
    assert lifted_rules(base, sim.load_scenario(SMALL, overlays=[CAP])) == set()


def test_rules_are_first_felt_when_they_begin_or_end() -> None:
    base = sim.load_scenario(SMALL)
    cut = {"rules.cash_loan_notice.until": "2019-06-30"}
    assert first_difference(base, sim.load_scenario(SMALL, cut)) == day_of(datetime.date(2019, 7, 1))
    capped = {
        "rules.capped": {"rule": "bank_loan_cap", "from": "2019-05-05", "applies_to": ["platform"], "source": "x"}
    }
    assert first_difference(base, sim.load_scenario(SMALL, capped)) == day_of(datetime.date(2019, 5, 5))
    assert first_difference(base, sim.load_scenario(SMALL, {"burn_in_months": 2})) == day_of(base.start)
    assert first_difference(base, sim.load_scenario(SMALL, {"seed": 7})) is None
