"""Which agency an issuer mandates: graded shares, the same draw in paired worlds, and what each cost does."""

from __future__ import annotations

import pytest

from sim.agents.agency_choice import grounds_milli, mandated, waiting_fen

AGENCIES = ("agency:one", "agency:two", "agency:three")
SCALE_FEN = 10_000_000


def shares(dearer_fen: int, scale_fen: int = SCALE_FEN, deals: int = 600) -> dict[str, float]:
    """Part of mandates by agency where the first costs so much more than the others."""
    won = dict.fromkeys(AGENCIES, 0)
    for number in range(deals):
        cost = {agency: 50_000_000 + dearer_fen * (agency == AGENCIES[0]) for agency in AGENCIES}
        grounds = {agency: grounds_milli(7, f"deal_{number}", agency) for agency in AGENCIES}
        won[mandated(cost, grounds, scale_fen)] += 1
    return {agency: count / deals for agency, count in won.items()}


def test_shares_follow_the_logit_and_are_graded() -> None:
    assert all(part == pytest.approx(1 / 3, abs=0.06) for part in shares(0).values())
    # exp(-1) / (exp(-1) + 2) = 15.5 %; exp(-3) / (exp(-3) + 2) = 2.4 %
    assert shares(SCALE_FEN)[AGENCIES[0]] == pytest.approx(0.155, abs=0.05)
    assert 0 < shares(3 * SCALE_FEN)[AGENCIES[0]] < 0.06
    assert shares(-SCALE_FEN)[AGENCIES[0]] == pytest.approx(0.576, abs=0.06)


def test_without_other_grounds_the_cheapest_has_them_all() -> None:
    assert shares(1, scale_fen=0)[AGENCIES[0]] == 0
    assert shares(-1, scale_fen=0)[AGENCIES[0]] == 1


def test_paired_worlds_share_the_draw_so_that_only_a_cost_moves_a_mandate() -> None:
    grounds = {agency: grounds_milli(7, "deal", agency) for agency in AGENCIES}
    assert grounds == {agency: grounds_milli(7, "deal", agency) for agency in AGENCIES}
    assert len(set(grounds.values())) == 3
    cost = dict.fromkeys(AGENCIES, 50_000_000)
    first = mandated(cost, grounds, SCALE_FEN)
    assert mandated({agency: fen + 5_000_000 for agency, fen in cost.items()}, grounds, SCALE_FEN) == first
    assert mandated(cost | {first: 10**10}, grounds, SCALE_FEN) != first


def test_waiting_costs_what_money_costs_beyond_notes() -> None:
    assert waiting_fen(100_000_000_000, 36_500, 0) == 0
    assert waiting_fen(100_000_000_000, 36_500, 3) == 30_000_000
    assert waiting_fen(100_000_000_000, -10_000, 3) == 0  # cheaper than notes: nothing is lost by waiting
