"""What an administrator does with an estate: count what is owed and owned, pay by rank, sell the rest, write down.

Every function acts on the ledger for one failed party and keeps nothing itself.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.agents import spv_servicing
from sim.agents.loan_postings import joint_code, participation_of
from sim.agents.market_place import BUYERS_OF_DISTRESS, HOUSEHOLDS, MERCHANTS, SHAREHOLDERS
from sim.ledger import Code, Kind, State
from sim.ledger.kinds import CASH_KINDS, Key
from sim.markets.estate import RANKS, distribution

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

MILLION = 1_000_000
UNIT_HOLDERS = "world:depositors"
"""Whose money an investor manages: what is left of its estate is theirs."""


def claims_against(place: MarketPlace, party: str) -> list[tuple[int, Key, int]]:
    """(row, key, nominal + accrued) of every claim on a party that an estate pays, in order of rows."""
    table = place.ledger.table
    owed = table.owed()
    number = place.ledger.party_number[party]
    rows = (table.column("debtor") == number) & (owed != 0) & (table.column("state") == State.LIVE)
    found = [(int(row), table.keys[row], int(owed[row])) for row in rows.nonzero()[0]]
    return [(row, key, fen) for row, key, fen in found if key is not None and key.kind in RANKS]


def owed_fen(place: MarketPlace, party: str) -> int:
    """All that an estate would have to pay."""
    return sum(owed for _, _, owed in claims_against(place, party))


def collectable_fen(place: MarketPlace, party: str) -> int:
    """Carrying value of what it owns beyond cash: loans, notes, claims on others."""
    table = place.ledger.table
    number = place.ledger.party_number[party]
    mine = (table.column("creditor") == number) & (table.column("state") == State.LIVE)
    for kind in (*CASH_KINDS, Kind.SHARE):
        mine &= table.column("kind") != kind
    return max(0, int(table.carrying()[mine].sum()))


def end_commitments(place: MarketPlace, party: str) -> None:
    """Nobody lends to the failed any more, and it lends and promises nothing more."""
    table = place.ledger.table
    number = place.ledger.party_number[party]
    mine = ((table.column("debtor") == number) | (table.column("creditor") == number)) & (table.column("undrawn") > 0)
    for row in mine.nonzero()[0]:
        place.ledger.commit(int(row), 0)


def pay_costs(place: MarketPlace, party: str, cost_ppm: int) -> None:
    """A month of administration, out of what there is."""
    cost = collectable_fen(place, party) * cost_ppm // 12_000_000
    place.ledger.pay(party, MERCHANTS, min(cost, place.ledger.cash(party)), Code.COST)


def distribute(place: MarketPlace, party: str) -> int:
    """Pay creditors out of the cash at hand. Returns fen paid."""
    claims = claims_against(place, party)
    parts = distribution(place.ledger.cash(party), [(row, key.kind, owed) for row, key, owed in claims])
    for row, key, _ in claims:
        if parts[row]:
            _pay(place, row, key, parts[row])
    return sum(parts.values())


def pay_unit_holders(place: MarketPlace, party: str) -> None:
    """What creditors leave of an investor's cash goes back to those whose money it managed."""
    if not owed_fen(place, party):
        place.ledger.redeem_capital(party, place.ledger.cash(party), UNIT_HOLDERS)


def _pay(place: MarketPlace, row: int, key: Key, fen: int) -> None:
    """Accrued first, then principal. What a plan gets reaches its own accounts."""
    ledger, spv = place.ledger, place.spv_of(key.creditor)
    if spv is not None and key.kind in spv_servicing.ON_ESTATE:
        spv.take_dividend(row, fen, key.debtor)
        return
    payee = key.creditor if spv is None else spv.account("principal")
    interest = min(fen, ledger.accrued(row))
    ledger.pay_accrued(row, interest, payee=payee)
    if key.kind is Kind.GUARANTEE:
        ledger.pay_guarantee(row, fen - interest, payee=payee, reimbursed_by=None)
    elif key.kind is Kind.COLLECTED:
        ledger.remit(row, fen - interest, key.debtor, payee)
    else:
        ledger.repay(row, fen - interest, payee=payee)


# -- the end ---------------------------------------------------------------------------------------------------------


def write_down_rest(place: MarketPlace, party: str, since: int) -> int:
    """What creditors do not get is lost to each of them by name, because of what the failed party lost itself from day
    `since` on. Returns fen lost."""
    claims = claims_against(place, party)
    lost = [owed for _, _, owed in claims]
    for (row, key, _), parts in zip(claims, place.ledger.causes_of(party, lost, since=since), strict=True):
        for fen, cause in parts:
            lose(place, row, key, fen, cause)
    return sum(lost)


def lose(place: MarketPlace, row: int, key: Key, fen: int, cause: str) -> None:
    """A creditor gives up `fen` of its claim, what has accrued first."""
    spv = place.spv_of(key.creditor)
    if spv is not None and key.kind in spv_servicing.ON_ESTATE:
        spv.write_off_claim(row, cause, fen)
    else:
        place.ledger.give_up(row, fen, cause=cause)


def pay_owners(place: MarketPlace, party: str, since: int) -> None:
    """What nobody claims is its owners'; the rest of their shares is worth nothing."""
    ledger = place.ledger
    owner = UNIT_HOLDERS if party.startswith("investor:") else SHAREHOLDERS
    if not owed_fen(place, party):
        ledger.redeem_capital(party, ledger.cash(party), owner)
    wipe_shares(place, party, since)


def wipe_shares(place: MarketPlace, party: str, since: int) -> None:
    """The shares of a failed party are worth nothing, because of what it lost from day `since` on."""
    ledger = place.ledger
    rows = ledger.claims_of(Kind.SHARE, debtor=party)
    lost = [ledger.nominal(row) for row in rows]
    for row, parts in zip(rows, ledger.causes_of(party, lost, since=since), strict=True):
        for fen, cause in parts:
            ledger.write_down(row, fen, cause=cause)


def release_plans(place: MarketPlace, party: str) -> None:
    """Plans it still services are told to have their borrowers pay elsewhere: nobody is left to collect for them."""
    for spv in place.plans_of("servicer_id", party):
        if spv.active:
            spv_servicing.leave_estate(spv)


def sell_rest(place: MarketPlace, party: str, price_ppm: int) -> None:
    """What is left to collect goes to buyers of distressed assets, at a discount from what it is carried at."""
    ledger, handed = place.ledger, set[str]()
    for row, key in _assets(place, party):
        nominal, accrued = ledger.nominal(row), ledger.accrued(row)
        asked = max(0, ledger.carrying(row)) * price_ppm // MILLION
        price = min(asked, ledger.cash(BUYERS_OF_DISTRESS))
        spv = place.spv_of(key.debtor)
        if key.kind is Kind.TRANCHE and spv is not None:
            if nominal and spv.active:
                spv.transfer_notes(spv.terms.ranked[key.rank], party, BUYERS_OF_DISTRESS, nominal, price, forced=True)
            continue
        ledger.sell_forced(row, BUYERS_OF_DISTRESS, nominal, price, accrued_fen=accrued)
        if key.kind is Kind.LOAN and key.debtor == HOUSEHOLDS and key.deal not in handed:
            handed.add(key.deal)  # where all are written off too: recoveries to come go with the book
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
            book.hand_over(place.day, owner, BUYERS_OF_DISTRESS)
        elif shared is not None and shared.platform == party:
            code = joint_code(replace(shared, platform=BUYERS_OF_DISTRESS))
            book.hand_over(place.day, owner, code)
            # The split goes on from the same running totals, or it would drift by a fen.
            originator.memory["joint"][code] = originator.memory["joint"].pop(owner, {})
