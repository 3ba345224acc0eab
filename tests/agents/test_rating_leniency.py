"""How far an agency bends: what its record tells it of issuers, what its name is worth, and both together."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from sim.agents import rating_leniency as lenient
from sim.agents.rating_leniency import Answer
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import RatingMethod, Structure

SOUND = PoolView(1_900, 600, 36, 350_000, 80_000, 850_000)
FRAGILE = PoolView(4_000, 1_500, 36, 120_000, 120_000, 800_000)
METHOD = RatingMethod()
LETTERS = ("AAA", "AA+")
PRIOR = 5_000_000
NOISE = 30_000


def record(won_when_mild: int, won_when_strict: int, mandates: int = 60) -> list[Answer]:
    """Half of the mandates asked for mildly, half strictly, with so many won of ten each."""
    return [
        Answer(-20_000 if k % 2 else 20_000, int(k // 2 % 10 < (won_when_mild if k % 2 else won_when_strict)), 100)
        for k in range(mandates)
    ]


def response(answers: Sequence[Answer], rivals: int = 2) -> int:
    return lenient.response_ppm(answers, PRIOR, NOISE, rivals)


def chances(view: PoolView, structure: Structure) -> tuple[int, ...]:
    return tuple(lenient.chances_lowered_ppm(view, structure, LETTERS, 250_000, METHOD))


def chosen(response_ppm: int, *, view: PoolView = SOUND, mandates: int = 20, fee: int = 100) -> int:
    structure = Structure(7, 5) if view is SOUND else Structure(2, 16)
    return lenient.leniency_ppm(response_ppm, fee, mandates * 100, 250_000, chances(view, structure))


def test_its_own_record_says_how_issuers_answer() -> None:
    assert response([]) == PRIOR * 2 // 3
    assert response([], rivals=0) == 0
    assert response([], rivals=5) > response([], rivals=1)
    assert response(record(8, 2)) > response(record(5, 5)) > response(record(2, 8)) >= 0
    assert response(record(5, 5)) < response([])  # nobody answers: it believes less than it did
    assert response(record(8, 2)) > response([])


def test_it_bends_where_that_wins_mandates_and_less_where_its_name_is_at_stake() -> None:
    begun = chosen(response([]))
    assert 0 < begun < 250_000  # it opens between the ends
    assert chosen(response(record(8, 2))) > begun > chosen(response(record(5, 5)))
    assert chosen(response([]), mandates=60) < begun < chosen(response([]), mandates=2)
    assert chosen(0) == 0
    assert chosen(response([]), view=FRAGILE) == 0  # a letter that hangs by a thread is not thinned
    assert chosen(response([]), fee=300) > begun  # a large issue is worth more


@given(st.integers(0, 10_000_000), st.integers(0, 10_000_000), st.integers(1, 100))
def test_the_more_mandates_depend_on_it_the_more_it_bends(one: int, more: int, mandates: int) -> None:
    assert chosen(one, mandates=mandates) <= chosen(one + more, mandates=mandates)


def test_thinner_support_is_lowered_more_often() -> None:
    for view, structure in ((SOUND, Structure(7, 5)), (FRAGILE, Structure(2, 16)), (SOUND, Structure(1, 2))):
        found = chances(view, structure)
        assert list(found) == sorted(found)
        assert 0 < found[0] < found[-1] <= 2_000_000
