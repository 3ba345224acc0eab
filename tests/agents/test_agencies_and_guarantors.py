"""Surveillance reacts to credit support; the deficiency payer pays while promise and purse last."""

from __future__ import annotations

from worlds import SCENARIOS, market, run_to

from sim.agents.rating_agency import opinion
from sim.ledger import Kind


def test_an_opinion_follows_credit_support() -> None:
    look = {"opening_support": 100_000, "watch_ppm": 700_000, "downgrade_ppm": 400_000}
    assert opinion("AAA", 90_000, watched=False, **look) == ("AAA", "affirm")
    assert opinion("AAA", 60_000, watched=False, **look) == ("AAA", "watch")
    assert opinion("AAA", 60_000, watched=True, **look) == ("AAA", "affirm")
    assert opinion("AAA", 90_000, watched=True, **look) == ("AAA", "watch removed")
    assert opinion("AAA", 30_000, watched=True, **look) == ("AA+", "downgrade")
    assert opinion("AA+", -1, watched=False, **look) == ("C", "downgrade")


def test_the_deficiency_payer_pays_and_is_owed_by_the_originator() -> None:
    place = run_to(market(SCENARIOS / "deals" / "huabei_2017_slow.yaml"))
    paid = sum(
        r["amount_fen"]
        for r in place.recorder.table("exposures").to_pylist()
        if r["layer"] == "REIMBURSEMENT" and r["date"].isoformat() == "2018-09-30"
    )
    assert paid > 0
    for spv in place.deals.values():
        limit = spv.terms.support_limit_fen
        left = place.ledger.undrawn(
            place.ledger.claim(Kind.GUARANTEE, spv.party, spv.terms.guarantor or "", deal=spv.name)
        )
        assert 0 <= left <= limit


def test_a_poor_guarantor_pays_no_more_than_it_has() -> None:
    place = market(SCENARIOS / "deals" / "huabei_2017_slow.yaml", guarantors__merchant_surety__capital_fen=1_000_000_00)
    run_to(place)
    assert place.ledger.cash("guarantor:merchant_surety") >= 0
    assert any(spv.memory["results"]["senior"]["missed"] for spv in place.deals.values())
