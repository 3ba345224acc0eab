"""Buyers of notes ask for the risk of the issuer: by accounts they have heard of, its letter, and the deal's terms."""

from __future__ import annotations

import datetime
from typing import Any

from note_worlds import rows, small_market
from worlds import run_to

from sim.agents import issuer_accounts
from sim.calendar import day_of
from sim.market import SecuritizationMarket

DATE = datetime.date
MANDATES = {DATE(2019, 7, 8): ("second", 80_000_000_000)}
CLOSED = day_of(DATE(2019, 9, 30))
TOGETHER = {"frequency": "daily", "commingled": True, "working_days_after": 1}
LATE = {"frequency": "monthly", "commingled": True, "working_days_after": 5}
EQUITY = "originators.second.equity_fen"
WEAK, STRONG = 2_800_000_000_000, 6_000_000_000_000
APART = {"frequency": "daily", "commingled": False, "working_days_after": 1}


def sold(**changes: Any) -> SecuritizationMarket:
    return run_to(small_market(MANDATES, **changes), CLOSED)


def spread_bp(place: SecuritizationMarket) -> int:
    """Of the senior class over the risk-free yield."""
    (row,) = [r for r in rows(place, "books") if r["deal"] == "second_1" and r["rating"] == "AAA"]
    return int(row["coupon_bp"] - row["risk_free_bp"])


def remitted(how: dict[str, Any], **changes: Any) -> int:
    """The spread of a lender whose net assets are an eighth of what they stand behind."""
    return spread_bp(sold(**{"shelves.second.prototype.remittance": how, EQUITY: WEAK} | changes))


def test_the_weaker_of_two_issuers_pays_more_where_it_keeps_the_cash() -> None:
    assert remitted(TOGETHER) > remitted(TOGETHER, **{EQUITY: STRONG})
    assert remitted(APART) == remitted(APART, **{EQUITY: STRONG})


def test_cash_kept_by_a_weak_servicer_costs_coupon_and_a_sale_that_does_not_hold_more() -> None:
    apart, together, late = remitted(APART), remitted(TOGETHER), remitted(LATE)
    assert apart < together < late
    assert remitted(APART, **{"shelves.second.prototype.true_sale": False}) > late


def test_a_letter_counts_where_it_says_worse_than_the_accounts() -> None:
    rated = {"originators.second.issuer_ratings": {"2014-01-01": "A"}}
    assert remitted(TOGETHER, **{EQUITY: STRONG}, **rated) > remitted(TOGETHER, **{EQUITY: STRONG})


def test_accounts_are_known_from_the_hour_after_they_are_shown_and_past_once_another_collects() -> None:
    place = sold(**{EQUITY: WEAK})
    party = "originator:second"
    shown = place.heard(party, issuer_accounts.ACCOUNTS)
    assert 0 < shown["net_assets_fen"] < shown["behind_fen"]
    poor = {"net_assets_fen": 0, "behind_fen": 100}
    before = issuer_accounts.failure_ppm(place, party)
    place.tell(party, issuer_accounts.ACCOUNTS, poor)
    assert issuer_accounts.failure_ppm(place, party) == before
    place.step()
    assert issuer_accounts.failure_ppm(place, party) == 200_000 != before
    spv = place.deals["second_1"]
    place.originators["second"].fail("asked for by a test")
    place.step()
    held = spv.commingled
    assert issuer_accounts.failure_of_seller_ppm(spv) == (1_000_000 if held else 0)
    spv.become(perfected=True)
    assert issuer_accounts.failure_of_seller_ppm(spv) == 0
