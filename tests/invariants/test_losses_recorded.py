"""Every fen of LOSS that the ledger ever posted stands in `loss_flows`, party by party, and every chain adds up."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest
from worlds import market, run_to

from sim.calendar import day_of
from sim.contagion.explain import explain
from sim.ledger import Code, Kind, Ledger, State, party_of

SELLER = "originator:ant_xiaowei"


def test_every_fen_of_loss_is_recorded_with_its_cause_and_walks_back_to_an_origin(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    posted: Counter[str] = Counter()  # what LOSS income must be, from the arguments of the verbs
    lost: Counter[str] = Counter()  # what loss_flows must tell
    write_off, write_down, reverse = Ledger.write_off, Ledger.write_down, Ledger.reverse_accrual
    sell = Ledger.sell_forced

    def spied(verb):  # type: ignore[no-untyped-def]
        def call(ledger: Ledger, claim: int, fen: int, **named: object) -> list[str]:
            key, covered = ledger.key(claim), min(fen, ledger.allowance(claim))
            posted[party_of(key.creditor)] += covered - fen
            if verb is write_down and key.kind is not Kind.SHARE:
                posted[key.debtor] += fen
            if key.state is State.LIVE:
                lost[party_of(key.creditor)] += fen
            return verb(ledger, claim, fen, **named)  # type: ignore[no-any-return]

        return call

    def reversed_(ledger: Ledger, claim: int, fen: int, cause: str = "", **named: object) -> list[str]:
        if cause:
            lost[party_of(ledger.key(claim).creditor)] += fen
        return reverse(ledger, claim, fen, cause, **named)  # type: ignore[arg-type]

    def forced(ledger: Ledger, claim: int, *given: object, **named: object) -> int:
        seller = ledger.key(claim).creditor
        before = ledger.income(seller).get(Code.LOSS, 0)
        bought = sell(ledger, claim, *given, **named)  # type: ignore[arg-type]
        gone = before - ledger.income(seller).get(Code.LOSS, 0)
        posted[seller] -= gone
        lost[seller] += gone
        return bought

    monkeypatch.setattr(Ledger, "sell_forced", forced)
    monkeypatch.setattr(Ledger, "write_off", spied(write_off))
    monkeypatch.setattr(Ledger, "write_down", spied(write_down))
    monkeypatch.setattr(Ledger, "reverse_accrual", reversed_)
    place = market(
        end="2017-09-30",
        originators__ant_xiaowei__fails_on=datetime.date(2017, 5, 10),
        deals__huabei_2017_1__true_sale=False,
        deals__huabei_2017_1__legal_maturity_months=0,
        resolution__close_below_ppm=1_000_000,
        resolution__rest_price_ppm=100_000,
    )
    run_to(place, day_of(datetime.date(2017, 9, 30)))
    table = place.recorder.table("loss_flows")
    told: Counter[str] = Counter()
    for row in table.to_pylist():
        told[row["to_party"]] += row["amount_fen"]
    assert +told == +lost
    losers = [party for party in place.ledger.parties if party]
    assert {party: place.ledger.income(party).get(Code.LOSS, 0) for party in losers} == {
        party: posted[party] for party in losers
    }
    assert told[SELLER] > 0 < told["investor:qualified"]
    for party, fen in told.items():
        assert explain(table, party).total_fen == fen, party
