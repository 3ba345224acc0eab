"""Each party's part of a joint loan's flows, such that neither owes or is owed a fen more than the loans are."""

from __future__ import annotations

from collections.abc import MutableMapping

from sim.ledger import split_cumulative

RAISES = {"lent": "principal", "cash_lent": "principal", "fee_due": "fees"}
LOWERS = {
    "principal": "principal", "prepaid": "principal", "written_off": "principal", "fee_paid": "fees",
    "fee_lost": "fees",
}  # fmt: skip
"""Flows that raise or lower what households owe on the joint loans of one owner code."""

GONE, GONE_OF_BANK = "gone", "gone_of_bank"
"""What is written off and not recovered yet, and the bank's part of it."""


def parts_of(owed: MutableMapping[str, int], flow: str, fen: int, share_bp: int) -> tuple[int, int]:
    """(bank's, platform's) part of a day's flow; `owed` is what the parties remember of one owner code, and is updated.

    The bank's part of what is *owed* is floor(owed x share / 10,000) after every flow, and a flow's parts are the
    change of it. Were each flow split on its own total instead, three roundings (due, paid, lost) could leave a party
    paid a fen that it was never owed. A recovery is shared as what was written off is, the bank's part rounded up. What
    is in no stock (penalties, new defaults) is split on its own running total.

    >>> owed = {}
    >>> [parts_of(owed, flow, fen, 5_000) for flow, fen in (("fee_due", 2), ("fee_paid", 1), ("fee_lost", 1))]
    [(1, 1), (1, 0), (0, 1)]
    """
    if flow == "recovered":
        return _recovered(owed, fen)
    if flow in LOWERS:
        stock = LOWERS[flow]
        left = owed.get(stock, 0) - fen
        owed[stock] = left
        bank, platform = split_cumulative(left, left + fen, share_bp)
        if flow == "written_off":
            owed[GONE] = owed.get(GONE, 0) + fen
            owed[GONE_OF_BANK] = owed.get(GONE_OF_BANK, 0) + bank
        return bank, platform
    total = RAISES.get(flow, flow)
    before = owed.get(total, 0)
    owed[total] = before + fen
    return split_cumulative(before, before + fen, share_bp)


def _recovered(owed: MutableMapping[str, int], fen: int) -> tuple[int, int]:
    gone, of_bank = owed.get(GONE, 0), owed.get(GONE_OF_BANK, 0)
    left = (gone - fen) * of_bank // gone if gone else 0
    owed[GONE], owed[GONE_OF_BANK] = gone - fen, left
    return of_bank - left, fen - (of_bank - left)
