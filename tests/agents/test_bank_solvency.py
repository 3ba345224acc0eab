"""A bank's solvency is known on the day on which a loss is booked."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.bank_solvency import carried_ppm
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

LOSS = datetime.date(2019, 1, 8)
BANK = "bank:joint_stock_1"


def after_a_loss(share_ppm: int) -> SecuritizationMarket:
    """The small market at the end of the day on which a bank writes off part of its loans to firms."""
    shock = {"shock": "asset_loss", "party": BANK, "on": LOSS.isoformat(), "share_ppm": share_ppm}
    changes = {
        "population.households": 3_000, "population.weight": 6_667, "end": "2019-02-28", "shocks": {"loss": shock},
    }  # fmt: skip
    place = SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", changes))
    return run_to(place, day_of(LOSS) + 1)


def events(place: SecuritizationMarket, what: str) -> list[dict[str, Any]]:
    return [row for row in place.recorder.table("events").to_pylist() if row["event"] == what]


def bank_of(place: SecuritizationMarket) -> Any:
    return place.banks[BANK.removeprefix("bank:")]


def test_a_bank_that_falls_below_its_minimum_offers_nothing_new_from_that_day() -> None:
    place = after_a_loss(80_000)
    bank = bank_of(place)
    (told,) = events(place, "below_minimum")
    assert (told["date"], told["hour"], told["institution"]) == (LOSS, 17, BANK)
    assert told["measured_ppm"] < told["threshold_ppm"]
    assert bank.short_of_capital
    assert not bank.failed
    assert place.heard(BANK, "capital") == told["measured_ppm"]
    offers = bank.memory["offered"]
    assert offers
    for subject, offer in offers.items():
        held = bank.last["partners"].get(subject.partition(":")[2], 0) if subject.startswith("joint:") else 0
        assert offer["limit_fen"] <= held, subject


def test_a_bank_without_equity_fails_on_the_day_and_is_resolved_the_same_evening() -> None:
    place = after_a_loss(200_000)
    (failure,) = events(place, "bank_failure")
    (bridged,) = events(place, "bank_bridged")
    assert (failure["date"], failure["hour"], failure["institution"]) == (LOSS, 17, BANK)
    assert (bridged["date"], bridged["hour"]) == (LOSS, 19)
    lent = [r for r in place.recorder.table("loss_flows").to_pylist() if r["instrument"] == "INTERBANK"]
    assert sum(row["amount_fen"] for row in lent if row["from_party"] == BANK) > 0


@pytest.mark.parametrize("share_ppm", [0, 20_000])
def test_a_loss_that_provisions_or_buffers_bear_changes_nothing(share_ppm: int) -> None:
    place = after_a_loss(share_ppm)
    assert not events(place, "below_minimum")
    assert not events(place, "bank_failure")


def test_the_ratio_is_capital_less_the_loss_over_the_assets_last_reported() -> None:
    bank = bank_of(after_a_loss(20_000))
    before = bank.last["capital"]
    lost = bank.memory["equity_fen"] - bank.place.ledger.equity(BANK)
    assert carried_ppm(bank) == (before - lost) * 1_000_000 // bank.last["risk_weighted"]
