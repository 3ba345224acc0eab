"""Outcomes about the subject of single policies are the sums of the tables they are read from."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.studies.compare_outcomes import OUTCOMES
from sim.studies.compare_subjects import green_shelves, mean_coupon, subject_outcomes

SINCE, END = datetime.date(2019, 2, 11), datetime.date(2019, 4, 30)
GREEN = {
    "end": END.isoformat(), "population.households": 5_000, "population.weight": 4_000,
    "policies.green": {
        "policy": "green_subsidy", "from": SINCE.isoformat(), "applies_to": ["retailer"], "source": "test",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def place() -> SecuritizationMarket:
    return run_to(SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", GREEN)))


def rows(place: SecuritizationMarket, table: str) -> list[dict[str, Any]]:
    return [row for row in place.recorder.table(table).to_pylist() if row["date"] >= SINCE]


def test_subjects_are_sums_of_tables(place: SecuritizationMarket) -> None:
    found = subject_outcomes(place, day_of(SINCE), frozenset({"shop"}))
    assert set(found) <= set(OUTCOMES)
    away = rows(place, "turned_away")
    assert found["turned_away"] == sum(row["applied_fen"] for row in away) / 1e11
    assert 0 < found["found_elsewhere"] < found["turned_away"]
    loans = [row for row in rows(place, "pools") if row["deal"].startswith("managed:")]
    prepaid, collected = (sum(row[name] for row in loans) for name in ("prepaid_fen", "collected_principal_fen"))
    assert found["prepaid"] == pytest.approx(100 * prepaid / collected)
    placed = [row for row in rows(place, "books") if row["placed_fen"] and row["rating"] != "unrated"]
    of_shop = [row for row in placed if row["deal"].startswith("shop_")]
    assert found["green_placed"] == sum(row["placed_fen"] for row in of_shop) / 1e11 > 0
    assert found["green_coupon"] == mean_coupon(of_shop) > 0
    assert found["mezzanine_placed"] == sum(r["placed_fen"] for r in placed if r["tranche"] == "mezzanine") / 1e11
    assert found["downgrades"] == sum(row["action"] == "downgrade" for row in rows(place, "ratings"))
    assert found["letters_expect"] > 0
    assert found["risk_index"] == 0  # before the twelfth month there is none


def test_shelves_are_green_only_while_the_policy_holds(place: SecuritizationMarket) -> None:
    assert green_shelves(place.settings, END) == {"shop"}
    plain = load_scenario(SCENARIOS / "studies" / "small_market.yaml", {})
    assert green_shelves(plain, END) == frozenset()
