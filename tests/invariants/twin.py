"""A twin of the ledger in plain dictionaries, which states each rule a second time; and the parties it knows."""

from __future__ import annotations

from collections import Counter

from sim.ledger import Kind

H, M, L, P, V, S, G = (
    *("world:households", "world:merchants", "originator:lender", "originator:partner"),
    *("investor:fund", "spv:deal", "guarantor:sure"),
)
BANKS = {H: "bank:a", M: "bank:a", L: "bank:a", P: "bank:b", V: "bank:b", G: "bank:b"} | {
    f"{S}/in": "custodian:c",
    f"{S}/out": "custodian:c",
}
HOME = {party: party for party in (H, M, L, P, V, G)} | {S: f"{S}/in"}  # the account a party uses here
ACCOUNTS = [*BANKS, "bank:a", "bank:b", "custodian:c"]
OWNERS = [L, P, V, S]


def owner_of(account: str) -> str:
    return account.removesuffix("/in").removesuffix("/out")


Row = tuple[Kind, str, str, str]  # kind, creditor, debtor, live or gone


class Refused(Exception):  # noqa: N818 - said of the twin's own rule
    """The twin would not post this."""


class Twin:
    """Cash by account, reserves by bank, amounts by claim, equity by party and code: nothing else, and no numpy."""

    def __init__(self) -> None:
        self.cash: Counter[str] = Counter()
        self.reserves: Counter[str] = Counter()
        self.nominal: Counter[Row] = Counter()
        self.accrued: Counter[Row] = Counter()
        self.allowance: Counter[Row] = Counter()
        self.mark: Counter[Row] = Counter()
        self.undrawn: Counter[Row] = Counter()
        self.equity: Counter[tuple[str, str]] = Counter()
        self.committed: set[Row] = set()

    def need(self, condition: bool) -> None:
        if not condition:
            raise Refused

    def earn(self, winner: str, loser: str, fen: int, code: str) -> None:
        self.equity[owner_of(winner), code] += fen
        self.equity[owner_of(loser), code] -= fen

    def move(self, payer: str, payee: str, fen: int) -> None:
        source, target = BANKS.get(payer, payer), BANKS.get(payee, payee)
        self.need(payer != payee)
        self.need(payer == source or self.cash[payer] >= fen)
        self.need(source == target or self.reserves[source] >= fen)
        self.reserves[source] -= fen
        self.reserves[target] += fen
        self.cash[payer] -= fen if payer != source else 0
        self.cash[payee] += fen if payee != target else 0

    def collect(self, row: Row, fen: int, receiver: str) -> None:
        """Households pay `receiver`, who owes it to the owner if that is another."""
        self.move(HOME[row[2]], HOME[receiver], fen)
        if receiver != row[1]:
            self.nominal[Kind.COLLECTED, row[1], receiver, "LIVE"] += fen
