"""What an investor does on the trading floor: it sells when it must, and trades when a price is better than its own."""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, NamedTuple

from sim.agents.issuance_terms import in_force
from sim.agents.note_views import by_originator_fen
from sim.agents.spv_life import current_rating
from sim.calendar import EXCHANGE, date_of, day_of_month, month_index
from sim.deals.ratings import notch
from sim.draws import Clock, Subject, declare, subject_number, threshold, words
from sim.markets.mandates import MandateTerms, NoteView, refusal, room_fen
from sim.markets.secondary import LOT_FEN

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.investor import Investor
    from sim.agents.market_place import MarketPlace
    from sim.agents.note_market import NoteMarket
    from sim.agents.spv import Spv

PPM = 1_000_000
DAYS_TO_CHOOSE_FROM = 28

ATTENTION = declare(
    "attention of investors",
    Clock.MONTH,
    Subject.INSTITUTION,
    "whether, and on which day, an investor looks for trades",
)


class Held(NamedTuple):
    """Notes an investor holds."""

    spv: Spv
    tranche: str
    nominal_fen: int

    @property
    def name(self) -> str:
        """Deal and class, as letters and breaches are remembered."""
        return f"{self.spv.name}/{self.tranche}"


def held_notes(place: MarketPlace, party: str) -> list[Held]:
    """All rated notes a party holds, in the order of the register."""
    return _rated(place, place.ledger.notes_of(party))


def _rated(place: MarketPlace, notes: list[tuple[str, str, int, int]]) -> list[Held]:
    deals = place.deals
    return [
        Held(spv, spv.ranked[rank], fen)
        for _, deal, rank, fen in notes
        if rank < len((spv := deals[deal]).ranked) - 1  # the last class is the residual one
    ]


def best_letters_first(notes: list[Held]) -> list[Held]:
    """Rated notes in the order in which a forced seller parts with them: the best letters lose least."""
    return sorted(notes, key=lambda held: notch(current_rating(held.spv, held.tranche)))


def sellable(investor: Investor, floor: NoteMarket) -> list[Held]:
    """Its rated notes of which some dealer might take some, in the order of the register."""
    notes = investor.place.ledger.notes_of(investor.party)
    if floor.closed_to(min([fen for _, _, _, fen in notes], default=0)):
        return []
    return _rated(investor.place, notes)


def breached_notes(investor: Investor) -> list[Held]:
    """What it holds of the notes that it has found below its mandate, in the order of the register."""
    place, found = investor.place, []
    for name in investor.memory["breached"]:
        deal, _, tranche = name.partition("/")
        spv = place.deals.get(deal)
        if spv is not None and spv.active and (fen := spv.held_fen(tranche, investor.party)):
            found.append((spv.tranche_claim(tranche, investor.party), Held(spv, tranche, fen)))
    return [held for _, held in sorted(found, key=itemgetter(0))]


def read_letters(investor: Investor, mandate: MandateTerms) -> None:
    """Once a month: compare published letters with those of last month; note downgrades and what no longer fits."""
    memory, known = investor.memory, investor.memory["letters"]
    letters: dict[str, str] = {}
    breached: dict[str, int] = {}
    for held in held_notes(investor.place, investor.party):
        now = current_rating(held.spv, held.tranche)
        if notch(now) > notch(known.get(held.name, now)):
            memory["downgraded_fen"] += held.nominal_fen
        letters[held.name] = now
        if notch(now) > notch(mandate.lowest_rating):
            breached[held.name] = memory["breached"].get(held.name, investor.place.day)
    memory["letters"], memory["breached"] = letters, breached


def looks_today(investor: Investor) -> bool:
    """Whether today is the day of this month, if there is one, on which it looks for trades."""
    day = investor.place.day
    drawn = words(investor.place.seed_number, ATTENTION, month_index(day), subject_number(investor.party))
    if drawn[0] >= threshold(investor.terms.attention_ppm):
        return False
    chosen = day - day_of_month(day) + 1 + (drawn[1] * DAYS_TO_CHOOSE_FROM >> 32)
    return EXCHANGE.on_or_after(chosen) == day


def visit(investor: Investor, mandate: MandateTerms, floor: NoteMarket) -> None:
    """Come to the floor: raise the cash that is owed, sell what no longer fits, then look at prices on the day for
    it."""
    memory = investor.memory
    if memory["owed_fen"]:
        _sell_for_cash(investor, floor)
    if memory["breached"]:
        _sell_breached(investor, mandate, floor)
    if looks_today(investor):
        _rebalance(investor, mandate, floor)


def _sell_for_cash(investor: Investor, floor: NoteMarket) -> None:
    """Redemptions: sell the best letters first, since they lose least, until what is owed is raised."""
    ledger, memory = investor.place.ledger, investor.memory
    for held in best_letters_first(sellable(investor, floor)):
        short = memory["owed_fen"] - ledger.cash(investor.party)
        if short > 0:
            # A lot more than what is short, since dealers pay less than par.
            wanted = (short // LOT_FEN + 2) * LOT_FEN
            floor.sell(investor.party, held.spv, held.tranche, min(wanted, held.nominal_fen), least_ppm=0)
    investor.pay_out()


def _sell_breached(investor: Investor, mandate: MandateTerms, floor: NoteMarket) -> None:
    """Notes below the mandate: at its own value at first, at any price when the days of grace are over."""
    day, breached = investor.place.day, investor.memory["breached"]
    for held in breached_notes(investor):
        if floor.dealt_in(held.spv.name, held.tranche) and floor.closed_to(held.nominal_fen):
            continue
        least = 0
        if day < breached[held.name] + investor.terms.grace_days:
            least = own_value_ppm(mandate, floor.view(held.spv, held.tranche), floor, investor.taste_bp())
        floor.sell(investor.party, held.spv, held.tranche, held.nominal_fen, least_ppm=least)


def sell_for_capital(bank: CommercialBank, floor: NoteMarket) -> None:
    """A bank below its capital minimum sells notes until it holds what its last closing said it should keep."""
    for_sale = bank.securities_for_sale_fen()
    if not for_sale:
        return
    held = best_letters_first(held_notes(bank.place, bank.party))
    excess = sum(note.nominal_fen for note in held) - int(bank.last.get("tranches", 0)) + for_sale
    for note in held:
        if excess > 0:
            excess -= floor.sell(bank.party, note.spv, note.tranche, min(excess, note.nominal_fen), least_ppm=0)


def _rebalance(investor: Investor, mandate: MandateTerms, floor: NoteMarket) -> None:
    """Sell what dealers pay more for than it is worth here; buy what they sell for less."""
    taste_bp = investor.taste_bp()
    for offered in sellable(investor, floor):
        if floor.closed_to(offered.nominal_fen):
            continue
        value = own_value_ppm(mandate, floor.view(offered.spv, offered.tranche), floor, taste_bp)
        floor.sell(investor.party, offered.spv, offered.tranche, offered.nominal_fen, least_ppm=value + 1)
    place = investor.place
    assets = place.ledger.assets([investor.party])[investor.party]
    threshold_fen = in_force(place.issuance_rules.entry_threshold_fen, date_of(place.day))
    qualifying = investor.qualifying_fen(assets)
    held = by_originator_fen(place, investor.party)
    for spv, tranche in floor.on_offer():
        note = floor.view(spv, tranche)
        if refusal(mandate, note, qualifying_fen=qualifying, entry_threshold_fen=threshold_fen):
            continue
        room = room_fen(
            mandate, assets_fen=assets, of_originator_fen=held.get(note.originator, 0),
            of_tranche_fen=spv.held_fen(tranche, investor.party),
            tranche_fen=spv.outstanding_fen(tranche), newness_ppm=note.newness_ppm,
        )  # fmt: skip
        most = own_value_ppm(mandate, note, floor, taste_bp)
        spend = min(room, investor.budget_fen(assets)) // LOT_FEN * LOT_FEN
        bought = floor.buy(investor.party, spv, tranche, spend, most_ppm=most)
        held[note.originator] = held.get(note.originator, 0) + bought


def own_value_ppm(mandate: MandateTerms, note: NoteView, floor: NoteMarket, taste_bp: int) -> int:
    """What notes are worth to an investor: their price at the yield it requires this quarter, in default no more than
    what they can still be paid."""
    return floor.worth_ppm(note, max(0, floor.required_bp(mandate, note) + taste_bp))
