"""What happens to a failed bank: it is not run off but kept open as a bridge, since its depositors are the public.

On the day of failure owners lose their shares; subordinated bonds are written down as far as capital is short of the
bank's minimum, additional tier 1 before tier 2; other creditors who are neither depositors nor secured (banks that
lent, plans whose cash was not kept apart) lose what is still missing to nothing, alike; and the state pays in the
rest, however much it is, with money it borrows from the rest of the system, which has the reserves from the central
bank. A bridge honours what the bank promised, pays and takes deposits, makes no offers, does not grow and pays no
dividends.

The bank that stands for the rest of the system is resolved alike, but that its other creditors lose nothing: they are
the banks it stands for and the central bank. It pays for its new capital by taking the state's bonds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import ADDITIONAL_TIER1, MILLION, TIER2
from sim.agents.bank_terms import REST
from sim.agents.market_place import CALLS_LINES
from sim.agents.resolution_estate import claims_against, wipe_shares
from sim.agents.state_payments import pay_in
from sim.ledger import Kind, largest_remainder
from sim.ledger.kinds import Key
from sim.markets.estate import CAUSE_DAYS, BankLoss, bank_loss
from sim.markets.interbank import BACKED

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.market_place import MarketPlace

Claims = list[tuple[int, Key, int]]


def resolve(place: MarketPlace, bank: CommercialBank) -> None:
    """Write down, pay in, and open the bridge; again whenever a bridge has lost its equity."""
    position, ledger = bank.position(), place.ledger
    bonds = {name: _bonds(place, bank, name) for name in (ADDITIONAL_TIER1, TIER2)}
    seniors = [] if bank.name == REST else _seniors(place, bank)
    split = bank_loss(
        equity_fen=position.equity_fen, wanted_fen=position.risk_weighted_fen * bank.minimum_ppm // MILLION,
        juniors_fen=[_nominal(place, claims) for claims in bonds.values()], seniors_fen=_nominal(place, seniors),
    )  # fmt: skip
    since = place.day - CAUSE_DAYS
    wipe_shares(place, bank.party, since)
    losers = [*zip(bonds.values(), split.juniors_fen, strict=True), (seniors, split.seniors_fen)]
    write_down(place, bank, [cut for claims, fen in losers for cut in _spread(place, claims, fen)], since)
    pay_in(place, bank.party, split.missing_fen)
    _give_back_cash(place, bank)
    bank.memory["bridge"], bank.memory["emergency_fen"] = True, 0
    bank.memory["equity_fen"] = ledger.equity(bank.party)
    bank.remember()
    place.tell(bank.party, "bridge", value=True)
    if place.heard(bank.party, CALLS_LINES, default=False):
        place.tell(bank.party, CALLS_LINES, value=False)
    _note(place, bank, split)


def _bonds(place: MarketPlace, bank: CommercialBank, name: str) -> Claims:
    return [
        claim for claim in claims_against(place, bank.party) if claim[1].kind is Kind.BOND and claim[1].deal == name
    ]


def _seniors(place: MarketPlace, bank: CommercialBank) -> Claims:
    """Claims that are neither deposits nor secured nor subordinated."""
    junior = (ADDITIONAL_TIER1, TIER2)
    return [
        claim
        for claim in claims_against(place, bank.party)
        if not (claim[1].kind is Kind.BOND and claim[1].deal in junior)
        and not (claim[1].kind is Kind.INTERBANK and claim[1].deal in BACKED)
    ]


def _nominal(place: MarketPlace, claims: Claims) -> int:
    return sum(place.ledger.nominal(row) for row, _, _ in claims)


def _spread(place: MarketPlace, claims: Claims, fen: int) -> list[tuple[int, Key, int]]:
    """(row, key, fen lost) of claims that bear a loss alike, by what each is owed."""
    parts = largest_remainder(fen, [place.ledger.nominal(row) for row, _, _ in claims]) if fen else []
    return [(row, key, part) for (row, key, _), part in zip(claims, parts, strict=False)]


def write_down(place: MarketPlace, bank: CommercialBank, cuts: Claims, since: int) -> None:
    """Each holder loses its cut of nominal, because of what the bank lost from day `since` on."""
    causes = place.ledger.causes_of(bank.party, [fen for _, _, fen in cuts], since=since)
    for (row, key, lost), parts in zip(cuts, causes, strict=True):
        for fen, cause in parts:
            _lose(place, row, key, fen, cause)
        if key.kind is Kind.INTERBANK and place.money_market is not None:
            place.money_market.write_down(key.creditor, key.debtor, key.deal, lost)


def _lose(place: MarketPlace, row: int, key: Key, fen: int, cause: str) -> None:
    spv = place.spv_of(key.creditor)
    if spv is not None and key.kind is Kind.RECOURSE:
        spv.write_off_claim(row, cause, fen)
    else:
        place.ledger.write_down(row, fen, cause=cause)


def _give_back_cash(place: MarketPlace, bank: CommercialBank) -> None:
    """What plans are still owed of cash that was not kept apart they get at once, at their new bank."""
    for row, key, _ in claims_against(place, bank.party):
        spv = place.spv_of(key.creditor)
        if key.kind is Kind.RECOURSE and spv is not None:
            fen = place.ledger.nominal(row)
            place.make_liquid(bank.party, fen)
            spv.take_dividend(row, fen, bank.party)


def _note(place: MarketPlace, bank: CommercialBank, split: BankLoss) -> None:
    place.note_event(
        deal="", institution=bank.party, family="resolution", event="bank_bridged",
        detail=f"subordinated bonds lose {sum(split.juniors_fen)} fen, other creditors {split.seniors_fen} fen, "
        f"the state pays in {split.missing_fen} fen", effect="depositors lose nothing; the bridge makes no offers",
    )  # fmt: skip
