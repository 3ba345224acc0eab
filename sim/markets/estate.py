"""Who is paid what out of a failed institution's estate: by rank, pro rata within a rank, in whole fen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from sim.ledger import Kind, largest_remainder
from sim.ledger.kinds import ORIGIN

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


def causes_of(suffered: Sequence[dict[str, Any]], lost_fen: int) -> list[tuple[int, str | list[str]]]:
    """Split a loss into (fen, cause): first what earlier losses cost the loser and it has not passed on yet, then its
    own business.

    Args:
        suffered: what it lost before, {"ids": ids of the losses, "left_fen": not yet passed on}; `left_fen` is used up.
        lost_fen: what is lost now.
    """
    parts: list[tuple[int, str | list[str]]] = []
    for loss in suffered:
        borne = min(lost_fen, int(loss["left_fen"]))
        if borne:
            parts.append((borne, list(loss["ids"])))
            loss["left_fen"] -= borne
            lost_fen -= borne
    return [*parts, (lost_fen, ORIGIN)] if lost_fen else parts


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
