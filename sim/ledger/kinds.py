"""The words of the ledger: kinds of claim, codes of postings, kinds of party, and the errors of a refused posting."""

from __future__ import annotations

from enum import IntEnum, StrEnum
from typing import Final, NamedTuple

from sim.errors import InvariantError


class Kind(IntEnum):
    """What a claim is; the creditor is owed by the debtor, except a SHARE, which nobody owes."""

    RESERVE = 0  # bank -> central bank: what banks pay each other with
    DEPOSIT = 1  # account -> bank or custodian: this is cash
    LOAN = 2  # owner -> households
    COLLECTED = 3  # owner -> servicer: cash collected and not yet remitted
    TRANCHE = 4  # holder -> SPV
    WAREHOUSE = 5
    LIQUIDITY = 6
    INTERBANK = 7
    BOND = 8
    SHAREHOLDER_LOAN = 9
    GUARANTEE = 10  # beneficiary -> guarantor: undrawn until called
    REIMBURSEMENT = 11  # guarantor -> originator, after a guarantee was paid
    RECOURSE = 12
    FEE = 13
    TAX = 14
    SUBSIDY = 15
    SHARE = 16  # shareholder -> institution: asset of the holder, no liability of the institution
    TRADE = 17  # supplier -> buyer: goods delivered and not paid for; a shop's own goods and plant are its claim


class Code(StrEnum):
    """Why equity changed (or, for the last two, why it did not)."""

    INTEREST = "interest"
    FEE = "fee"
    PENALTY = "penalty"
    LOSS = "loss"
    PROVISION = "provision"
    RECOVERY = "recovery"
    MARK = "mark"
    SALE = "sale"
    TAX = "tax"
    COST = "cost"
    WAGE = "wage"
    PURCHASE_OF_GOODS = "purchase_of_goods"
    SUBSIDY = "subsidy"
    GIFT = "gift"
    GUARANTEE = "guarantee"  # a guarantee called (guarantor to beneficiary) and claimed back from who reimburses it
    OPENING = "opening"
    ISSUE = "issue"
    DIVIDEND = "dividend"
    PRINCIPAL = "principal"  # cash against a claim of equal value: no income, no expense
    TRANSFER = "transfer"  # between two accounts of one party
    FINE = "fine"


CODE_NUMBER: Final = {code: number for number, code in enumerate(Code)}

NOT_PAYABLE: Final = frozenset(
    {Code.PROVISION, Code.MARK, Code.OPENING, Code.ISSUE, Code.DIVIDEND, Code.PRINCIPAL, Code.GUARANTEE}
)
"""Codes that `pay` refuses, because they involve no cash or belong to a verb of their own."""


CASH_KINDS: Final = frozenset({Kind.RESERVE, Kind.DEPOSIT})
NOT_BORROWED: Final = CASH_KINDS | {Kind.COLLECTED, Kind.GUARANTEE, Kind.SHARE}
"""Kinds that are not drawn and repaid; cash is paid, the others have verbs of their own."""


class State(IntEnum):
    """Whether a claim is carried at value or, written off, only remembered (allowance equals nominal)."""

    LIVE = 0
    WRITTEN_OFF = 1


CENTRAL_BANK: Final = "world:central_bank"
SHAREHOLDERS: Final = "world:shareholders"
ORIGIN: Final = "origin"
"""Cause of a loss that no earlier loss explains: a borrower's default."""

PARTY_KINDS: Final = frozenset(
    {
        "originator",
        "manager",
        "spv",
        "custodian",
        "guarantor",
        "agency",
        "investor",
        "dealer",
        "bank",
        "regulator",
        "asset_manager",
        "world",
    }
)
DEPOSIT_TAKERS: Final = frozenset({"bank", "custodian"})
WORLD_PARTIES: Final = frozenset(
    f"world:{name}"
    for name in ("households", "merchants", "state", "shareholders", "depositors", "abroad", "central_bank")
)


class PostingError(InvariantError):
    """A posting that would break an identity of the ledger; nothing was written."""


class Overdraft(PostingError):  # noqa: N818 - the trade says overdraft
    """A payment beyond the payer's balance, or beyond the reserves of the payer's bank."""


class Key(NamedTuple):
    """What makes a claim one row. The creditor of a DEPOSIT is the account, otherwise both ends are parties."""

    kind: Kind
    creditor: str
    debtor: str
    deal: str
    rank: int
    state: State


class Posting(NamedTuple):
    """One verb as written: who owed whom, which accounts moved, how much, when and why."""

    day: int
    hour: int
    verb: str
    code: Code
    instrument: str
    creditor: str
    debtor: str
    payer: str
    payee: str
    fen: int
    deal: str
    cause: str


class Loss(NamedTuple):
    """A loss of nominal: `to_party` lost what `from_party` owed. `cause` as in `loss_record`."""

    day: int
    hour: int
    loss_id: int
    round: int
    instrument: str
    from_party: str
    to_party: str
    amount_fen: int
    cause: str
    deal: str
    rank: int


def party_of(name: str) -> str:
    """The party an account belongs to: `spv:x/income` belongs to `spv:x`."""
    return name.partition("/")[0]


def kind_of(name: str) -> str:
    """The kind in a party or account id: `spv` in `spv:x/income`."""
    return name.partition(":")[0]


def checked_party(name: str) -> str:
    """`name` if it is a party id `kind:name` of a known kind; else PostingError says what is wrong with it."""
    kind, colon, rest = name.partition(":")
    if kind not in PARTY_KINDS:
        raise PostingError(f"party {name!r}: unknown kind {kind!r}; use one of {', '.join(sorted(PARTY_KINDS))}")
    if not colon or not rest or "/" in rest:
        raise PostingError(f"party {name!r}: a party is named kind:name, without an account")
    if kind == "world" and name not in WORLD_PARTIES:
        raise PostingError(f"party {name!r}: unknown world party; use one of {', '.join(sorted(WORLD_PARTIES))}")
    return name
