"""An issue fails when its seller or its buyers cannot perform; no purse of the world decides an outcome."""

from __future__ import annotations

import datetime

from worlds import market, run_to


def events(place: object, what: str) -> list[dict[str, object]]:
    return [r for r in place.recorder.table("events").to_pylist() if r["event"] == what]  # type: ignore[attr-defined]


def test_a_seller_that_has_stopped_working_issues_nothing() -> None:
    place = run_to(market(end="2017-08-31", originators__ant_xiaowei__fails_on=datetime.date(2017, 3, 1)))
    assert {r["deal"] for r in events(place, "issue_failed")} == {f"huabei_2017_{n}" for n in (2, 3, 4, 5)}
    assert not [
        r for r in place.recorder.table("issuance").to_pylist() if r["step"] == 6 and r["deal"] != "huabei_2017_1"
    ]
    bought = [r["date"] for r in place.recorder.table("purchases").to_pylist()]
    assert max(bought) < datetime.date(2017, 3, 1)


def test_investors_without_cash_make_the_issue_fail_by_name() -> None:
    place = run_to(market(end="2017-03-31", investors__qualified__cash_fen=1_000))
    failed = events(place, "issue_failed")
    assert {r["deal"] for r in failed} == {"huabei_2017_1", "huabei_2017_2"}
    assert "investor:qualified has" in str(failed[0]["detail"])


def test_a_pool_that_finds_no_loans_says_so() -> None:
    place = run_to(market(end="2017-02-28", deals__huabei_2017_1__eligibility__max_owed_fen=1_000))
    assert [r["deal"] for r in events(place, "first_pool_short")] == ["huabei_2017_1"]


def test_income_flows_round_so_that_no_purse_runs_dry() -> None:
    place = market(end="2018-06-30", population__households=4_000, population__weight=10_000)
    run_to(place)
    bought = sum(r["lent_fen"] for r in place.recorder.table("market_daily").to_pylist())
    in_merchants_hands = place.ledger.cash("world:merchants")
    assert in_merchants_hands < bought / 10  # no more than the last month's purchases
    assert place.ledger.cash("world:households") > bought
