"""Surveillance reacts to credit support; the deficiency payer pays while promise and purse last."""

from __future__ import annotations

from worlds import SCENARIOS, market, run_to

from sim.agents.rating_judgement import opinion
from sim.ledger import Kind
from sim.market.plan_record import records


def test_an_opinion_follows_credit_support() -> None:
    look = {"opening_support": 100_000, "watch_ppm": 700_000, "downgrade_ppm": 400_000, "missed": False}
    assert opinion("AAA", 90_000, watched=False, **look) == ("AAA", "affirm")
    assert opinion("AAA", 60_000, watched=False, **look) == ("AAA", "watch")
    assert opinion("AAA", 60_000, watched=True, **look) == ("AAA", "affirm")
    assert opinion("AAA", 90_000, watched=True, **look) == ("AAA", "watch removed")
    assert opinion("AAA", 30_000, watched=True, **look) == ("AA+", "downgrade")
    assert opinion("AA+", -1, watched=False, **look) == ("C", "downgrade")
    assert opinion("AAA", 90_000, watched=False, **(look | {"missed": True})) == ("CCC", "downgrade")
    assert opinion("BBB+", 90_000, watched=False, **(look | {"missed": True})) == ("CCC", "downgrade")
    assert opinion("BBB+", 30_000, watched=False, **look) == ("BBB", "downgrade")
    assert opinion("D", -1, watched=False, **look)[0] == "D"


def test_the_deficiency_payer_pays_and_is_paid_back_by_the_originator() -> None:
    place = run_to(market(SCENARIOS / "deals" / "huabei_2017_slow.yaml"))
    called = [r for r in place.recorder.table("events").to_pylist() if r["event"] == "deficiency_payment"]
    assert {r["deal"] for r in called} == set(place.deals) | set(place.closed)
    assert place.closed
    for spv in place.deals.values():
        left = place.ledger.undrawn(
            place.ledger.claim(Kind.GUARANTEE, spv.party, spv.terms.guarantor or "", deal=spv.name)
        )
        assert 0 <= left < spv.terms.support_limit_fen
    # What was paid for plans that have ended is paid back too, and then its row is free.
    owed = place.ledger.claims_of(Kind.REIMBURSEMENT, debtor="originator:ant_xiaowei")
    assert all(place.ledger.nominal(claim) == 0 and place.ledger.key(claim).deal in place.deals for claim in owed)
    fallen = {(r["deal"], r["tranche"]) for r in place.recorder.table("ratings").to_pylist() if r["rating"] == "CCC"}
    assert ("huabei_2017_1", "senior") in fallen


def test_a_poor_guarantor_pays_no_more_than_it_has() -> None:
    place = market(SCENARIOS / "deals" / "huabei_2017_slow.yaml", guarantors__merchant_surety__capital_fen=1_000_000_00)
    run_to(place)
    assert place.ledger.cash("guarantor:merchant_surety") >= 0
    tranches = [row for plan in records(place) for row in plan["tranches"] if row["tranche"] == "senior"]
    assert any(row["missed_fen"] for row in tranches)
