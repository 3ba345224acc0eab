"""The trading floor: prices from the yield of the marginal holder, quotes of dealers, trades, and how much is traded.

Investors come after the day's books are closed, in an order drawn each day. Every trade is with a dealer, but for
notes that no mandate lets anybody hold: dealers could sell them to nobody, so only buyers of distressed notes bid.
"""

from __future__ import annotations

from typing import ClassVar

from sim.agents import investor_books, investor_trades, other_supply
from sim.agents.buyers import Buyer, banks_with_mandate, by_mandate
from sim.agents.dealer import Dealer
from sim.agents.institution import Institution, Life
from sim.agents.issuance_terms import in_force
from sim.agents.market_place import BUYERS_OF_DISTRESS, MarketPlace
from sim.agents.note_views import Holdings, HourOfTrade, life_days, living, record_months
from sim.agents.spv import Spv
from sim.calendar import EXCHANGE, date_of, is_month_end
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.markets.distress import in_default
from sim.markets.mandates import MandateTerms, NoteView, most_of_class_fen, most_of_originator_fen, newness_ppm, unfit
from sim.markets.secondary import LOT_FEN, growth_ppm, marginal_yield_bp, price_ppm, turnover_ppm, yield_bp_at
from sim.timetable import Hour

PPM = 1_000_000
MONTHS = 12

ARRIVAL = declare("arrival on the floor", Clock.DAY, Subject.INSTITUTION, "in which order investors come to trade")


Purses = tuple[MandateTerms, list[tuple[str, int]]]
"""A mandate, and of each who buys under it the party and what it may and can still put into notes of an originator."""


def _purses(alike: list[Buyer], issuer: str, held: dict[str, int], newness: int) -> Purses:
    """Those of one mandate who know an originator, so new to the market (ppm), of whose notes each has `held`."""
    mandate = alike[0].mandate
    knowing = [buyer for buyer in alike if buyer.knows(issuer)]
    return mandate, [
        (b.party, min(b.budget_fen, most_of_originator_fen(mandate, b.assets_fen, newness) - held.get(b.party, 0)))
        for b in knowing
    ]


class NoteMarket(Institution):
    """The floor of all venues together."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.TRADE, Hour.RATE)
    kind: ClassVar[str] = "market"

    def __init__(self, place: MarketPlace) -> None:
        super().__init__(place, "notes")
        self.memory = {
            "prices": {}, "eligible": {}, "traded": [], "outstanding": [], "all_kinds": [], "sold_fen": 0,
            "trades": [0, 0],
        }  # fmt: skip
        self._hour = HourOfTrade(place)

    def act(self, hour: Hour) -> Life:
        """On trading days: once a month measure and price everything; then investors come and go. At month ends: value
        the notes of banks, which keep no hours of their own."""
        place = self.place
        day = place.day
        if hour is Hour.RATE:
            if is_month_end(day):
                for bank, mandate in banks_with_mandate(place):
                    investor_books.value_notes(place, bank.party, mandate)
        elif EXCHANGE.is_open(day):
            self._hour = HourOfTrade(place)
            if EXCHANGE.opens_month(day):
                self._measure()
            self._price(everything=EXCHANGE.opens_month(day))
            for investor in sorted(place.investors.values(), key=lambda i: self._arrival(i.party)):
                if investor.terms.mandate is not None and not investor.failed:
                    investor_trades.visit(investor, investor.terms.mandate, self)
            for bank, _ in banks_with_mandate(place):
                investor_trades.sell_for_capital(bank, self)
        return
        yield

    def _arrival(self, party: str) -> int:
        return words(self.place.seed_number, ARRIVAL, self.place.day, subject_number(party))[0]

    # -- what is published -------------------------------------------------------------------------------------------

    def _measure(self) -> None:
        """Turnover of the last twelve months, and growth of the market with its notes of other kinds: investors ask for
        liquidity by the one, and their own investors bring money by the other, from the next hour on."""
        memory = self.memory
        outstanding = sum(spv.outstanding_fen(tranche) for spv, tranche in living(self.place))
        memory["traded"] = [*memory["traded"], memory["sold_fen"]][-MONTHS:]
        memory["outstanding"] = [*memory["outstanding"], outstanding][-MONTHS:]
        memory["sold_fen"] = 0
        self.place.tell(self.party, "turnover", turnover_ppm(memory["traded"], memory["outstanding"]))
        others = 0 if self.place.desk is None else other_supply.outstanding_fen(self.place.desk)
        memory["all_kinds"] = [*memory["all_kinds"], outstanding + others][-MONTHS - 1 :]
        self.place.tell(self.party, "growth", growth_ppm(memory["all_kinds"]))

    def _price(self, *, everything: bool) -> None:
        """Publish a price for every class of notes; between month starts only for those that have none yet."""
        place, prices = self.place, self.memory["prices"]
        classes = [(spv, tranche) for spv, tranche in living(place)]
        names = {f"{spv.name}/{tranche}" for spv, tranche in classes}
        for gone in prices.keys() - names:
            del prices[gone], self.memory["eligible"][gone]
        todo = [c for c in classes if everything or f"{c[0].name}/{c[1]}" not in prices]
        if todo:
            least = in_force(place.issuance_rules.entry_threshold_fen, date_of(place.day))
            asking = by_mandate(buyer for buyer in place.buyers() if buyer.qualifying_fen >= least)
            held_by, issuers = Holdings(place), dict[str, list[Purses]]()
            for spv, tranche in todo:
                issuer = spv.terms.originator
                if issuer not in issuers:
                    held, newness = held_by.of_originator(issuer), newness_ppm(record_months(self.place, issuer))
                    issuers[issuer] = [_purses(alike, issuer, held, newness) for alike in asking]
                self._price_one(spv, tranche, issuers[issuer])

    def _price_one(self, spv: Spv, tranche: str, asking: list[Purses]) -> None:
        """The price at which the last holder needed to hold all of a class is content, those of one mandate asking for
        one yield; of a class in default no more than what it can still be paid; of one that nobody may hold, what
        buyers of distressed notes give."""
        note, name = self.view(spv, tranche), f"{spv.name}/{tranche}"
        outstanding, of_class, asked = spv.outstanding_fen(tranche), spv.holdings(tranche), []
        for mandate, purses in asking:
            if unfit(mandate, note) is None:
                wanted_bp, most = self.required_bp(mandate, note), most_of_class_fen(mandate, outstanding)
                for party, spendable in purses:
                    held = of_class.get(party, 0)
                    asked.append((wanted_bp, held + max(0, min(spendable, most - held))))
        wanted = marginal_yield_bp(asked, outstanding)
        self.memory["prices"][name] = (
            self._hour.distressed_ppm(note, self.coupon_bp(note)) if wanted is None else self.worth_ppm(note, wanted)
        )
        self.memory["eligible"][name] = len(asked)

    def price_of(self, deal: str, tranche: str) -> int | None:
        """The published price of a class, ppm of par, clean; None if it has none."""
        price: int | None = self.memory["prices"].get(f"{deal}/{tranche}")
        return price

    def view(self, spv: Spv, tranche: str) -> NoteView:
        """A class of notes as the public sees it at this hour of trade."""
        return self._hour.note(spv, tranche)

    def required_bp(self, mandate: MandateTerms, note: NoteView) -> int:
        """The yield a mandate asks of a class at this hour of trade."""
        return self._hour.required_bp(mandate, note)

    def worth_ppm(self, note: NoteView, wanted_bp: int) -> int:
        """What a class is worth at this hour to one who may hold it: its price at a yield, in default no more than what
        it can still be paid; ppm of par."""
        price = price_ppm(self.coupon_bp(note), wanted_bp, note.life_days)
        return min(price, self._hour.cover_ppm(note)) if in_default(note.rating) else price

    def coupon_bp(self, note: NoteView) -> int:
        """The coupon of a class."""
        return self.place.deals[note.deal].terms.tranches[note.tranche].coupon_bp or 0

    def on_offer(self) -> list[tuple[Spv, str]]:
        """Classes of which some dealer has notes to sell."""
        ledger, dealers = self.place.ledger, self._working()
        offered = {(deal, rank) for dealer in dealers for _, deal, rank, _ in ledger.notes_of(dealer.party)}
        return [(s, t) for s, t in living(self.place) if (s.name, s.terms.tranches[t].rank) in offered]

    # -- trades ------------------------------------------------------------------------------------------------------

    def _quotes(self, spv: Spv, tranche: str, side: int, among: list[Dealer]) -> list[tuple[int, Dealer]]:
        """The prices of these dealers, best for the customer first: bids for side -1, asks for side 1."""
        mid, hour = self.price_of(spv.name, tranche), self._hour
        if mid is None or not among:
            return []
        eligible = self.memory["eligible"][f"{spv.name}/{tranche}"]
        terms = {"disclosure_ppm": hour.disclosure_ppm, "venues": hour.venues, "eligible": eligible}
        quotes = [(dealer.quote_ppm(mid, side, **terms), dealer) for dealer in among]
        return sorted(quotes, key=lambda quote: side * quote[0])

    def _working(self) -> list[Dealer]:
        return [dealer for dealer in self.place.dealers.values() if not dealer.failed]

    def dealt_in(self, deal: str, tranche: str) -> bool:
        """Whether some mandate lets somebody hold a class, so that dealers make a market in it."""
        return bool(self.memory["eligible"].get(f"{deal}/{tranche}"))

    def closed_to(self, fen: int) -> bool:
        """Whether every dealer is full, so that nobody need look what notes of this nominal would sell for."""
        return all(dealer.closed_to(fen) for dealer in self._working())

    def sell(self, seller: str, spv: Spv, tranche: str, fen: int, *, least_ppm: int) -> int:
        """Sell notes to dealers, best bid first, at `least_ppm` or better; returns the nominal sold. Who sells at any
        price (0) is forced to."""
        left, mid = fen, self.price_of(spv.name, tranche)
        if mid is None or mid < least_ppm:
            return 0  # nobody bids above the published price
        if not self.dealt_in(spv.name, tranche):
            return self._sell_in_distress(seller, spv, tranche, fen, mid, forced=least_ppm == 0)
        if self.closed_to(fen):
            return 0
        for bid, dealer in self._quotes(spv, tranche, -1, self._working()):
            if left <= 0 or bid < least_ppm or bid <= 0:
                break
            room = dealer.room_fen(bid, spv.terms.tranches[tranche].coupon_bp or 0)
            taken = left if room >= left else room // LOT_FEN * LOT_FEN
            if taken == left:
                dealer.take()
            else:
                dealer.skip(spv.name, tranche, left)
            if taken:
                self._settle(spv, tranche, seller, dealer.party, taken, bid, forced=least_ppm == 0)
                left -= taken
        self.memory["sold_fen"] += fen - left
        return fen - left

    def _sell_in_distress(self, seller: str, spv: Spv, tranche: str, fen: int, price: int, *, forced: bool) -> int:
        """Sell what no mandate lets anybody hold to buyers of distressed notes, for as much as they have cash."""
        payable = (
            self.place.ledger.cash(BUYERS_OF_DISTRESS)
            * PPM
            // (price + (spv.terms.tranches[tranche].coupon_bp or 0) * 100)
        )
        taken = min(fen, payable) if price and seller != BUYERS_OF_DISTRESS else 0
        if taken:
            self._settle(spv, tranche, seller, BUYERS_OF_DISTRESS, taken, price, forced=forced)
        self.memory["sold_fen"] += taken
        return taken

    def buy(self, buyer: str, spv: Spv, tranche: str, fen: int, *, most_ppm: int) -> int:
        """Buy notes from dealers, best ask first, at `most_ppm` or better; `fen` is the most to be paid, a year's
        interest accrued included; returns the nominal bought."""
        coupon, bought = spv.terms.tranches[tranche].coupon_bp or 0, 0
        stocked = [dealer for dealer in self._working() if spv.held_fen(tranche, dealer.party)]
        for ask, dealer in self._quotes(spv, tranche, 1, stocked):
            if ask > most_ppm:
                break
            held = spv.held_fen(tranche, dealer.party)
            payable = (fen - bought) * PPM // (ask + coupon * 100) // LOT_FEN * LOT_FEN
            take = min(held, payable)
            if take > 0:
                self._settle(spv, tranche, dealer.party, buyer, take, ask, forced=False)
                bought += take
        return bought

    def _settle(
        self, spv: Spv, tranche: str, seller: str, buyer: str, nominal_fen: int, price: int, *, forced: bool
    ) -> None:
        place, memory = self.place, self.memory
        clean = nominal_fen * price // PPM
        paid = spv.transfer_notes(tranche, seller, buyer, nominal_fen, clean, forced=forced)
        number = memory["trades"][1] + 1 if memory["trades"][0] == place.day else 1
        memory["trades"] = [place.day, number]
        place.recorder.add(
            "trades", date=place.day, trade=number, deal=spv.name, tranche=tranche, seller=seller, buyer=buyer,
            nominal_fen=nominal_fen, price_fen=clean, accrued_fen=paid - clean,
            yield_bp=yield_bp_at(price, spv.terms.tranches[tranche].coupon_bp or 0, life_days(spv, tranche)),
        )  # fmt: skip
