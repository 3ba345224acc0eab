"""Losses walked back to their origins: shares by hand, sums for any chain of failures."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.contagion.explain import explain
from sim.contagion.inputs import NetworkError

HOMES = "world:households"


def losses(*rows: tuple[str, str, str, int, str]) -> dict[str, list[Any]]:
    """(instrument, from, to, fen, cause) as columns; a row a day."""
    return {
        "date": list(range(len(rows))), "loss_id": list(range(len(rows))), "instrument": [r[0] for r in rows],
        "from_party": [r[1] for r in rows], "to_party": [r[2] for r in rows], "deal": [""] * len(rows),
        "rank": [0] * len(rows), "amount_fen": [r[3] for r in rows], "cause": [r[4] for r in rows],
    }  # fmt: skip


WALK = losses(
    ("LOAN", HOMES, "spv:x", 300, "origin"),
    ("COLLECTED", "originator:o", "spv:x", 100, "origin"),
    ("TRANCHE", "spv:x", "bank:a", 90, "spv:x[0..1]"),
    ("LOAN", "world:merchants", "bank:a", 30, "origin"),
    ("INTERBANK", "bank:a", "bank:b", 41, "bank:a[2..3]"),
    ("INTERBANK", "bank:a", "bank:b", 9, "origin"),
)


def test_shares_by_hand() -> None:
    told = explain(WALK, "bank:b")
    assert told.total_fen == 50
    # 41 splits 90 : 30 into 31 (30.75) and 10 (10.25); 31 splits 300 : 100 into 23 and 8.
    assert [(chain.amount_fen, chain.origin, len(chain.steps)) for chain in told.chains] == [
        (23, HOMES, 3),
        (10, "world:merchants", 2),
        (9, "own business of bank:a", 1),
        (8, "own business of originator:o", 3),
    ]
    assert len(told.table()) == 3 + 2 + 1 + 3
    assert {row["chain"] for row in told.table()} == {1, 2, 3, 4}


def test_only_the_period_asked_for() -> None:
    assert explain(WALK, "bank:a", since=3).total_fen == 30
    assert explain(WALK, "bank:a", until=2).total_fen == 90
    assert explain(WALK, "bank:c").chains == ()


def test_a_table_that_cannot_be_walked_is_refused() -> None:
    with pytest.raises(NetworkError, match="columns rank are missing"):
        explain({name: column for name, column in WALK.items() if name != "rank"}, "bank:a")
    with pytest.raises(NetworkError, match="must rise"):
        explain(WALK | {"loss_id": [1, 0, 2, 3, 4, 5]}, "bank:a")
    with pytest.raises(NetworkError, match="names no loss"):
        explain(losses(("LOAN", HOMES, "bank:a", 1, "spv:y[3..4]")), "bank:a")


@given(data=st.data())
def test_chains_add_up_whatever_failed_because_of_what(data: st.DataObject) -> None:
    parties = [f"bank:{n}" for n in range(4)]
    rows: list[tuple[str, str, str, int, str]] = []
    for _ in range(data.draw(st.integers(1, 25))):
        loser = data.draw(st.sampled_from(parties))
        failed = data.draw(st.sampled_from([HOMES, *parties]))
        mine = [n for n, row in enumerate(rows) if row[2] == failed]
        cause = f"{failed}[{mine[0]}..{mine[-1]}]" if mine else "origin"
        rows.append(("LOAN", failed, loser, data.draw(st.integers(1, 10**12)), cause))
    for party in parties:
        told = explain(losses(*rows), party)
        assert told.total_fen == sum(row[3] for row in rows if row[2] == party)
        assert all(chain.steps[0].from_party == HOMES or "own business" in chain.origin for chain in told.chains)
