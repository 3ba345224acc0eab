"""Who is paid what out of a failed institution's estate: by rank, pro rata within a rank, in whole fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from sim.ledger import Kind, largest_remainder

RANKS: Mapping[Kind, int] = {
    Kind.TAX: 0,
    Kind.COLLECTED: 1,
    Kind.WAREHOUSE: 1,
    Kind.LIQUIDITY: 1,
    Kind.INTERBANK: 1,
    Kind.BOND: 1,
    Kind.TRADE: 1,
    Kind.FEE: 1,
    Kind.GUARANTEE: 1,
    Kind.REIMBURSEMENT: 1,
    Kind.RECOURSE: 1,
    Kind.SHAREHOLDER_LOAN: 2,
}
"""Order of payment: taxes, then all unsecured creditors alike (commingled collections among them: RSK28, OPS03), then
shareholders' loans. Shares get what nobody claims."""

CAUSE_DAYS = 365
"""What a failed institution passes on is put down to what it lost in the year before: earlier losses it had survived
(assumption; 90 to 730 days)."""


def distribution(pot_fen: int, claims: Sequence[tuple[int, Kind, int]]) -> dict[int, int]:
    """Pay `pot_fen` on claims (row, kind, fen owed): each rank in full before the next, pro rata within one.

    Returns fen by row. Splits by largest remainder, so a rank's parts add up exactly and none exceeds its claim.

    Raises:
        ValueError: a negative pot, or a kind of claim that has no rank in an estate.
    """
    if pot_fen < 0:
        raise ValueError(f"an estate cannot distribute {pot_fen} fen")
    unranked = sorted({kind.name for _, kind, _ in claims if kind not in RANKS})
    if unranked:
        raise ValueError(f"claims of kind {', '.join(unranked)} have no rank in an estate")
    paid, left = {row: 0 for row, _, _ in claims}, pot_fen
    for rank in sorted(set(RANKS.values())):
        ranked = [(row, owed) for row, kind, owed in claims if RANKS[kind] == rank and owed > 0]
        total = sum(owed for _, owed in ranked)
        if total == 0:
            continue
        pays = min(left, total)
        for (row, _), part in zip(ranked, largest_remainder(pays, [owed for _, owed in ranked]), strict=True):
            paid[row] = part
        left -= pays
    return paid


class BankLoss(NamedTuple):
    """Who fills the hole of a failed bank, fen."""

    juniors_fen: list[int]
    seniors_fen: int
    missing_fen: int
    """What the state has to pay in."""


def bank_loss(*, equity_fen: int, wanted_fen: int, juniors_fen: Sequence[int], seniors_fen: int) -> BankLoss:
    """Split what lifts a failed bank's equity to `wanted_fen` (its minimum capital) among those who bear it.

    Each class of juniors in turn loses all it has before the next does, until equity is as wanted. Senior creditors
    lose only what equity is still below 0 then: they would lose that without a resolution too. The rest is missing.
    """
    short = max(0, wanted_fen - equity_fen)
    cuts = []
    for owed in juniors_fen:
        cuts.append(min(short, owed))
        short -= cuts[-1]
    hole = max(0, -(equity_fen + sum(cuts)))
    seniors = min(hole, seniors_fen)
    return BankLoss(cuts, seniors, short - seniors)
