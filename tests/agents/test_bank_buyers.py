"""Banks that put money into notes: they bid like others, provide for what they hold, and sell when capital is short."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from note_worlds import rows, small_market
from worlds import run_to

from sim.agents.bank import CommercialBank
from sim.calendar import day_of
from sim.market import SecuritizationMarket

DATE = datetime.date
FIRST = {DATE(2019, 7, 8): ("baitiao", 120_000_000_000)}
BANKS: dict[str, Any] = {
    "bank_system": {"conduct": {"mandate": {"books": "provides", "per_tranche_ppm": 100_000}}},
}
DEEP: dict[str, Any] = {"dealers__maker__capital_fen": 10_000_000_000_000}
"""A dealer with room for all that anybody sells, so that what is sold is the seller's choice alone."""


def of_banks(held: dict[str, int]) -> dict[str, int]:
    """The banks among the holders."""
    return {party: fen for party, fen in held.items() if party.startswith("bank:")}


@pytest.fixture(scope="module")
def place() -> SecuritizationMarket:
    """The small market with banks among the buyers, a week after its first issue."""
    return run_to(small_market(FIRST, **BANKS, **DEEP), day_of(DATE(2019, 10, 8)))


def test_banks_buy_with_reserves_and_provide(place: SecuritizationMarket) -> None:
    spv = place.deals["baitiao_1"]
    held = of_banks(spv.holdings("senior"))
    assert held
    for party, fen in held.items():
        claim = spv.tranche_claim("senior", party)
        assert 0 < place.ledger.allowance(claim) < fen // 1000
        assert place.ledger.marked(claim) == 0


def test_banks_among_the_bidders_lower_the_coupon(place: SecuritizationMarket) -> None:
    without = run_to(small_market(FIRST), day_of(DATE(2019, 10, 8)))
    one, other = (p.deals["baitiao_1"].terms.tranches["senior"].coupon_bp for p in (place, without))
    assert one is not None
    assert other is not None
    assert one < other


def test_a_bank_short_of_capital_sells_down_to_what_its_closing_allows(place: SecuritizationMarket) -> None:
    spv = place.deals["baitiao_1"]
    party = next(iter(of_banks(spv.holdings("senior"))))
    bank = place.banks[party.removeprefix("bank:")]
    assert isinstance(bank, CommercialBank)
    held = spv.holdings("senior")[party] + spv.holdings("mezzanine").get(party, 0)
    bank.memory["for_sale_fen"] = 50_000_000
    bank.memory["last"]["tranches"] = held
    run_to(place, day_of(DATE(2019, 10, 11)))
    sold = [row for row in rows(place, "trades") if row["seller"] == bank.party]
    assert sum(row["nominal_fen"] for row in sold) == 50_000_000
