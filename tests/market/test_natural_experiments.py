"""Two natural experiments on a small market: the notice on cash loans of 2017-12, and the reforms of 2020-2021.

What happened is in the facts files: after the notice Ant's microlenders announced new capital within weeks (AAB05: 3.8
to 12 bn) and stopped growing by selling loans; after the reforms no issue of theirs was approved (LVR03, AAB07), joint
loans needed 30 % of own funds (RUL03, RUL12) and capital was raised. Directions and dates are tested, not amounts: the
small market stands for no place.
"""

from __future__ import annotations

import datetime
from typing import Any

import pytest
from worlds import SCENARIOS, run_to

from sim.agents.loan_postings import participation_of
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario

D = datetime.date
POLICIES = SCENARIOS / "policies"
PEOPLE = {"population.households": 5_000, "population.weight": 4_000, "watched_households": 0}
NOTICE, REFORM = D(2017, 12, 1), D(2020, 11, 2)
WALLET = "originator:wallet"


def lived(start: D, end: D, overlay: str | None, **overrides: Any) -> SecuritizationMarket:
    given = PEOPLE | {"start": start.isoformat(), "end": end.isoformat()} | overrides
    overlays = [] if overlay is None else [POLICIES / f"{overlay}.yaml"]
    return run_to(
        SecuritizationMarket(load_scenario(SCENARIOS / "studies" / "small_market.yaml", given, overlays=overlays))
    )


@pytest.fixture(scope="module")
def notice() -> tuple[SecuritizationMarket, SecuritizationMarket]:
    """Without any notice, and with the one of 2017-12."""
    unruled = {"rules.cash_loan_notice.from": "2030-01-01"}
    span = D(2017, 9, 1), D(2018, 7, 31)
    return lived(*span, None, **unruled), lived(*span, "cash_loan_notice_2017", **unruled)


@pytest.fixture(scope="module")
def reforms() -> tuple[SecuritizationMarket, SecuritizationMarket]:
    """Without and with the reforms of 2020-2021."""
    span = D(2020, 8, 1), D(2021, 6, 30)
    return lived(*span, None), lived(*span, "all_of_2020_2021")


def plans(place: SecuritizationMarket, party: str = WALLET) -> dict[D, dict[str, Any]]:
    rows = place.recorder.table("lenders").to_pylist()
    return {row["date"]: row for row in rows if row["institution"] == party}


def events(place: SecuritizationMarket, event: str, party: str = WALLET) -> list[dict[str, Any]]:
    rows = place.recorder.table("events").to_pylist()
    return [row for row in rows if row["event"] == event and row["institution"] == party]


def issues_begun(place: SecuritizationMarket, since: D) -> int:
    rows = place.recorder.table("issuance").to_pylist()
    return sum(1 for row in rows if row["party"] == WALLET and row["step"] == 1 and row["date"] >= since)


def test_nothing_moves_before_the_notice(notice: tuple[SecuritizationMarket, SecuritizationMarket]) -> None:
    without, with_it = (plans(place) for place in notice)
    early = [date for date in without if date < NOTICE]
    assert len(early) >= 3
    assert all(without[date] == with_it[date] for date in early)


def test_where_banks_take_no_more_capital_is_raised_within_months_and_limits_are_cut() -> None:
    """AAB05: announced 2017-12-18, in the month of the notice; AAB06: some limits cut, some users closed."""
    fixed = {
        "rules.cash_loan_notice.from": "2030-01-01", "originators.wallet.joint_lending.most_volume_ppm": 0,
        "originators.wallet.equity_fen": 120_000_000_000,  # so that the notice finds it at its limit, as Ant's lenders
    }  # fmt: skip
    place = lived(D(2017, 9, 1), D(2018, 7, 31), "cash_loan_notice_2017", **fixed)
    called = [
        row["date"] for row in place.recorder.table("notices").to_pylist()
        if row["sender"] == WALLET and row["subject"] == "capital"
    ]  # fmt: skip
    assert NOTICE <= called[0] <= D(2018, 1, 31)
    paid = events(place, "capital_raised")[0]["date"]
    assert called[0] < paid <= D(2018, 6, 30)
    rows = plans(place)
    assert rows[max(rows)]["net_assets_fen"] * 10 > rows[min(rows)]["net_assets_fen"] * 12
    assert min(row["limit_ppm"] for row in rows.values()) < 1_000_000
    assert all(row["limit_ppm"] == 1_000_000 for date, row in rows.items() if date <= NOTICE)


def test_after_the_notice_sold_pools_shrink_and_partners_lend_more(
    notice: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    """RUL08: what is sold counts; what partner banks fund does not."""
    without, with_it = (plans(place) for place in notice)
    last = max(without)
    assert with_it[last]["pooled_fen"] < without[last]["pooled_fen"]
    assert with_it[last]["joint_fen"] > without[last]["joint_fen"]


def test_a_month_after_its_deadline_no_more_than_a_quarter_stands_beyond_the_limit(
    notice: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    rows = [
        row for row in notice[1].recorder.table("regulation").to_pylist()
        if row["institution"] == WALLET and row["rule"] == "cash_loan_leverage"
    ]  # fmt: skip
    beyond = {row["date"]: row["position_fen"] / row["limit_fen"] - 1 for row in rows}
    assert beyond[NOTICE] > 0.5
    assert beyond[D(2018, 7, 31)] < beyond[NOTICE] / 4


def test_after_2020_no_issue_of_a_microlender_begins(
    reforms: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    without, with_them = reforms
    assert issues_begun(without, D(2021, 1, 1)) > 0
    assert issues_begun(with_them, D(2021, 1, 1)) == 0
    last = max(plans(without))
    assert plans(with_them)[last]["pooled_fen"] < plans(without)[last]["pooled_fen"]


def test_own_funds_in_joint_loans_rise_towards_thirty_per_cent_and_banks_lend_alone(
    reforms: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    """RUL03, RUL12, POL21: a tenth of each loan before; contracts are renewed by quarters on the way to 2022-01-01, and
    part of what banks fund goes on without the platform's funds."""
    for place, renewed in ((reforms[0], False), (reforms[1], True)):
        made = (participation_of(owner) for owner in place.originators["wallet"].book.owners if owner)
        shares = {part.share_bp for part in made if part is not None}
        assert 9_000 in shares
        assert any(7_900 < share < 8_400 for share in shares) == renewed  # of 425 days 150 are gone on 2021-04-01
        assert (10_000 in shares) == renewed


def test_after_the_reforms_capital_is_raised_and_less_is_lent(
    reforms: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    without, with_them = (plans(place) for place in reforms)
    assert events(reforms[1], "capital_raised")
    last = max(without)
    assert with_them[last]["net_assets_fen"] > without[last]["net_assets_fen"]
    lent = [
        sum(row["granted_fen"] for date, row in rows.items() if date >= D(2021, 5, 1)) for rows in (without, with_them)
    ]
    assert lent[1] < lent[0]
    assert all(without[date] == with_them[date] for date in without if date < D(2020, 9, 16))


# -- announced, or simply there --------------------------------------------------------------------------------------

TOLD, LAW = D(2020, 11, 2), D(2021, 8, 2)
"""A share of own funds in joint loans as in the decade: the draft's day, and a law nine months later."""


@pytest.fixture(scope="module")
def share() -> tuple[SecuritizationMarket, SecuritizationMarket]:
    """Told of on the day of the draft, and only on the day on which it is law."""
    span, path = (D(2020, 8, 1), D(2021, 10, 31)), "policies.joint_share"
    told, untold = (
        lived(
            *span,
            "joint_lending_30",
            **{
                f"{path}.from": LAW.isoformat(),
                f"{path}.announced": day.isoformat(),
                "originators.wallet.equity_fen": 120_000_000_000,
            },
        )
        for day in (TOLD, LAW)
    )
    return told, untold


def test_a_reform_that_is_announced_is_answered_before_its_day_and_one_that_is_not_on_it(
    share: tuple[SecuritizationMarket, SecuritizationMarket],
) -> None:
    """Own funds are put into joint loans, and shareholders asked, in the months between; unannounced, in none of them,
    and once it is law less is lent for it."""
    told, untold = (plans(place) for place in share)
    before = [date for date in untold if date < TOLD]
    assert before
    assert all(told[date] == untold[date] for date in before)
    eve = max(date for date in untold if date < LAW)
    assert told[eve]["own_fen"] > 1.2 * untold[eve]["own_fen"]
    asked = [
        [row["date"] for row in place.recorder.table("notices").to_pylist()
         if row["sender"] == WALLET and row["subject"] == "capital" and row["date"] >= TOLD]
        for place in share
    ]  # fmt: skip
    assert TOLD <= asked[0][0] < LAW <= asked[1][0]
    lent = [sum(row["granted_fen"] for date, row in rows.items() if date > LAW) for rows in (told, untold)]
    assert lent[0] > 1.05 * lent[1]
