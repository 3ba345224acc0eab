"""A coming share of own funds in joint loans: contracts renewed quarter by quarter, capital called, banks asked to lend
alone; no stop on the day it becomes law, and never more lent jointly than the own part is funded for."""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.loan_postings import participation_of
from sim.agents.originator_market import lent_alone_fen
from sim.agents.originator_partners import own_part_is_funded, partner_rooms
from sim.calendar import day_of
from sim.market import SecuritizationMarket
from sim.markets.funding import FundingPlan
from sim.scenario import load_scenario

D = datetime.date
KNOWN, LAW, END = D(2019, 2, 15), D(2019, 11, 1), D(2019, 12, 31)
PEOPLE = {"population.households": 5_000, "population.weight": 4_000, "watched_households": 0}
WALLET = "originator:wallet"
AGREED_BP, LEFT_BP = 9_000, 7_000


def begun(**overrides: Any) -> SecuritizationMarket:
    given = PEOPLE | {"end": END.isoformat()} | overrides
    return SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", given))


def lived(**overrides: Any) -> SecuritizationMarket:
    return run_to(begun(**overrides))


@pytest.fixture(scope="module")
def without() -> SecuritizationMarket:
    return lived()


def ruled_from_the_start() -> SecuritizationMarket:
    terms = {"policy": "joint_lending_share", "announced": KNOWN, "from": LAW, "minimum": 0.3, "source": "test"}
    slow = {"bank_system.conduct.alone_ready_days": "1500"}
    return begun(**slow, **{f"policies.share.{key}": str(value) for key, value in terms.items()})


@pytest.fixture(scope="module")
def alone_fen() -> dict[D, int]:
    """What banks hold of loans they made alone, at the starts of quarters and at the end; lived with `ruled`."""
    return {}


@pytest.fixture(scope="module")
def ruled(alone_fen: dict[D, int]) -> SecuritizationMarket:
    place = ruled_from_the_start()
    for date in (D(2019, 4, 1), D(2019, 7, 1), D(2019, 10, 1), END):
        run_to(place, day_of(date))
        alone_fen[date] = sum(lent_alone_fen(place.originators["wallet"]).values())
    return run_to(place)


def months(place: SecuritizationMarket) -> dict[D, dict[str, Any]]:
    rows = place.recorder.table("lenders").to_pylist()
    return {row["date"]: row for row in rows if row["institution"] == WALLET}


def shares_lent_under(place: SecuritizationMarket) -> set[int]:
    """The banks' share, in bp, of each loan that was ever made with a bank."""
    parts = (participation_of(owner) for owner in place.originators["wallet"].book.owners if owner)
    return {part.share_bp for part in parts if part is not None}


def test_shares_are_renewed_quarter_by_quarter_down_to_the_laws(ruled: SecuritizationMarket) -> None:
    """Straight from the announcement to the law: at the quarters' starts 45, 136 and 228 of 259 days are gone."""
    gone = [(D(2019, month, 1) - KNOWN).days / (LAW - KNOWN).days for month in (4, 7, 10)]
    renewed = {AGREED_BP - int(2_000 * part * 1_000_000) // 1_000_000 for part in gone}
    found = shares_lent_under(ruled) - {10_000}
    assert found >= {AGREED_BP, LEFT_BP}
    assert all(min(abs(share - other) for share in found) <= 1 for other in renewed)
    assert len(found) == 5


def test_banks_that_are_asked_lend_alone_more_each_quarter(
    ruled: SecuritizationMarket, alone_fen: dict[D, int]
) -> None:
    """What they hold of such loans rises. Their part of one month's lending need not: a quota fills up, and lending
    swells in November."""
    alone = {date: row["alone_ppm"] for date, row in months(ruled).items()}
    assert not any(part for date, part in alone.items() if date < D(2019, 4, 1))
    held = list(alone_fen.values())
    assert held[0] == 0
    assert held == sorted(set(held))
    wallet = ruled.originators["wallet"]
    rooms = partner_rooms(wallet)
    assert all(rooms.alone_fen[bank] <= room for bank, room in rooms.all_fen.items())


def test_no_month_stops_when_it_becomes_law(without: SecuritizationMarket, ruled: SecuritizationMarket) -> None:
    before, after = months(without), months(ruled)
    assert all(before[date] == after[date] for date in before if date < KNOWN)
    for date in (date for date in before if date > KNOWN):
        assert after[date]["granted_fen"] > before[date]["granted_fen"] * 0.5, date


def test_what_banks_lend_alone_is_no_joint_loan_and_theirs_in_the_ledger(ruled: SecuritizationMarket) -> None:
    wallet, ledger = ruled.originators["wallet"], ruled.ledger
    held: dict[str, int] = {}
    for owner in (owner for owner in wallet.book.owners if owner.startswith("joint:")):
        part = participation_of(owner)
        assert part is not None
        held[part.bank] = held.get(part.bank, 0) + wallet.book.outstanding_fen(owner) * part.share_bp // 10_000
    for bank, fen in held.items():
        # Each code's split keeps its own running total: at most a fen a code and flow apart.
        assert abs(ledger.nominal(wallet.loan_claim(bank)) - fen) <= 1_000


def test_regulators_look_at_new_joint_loans_only(ruled: SecuritizationMarket) -> None:
    rows = ruled.recorder.table("events").to_pylist()
    pursued = [row for row in rows if row["family"] == "supervision" and row["detail"].find("share:") >= 0]
    assert not pursued
    beyond = [
        row for row in ruled.recorder.table("regulation").to_pylist()
        if row["institution"] == WALLET and row["rule"] == "share" and row["date"] == LAW
    ]  # fmt: skip
    assert beyond[0]["binding"]  # of the whole stock, loans of the year before stand at a tenth


def test_a_rule_without_time_still_lets_it_lend_what_its_own_part_carries() -> None:
    place = lived(
        end="2019-04-30",
        **{
            "policies.share.policy": "joint_lending_share", "policies.share.from": KNOWN.isoformat(),
            "policies.share.minimum": "0.3", "policies.share.source": "test",
        },
    )  # fmt: skip
    assert shares_lent_under(place) - {10_000} == {AGREED_BP, LEFT_BP}
    plan = FundingPlan({"joint:60": 70, "alone:60": 20}, 10, (), {}, 0)
    assert own_part_is_funded(plan, 120, LEFT_BP)
    assert not own_part_is_funded(plan, 119, LEFT_BP)
    assert day_of(LAW) > place.day
