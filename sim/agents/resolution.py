"""What happens after an institution fails: its estate is run off, creditors are paid by rank, the rest is lost to
somebody by name.

The administrator takes over on the day of failure. Borrowers go on paying: their loans are collected for the estate. At
every later month end what cash there is goes to creditors in their order. When little is left to collect, or after the
longest time allowed, the rest is sold, every claim not paid is written down at its holder, and owners get what nobody
claims. What turns up after that (a fee still paid, a claim for reimbursement) is settled at the next month end in the
same way. A bank is not run off but kept open (`resolution_bank`): its depositors are the public.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import bank_failure, bank_solvency, resolution_bank
from sim.agents import resolution_estate as estates
from sim.agents.bank_terms import REST
from sim.agents.institution import Institution, Life
from sim.agents.market_place import BUYERS_OF_DISTRESS
from sim.calendar import is_month_end
from sim.ledger import Code
from sim.markets.estate import CAUSE_DAYS
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.resolution_terms import ResolutionTerms

MILLION = 1_000_000


class Administrator(Institution):
    """Runs off the estates of failed institutions."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.SUPERVISE,)
    kind: ClassVar[str] = "regulator"

    def __init__(self, place: MarketPlace, terms: ResolutionTerms) -> None:
        super().__init__(place, "administrator")
        self.terms = terms
        self.memory = {"estates": {}}

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Resolve banks and open estates of those who failed today; at month ends pay creditors; close what has run
        off. Banks that tonight's write-downs leave without equity are resolved tonight."""
        self._resolve_banks()
        for party in self.place.failures():
            if party not in self.memory["estates"]:
                self._open(party)
        if is_month_end(self.place.day):
            for party, estate in self.memory["estates"].items():
                if estate["closed_on"] is not None:
                    self._settle_late(party, estate)
                elif estate["opened_on"] < self.place.day:  # plans lodge their claims on the day after
                    self._month(party, estate)
        bank_solvency.examine_losers(self.place)
        self._resolve_banks()
        return
        yield

    def _resolve_banks(self) -> None:
        """Resolve banks that failed; those whom that leaves without equity fail the same evening, round by round."""
        place, done = self.place, set[str]()
        while True:
            for bank in place.commercial_banks():
                lost = bank.failed and (not bank.bridge or place.ledger.equity(bank.party) < 0)
                if lost and bank.party not in done:
                    resolution_bank.resolve(place, bank)
                    done.add(bank.party)
            fallen = [
                bank for bank in place.commercial_banks()
                if done and not bank.failed and bank.name != REST and place.ledger.equity(bank.party) < 0
            ]  # fmt: skip
            if not fallen:
                return
            for bank in fallen:
                bank_failure.fail(bank, "insolvent: it lost its equity with a bank that failed today")

    def _open(self, party: str) -> None:
        place = self.place
        estates.end_commitments(place, party)
        assets = estates.collectable_fen(place, party)
        self.memory["estates"][party] = {
            "opened_on": place.day, "assets_fen": assets, "paid_fen": 0, "lost_fen": 0, "closed_on": None,
        }  # fmt: skip
        place.note_event(
            deal="", institution=party, family="resolution", event="estate_opened",
            detail=f"{estates.owed_fen(place, party)} fen owed against {assets} fen to collect",
            effect="creditors wait for month ends",
        )  # fmt: skip

    def _month(self, party: str, estate: dict[str, Any]) -> None:
        place, terms = self.place, self.terms
        estates.pay_costs(place, party, terms.cost_ppm)
        estate["paid_fen"] += estates.distribute(place, party)
        if party.startswith("investor:"):
            estates.pay_unit_holders(place, party)
        left = estates.collectable_fen(place, party)
        late = place.day - estate["opened_on"] >= terms.longest_days
        small = left * MILLION <= estate["assets_fen"] * terms.close_below_ppm
        # Those whose money an investor managed wait for its notes to be repaid; nobody else's claims keep it open.
        nobody_waits = estates.owed_fen(place, party) == 0 and not party.startswith("investor:")
        if late or small or nobody_waits:
            self._close(party, estate)

    def _close(self, party: str, estate: dict[str, Any]) -> None:
        place = self.place
        estates.sell_rest(place, party, self.terms.rest_price_ppm)
        estates.release_plans(place, party)
        estate["paid_fen"] += estates.distribute(place, party)
        estate["lost_fen"] = estates.write_down_rest(place, party, _since(estate))
        estates.pay_owners(place, party, _since(estate))
        estate["closed_on"] = place.day
        place.note_event(
            deal="", institution=party, family="resolution", event="estate_closed",
            detail=f"creditors got {estate['paid_fen']} fen and lost {estate['lost_fen']} fen",
            effect="loss of the creditors" if estate["lost_fen"] else "creditors paid in full",
        )  # fmt: skip

    def _settle_late(self, party: str, estate: dict[str, Any]) -> None:
        """After the close: what still came in goes to what is still claimed, else with what was sold; the rest of a
        late claim is lost at once."""
        place = self.place
        estate["paid_fen"] += estates.distribute(place, party)
        estate["lost_fen"] += estates.write_down_rest(place, party, _since(estate))
        place.ledger.pay(party, BUYERS_OF_DISTRESS, place.ledger.cash(party), Code.SALE)


def _since(estate: dict[str, Any]) -> int:
    """The day from which the losses of a failed party are the cause of what others lose by it."""
    return int(estate["opened_on"]) - CAUSE_DAYS
