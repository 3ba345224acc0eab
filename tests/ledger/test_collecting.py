"""A day's collections posted at once are the four verbs one after another, whoever collects and whatever is refused."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sim.ledger import Code, Kind, Ledger, Overdraft, PostingError

HOUSEHOLDS, LENDER, SPV = "world:households", "originator:jd", "spv:jd-1"
OWNERS = {
    LENDER: (LENDER, LENDER),
    SPV: (f"{SPV}/principal", f"{SPV}/income"),
    "spv:jd-1 by its servicer": (LENDER, LENDER),
    "bank:small": ("bank:small", "bank:small"),
    "bank:big": ("bank:big", "bank:big"),
}


def loans_of(ledger: Ledger, owner: str) -> int:
    """Households owe an owner 600 fen and a fee of 50."""
    creditor = owner.split(" ", maxsplit=1)[0]
    ledger.add_party(creditor)
    claim = ledger.claim(Kind.LOAN, creditor, HOUSEHOLDS, deal="jd")
    ledger.endow_loans(claim, 600)
    ledger.accrue(claim, 50)
    return claim


def collected(ledger: Ledger, claim: int, amounts: tuple[int, ...], into: tuple[str, str]) -> str:
    """Collect; returns what was refused, if anything."""
    due, repaid, paid, penalty = amounts
    try:
        ledger.collect(
            claim, due_fen=due, repaid_fen=repaid, paid_fen=paid, penalty_fen=penalty, principal=into[0], income=into[1]
        )
    except (PostingError, Overdraft) as refusal:
        return str(refusal)
    return ""


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(
    owner=st.sampled_from(sorted(OWNERS)),
    amounts=st.lists(st.tuples(*[st.integers(-1, 300)] * 4), min_size=1, max_size=3),
)
def test_collections_at_once_are_the_four_verbs_in_turn(
    ledger: Ledger, owner: str, amounts: list[tuple[int, ...]]
) -> None:
    at_once, in_turn = Ledger(), Ledger()
    for each in (at_once, in_turn):
        each.restore(ledger.state())
    in_turn.journal = [].append  # who keeps a journal sees every verb
    claims = [loans_of(each, owner) for each in (at_once, in_turn)]
    for day in amounts:
        said = [
            collected(each, claim, day, OWNERS[owner]) for each, claim in zip((at_once, in_turn), claims, strict=True)
        ]
        assert said[0] == said[1]
    assert plain(at_once) == plain(in_turn)


def plain(ledger: Ledger) -> dict[str, Any]:
    """The whole state in comparable form."""
    state = ledger.state()
    return {"json": state["json"], "arrays": {name: values.tolist() for name, values in state["arrays"].items()}}


def test_reserves_are_raised_where_the_households_bank_lacks_them(ledger: Ledger) -> None:
    claim = loans_of(ledger, SPV)
    asked: list[tuple[str, int]] = []
    ledger.raise_reserves = lambda bank, fen: asked.append((bank, fen))
    ledger.pay("bank:big", "bank:small", ledger.cash("bank:big"), Code.COST)
    with pytest.raises(Overdraft, match="reserves of bank:big"):
        ledger.collect(
            claim, due_fen=0, repaid_fen=9, paid_fen=0, penalty_fen=0, principal=f"{SPV}/principal", income=""
        )
    assert asked == [("bank:big", 9)]
