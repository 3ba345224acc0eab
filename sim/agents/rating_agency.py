"""The rating agency: says what support a letter needs, is mandated or not, watches what it rated, and learns.

Deals it was asked about and mandated for are rated by its published method (`sim.deals.rating_method`) at issue and at
every month end, on the months seen since. Deals whose ratings a scenario prescribes are watched by their support alone.
Principal that was due and not paid is acted on at the date itself.
What it decides is in `sim.agents.rating_judgement`; here it is asked, remembers, publishes, is paid and pays.
"""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import rating_judgement as judge
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MERCHANTS, MarketPlace
from sim.agents.rating_terms import RatingAgencyTerms
from sim.calendar import is_month_end, month_index
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import RatingMethod, Structure, attachment_for, letter_for_probability
from sim.deals.ratings import SCALE, notch
from sim.draws import WORD, Clock, Subject, declare, subject_number, words
from sim.ledger import Code
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.spv import Spv

NOISE = declare("analyst's view", Clock.LIFE, Subject.DEAL, "how strict an agency's analyst is with a deal")
MONTHS = 12
NOT_REPAID = "CCC"
"""What is left of any rating once interest or principal was due and not paid."""
NOT_COVERED = "C"
"""The letter of notes that assets no longer cover."""


def support_ppm(assets_fen: int, claims_to_fen: int) -> int:
    """Credit support of a tranche: the share of performing assets and cash beyond the claims down to it; negative when
    short."""
    if assets_fen <= 0:
        return 0 if claims_to_fen == 0 else -1_000_000
    return (assets_fen - claims_to_fen) * 1_000_000 // assets_fen


def opinion(
    rating: str, support: int, opening_support: int, watch_ppm: int, downgrade_ppm: int, watched: bool, missed: bool
) -> tuple[str, str]:
    """(rating, action) after looking at a tranche: affirm, watch, downgrade; at once to the bottom when principal was
    due and not paid, or when assets no longer cover it."""
    if support < 0 and notch(rating) < notch(NOT_COVERED):
        return NOT_COVERED, "downgrade"
    if missed and notch(rating) < notch(NOT_REPAID):
        return NOT_REPAID, "downgrade"
    share = support * 1_000_000 // max(1, opening_support)
    if share < downgrade_ppm and notch(rating) < notch(NOT_COVERED):
        return SCALE[notch(rating) + 1], "downgrade"
    if share < watch_ppm:
        return rating, "affirm" if watched else "watch"
    return rating, "watch removed" if watched else "affirm"


class RatingAgency(Institution):
    """Ratings, and surveillance of the tranches it rated."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.RATE,)
    kind: ClassVar[str] = "agency"

    def __init__(self, place: MarketPlace, name: str, terms: RatingAgencyTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory = {
            "ratings": {}, "watched": [], "opening_support": {},
            "defaulted": {},  # by class that missed a payment: its letter before, months since in which all was paid
            "files": {},  # by deal asked about or rated by the method: what was known, what was seen since
            "mandates": [],  # [month, 1 won or 0 lost] of contested mandates, the last twelve months
            "leniency_ppm": 0, "correlation_ppm": terms.correlation_ppm, "unpaid_cost_fen": 0,
        }  # fmt: skip

    # -- structuring -------------------------------------------------------------------------------------------------

    @property
    def method(self) -> RatingMethod:
        """The published method as it stands today."""
        return RatingMethod(self.memory["correlation_ppm"], self.terms.history_haircut_ppm)

    def support_asked(
        self, deal: str, view: PoolView, structure: Structure, letters: tuple[str, ...]
    ) -> dict[str, int]:
        """Letter -> support it would ask for, ppm of the pool."""
        noise, leniency = self._noise_ppm(deal), self.memory["leniency_ppm"]
        return {
            letter: judge.granted_ppm(attachment_for(view, structure, letter, self.method), leniency, noise)
            for letter in letters
        }

    def indicate(self, deal: str, view: PoolView, structure: Structure, letters: tuple[str, ...]) -> dict[str, int]:
        """The same for the structure chosen: it keeps a file on the deal."""
        self.memory["files"][deal] = {
            "view": asdict(view), "structure": asdict(structure), "noise_ppm": self._noise_ppm(deal),
            "asked": month_index(self.place.day), "issued": False, "seen": [], "defaulted": 0, "better_for": {},
            "checked": None,
        }  # fmt: skip
        return self.support_asked(deal, view, structure, letters)

    def fee_fen(self, face_fen: int) -> int:
        """Its fee for rating an issue."""
        return max(self.terms.least_fee_fen, face_fen * self.terms.fee_ppm // judge.PPM)

    def won(self, deal: str, *, contested: bool = True) -> None:
        """It was mandated; contested where the issuer chose among agencies."""
        self._learn(deal, 1, contested)

    def lost(self, deal: str, *, contested: bool = True) -> None:
        """Another agency was mandated."""
        self.memory["files"].pop(deal, None)
        self._learn(deal, 0, contested)

    def mandated(self, deal: str) -> bool:
        """Whether it keeps a file on a deal: who was asked and not mandated has dropped it."""
        return deal in self.memory["files"]

    @property
    def letters(self) -> dict[str, str]:
        """The letter it last published for each class of notes (`deal/tranche`) that it rates."""
        letters: dict[str, str] = self.memory["ratings"]
        return letters

    def rate_at_issue(self, deal: str, tranche: str, rating: str, opening_support_ppm: int) -> None:
        """Publish the rating a tranche was sold with."""
        key = f"{deal}/{tranche}"
        self.memory["ratings"][key] = rating
        self.memory["opening_support"][key] = opening_support_ppm
        if deal in self.memory["files"]:
            self.memory["files"][deal]["issued"] = True
            self.memory["files"][deal]["better_for"][tranche] = 0
        self._publish(deal, tranche, rating, "assign", f"credit support {opening_support_ppm / 10_000:.2f} %")

    def forget(self, deal: str) -> None:
        """Drop what it kept of a plan that has ended."""
        tranches = f"{deal}/"
        for kept in ("ratings", "opening_support", "defaulted"):
            self.memory[kept] = {key: v for key, v in self.memory[kept].items() if not key.startswith(tranches)}
        self.memory["watched"] = [key for key in self.memory["watched"] if not key.startswith(tranches)]
        self.memory["files"].pop(deal, None)

    def _noise_ppm(self, deal: str) -> int:
        drawn = words(self.place.seed_number, NOISE, 0, subject_number(deal), subject_number(self.name))[0]
        return (2 * drawn - WORD) * self.terms.noise_ppm // WORD

    def _learn(self, deal: str, won: int, contested: bool) -> None:
        if contested:
            self.memory["mandates"].append([month_index(self.place.day), won])
        self.place.tell(self.party, f"mandate:{deal}", won)

    # -- month ends --------------------------------------------------------------------------------------------------

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends, look at every rated tranche that is still owed; on other days, at what was not repaid."""
        if is_month_end(self.place.day):
            for spv in self.place.deals.values():
                rated = self.memory["files"].get(spv.name)
                if rated is not None and rated["issued"] and spv.active:
                    self.survey(spv, rated)
                else:
                    for tranche, support in spv.tranche_support():
                        self._look(spv.name, tranche, support, in_arrears=spv.arrears_fen(tranche) > 0)
            self._end_month()
        else:
            day = self.place.day
            for spv in [spv for spv in self.place.deals.values() if spv.schedule.pays_on(day)]:
                self._look_at_payment(spv)
        return
        yield

    def _end_month(self) -> None:
        """Bend to competition or recover from it; pay the analysts; drop files of deals that never came."""
        memory, month = self.memory, month_index(self.place.day)
        memory["mandates"] = [entry for entry in memory["mandates"] if month - entry[0] < MONTHS]
        contested, won = len(memory["mandates"]), sum(entry[1] for entry in memory["mandates"])
        rivals = len(self.place.agencies) - 1
        memory["leniency_ppm"] = judge.next_leniency_ppm(
            memory["leniency_ppm"], contested - won, contested, rivals, self.terms
        )
        memory["files"] = {
            deal: kept for deal, kept in memory["files"].items() if kept["issued"] or month - kept["asked"] < MONTHS
        }
        self._pay_costs()
        if memory["files"] or contested:
            for figure in ("leniency_ppm", "correlation_ppm"):
                self.place.recorder.add(
                    "indicators", date=self.place.day, indicator=f"rating_{figure}", institution=self.party, scope="",
                    group="rating", value=float(memory[figure]), unit="ppm", status="simulated", source="its method",
                )  # fmt: skip

    def _pay_costs(self) -> None:
        """Costs of the month and those left unpaid before, as far as cash goes."""
        watched = sum(bool(kept["issued"]) for kept in self.memory["files"].values())
        due = self.memory["unpaid_cost_fen"] + self.terms.fixed_cost_fen + self.terms.cost_per_deal_fen * watched
        paid = min(due, self.place.ledger.cash(self.party))
        if paid:
            self.place.ledger.pay(self.party, MERCHANTS, paid, Code.COST)
        self.memory["unpaid_cost_fen"] = due - paid

    # -- surveillance by the method ----------------------------------------------------------------------------------

    def survey(self, spv: Spv, rated: dict[str, Any]) -> None:
        """A month of a deal it rated: add what was seen, judge every tranche by the method as it stands today, and ask
        whether the year was a surprise."""
        performing, defaulted = spv.performing_fen(), spv.defaulted_fen()
        rated["seen"] = [*rated["seen"], [defaulted - rated["defaulted"], performing]][-3 * MONTHS :]
        rated["defaulted"] = defaulted
        at_issue = PoolView(**rated["view"])
        view, structure = judge.pool_now(at_issue, rated["seen"]), Structure(**rated["structure"])
        if structure.guaranteed_ppm:  # of the promise counts what can still be called, from a guarantor that stands
            left = spv.guaranteed_fen() * judge.PPM // max(1, performing)
            structure = replace(structure, guaranteed_ppm=left)
        for tranche, support in spv.tranche_support():
            if f"{spv.name}/{tranche}" in self.memory["ratings"]:
                self._survey_tranche(spv, rated, tranche, support, view, structure)
        self._check_forecast(spv.name, rated, at_issue)

    def _survey_tranche(
        self, spv: Spv, rated: dict[str, Any], tranche: str, support: int, view: PoolView, structure: Structure
    ) -> None:
        seen = judge.as_if_ppm(max(0, support), self.memory["leniency_ppm"], rated["noise_ppm"])
        left = _months_left(spv)
        chance = judge.probability_now(view, structure, left, seen, self.method)
        earned, why = letter_for_probability(chance, structure.notches), f"probability of loss {chance} ppm"
        key = f"{spv.name}/{tranche}"
        rating = self.memory["ratings"][key]
        paid_months = self._paid_months(key, in_arrears=spv.arrears_fen(tranche) > 0)
        if support >= 0 and paid_months is not None and self._cure(spv.name, tranche, earned, paid_months):
            return
        failed = support < 0 or paid_months is not None
        if support < 0:
            earned, why = NOT_COVERED, "assets do not cover it"
        elif failed:
            earned, why = max(earned, NOT_REPAID, key=notch), "interest or principal was due and not paid"
        # While a plan revolves its pool can still change: no month of it counts toward an upgrade.
        better = left[0] == 0 and notch(earned) < notch(rating)
        rated["better_for"][tranche] = rated["better_for"].get(tranche, 0) + 1 if better else 0
        new, action = judge.judged(
            rating, earned, watched=key in self.memory["watched"], failed=failed,
            better_for=rated["better_for"][tranche], upgrade_months=self.terms.upgrade_months,
        )  # fmt: skip
        if action == "upgrade":
            rated["better_for"][tranche] = 0
        reason = f"{why}, support {support / 10_000:.2f} %, inflow {view.default_ppm} ppm a month, earns {earned}"
        self._conclude(spv.name, tranche, new, action, reason)

    def _check_forecast(self, deal: str, rated: dict[str, Any], at_issue: PoolView) -> None:
        """Once a year per deal, or in its last month: a loss outside the band of its own forecast revises the method
        for all its deals."""
        month, checked = month_index(self.place.day), rated["checked"]
        due = len(rated["seen"]) >= MONTHS or _months_left(self.place.deals[deal]) == (0, 1)
        if not due or (checked is not None and month - checked < MONTHS):
            return
        rated["checked"] = month
        direction = judge.surprise(at_issue, rated["seen"], _loan_fen(self.place.deals[deal]), self.method)
        before = self.memory["correlation_ppm"]
        after = judge.revised_correlation_ppm(before, direction, self.terms) if direction else before
        if after == before:
            return
        self.memory["correlation_ppm"] = after
        side = "above" if direction > 0 else "below"
        text = f"defaults of {deal} {side} the 99 % band of the forecast; correlation {before} -> {after} ppm"
        self.place.announce(self.party, "rating method", text)
        self.place.note_event(
            deal=deal, institution=self.party, family="rating", event="method_revised", detail=text, measured_ppm=after,
            threshold_ppm=before, effect="all its deals are judged by it from the next look on",
        )  # fmt: skip

    # -- surveillance of scripted deals ------------------------------------------------------------------------------

    def _look(self, deal: str, tranche: str, support: int, *, in_arrears: bool) -> None:
        key = f"{deal}/{tranche}"
        if key not in self.memory["ratings"]:
            return
        opening = self.memory["opening_support"][key]
        paid_months = self._paid_months(key, in_arrears=in_arrears)
        covered = support * judge.PPM >= opening * self.terms.watch_share_ppm
        before = self.memory["defaulted"][key][0] if paid_months is not None else ""
        if paid_months is not None and covered and self._cure(deal, tranche, before, paid_months):
            return
        new, action = opinion(
            self.memory["ratings"][key], support, opening, self.terms.watch_share_ppm, self.terms.downgrade_share_ppm,
            key in self.memory["watched"], paid_months is not None,
        )  # fmt: skip
        due = "" if paid_months is None else "; interest or principal was due and not paid"
        self._conclude(deal, tranche, new, action, f"credit support {support / 10_000:.2f} %{due}")

    # -- defaults and their cure -------------------------------------------------------------------------------------

    def _paid_months(self, key: str, *, in_arrears: bool) -> int | None:
        """Month ends since a class that missed a payment last owed any of it, this one included; None if it never
        missed one, or was cured."""
        defaulted: dict[str, list[Any]] = self.memory["defaulted"]
        if in_arrears:
            before = defaulted[key][0] if key in defaulted else self.letters.get(key, NOT_REPAID)
            defaulted[key] = [before, 0]
        elif key in defaulted:
            defaulted[key][1] += 1
        return defaulted[key][1] if key in defaulted else None

    def _cure(self, deal: str, tranche: str, earned: str, paid_months: int) -> bool:
        """Give notes whose arrears are long paid the letter they earn; whether it did."""
        key = f"{deal}/{tranche}"
        letter = judge.cured(self.letters[key], earned, paid_months)
        if letter is None:
            return False
        del self.memory["defaulted"][key]
        self._conclude(
            deal, tranche, letter, "upgrade", f"all arrears are paid, and all that was due for {paid_months} months"
        )
        return True

    # -- payment dates -----------------------------------------------------------------------------------------------

    def _look_at_payment(self, spv: Spv) -> None:
        """A payment date told by the trustee: no letter waits for the month end once interest or principal was due and
        not paid."""
        for tranche, support in spv.tranche_support():
            rating = self.letters.get(f"{spv.name}/{tranche}", NOT_REPAID)
            if spv.arrears_fen(tranche) > 0 and notch(rating) < notch(NOT_REPAID):
                self._paid_months(f"{spv.name}/{tranche}", in_arrears=True)
                reason = f"credit support {support / 10_000:.2f} %; interest or principal was due and not paid"
                self._conclude(spv.name, tranche, NOT_REPAID, "downgrade", reason)

    # -- publishing --------------------------------------------------------------------------------------------------

    def _conclude(self, deal: str, tranche: str, rating: str, action: str, reason: str) -> None:
        """Keep and publish what a look led to; an affirmation is not news."""
        if action == "affirm":
            return
        key = f"{deal}/{tranche}"
        self.memory["ratings"][key] = rating
        if action == "watch":
            self.memory["watched"].append(key)
        elif key in self.memory["watched"]:
            self.memory["watched"].remove(key)
        self._publish(deal, tranche, rating, action, reason)

    def _publish(self, deal: str, tranche: str, rating: str, action: str, reason: str) -> None:
        self.place.recorder.add(
            "ratings",
            date=self.place.day,
            deal=deal,
            tranche=tranche,
            agency=self.party,
            rating=rating,
            action=action,
            reason=reason,
        )


def _loan_fen(spv: Spv) -> int:
    """Mean size of what defaults by itself in a plan's first pool: all that a household stands for defaults with it."""
    loans: int = spv.memory["initial_loans"] // spv.place.households.terms.weight
    return spv.terms.face_fen // max(1, loans)


def _months_left(spv: Spv) -> tuple[int, int]:
    """Revolving months left, and distribution months to the last expected maturity (at least one while notes are
    owed)."""
    month, schedule = month_index(spv.place.day), spv.schedule
    starts = max(month, month_index(schedule.revolving_end))
    ends = month_index(max(schedule.tranche_maturity.values()))
    return starts - month, max(1, ends - starts)
