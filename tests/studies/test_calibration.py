"""The calibration finds what it is told to find, on books small enough for a test."""

from __future__ import annotations

import datetime
import functools
import math
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim.errors import ScenarioError, StoppedError
from sim.scenario import load_scenario
from sim.scenario.loading import load
from sim.scenario.schema import Scenario
from sim.studies.arrears_closed_form import Rolls, arrears_shares
from sim.studies.calibration import calibrate
from sim.studies.calibration_fit import mean_roll, removal_days_on
from sim.studies.calibration_parameters import Parameters, logit
from sim.studies.calibration_targets import Targets
from sim.studies.lone_book import live_book

ON = datetime.date(2017, 4, 30)
TRUE = Parameters(
    intercept={datetime.date(2010, 1, 1): -5.0},
    cycle_effect=(3.4, 4.0, 4.8, 8.9, 8.9, 8.9),
    purchases_per_month=1.4,
    products={"bill_instalment": 960_000, "transaction_instalment": 40_000},
    terms={
        "bill_instalment": {1: 860_000, 3: 48_000, 6: 23_000, 9: 14_000, 12: 55_000},
        "transaction_instalment": {3: 400_000, 6: 250_000, 9: 50_000, 12: 300_000},
    },
)
SMALL_WORLD = """
schema_version: 1
extends: deals/huabei_2017.yaml
name: small
population: {households: 16_000, weight: 4_500}
burn_in_months: 2
"""
START = """
start:
  behaviour.intercept: {2010-01-01: -5.6}
  behaviour.cycle_effect: [4.2, 5.2, 6.1, 7.0, 7.4, 7.6]
  originators.ant_xiaowei.lending.spending.purchases_per_month: 1.0
  originators.ant_xiaowei.lending.products.bill_instalment.terms:
    1: {share_ppm: 868_000}
    3: {share_ppm: 43_000}
    6: {share_ppm: 20_000}
    9: {share_ppm: 12_500}
    12: {share_ppm: 56_500}
  originators.ant_xiaowei.lending.products.bill_instalment.share_ppm: 960_000
  originators.ant_xiaowei.lending.products.transaction_instalment.share_ppm: 40_000
"""


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """A small Huabei book, as a scenario file."""
    path = tmp_path / "small.yaml"
    path.write_text(SMALL_WORLD, encoding="utf-8")
    return path


@functools.cache
def printed() -> str:
    """What a publisher of the true book would print, as the text of a targets file."""
    overrides = {"population.households": 16_000, "population.weight": 4_500, "burn_in_months": 2}
    true = TRUE.into(load_scenario("deals/huabei_2017.yaml", overrides), "ant_xiaowei")
    life = live_book(true, "ant_xiaowei", {ON})
    book, place = life.at[ON], {"in": "a", "on": ON.isoformat(), "source": "truth"}
    figures = {
        "schema_version": 1,
        "originator": "ant_xiaowei",
        "scenarios": {"a": "small.yaml"},
        "overdue": [place | {"pct": 100 * book.overdue("30+"), "definition": "30+"}],
        "rolls": {"values": [mean_roll({"a": life}, k) for k in range(3)], "source": "truth"},
        "later_roll": {"chance": 0.98, "source": "truth"},
        "balances": [place | {"fen": book.balance_fen}],
        "npl": [place | {"pct": 100 * book.npl}],
        "shares": [
            place | {"product": "bill_instalment", "terms": [1, 12], "share": book.share("bill_instalment", (1, 12))}
        ],
        "tolerance": 0.1,
        "rounds": 8,
        "other_seeds": 0,
    }
    return yaml.safe_dump(figures)


def targets_file(small: Path, **changes: Any) -> Path:
    """The printed figures, with changes, in the folder of the scenario."""
    path = small.parent / "targets.yaml"
    path.write_text(yaml.safe_dump(yaml.safe_load(printed()) | changes) + START, encoding="utf-8")
    return path


def test_known_parameters_are_recovered(small: Path, tmp_path: Path) -> None:
    targets, out = targets_file(small), tmp_path / "fitted.yaml"
    report = calibrate(targets, out)
    assert report["within_tolerance"]
    fitted = yaml.safe_load(out.read_text(encoding="utf-8"))
    intercept = fitted["behaviour"]["intercept"][datetime.date(2010, 1, 1)]
    assert intercept == pytest.approx(-5.0, abs=0.1)
    assert fitted["behaviour"]["cycle_effect"][:3] == pytest.approx(TRUE.cycle_effect[:3], abs=0.25)
    lending = fitted["originators"]["ant_xiaowei"]["lending"]
    assert lending["spending"]["purchases_per_month"] == pytest.approx(1.4, rel=0.03)
    one_month = lending["products"]["bill_instalment"]["terms"][1]["share_ppm"]
    assert one_month == pytest.approx(860_000, abs=10_000)
    npl = report["tests"][0]
    assert npl["simulated"] == pytest.approx(npl["printed"], rel=0.1), "NPL is not fitted, and follows"


def test_the_overlay_is_a_scenario_overlay_with_sources_and_is_the_same_every_time(small: Path, tmp_path: Path) -> None:
    targets = targets_file(small, rounds=1)
    first, second = tmp_path / "one.yaml", tmp_path / "two.yaml"
    report = calibrate(targets, first)
    calibrate(targets, second)
    text = first.read_text(encoding="utf-8")
    assert text == second.read_text(encoding="utf-8")
    assert text.startswith("# Fitted by `sim calibrate targets.yaml`")
    assert "test, not fitted: more than 90 days" in text
    extending = tmp_path / "fitted_scenario.yaml"
    extending.write_text("schema_version: 1\nextends: [small.yaml, one.yaml]\n", encoding="utf-8")
    scenario = load(extending, model=Scenario).value
    shown = {row["parameter"]: row["fitted"] for row in report["parameters"]}
    assert scenario.behaviour.intercept == {datetime.date(2010, 1, 1): shown["intercept from 2010-01-01"]}
    assert scenario.originators["ant_xiaowei"].lending.spending.purchases_per_month == shown["purchases_per_month"]
    assert scenario.sources["behaviour.intercept"] == "fitted to truth"


def test_what_may_not_move_stays(small: Path, tmp_path: Path) -> None:
    targets, out = targets_file(small, rounds=1, move=["intercept"]), tmp_path / "fitted.yaml"
    report = calibrate(targets, out)
    assert [row["figure"] for row in report["fit"]] == [f"overdue 30+ {ON}"]
    fitted = yaml.safe_load(out.read_text(encoding="utf-8"))
    assert set(fitted["behaviour"]) == {"intercept"}
    assert "originators" not in fitted


def test_rolls_can_come_from_a_history_read_in_place(small: Path, tmp_path: Path) -> None:
    (tmp_path / "history.csv").write_text(
        "report_end,beg_n,beg_bal,new_loans,cum_prepay,current,dq1_30,dq31_60,dq61_90,dq91_120,dq120p,cum_principal,cum_interest\n"
        "2016/12/31,1,1,1,1,1000,10,8,6,5,9,1,1\n2017/1/31,1,1,1,1,1000,9,4,6,3,9,1,1\n",
        encoding="utf-8",
    )
    history = {"history": "history.csv", "years": [2017], "source": "a pool"}
    report = calibrate(targets_file(small, rolls=history, rounds=1), tmp_path / "fitted.yaml")
    rolls = [row["target"] for row in report["fit"] if row["figure"].startswith("roll")]
    assert rolls == [40.0, 75.0, 50.0]
    assert report["rolls_from"] == "a pool: 1 months of 2017, entry into 1-30 days 0.90 % of current"


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"originator": "nobody"}, "originator: 'nobody' is not one of a's: ant_xiaowei"),
        ({"scenarios": {"b": "small.yaml"}}, "'a' is not one of the scenarios b"),
        ({"rolls": {"source": "x"}}, "give either values or history"),
        ({"rolls": {"history": "gone.csv", "years": [2017], "source": "x"}}, "gone.csv: No such file"),
        ({"later_roll": {"chance": 1.5, "source": "x"}}, "later_roll.chance"),
        ({"speed": 3}, "speed: unknown key"),
        (
            {"overdue": [{"in": "a", "on": "2031-01-31", "pct": 1, "definition": "1+", "source": "x"}]},
            "2031-01-31 lies outside scenario a",
        ),
        (
            {"shares": [{"in": "a", "on": ON.isoformat(), "product": "car", "share": 0.5, "source": "x"}]},
            "shares.0.product: 'car' is not one of bill_instalment, transaction_instalment",
        ),
        (
            {
                "shares": [
                    {
                        "in": "a",
                        "on": ON.isoformat(),
                        "product": "bill_instalment",
                        "terms": [2],
                        "share": 0.5,
                        "source": "x",
                    }
                ]
            },
            "shares.0.terms: bill_instalment has terms",
        ),
    ],
)
def test_wrong_targets_are_refused(small: Path, tmp_path: Path, changes: dict[str, Any], told: str) -> None:
    out = tmp_path / "fitted.yaml"
    plain = {
        "schema_version": 1, "originator": "ant_xiaowei", "scenarios": {"a": small.name},
        "overdue": [{"in": "a", "on": ON.isoformat(), "pct": 1, "definition": "30+", "source": "x"}],
        "rolls": {"values": [0.3, 0.6, 0.8], "source": "x"}, "later_roll": {"chance": 0.98, "source": "x"},
    }  # fmt: skip
    path = tmp_path / "targets.yaml"
    path.write_text(yaml.safe_dump(plain | changes), encoding="utf-8")
    with pytest.raises(ScenarioError) as refused:
        calibrate(path, out)
    assert told in str(refused.value)
    assert not out.exists()


def test_an_overlay_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoppedError, match="choose another --out"):
        calibrate(tmp_path / "targets.yaml", tmp_path / "gone" / "fitted.yaml")


@pytest.mark.parametrize("name", ["ant_2017.yaml", "jd.yaml"])
def test_shipped_targets_load_and_name_scenarios_that_load(name: str) -> None:
    folder = Path(__file__).parents[2] / "scenarios" / "calibration"
    targets = load(folder / name, model=Targets).value
    for path in targets.scenarios.values():
        assert targets.originator in load_scenario(folder / path, targets.start).originators


def test_removal_rules_are_dated() -> None:
    lending = load_scenario("deals/jd_baitiao_24m.yaml").originators["jdct"].lending
    assert removal_days_on(lending, datetime.date(2019, 12, 31)) == 210
    assert removal_days_on(lending, datetime.date(2020, 1, 1)) == 265


# -- the closed form against the book --------------------------------------------------------------------------------

ENTRY, ROLLS, REMOVAL = 0.02, Rolls(0.5, 0.7, 0.85), 240


def uniform_world() -> Scenario:
    """Equal households, no seasons, no growth: the book of the closed form."""
    levels = [logit(chance) for chance in (ENTRY, ROLLS.second, ROLLS.third, ROLLS.fourth)]
    return load_scenario(
        "deals/huabei_2017.yaml",
        {
            "population.households": 60_000, "population.weight": 1_200, "population.quality_sd": 0,
            "population.region_quality": [0] * 8, "population.state_shares_ppm": [1_000_000, 0, 0],
            "population.strain_ppm": 0, "population.job_loss_ppm": 0,
            "behaviour.intercept": {"2010-01-01": levels[0]},
            "behaviour.cycle_effect": [*(level - levels[0] for level in levels[1:]), 20, 20, 20],
            "behaviour.age_effect": [0] * 5, "behaviour.state_effect": [0] * 3,
            "behaviour.burden_effect": 0, "behaviour.late_ppm": 0, "behaviour.partial_cure_ppm": 0,
            "originators.ant_xiaowei.lending.members": None,
            "originators.ant_xiaowei.lending.write_off_days_past_due": REMOVAL,
            "originators.ant_xiaowei.lending.spending.by_month": [1.0] * 12,
            "originators.ant_xiaowei.lending.spending.festivals": {"06-18": 1, "11-11": 1, "12-12": 1},
        },
    )  # fmt: skip


def test_a_stationary_book_has_the_shares_of_its_closed_form() -> None:
    life = live_book(uniform_world(), "ant_xiaowei", {datetime.date(2017, 12, 31)})
    rolls = [sum(row[k] for row in life.rolls()) / len(life.rolls()) for k in range(3)]
    # A purchase too young to be billed when its account misses enters arrears after its account: r1 lies a bit above.
    assert rolls == pytest.approx([ROLLS.second, ROLLS.third, ROLLS.fourth], rel=0.07)
    expected = arrears_shares(life.entry_rate(), Rolls(*rolls), 0.0, REMOVAL)
    months = life.month_ends[1:]
    mean = [sum(float(stocks[k]) / float(stocks.sum()) for stocks in months) / len(months) for k in range(2, 6)]
    assert mean == pytest.approx(
        [expected.days_1_30, expected.days_31_60, expected.days_61_90, expected.days_91_120], rel=0.08
    )
    over_90 = sum(float(stocks[5:].sum()) / float(stocks.sum()) for stocks in months) / len(months)
    assert over_90 == pytest.approx(expected.over_90, rel=0.1)


# -- parts -----------------------------------------------------------------------------------------------------------


def test_shares_moved_keep_their_sum_and_the_others_their_proportions() -> None:
    moved = TRUE.with_share_moved("bill_instalment", (1, 12), 0.5)
    before, after = TRUE.terms["bill_instalment"], moved.terms["bill_instalment"]
    assert sum(after.values()) == 1_000_000
    assert after[3] / after[6] == pytest.approx(before[3] / before[6], rel=1e-3)
    odds = (after[1] + after[12]) / (after[3] + after[6] + after[9])
    assert odds == pytest.approx(math.exp(0.5) * 915_000 / 85_000, rel=1e-3)
    assert sum(TRUE.with_share_moved("transaction_instalment", None, -1.0).products.values()) == 1_000_000
