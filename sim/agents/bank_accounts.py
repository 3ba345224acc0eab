"""What banks' books show: positions of all full banks in one pass over the claims, and their capital ratios."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.agents.market_place import HOUSEHOLDS, MERCHANTS, SHAREHOLDERS
from sim.ledger import Kind, State
from sim.regulation.rules import OTHER_LOAN_WEIGHT_BP, RETAIL_LOAN_WEIGHT_BP, BankPosition, tranche_weight_bp

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.spv import Spv
    from sim.ledger import Ledger

STATE = "world:state"
DEPOSITORS = "world:depositors"
GENERAL = "general"
GOVERNMENT, TIER2, ADDITIONAL_TIER1 = "government", "tier2", "additional_tier1"
"""Names, in the place of a deal, of corporate loans, government bonds and a bank's own subordinated bonds."""

MILLION = 1_000_000
MOST_RATIO_PPM = 1_000 * MILLION
"""The furthest capital ratio told: all loans of a bank may be provided for in full, and then nothing is at risk."""
BUFFER_PPM = 5_000
"""Capital ratio banks keep over their minimum before they take on more (assumption, range 2,500 to 15,000 ppm)."""
INTERBANK_WEIGHT_BP = 2_000
"""Risk weight of claims on banks of up to three months (capital rules of 2012: 20 %; assumption, range 2000-2500)."""
UNDRAWN_FACTOR_BP = 2_000
"""Part of an undrawn commitment that counts as drawn (capital rules of 2012: 20 % to one year; assumption, to 5000)."""


class Item(IntEnum):
    """Classes of a bank's assets."""

    RESERVES = 0
    CORPORATE = 1
    CONSUMER = 2
    GOVERNMENT = 3
    INTERBANK = 4
    TRANCHES = 5
    LINES = 6
    OTHER_NOTES = 7
    """Notes of enterprise ABS of other kinds, AAA."""
    OTHER = 8


@dataclass(frozen=True)
class Position:
    """A bank's stocks in fen; assets at carrying value."""

    assets: dict[Item, int]
    allowance_fen: int
    """Of general and consumer loans."""
    undrawn_fen: int
    deposits_fen: int
    interbank_borrowed_fen: int
    tier2_fen: int
    additional_tier1_fen: int
    equity_fen: int
    risk_weighted_fen: int
    partners: dict[str, int]
    """Joint loans by platform."""

    @property
    def assets_fen(self) -> int:
        """All assets."""
        return sum(self.assets.values())

    @property
    def loans_fen(self) -> int:
        """All loans, lines included."""
        return self.assets[Item.CORPORATE] + self.assets[Item.CONSUMER] + self.assets[Item.LINES]

    @property
    def tier1_fen(self) -> int:
        """Equity and additional tier-1 bonds."""
        return self.equity_fen + self.additional_tier1_fen

    @property
    def capital_fen(self) -> int:
        """Tier 1 and tier 2."""
        return self.tier1_fen + self.tier2_fen

    @property
    def capital_ppm(self) -> int:
        """CAR: capital over risk-weighted assets."""
        return self.over_weighted_ppm(self.capital_fen)

    def liquid_fen(self, required_fen: int) -> int:
        """Reserves beyond the requirement, and government bonds."""
        return max(0, self.assets[Item.RESERVES] - required_fen + self.assets[Item.GOVERNMENT])

    @property
    def runnable_fen(self) -> int:
        """What others may take out in a month: a tenth of deposits and interbank debt (run-off rates are an assumption,
        range 5 to 20 % of deposits)."""
        return self.deposits_fen // 10 + self.interbank_borrowed_fen

    def liquidity_ppm(self, required_fen: int) -> int:
        """Liquid means over what may leave in a month, undrawn lines included."""
        return self.liquid_fen(required_fen) * MILLION // max(1, self.runnable_fen + self.undrawn_fen)

    def spare_ppm(self, required_fen: int) -> int:
        """Liquid means beyond what others may take out in a month, of assets; below 0 where they would not suffice."""
        return (self.liquid_fen(required_fen) - self.runnable_fen) * MILLION // max(1, self.assets_fen)

    def over_weighted_ppm(self, capital_fen: int) -> int:
        """Capital of one quality over risk-weighted assets; within `MOST_RATIO_PPM` either way, where next to nothing
        is at risk."""
        ratio = capital_fen * MILLION // max(1, self.risk_weighted_fen)
        return max(-MOST_RATIO_PPM, min(MOST_RATIO_PPM, ratio))

    def measured(self) -> BankPosition:
        """What the rules for banks measure."""
        return BankPosition(
            cet1_fen=self.equity_fen, tier1_fen=self.tier1_fen, capital_fen=self.capital_fen,
            risk_weighted_fen=self.risk_weighted_fen, loans_fen=self.loans_fen,
            largest_partner_fen=max(self.partners.values(), default=0), partners_fen=sum(self.partners.values()),
            deposits_fen=self.deposits_fen, reserves_fen=self.assets[Item.RESERVES],
        )  # fmt: skip


def positions(place: MarketPlace, banks: list[str]) -> dict[str, Position]:
    """The positions of these bank parties, by party: group-bys of the claim table, once for all of them."""
    ledger = place.ledger
    table, number = ledger.table, ledger.party_number
    seat = np.full(len(ledger.parties) + 1, -1, np.int64)
    seat[[number[bank] for bank in banks]] = np.arange(len(banks))
    creditor, debtor = seat[table.column("creditor")], seat[table.column("debtor")]
    kind, debtor_party = table.column("kind"), table.column("debtor")
    item = _items(kind, debtor_party, ledger)
    owns = (creditor >= 0) & (kind >= 0)
    assets = _grouped(creditor, item, table.carrying(), owns, len(banks), len(Item))
    allowance = _grouped(
        creditor, item, table.column("allowance"), owns & (table.column("state") == State.LIVE), len(banks), len(Item)
    )
    undrawn = _grouped(creditor, item, table.column("undrawn"), owns, len(banks), len(Item))
    owes = (debtor >= 0) & (kind >= 0)
    liabilities = _grouped(debtor, kind, table.owed(), owes, len(banks), len(Kind))
    weighted = _weighted_tranches(place, np.flatnonzero(owns & (kind == Kind.TRANCHE)), creditor, len(banks))
    partners = _partners(place, np.flatnonzero(owns & (item == Item.CONSUMER)), creditor, len(banks))
    found = {}
    for k, bank in enumerate(banks):
        held = {each: int(assets[k, each]) for each in Item}
        open_ = int(undrawn[k].sum())
        found[bank] = Position(
            assets=held, allowance_fen=int(allowance[k, [Item.CORPORATE, Item.CONSUMER]].sum()), undrawn_fen=open_,
            deposits_fen=int(liabilities[k, Kind.DEPOSIT]),
            interbank_borrowed_fen=int(liabilities[k, Kind.INTERBANK]), tier2_fen=_bonds(ledger, bank, TIER2),
            additional_tier1_fen=_bonds(ledger, bank, ADDITIONAL_TIER1), equity_fen=ledger.equity(bank),
            risk_weighted_fen=risk_weighted_fen(held, open_, weighted[k]), partners=partners[k],
        )  # fmt: skip
    return found


def risk_weighted_fen(assets: dict[Item, int], undrawn_fen: int, tranches_weighted_bp: int) -> int:
    """Risk-weighted assets: consumer loans 75 %, other loans and assets 100 %, banks 20 %, undrawn lines a fifth of
    100 %, tranches by rating (given weighted, fen x bp), other notes as AAA, reserves and government bonds 0."""
    lent = assets[Item.CORPORATE] + assets[Item.LINES] + assets[Item.OTHER]
    return (
        lent * OTHER_LOAN_WEIGHT_BP
        + undrawn_fen * UNDRAWN_FACTOR_BP
        + assets[Item.CONSUMER] * RETAIL_LOAN_WEIGHT_BP
        + assets[Item.INTERBANK] * INTERBANK_WEIGHT_BP
        + assets[Item.OTHER_NOTES] * tranche_weight_bp("AAA")
        + tranches_weighted_bp
    ) // 10_000


def _items(kind: NDArray[np.int64], debtor: NDArray[np.int64], ledger: Ledger) -> NDArray[np.int64]:
    """The class of asset each row is to its creditor."""
    item = np.full(len(kind), int(Item.OTHER), np.int64)
    item[kind == Kind.RESERVE] = Item.RESERVES
    item[(kind == Kind.LOAN) & (debtor == ledger.party_number[MERCHANTS])] = Item.CORPORATE
    item[(kind == Kind.LOAN) & (debtor == ledger.party_number[HOUSEHOLDS])] = Item.CONSUMER
    item[(kind == Kind.BOND) & (debtor == ledger.party_number[STATE])] = Item.GOVERNMENT
    item[(kind == Kind.BOND) & (debtor == ledger.party_number[SHAREHOLDERS])] = Item.OTHER_NOTES
    item[kind == Kind.INTERBANK] = Item.INTERBANK
    item[kind == Kind.TRANCHE] = Item.TRANCHES
    item[(kind == Kind.WAREHOUSE) | (kind == Kind.LIQUIDITY)] = Item.LINES
    return item


def _grouped(
    seat: NDArray[np.int64], column: NDArray[np.int64], fen: NDArray[np.int64], rows: NDArray[np.bool_], banks: int,
    width: int,
) -> NDArray[np.int64]:  # fmt: skip
    cells = np.zeros(banks * width, np.int64)
    np.add.at(cells, seat[rows] * width + column[rows], fen[rows])
    return cells.reshape(banks, width)


def _bonds(ledger: Ledger, bank: str, name: str) -> int:
    return ledger.nominal(ledger.claim(Kind.BOND, DEPOSITORS, bank, deal=name))


def _partners(place: MarketPlace, rows: NDArray[np.int64], seat: NDArray[np.int64], banks: int) -> list[dict[str, int]]:
    found: list[dict[str, int]] = [{} for _ in range(banks)]
    table = place.ledger.table
    for row, bank in zip(rows.tolist(), seat[rows].tolist(), strict=True):
        key = table.keys[row]
        if key is not None and key.state is State.LIVE and table.nominal[row]:
            found[bank][key.deal] = table.nominal[row]
    return found


def _weighted_tranches(place: MarketPlace, rows: NDArray[np.int64], seat: NDArray[np.int64], banks: int) -> list[int]:
    """Sum over tranches held of carrying value x risk weight, fen x bp."""
    weighted, table = [0] * banks, place.ledger.table
    weights = place.rulebook.tranche_weights_bp(place.day)
    weight_bp: dict[tuple[str, int], int] = {}  # of each class, looked up once for all banks that hold it
    for row, bank, carrying in zip(rows.tolist(), seat[rows].tolist(), table.carrying()[rows].tolist(), strict=True):
        key = table.keys[row]
        if key is None:
            continue
        name = (key.debtor, key.rank)
        if name not in weight_bp:
            spv = place.spv_of(key.debtor)
            letter = "unrated" if spv is None else rating_of(spv, key.rank)
            weight_bp[name] = tranche_weight_bp(letter, weights)
        weighted[bank] += carrying * weight_bp[name]
    return weighted


def rating_of(spv: Spv, rank: int) -> str:
    """The published rating of the tranche of a rank; `unrated` where there is none."""
    from sim.agents.spv_life import current_rating  # noqa: PLC0415  (plans know banks as custodians)

    for name, notes in spv.terms.tranches.items():
        if notes.rank == rank:
            return current_rating(spv, name) or "unrated"
    return "unrated"


def plain(position: Position) -> dict[str, Any]:
    """The figures a bank remembers of its last closing, as plain data."""
    return {
        "assets": position.assets_fen, "loans": position.loans_fen, "deposits": position.deposits_fen,
        "risk_weighted": position.risk_weighted_fen, "tier1": position.tier1_fen, "capital": position.capital_fen,
        "capital_ppm": position.capital_ppm, "consumer": position.assets[Item.CONSUMER],
        "tranches": position.assets[Item.TRANCHES], "government": position.assets[Item.GOVERNMENT],
        "corporate": position.assets[Item.CORPORATE], "partners": position.partners,
        "lines": position.assets[Item.LINES], "undrawn": position.undrawn_fen,
    }  # fmt: skip
