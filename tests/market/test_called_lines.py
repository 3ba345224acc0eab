"""A bank below its minimum takes back what lenders drew: month by month, until it has its capital again."""

from __future__ import annotations

import datetime

from worlds import SCENARIOS, run_to

from sim.calendar import day_of
from sim.ledger import Kind
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

DATE = datetime.date
BANK, LENDER = "bank:regional_2", "originator:quick"


def world(end: str = "2019-10-31", share_ppm: int = 60_000) -> SecuritizationMarket:
    loss = {"shock": "asset_loss", "party": BANK, "on": "2019-06-03", "share_ppm": share_ppm}
    changes = {f"shocks.loss.{name}": value for name, value in loss.items()} if share_ppm else {}
    people = {"population.households": 3_000, "population.weight": 6_667, "end": end}
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", people | changes))


def drawn(place: SecuritizationMarket) -> int:
    return sum(
        place.ledger.nominal(row) for row in place.ledger.claims_of(Kind.WAREHOUSE, creditor=BANK, debtor=LENDER)
    )


def test_a_bank_short_of_capital_for_two_months_has_its_lines_repaid_in_equal_parts() -> None:
    place, other = world(), world(share_ppm=0)
    for market in (place, other):
        run_to(market, day_of(DATE(2019, 8, 2)))
    before, months = drawn(place), place.settings.originators["quick"].debts["bank_line"].run_off_months
    assert before == drawn(other) > 0
    assert place.heard(BANK, "calls lines") is True
    called = [r for r in place.recorder.table("events").to_pylist() if r["event"] == "lines_called"]
    assert [r["institution"] for r in called] == [BANK]
    for month in (1, 2, 3):
        run_to(place, day_of(DATE(2019, 8 + month, 1)))
        assert drawn(place) == before - month * -(-before // months)
    undrawn = [place.ledger.undrawn(row) for row in place.ledger.claims_of(Kind.WAREHOUSE, creditor=BANK)]
    assert not any(undrawn)


def test_it_keeps_its_lines_again_once_it_has_its_capital() -> None:
    place = run_to(world(), day_of(DATE(2019, 8, 2)))
    place.ledger.issue_capital(BANK, place.ledger.assets([BANK])[BANK] // 10)
    run_to(place, day_of(DATE(2019, 9, 10)))
    kept = [r for r in place.recorder.table("events").to_pylist() if r["event"] == "lines_kept"]
    assert [r["institution"] for r in kept] == [BANK]
    left = drawn(place)
    run_to(place, day_of(DATE(2019, 10, 2)))
    assert drawn(place) >= left
    assert "bank_line" not in place.originators["quick"].memory["run_asked"]
