"""An estate pays by rank, pro rata, to the fen."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.ledger import Kind
from sim.markets.estate import RANKS, distribution

CLAIMS = [(1, Kind.WAREHOUSE, 600), (2, Kind.COLLECTED, 300), (3, Kind.SHAREHOLDER_LOAN, 500), (4, Kind.TAX, 50)]


def test_taxes_first_then_all_unsecured_alike_then_shareholders() -> None:
    assert distribution(350, CLAIMS) == {1: 200, 2: 100, 3: 0, 4: 50}
    assert distribution(1_000, CLAIMS) == {1: 600, 2: 300, 3: 50, 4: 50}
    assert distribution(9_999, CLAIMS) == {1: 600, 2: 300, 3: 500, 4: 50}


def test_commingled_collections_rank_with_the_banks() -> None:
    """A servicer's failure costs a plan what its banks lose, no more and no less (OPS03)."""
    paid = distribution(501, CLAIMS)
    assert paid[2] * 600 == pytest.approx(paid[1] * 300, abs=600)


def test_refusals() -> None:
    with pytest.raises(ValueError, match="cannot distribute"):
        distribution(-1, CLAIMS)
    with pytest.raises(ValueError, match="DEPOSIT have no rank"):
        distribution(1, [(1, Kind.DEPOSIT, 5)])


@given(
    pot=st.integers(0, 10**15),
    owed=st.lists(st.tuples(st.sampled_from(sorted(RANKS)), st.integers(0, 10**14)), max_size=12),
)
def test_never_more_than_owed_and_seniors_first(pot: int, owed: list[tuple[Kind, int]]) -> None:
    claims = [(row, kind, fen) for row, (kind, fen) in enumerate(owed)]
    paid = distribution(pot, claims)
    assert sum(paid.values()) == min(pot, sum(fen for _, _, fen in claims))
    assert all(0 <= paid[row] <= fen for row, _, fen in claims)
    for row, kind, fen in claims:
        if paid[row] < fen:
            assert all(paid[r] == 0 for r, k, _ in claims if RANKS[k] > RANKS[kind])
