"""Investors: their own investors' money comes and goes; they bid for notes, hold them, value them, and sell some.

What an investor decides: how much it bids and at what yield (its mandate, read by the book), and each day of trading
whether to sell: because its own investors want their money back, because notes no longer fit its mandate, or because
the price is better than what the notes are worth to it. What it sees: its own cash and notes, published letters and
prices, its own needs of the month.
"""

from __future__ import annotations

from typing import ClassVar

from sim.agents import investor_books, investor_trades, practice
from sim.agents.institution import Institution, Life
from sim.agents.investor_terms import InvestorTerms
from sim.agents.market_place import MarketPlace
from sim.agents.note_views import FLOOR
from sim.calendar import EXCHANGE, is_month_end, month_index
from sim.draws import WORD, Clock, Subject, declare, subject_number, words
from sim.timetable import Hour

PPM = 1_000_000
MILLI_SD_OF_FOUR = 577
"""Standard deviation of the sum of four uniform draws on (0, 1), thousandths: sqrt(4 / 12)."""
UNIT_HOLDERS = "world:depositors"
"""Whose money investors manage."""

FLOWS = declare("money of investors", Clock.MONTH, Subject.INSTITUTION, "how much money comes to or leaves an investor")
TASTE = declare("needs of investors", Clock.QUARTER, Subject.INSTITUTION, "what its own needs add to the yield it asks")


def bell_milli(drawn: tuple[int, int, int, int]) -> int:
    """A draw from a bell curve of mean 0 and standard deviation 1,000 (the sum of four uniforms, within 3.47 of it)."""
    return (sum(drawn) - 2 * WORD) * 1_000_000 // (WORD * MILLI_SD_OF_FOUR)


def paid_oldest_first(owed: list[int], fen: int) -> list[int]:
    """What is left of debts, the oldest first, once `fen` of them is paid.

    >>> paid_oldest_first([30, 20, 10], 40)
    [0, 10, 10]
    """
    left = []
    for part in owed:
        paid = min(part, fen)
        fen -= paid
        left.append(part - paid)
    return left


class Investor(Institution):
    """A holder of notes; one with a mandate decides for itself, one without takes what it is allotted by name."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.TRADE, Hour.RATE)
    kind: ClassVar[str] = "investor"

    def __init__(self, place: MarketPlace, name: str, terms: InvestorTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {
            "failed": False, "owed_fen": 0, "owed_by_month": [], "letters": {}, "downgraded_fen": 0, "breached": {},
        }  # fmt: skip

    def act(self, hour: Hour) -> Life:
        """On trading days money comes and goes (the floor calls it later in the hour); month ends value its notes."""
        mandate, day = None if self.failed else self.terms.mandate, self.place.day
        if mandate is not None and hour is Hour.RATE:
            if is_month_end(day):
                investor_books.value_notes(self.place, self.party, mandate)
        elif mandate is not None and EXCHANGE.is_open(day):
            if EXCHANGE.opens_month(day):
                investor_trades.read_letters(self, mandate)
                if self._kept_waiting():
                    return
                self._take_flows()
            self.pay_out()
        return
        yield

    # -- its own investors -------------------------------------------------------------------------------------------

    def _kept_waiting(self) -> bool:
        """Whether what was asked back longest ago has waited too long: then it is wound up."""
        months = self.terms.longest_wait_months
        waited = len(self.memory["owed_by_month"]) >= months and self.memory["owed_by_month"][-months] > 0
        if waited:
            practice.fail(self, f"its own investors have waited {months} months for {self.memory['owed_fen']} fen")
        return waited

    def _take_flows(self) -> None:
        """The month's money: comes in at once; what leaves is owed until it is paid."""
        owed_before = int(self.memory["owed_fen"])
        ledger = self.place.ledger
        assets = ledger.assets([self.party])[self.party]
        fen = assets * self.flow_ppm(assets) // PPM
        self.memory["downgraded_fen"] = 0
        if fen >= 0:
            ledger.issue_capital(self.party, min(fen, ledger.cash(UNIT_HOLDERS)), UNIT_HOLDERS)
        else:
            self.memory["owed_fen"] = min(assets, self.memory["owed_fen"] - fen)
        asked = max(0, self.memory["owed_fen"] - owed_before)
        self.memory["owed_by_month"] = [*self.memory["owed_by_month"], asked][-self.terms.longest_wait_months :]

    def flow_ppm(self, assets_fen: int) -> int:
        """Net money of the month, ppm of assets: mean + part of the market's growth + chance - stress - downgrades of
        what it holds; bounded."""
        flows, place = self.terms.flows, self.place
        if flows is None:
            return 0
        drawn = bell_milli(words(place.seed_number, FLOWS, month_index(place.day), subject_number(self.party)))
        net = flows.inflow_ppm + flows.sd_ppm * drawn // 1000 - flows.stress_ppm * place.stress_milli // 1000
        net += flows.follows_ppm * int(place.heard(FLOOR, "growth", 0)) // PPM
        net -= flows.downgrade_ppm * int(self.memory["downgraded_fen"]) // max(1, assets_fen)
        return max(-flows.most_ppm, min(flows.most_ppm, net))

    def pay_out(self) -> None:
        """Pay what is owed to its own investors as far as cash goes; the rest is raised on the floor."""
        ledger = self.place.ledger
        fen = min(self.memory["owed_fen"], ledger.cash(self.party))
        ledger.redeem_capital(self.party, fen, UNIT_HOLDERS)
        self.memory["owed_fen"] -= fen
        self.memory["owed_by_month"] = paid_oldest_first(self.memory["owed_by_month"], fen)

    # -- what it brings to a book ------------------------------------------------------------------------------------

    def budget_fen(self, assets_fen: int) -> int:
        """Cash it is free to put into notes: beyond its buffer and what it owes its own investors."""
        kept = assets_fen * self.terms.buffer_ppm // PPM + int(self.memory["owed_fen"])
        return max(0, self.place.ledger.cash(self.party) - kept)

    def qualifying_fen(self, assets_fen: int) -> int:
        """What counts against the threshold of entry."""
        return assets_fen if self.terms.each_fen is None else self.terms.each_fen

    def taste_bp(self) -> int:
        """What its own needs of this quarter add to the yield it asks, bp; kept so long, lest it buy back at once."""
        drawn = words(self.place.seed_number, TASTE, month_index(self.place.day) // 3, subject_number(self.party))
        return self.terms.taste_bp * bell_milli(drawn) // 1000
