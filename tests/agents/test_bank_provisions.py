"""Banks provide for what they expect to lose, at least what is asked, and draw on it in bad times."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import bank_provisions
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

D = datetime.date
PEOPLE = {"population.households": 4_000, "population.weight": 5_000, "end": "2020-03-31", "watched_households": 0}


def world(**given: Any) -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", PEOPLE | given))


@pytest.fixture(scope="module")
def calm() -> SecuritizationMarket:
    return run_to(world(), day_of(D(2019, 9, 1)))


@pytest.fixture(scope="module")
def hard() -> SecuritizationMarket:
    shock = {"macro.shocks": {"recession": {"kind": "stress", "from": "2019-03-01", "size": 3_000}}}
    return run_to(world(**shock), day_of(D(2019, 9, 1)))


def coverage(place: SecuritizationMarket, month: D) -> dict[str, int]:
    rows = place.recorder.table("banks").to_pylist()
    return {row["institution"]: row["coverage_ppm"] for row in rows if row["date"] == month}


def test_the_first_closing_keeps_what_was_set_aside(calm: SecuritizationMarket) -> None:
    first = coverage(calm, D(2019, 1, 31))
    assert all(1_850_000 < ppm < 2_250_000 for ppm in first.values())
    assert all(bank.memory["years_ahead_milli"] > 1_000 for bank in calm.commercial_banks())


def test_in_hard_times_coverage_falls_to_what_is_asked_and_no_lower(
    calm: SecuritizationMarket, hard: SecuritizationMarket
) -> None:
    good, bad = coverage(calm, D(2019, 8, 31)), coverage(hard, D(2019, 8, 31))
    for bank in hard.commercial_banks():
        assert bad[bank.party] < good[bank.party]
        assert hard.ledger.allowance(bank.corporate_claim) >= bank_provisions.required_fen(bank)


def test_more_risk_and_worse_times_are_provided_for_ahead(calm: SecuritizationMarket) -> None:
    bank: Any = calm.banks["regional_1"]
    kept = bank.memory["risk_ppm"], bank.memory["monitoring_ppm"]
    usual = bank_provisions.yearly_loss_ppm(bank, 0)
    assert bank_provisions.yearly_loss_ppm(bank, 2_000) > usual
    bank.memory["risk_ppm"] = kept[0] + 100_000
    assert bank_provisions.yearly_loss_ppm(bank, 0) > usual
    bank.memory["risk_ppm"], bank.memory["monitoring_ppm"] = kept[0], kept[1] + 100_000
    assert bank_provisions.yearly_loss_ppm(bank, 0) < usual
    bank.memory["risk_ppm"], bank.memory["monitoring_ppm"] = kept


def test_less_is_asked_of_banks_with_capital_since_2018(calm: SecuritizationMarket) -> None:
    bank: Any = calm.banks["regional_1"]
    kept, bad = bank.last["capital_ppm"], bank.memory["npl_fen"]
    asked = []
    for ratio in (bank.minimum_ppm, bank.minimum_ppm + bank.memory["distance_ppm"]):
        bank.last["capital_ppm"] = ratio
        asked.append(bank_provisions.required_fen(bank) / bad)
    bank.last["capital_ppm"] = kept
    assert asked == pytest.approx([1.5, 1.2])
