"""What happens after an institution fails: its estate is run off, creditors are paid by rank, the rest is lost to
somebody by name.

The administrator takes over on the day of failure. Borrowers go on paying: their loans are collected for the estate. At
every month end what cash there is goes to creditors in their order. When little is left to collect, or after the longest
time allowed, the rest is sold, every claim not paid is written down at its holder, and shares are worth nothing. A bank
is not run off but kept open (`bail_in`): its depositors are the public.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents.institution import Institution, Life
from sim.agents.loan_postings import joint_code, participation_of
from sim.agents.market_place import HOUSEHOLDS, MERCHANTS, SHAREHOLDERS
from sim.calendar import is_month_end
from sim.ledger import Code, Kind, State, largest_remainder
from sim.ledger.kinds import CASH_KINDS, ORIGIN, Key
from sim.markets.estate import RANKS, distribution
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.resolution_terms import ResolutionTerms

MILLION = 1_000_000
BUYER = SHAREHOLDERS
"""Buyers of distressed assets: private money of the world."""
STATE = "world:state"


class Administrator(Institution):
    """Runs off the estates of failed institutions."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.SUPERVISE,)
    kind: ClassVar[str] = "regulator"

    def __init__(self, place: MarketPlace, terms: ResolutionTerms) -> None:
        super().__init__(place, "administrator")
        self.terms = terms
        self.memory = {"estates": {}}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Open estates of those who failed today; at month ends pay creditors; close what has run off."""
        for party in self.place.failures():
            if party not in self.memory["estates"]:
                self._open(party)
        if is_month_end(self.place.day):
            for party, estate in self.memory["estates"].items():
                if estate["closed_on"] is None:
                    self._month(party, estate)
        return
        yield

    def _open(self, party: str) -> None:
        assets = _collectable_fen(self.place, party)
        self.memory["estates"][party] = {
            "opened_on": self.place.day, "assets_fen": assets, "paid_fen": 0, "lost_fen": 0, "closed_on": None,
        }  # fmt: skip
        self.place.note_event(
            deal="", institution=party, family="resolution", event="estate_opened",
            detail=f"{_owed_fen(self.place, party)} fen owed against {assets} fen to collect",
            effect="creditors wait for month ends",
        )  # fmt: skip

    def _month(self, party: str, estate: dict[str, Any]) -> None:
        _pay_costs(self.place, party, self.terms.cost_ppm)
        estate["paid_fen"] += distribute(self.place, party)
        left = _collectable_fen(self.place, party)
        late = self.place.day - estate["opened_on"] >= self.terms.longest_days
        small = left * MILLION <= estate["assets_fen"] * self.terms.close_below_ppm
        if late or small or _owed_fen(self.place, party) == 0:
            last, estate["lost_fen"] = close(self.place, party, self.terms.rest_price_ppm)
            estate["paid_fen"] += last
            estate["closed_on"] = self.place.day
            self.place.note_event(
                deal="", institution=party, family="resolution", event="estate_closed",
                detail=f"creditors got {estate['paid_fen']} fen and lost {estate['lost_fen']} fen",
                effect="loss of the creditors" if estate["lost_fen"] else "creditors paid in full",
            )  # fmt: skip


def claims_against(place: MarketPlace, party: str) -> list[tuple[int, Key, int]]:
    """(row, key, nominal + accrued) of every claim on a party that an estate pays, in order of rows."""
    table = place.ledger.table
    number = place.ledger.party_number[party]
    rows = (table.column("debtor") == number) & (table.owed() != 0) & (table.column("state") == State.LIVE)
    found = [(int(row), table.keys[row], int(table.owed()[row])) for row in rows.nonzero()[0]]
    return [(row, key, owed) for row, key, owed in found if key is not None and key.kind in RANKS]


def _owed_fen(place: MarketPlace, party: str) -> int:
    return sum(owed for _, _, owed in claims_against(place, party))


def _collectable_fen(place: MarketPlace, party: str) -> int:
    """Carrying value of what it owns beyond cash: loans, notes, claims on others."""
    table = place.ledger.table
    number = place.ledger.party_number[party]
    mine = (table.column("creditor") == number) & (table.column("state") == State.LIVE)
    for kind in (*CASH_KINDS, Kind.SHARE):
        mine &= table.column("kind") != kind
    return max(0, int(table.carrying()[mine].sum()))


def _pay_costs(place: MarketPlace, party: str, cost_ppm: int) -> None:
    """A month of administration, out of what there is."""
    cost = _collectable_fen(place, party) * cost_ppm // 12_000_000
    place.ledger.pay(party, MERCHANTS, min(cost, place.ledger.cash(party)), Code.COST)


def distribute(place: MarketPlace, party: str) -> int:
    """Pay creditors out of the cash at hand. Returns fen paid."""
    claims = claims_against(place, party)
    parts = distribution(place.ledger.cash(party), [(row, key.kind, owed) for row, key, owed in claims])
    for row, key, _ in claims:
        _pay(place, row, key, parts[row])
    return sum(parts.values())


def _pay(place: MarketPlace, row: int, key: Key, fen: int) -> None:
    """Accrued first, then principal. A plan's collections reach its own accounts."""
    ledger = place.ledger
    if fen == 0:
        return
    if key.kind is Kind.COLLECTED:
        spv = place.spv_of(key.creditor)
        account = key.creditor if spv is None else spv.account("principal")
        ledger.remit(row, fen, key.debtor, account)
        return
    interest = min(fen, ledger.accrued(row))
    spv = place.spv_of(key.creditor)
    payee = key.creditor if spv is None else spv.account("principal")
    ledger.pay_accrued(row, interest, payee=payee)
    if key.kind is Kind.GUARANTEE:
        ledger.pay_guarantee(row, fen - interest, payee=payee, reimbursed_by=None)
    else:
        ledger.repay(row, fen - interest, payee=payee)


def close(place: MarketPlace, party: str, rest_price_ppm: int) -> tuple[int, int]:
    """Sell the rest, pay creditors a last time, write down what they do not get. Returns (fen paid, fen lost)."""
    ledger = place.ledger
    _sell_rest(place, party, rest_price_ppm)
    paid, lost = distribute(place, party), 0
    for row, _, owed in claims_against(place, party):
        ledger.reverse_accrual(row, ledger.accrued(row), cause=ORIGIN)
        ledger.write_down(row, ledger.nominal(row), cause=ORIGIN)
        lost += owed
    table = ledger.table
    shares = (table.column("debtor") == ledger.party_number[party]) & (table.column("kind") == Kind.SHARE)
    for row in shares.nonzero()[0]:
        ledger.write_down(int(row), ledger.nominal(int(row)), cause=ORIGIN)
    return paid, lost


def _sell_rest(place: MarketPlace, party: str, price_ppm: int) -> None:
    """What is left to collect goes to buyers of distressed assets, at a discount from what it is carried at."""
    for row, key in _assets(place, party):
        nominal, accrued = place.ledger.nominal(row), place.ledger.accrued(row)
        price = max(0, place.ledger.carrying(row)) * price_ppm // MILLION
        spv = place.spv_of(key.debtor)
        if key.kind is Kind.TRANCHE and spv is not None:
            if nominal:
                spv.transfer_notes(spv.terms.ranked[key.rank], party, BUYER, nominal, price)
            continue
        place.ledger.assign(row, BUYER, nominal, price, accrued_fen=accrued)
        if key.kind is Kind.LOAN and key.debtor == HOUSEHOLDS:
            _hand_over_loans(place, party, key.deal)


def _assets(place: MarketPlace, party: str) -> list[tuple[int, Key]]:
    """Rows it still owns: loans written off too, since they may yet be recovered."""
    table = place.ledger.table
    mine = (table.column("creditor") == place.ledger.party_number[party]) & (table.owed() != 0)
    found = [(int(row), table.keys[row]) for row in mine.nonzero()[0]]
    return [(row, key) for row, key in found if key is not None and key.kind not in (*CASH_KINDS, Kind.SHARE)]


def _hand_over_loans(place: MarketPlace, party: str, lender: str) -> None:
    """The book's own code, and the party's part of joint ones, change hands with the ledger's row."""
    book, originator = place.books[lender], place.originators[lender]
    for owner in [owner for owner in book.owners if owner]:
        shared = participation_of(owner)
        if owner == party:
            book.hand_over(place.day, owner, BUYER)
        elif shared is not None and shared.platform == party:
            code = joint_code(replace(shared, platform=BUYER))
            book.hand_over(place.day, owner, code)
            # The split goes on from the same running totals, or it would drift by a fen.
            originator.memory["joint"][code] = originator.memory["joint"].pop(owner, {})


def bail_in(place: MarketPlace, party: str, shortfall_fen: int) -> tuple[int, int]:
    """A failed bank stays open: creditors other than depositors are written down by rank, juniors first, until the hole
    is filled; the state pays in what is still missing, so that no depositor loses. Returns (fen written down, fen paid
    in by the state)."""
    ledger, left = place.ledger, shortfall_fen
    claims = sorted(claims_against(place, party), key=lambda claim: -RANKS[claim[1].kind])
    for rank in sorted(set(RANKS.values()), reverse=True):
        ranked = [(row, ledger.nominal(row)) for row, key, _ in claims if RANKS[key.kind] == rank]
        total = sum(fen for _, fen in ranked)
        cut = min(left, total)
        if cut == 0:
            continue
        for (row, _), part in zip(ranked, largest_remainder(cut, [fen for _, fen in ranked]), strict=True):
            ledger.write_down(row, part, cause=ORIGIN)
        left -= cut
    ledger.issue_capital(party, left, shareholder=STATE)
    return shortfall_fen - left, left
