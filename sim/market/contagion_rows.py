"""Rounds of contagion within a day: who lost by whom else's failure, in which round, and who fell."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sim.ledger import Loss
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.market.market import SecuritizationMarket

Key = tuple[int, int, str]
"""Hour, round, institution."""


def record_contagion(market: SecuritizationMarket, losses: Iterable[Loss]) -> None:
    """A row for each institution and round in which it lost by failures before it, and one of round 0 for each that
    fell today. Nothing on the days on which nobody fell and nothing was passed on."""
    lost = rounds_of(losses)
    fallen = [party for party in market.fallen() if party not in market.fallen_before]
    for party in fallen:
        if not any(one == party for _, _, one in lost):
            lost[int(Hour.FUND), 0, party] = 0
    left: dict[str, int] = {}
    for (hour, in_round, party), fen in sorted(lost.items(), reverse=True):
        if party in market.ledger.party_number:
            equity = market.ledger.equity(party) + left.get(party, 0)
            left[party] = left.get(party, 0) + fen
            market.recorder.add(
                "contagion", date=market.day, hour=hour, round=in_round, institution=party, loss_fen=fen,
                equity_fen=equity, failed=party in fallen or party in market.fallen_before,
            )  # fmt: skip


def rounds_of(losses: Iterable[Loss]) -> dict[Key, int]:
    """Fen lost by (hour, round, institution), round 1 and later: what borrowers' own defaults cost is no contagion."""
    lost: dict[Key, int] = {}
    for loss in losses:
        if loss.round and not loss.to_party.startswith("world:"):
            key = loss.hour, loss.round, loss.to_party
            lost[key] = lost.get(key, 0) + loss.amount_fen
    return lost
