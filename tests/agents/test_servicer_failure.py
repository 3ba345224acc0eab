"""Commingling: what a failing servicer holds is stuck, and rights perfection sends borrowers to the plan's own
account."""

from __future__ import annotations

import datetime

from worlds import market, run_to

from sim.calendar import day_of
from sim.ledger import Kind

FAILS = datetime.date(2017, 5, 10)


def test_only_commingled_cash_is_lost_to_the_failure() -> None:
    place = market(end="2017-08-31", originators__ant_xiaowei__fails_on=FAILS)
    run_to(place, day_of(FAILS) + 20)
    spv = place.deals["huabei_2017_1"]
    assert spv.memory["perfected"]
    stuck = place.ledger.nominal(
        place.ledger.claim(Kind.COLLECTED, spv.party, "originator:ant_xiaowei", deal="ant_xiaowei")
    )
    day_before = [r for r in place.recorder.table("pools").to_pylist() if r["deal"] == spv.name and r["date"] < FAILS][
        -3:
    ]
    a_day = max(r["collected_principal_fen"] + r["collected_fee_fen"] + r["penalty_fen"] for r in day_before)
    assert 0 < stuck < 12 * a_day
    # Every month end brings its part, until the estate is closed and nothing is left to wait for.
    run_to(place)
    assert not spv.claims_on("originator:ant_xiaowei")
    events = {r["event"] for r in place.recorder.table("events").to_pylist()}
    assert {"originator_failure", "servicer_insolvent", "rights"} <= events
    # Afterwards borrowers pay the plan itself.
    later = [
        r
        for r in place.recorder.table("pools").to_pylist()
        if r["deal"] == spv.name and r["date"] > FAILS + datetime.timedelta(days=30)
    ]
    assert sum(r["collected_principal_fen"] for r in later) > 0
    assert spv.cash_total_fen() > 0


def test_segregated_collections_leave_nothing_at_the_servicer() -> None:
    changes = {f"deals__huabei_2017_{n}__remittance__commingled": False for n in range(1, 6)}
    place = run_to(market(end="2017-06-30", originators__ant_xiaowei__fails_on=FAILS, **changes))
    for spv in place.deals.values():
        claim = place.ledger.claim(Kind.COLLECTED, spv.party, "originator:ant_xiaowei", deal="ant_xiaowei")
        assert place.ledger.nominal(claim) == 0
    lent = {r["date"]: r["lent_fen"] for r in place.recorder.table("market_daily").to_pylist()}
    assert lent[FAILS] == 0 < lent[FAILS - datetime.timedelta(days=1)]
