"""What a lender can lend to its next plan is bounded by the cash that comes by then: the price of notes is money once
their book is built, not before. A platform that may sell notes besides lending with banks turns no more sound
applications away than one that may not."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents import originator_funds as funds
from sim.agents.issuance_steps import STEPS
from sim.agents.originator_forecast import Forecast, forecast
from sim.agents.originator_plan import carry_out, fund, fund_the_month, lent_fen, paid_within_days
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.markets.funding import FundingPlan, Source
from sim.scenario import load_scenario
from sim.timetable import HOURS_PER_DAY, Hour

D = datetime.date
SMALL = SCENARIOS / "studies" / "small_market.yaml"
PEOPLE = {"population.households": 5_000, "population.weight": 4_000, "watched_households": 0}
WALLET = "originator:wallet"
KNOWN = D(2019, 2, 11)
PLATFORM = PEOPLE | {
    "end": "2019-09-30",
    "originators.wallet.joint_lending.bank_share_bp": 9_800,
    "originators.wallet.joint_lending.most_volume_ppm": 990_000,
    "rules.cash_loan_notice.from": "2030-01-01",
}  # fmt: skip
"""Nearly all may be lent with banks, which have room, and no rule stands against notes."""
NO_NOTES = {
    "policies.stop.policy": "issuance_suspension", "policies.stop.from": KNOWN.isoformat(),
    "policies.stop.applies_to": [WALLET], "policies.stop.source": "test",
}  # fmt: skip
SIGNED = {
    "programme": "Signed beforehand", "originator": WALLET,
    "manager": "manager:first", "custodian": "bank:joint_stock_2", "agency": "agency:united",
    "cutoff": "2019-02-12", "closing": "2019-02-20", "face_fen": 20_000_000_000,
    "tranches": {
        "senior": {"rank": 0, "share_bp": 9_000, "coupon_bp": 450, "rating": "AAA",
                   "holders": {"investor:insurer": 10_000}},
        "subordinated": {"rank": 1, "share_bp": 1_000, "holders": {WALLET: 10_000}},
    },
    "revolving_months": 6, "amortisation_months": 9,
    "payment_calendar": {"revolving": "quarterly", "amortising": "monthly", "calculation": "month_end",
                         "rule": {"kind": "day_of_month", "day": 26, "convention": "following"}},
    "eligibility": {"max_missed_cycles": 0, "max_remaining_months": 12},
}  # fmt: skip
"""A deal whose holders are known and that closes in the middle of February."""


def small(**overrides: Any) -> SecuritizationMarket:
    return SecuritizationMarket(load_scenario(SMALL, PEOPLE | {"end": "2019-12-31"} | overrides))


def at_the_plan(place: SecuritizationMarket, date: D) -> SecuritizationMarket:
    """Just before the hour of plans on a day."""
    run_to(place, day_of(date))
    place.env.run(until=day_of(date) * HOURS_PER_DAY + Hour.FUND)
    return place


def granted_share(**overrides: Any) -> float:
    """Part of the sound applications it granted since it was known."""
    place = run_to(small(**PLATFORM | overrides))
    rows = [
        row for row in place.recorder.table("lenders").to_pylist()
        if row["institution"] == WALLET and row["date"] > KNOWN
    ]  # fmt: skip
    granted, refused = (sum(row[name] for row in rows) for name in ("granted_fen", "refused_fen"))
    return float(granted / (granted + refused))


def test_a_source_more_makes_no_lender_turn_more_applications_away() -> None:
    with_notes, without = granted_share(), granted_share(**NO_NOTES)
    assert with_notes >= without
    assert with_notes > 0.9


def test_a_signed_deal_that_closes_before_the_next_plan_is_money() -> None:
    """Nine tenths of its face, which others pay; in January it lies beyond the next plan, in March it is paid."""
    place = small(**{"deals.signed": SIGNED})
    coming = {}
    for date in (D(2019, 1, 2), D(2019, 2, 1), D(2019, 3, 1)):
        ahead = forecast(at_the_plan(place, date).originators["wallet"])
        coming[date] = ahead.signed_fen
    assert list(coming.values()) == [0, 18_000_000_000, 0]


def test_a_mandate_is_no_money_even_if_its_book_is_to_be_built_before_the_next_plan() -> None:
    """Nobody knows whether a book will fill. What is on its way only orders that much less to come after it."""
    date = D(2019, 5, 5)
    wallet = at_the_plan(small(), date).originators["wallet"]
    desk = wallet.place.desk
    assert desk is not None
    for mandate in desk.pipeline.values():
        mandate["step"], mandate["due"] = len(STEPS), day_of(date) + 5
    ahead = forecast(wallet)
    ordered = fund(wallet, ahead)
    month = fund_the_month(wallet, ahead, ordered)
    assert ahead.pipeline_fen > 0
    desk.memory["pipeline"] = {}
    alone = forecast(wallet)
    assert alone.need_fen == ahead.need_fen
    assert fund_the_month(wallet, alone, fund(wallet, alone)) == month
    assert sum(fund(wallet, alone).amounts.values()) > sum(ordered.amounts.values())


def test_the_price_of_notes_is_paid_on_the_day_of_the_book() -> None:
    """So no deal under a shelf is ever signed and unpaid at the hour of plans: what its book brought is cash."""
    place = run_to(small(end="2019-06-30"))
    books = {row["deal"]: row["date"] for row in place.recorder.table("books").to_pylist() if "coupon_bp" in row}
    paid = [row for row in place.recorder.table("issuance").to_pylist() if row["step"] == 7]
    assert paid
    assert all(books[row["deal"]] == row["date"] for row in paid)


def test_what_it_holds_for_its_plans_is_no_cash_to_lend(monkeypatch: pytest.MonkeyPatch) -> None:
    wallet = at_the_plan(small(), D(2019, 2, 1)).originators["wallet"]
    before, held, more = forecast(wallet), funds.held_for_others_fen(wallet), 10**9
    monkeypatch.setattr(funds, "held_for_others_fen", lambda _: held + more)
    assert forecast(wallet).need_fen == before.need_fen + more


def test_a_plan_is_for_the_days_to_the_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """From 2 September to 8 October 2019, the first day after the holidays, are 36 days; from there to November 24."""
    place = small()
    for date, days, behind in ((D(2019, 9, 2), 36, 31), (D(2019, 10, 8), 24, 30)):
        wallet = at_the_plan(place, date).originators["wallet"]
        with monkeypatch.context() as even:
            even.setattr(wallet, "season", lambda _: 1.0)
            ahead = forecast(wallet)
        last = wallet.book.applications_of((date.year - 2010) * 12 + date.month - 2)
        sound = last["granted_fen"] + last["refused_ration_fen"]
        assert ahead.applications_fen == round(sound * days / behind)


AHEAD = Forecast(
    lending_fen=1_000, applications_fen=1_000, repayments_fen=600, purchases_fen=0, maturing_fen=0, cash_gap_fen=0,
    signed_fen=0, drawn_fen=500, called_fen=0, pipeline_fen=0,
)  # fmt: skip


def short_by(unmet: int, line: int) -> FundingPlan:
    return FundingPlan({"line:bank": line, "joint:60": 0}, unmet, (), {}, 0)


def test_what_stands_beyond_a_cap_is_not_called_and_refuses_nobody() -> None:
    """Of 500 drawn the cap leaves 300: the 200 beyond stand, unless a plan is ordered for them."""
    assert lent_fen(AHEAD, short_by(unmet=200, line=300)) == 1_000
    assert lent_fen(AHEAD, short_by(unmet=350, line=300)) == 850
    ordered = Forecast(**{**vars(AHEAD), "called_fen": 200})
    assert lent_fen(ordered, short_by(unmet=200, line=300)) == 800


def test_the_same_rule_refuses_and_shares() -> None:
    wallet = at_the_plan(small(), D(2019, 2, 1)).originators["wallet"]
    ahead = forecast(wallet)
    month = FundingPlan({"joint:60": 0, "alone:60": 0}, ahead.lending_fen // 4 + ahead.drawn_fen, (), {}, 0)
    carry_out(wallet, ahead, fund(wallet, ahead), month)
    lent = lent_fen(ahead, month)
    assert lent == ahead.lending_fen - ahead.lending_fen // 4
    assert wallet.memory["plan"]["ration_ppm"] == lent * 1_000_000 // ahead.applications_fen


def test_of_bonds_the_months_cash_counts_what_is_ordered() -> None:
    known = [Source("line:bank", 40, 100), Source("bonds", 50, 900, minimum_fen=200), Source("notes:n", 30, 500)]
    ordered = FundingPlan({"line:bank": 0, "bonds": 300, "notes:n": 500}, 0, (), {}, 0)
    assert paid_within_days(known, ordered) == [Source("line:bank", 40, 100), Source("bonds", 50, 300)]
