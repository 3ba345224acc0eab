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
from sim.agents import rating_leniency as lenient
from sim.agents import rating_reports as reports
from sim.agents.institution import Institution, Life
from sim.agents.market_place import MERCHANTS, MarketPlace
from sim.agents.rating_request import Asked
from sim.agents.rating_terms import RatingAgencyTerms
from sim.calendar import is_month_end, month_index
from sim.deals.pool_view import PoolView
from sim.deals.rating_method import RatingMethod, Structure, attachment_for, letter_for_probability
from sim.deals.ratings import notch
from sim.draws import WORD, Clock, Subject, declare, subject_number, words
from sim.ledger import Code
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.spv import Spv

NOISE = declare("analyst's view", Clock.LIFE, Subject.DEAL, "how strict an agency's analyst is with a deal")
MONTHS = 12


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
            "mandates": [],  # [month, analyst's strictness, 1 won or 0 lost, fee] of contested ones, twelve months
            "records": {},  # by originator: [month, defaults expected by its book, defaults seen] of all its plans
            "loan_fen": {},  # by originator: what defaults by itself in its plans
            "leniency_ppm": 0,  # mean of what it was asked about last
            "granted": [],  # leniency with what it was asked about this month
            "correlation_ppm": terms.correlation_ppm,
            "tests": [],  # [month, 1 above, -1 below or 0 within the band] of plans whose forecast was tested, a year
            "revised": None,  # month of the last revision of the method
            "unpaid_cost_fen": 0,
        }  # fmt: skip

    # -- structuring -------------------------------------------------------------------------------------------------

    @property
    def method(self) -> RatingMethod:
        """The published method as it stands today."""
        return RatingMethod(self.memory["correlation_ppm"], self.terms.history_haircut_ppm)

    def support_asked(self, asked: Asked) -> dict[str, int]:
        """Letter -> support it would ask for, ppm of the pool."""
        noise, bent, view = self._noise_ppm(asked.deal), self.leniency_ppm(asked), self.forecast(asked)
        return {
            letter: judge.granted_ppm(attachment_for(view, asked.structure, letter, self.method), bent, noise)
            for letter in asked.letters
        }

    def indicate(self, asked: Asked) -> dict[str, int]:
        """The same for the structure chosen: it keeps a file on the deal."""
        self.memory["files"][asked.deal] = {
            "view": asdict(self.forecast(asked)), "shown_ppm": asked.view.default_ppm,
            "structure": asdict(asked.structure), "fee_fen": self.fee_fen(asked.face_fen),
            "asked": month_index(self.place.day), "mandated": None, "rated_since": None, "seen": [], "defaulted": 0,
            "better_for": {}, "checked": None, "correlation_ppm": self.memory["correlation_ppm"],
        }  # fmt: skip
        self.memory["granted"].append(self.leniency_ppm(asked))
        return self.support_asked(asked)

    def forecast(self, asked: Asked) -> PoolView:
        """The pool as it expects it: as shown, corrected by how the originator's plans have turned out."""
        record = self.memory["records"].get(asked.originator, [])
        return reports.forecast(asked.view, record, self.memory["loan_fen"].get(asked.originator, 0))

    def leniency_ppm(self, asked: Asked) -> int:
        """By how much it lowers what its method asks, to be mandated; nothing where the issuer does not choose. A
        guarantor's promise is not counted: it bends as far for the deal however it is enhanced."""
        rivals = len(self.place.agencies) - 1
        if not asked.contested or rivals == 0:
            return 0
        answers = [lenient.Answer(*entry[1:]) for entry in self.memory["mandates"]]
        response = lenient.response_ppm(answers, self.terms.response_ppm, self.terms.noise_ppm, rivals)
        fee = self.fee_fen(asked.face_fen)
        mean_fee = sum(one.fee_fen for one in answers) // len(answers) if answers else fee
        bare = replace(asked.structure, guaranteed_ppm=0, guarantor_ppm=judge.PPM)
        most = self.terms.most_leniency_ppm
        lowered = lenient.chances_lowered_ppm(self.forecast(asked), bare, asked.letters, most, self.method)
        return lenient.leniency_ppm(response, fee, self.terms.name_mandates * mean_fee, most, lowered)

    def fee_fen(self, face_fen: int) -> int:
        """Its fee for rating an issue."""
        return max(self.terms.least_fee_fen, face_fen * self.terms.fee_ppm // judge.PPM)

    def days_until_free(self) -> int:
        """Working days an issuer waits for its analysts: one for each mandate on its way to market beyond those they
        serve side by side."""
        files = self.memory["files"].values()
        in_hand = sum(kept["mandated"] is True and kept["rated_since"] is None for kept in files)
        return max(0, in_hand - self.terms.files_at_once)

    def won(self, deal: str, *, contested: bool = True) -> None:
        """It was mandated; contested where the issuer chose among agencies."""
        self._learn(deal, won=True, contested=contested)

    def lost(self, deal: str, *, contested: bool = True) -> None:
        """Another agency was mandated: it goes on reading the plan's reports."""
        self._learn(deal, won=False, contested=contested)

    def mandated(self, deal: str) -> bool:
        """Whether it was asked about a deal and has not heard that another rates it."""
        kept = self.memory["files"].get(deal)
        return kept is not None and kept["mandated"] is not False

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
            self.memory["files"][deal]["rated_since"] = month_index(self.place.day)
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

    def _learn(self, deal: str, *, won: bool, contested: bool) -> None:
        kept = self.memory["files"][deal]
        kept["mandated"] = won
        if contested:
            month, noise = month_index(self.place.day), self._noise_ppm(deal)
            self.memory["mandates"].append([month, noise, int(won), kept["fee_fen"]])
        self.place.tell(self.party, f"mandate:{deal}", int(won))

    # -- month ends --------------------------------------------------------------------------------------------------

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """At month ends, look at every rated tranche that is still owed; on other days, at what was not repaid."""
        if is_month_end(self.place.day):
            for spv in self.place.deals.values():
                kept = self.memory["files"].get(spv.name)
                if kept is not None and spv.active:
                    self._read_report(spv, kept)
                if kept is not None and kept["rated_since"] is not None and spv.active:
                    self.survey(spv, kept)
                elif kept is None or kept["rated_since"] is not None:
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
        """Publish how it stands; pay the analysts; drop files of deals that never came."""
        memory, month = self.memory, month_index(self.place.day)
        memory["mandates"] = [entry for entry in memory["mandates"] if month - entry[0] < MONTHS]
        if memory["granted"]:
            memory["leniency_ppm"], memory["granted"] = sum(memory["granted"]) // len(memory["granted"]), []
        memory["files"] = {deal: kept for deal, kept in memory["files"].items() if self._may_come(deal, kept)}
        self._review_method(month)
        self._pay_costs()
        if memory["files"] or memory["mandates"]:
            for figure in ("leniency_ppm", "correlation_ppm"):
                self.place.recorder.add(
                    "indicators", date=self.place.day, indicator=f"rating_{figure}", institution=self.party, scope="",
                    group="rating", value=float(memory[figure]), unit="ppm", status="simulated", source="its method",
                )  # fmt: skip

    def _may_come(self, deal: str, kept: dict[str, Any]) -> bool:
        """Whether a deal it was asked about lives, or may still come to market."""
        if deal in self.place.deals:
            return True
        told = self.place.heard("issuance", f"issue:{deal}")
        return (told is None or bool(told["placed"])) and month_index(self.place.day) - kept["asked"] < MONTHS

    def _pay_costs(self) -> None:
        """Costs of the month and those left unpaid before, as far as cash goes."""
        watched = sum(kept["rated_since"] is not None for kept in self.memory["files"].values())
        due = self.memory["unpaid_cost_fen"] + self.terms.fixed_cost_fen + self.terms.cost_per_deal_fen * watched
        paid = min(due, self.place.ledger.cash(self.party))
        if paid:
            self.place.ledger.pay(self.party, MERCHANTS, paid, Code.COST)
        self.memory["unpaid_cost_fen"] = due - paid

    # -- reports of all plans ----------------------------------------------------------------------------------------

    def _read_report(self, spv: Spv, kept: dict[str, Any]) -> None:
        """A month's report of a plan it was asked about, whoever rates it."""
        reports.read(kept, spv.defaulted_fen(), spv.performing_fen())
        originator, found = spv.terms.originator, reports.month_of(kept)
        if found is not None:
            records, month = self.memory["records"], month_index(self.place.day)
            records[originator] = reports.add_month(records.get(originator, []), month, *found)
            self.memory["loan_fen"][originator] = reports.loan_fen(spv)
        self._check_forecast(spv, kept, PoolView(**kept["view"]))

    # -- surveillance by the method ----------------------------------------------------------------------------------

    def survey(self, spv: Spv, rated: dict[str, Any]) -> None:
        """A month of a deal it rated: judge every tranche by the published method as it stands today."""
        at_issue = PoolView(**rated["view"])
        view, structure = judge.pool_now(at_issue, rated["seen"]), Structure(**rated["structure"])
        if structure.guaranteed_ppm:  # of the promise counts what can still be called, from a guarantor that stands
            left = spv.guaranteed_fen() * judge.PPM // max(1, spv.performing_fen())
            structure = replace(structure, guaranteed_ppm=left)
        called = spv.guaranteed_fen() < spv.terms.support_limit_fen
        news = called or self.memory["correlation_ppm"] > rated["correlation_ppm"]
        for tranche, support in spv.tranche_support():
            key = f"{spv.name}/{tranche}"
            if key in self.memory["ratings"]:
                opening = self.memory["opening_support"][key]
                worse = judge.is_worse(at_issue, view, support, opening, len(rated["seen"]))
                self._survey_tranche(spv, rated, tranche, support, view, structure, news=news or worse)

    def _survey_tranche(
        self, spv: Spv, rated: dict[str, Any], tranche: str, support: int, view: PoolView, structure: Structure,
        *, news: bool,
    ) -> None:  # fmt: skip
        left = reports.months_left(spv)
        chance = judge.probability_now(view, structure, left, max(0, support), self.method)
        earned, why = letter_for_probability(chance, structure.notches), f"probability of loss {chance} ppm"
        key = f"{spv.name}/{tranche}"
        rating = self.memory["ratings"][key]
        paid_months = self._paid_months(key, in_arrears=spv.arrears_fen(tranche) > 0)
        if support >= 0 and paid_months is not None and self._cure(spv.name, tranche, earned, paid_months):
            return
        failed = support < 0 or paid_months is not None
        if support < 0:
            earned, why = judge.NOT_COVERED, "assets do not cover it"
        elif failed:
            earned, why = max(earned, judge.NOT_REPAID, key=notch), "interest or principal was due and not paid"
        # While a plan revolves its pool can still change: no month of it counts toward an upgrade.
        better = left[0] == 0 and notch(earned) < notch(rating)
        rated["better_for"][tranche] = rated["better_for"].get(tranche, 0) + 1 if better else 0
        months_rated = month_index(spv.place.day) - rated["rated_since"]
        new, action = judge.judged(
            rating, earned, watched=key in self.memory["watched"], failed=failed, news=news,
            better=judge.upgrade_due(rated["better_for"][tranche], months_rated, self.terms.upgrade_months),
        )  # fmt: skip
        if action == "upgrade":
            rated["better_for"][tranche] = 0
        reason = f"{why}, support {support / 10_000:.2f} %, inflow {view.default_ppm} ppm a month, earns {earned}"
        self._conclude(spv.name, tranche, new, action, reason)

    # -- the method --------------------------------------------------------------------------------------------------

    def _check_forecast(self, spv: Spv, kept: dict[str, Any], at_issue: PoolView) -> None:
        """Once a year per plan, whoever rates it, or in its last month: did its loss lie outside the band?"""
        month, checked = month_index(self.place.day), kept["checked"]
        due = len(kept["seen"]) >= MONTHS or reports.months_left(spv) == (0, 1)
        if due and (checked is None or month - checked >= MONTHS):
            kept["checked"] = month
            direction = judge.surprise(at_issue, kept["seen"], reports.loan_fen(spv), self.method)
            self.memory["tests"].append([month, direction])

    def _review_method(self, month: int) -> None:
        """At most once a year: more surprises than chance gives revise the method for all its deals."""
        memory, revised = self.memory, self.memory["revised"]
        memory["tests"] = [test for test in memory["tests"] if month - test[0] < MONTHS]
        direction = judge.many_surprises([test[1] for test in memory["tests"]])
        before = memory["correlation_ppm"]
        after = judge.revised_correlation_ppm(before, direction, self.terms)
        if after == before or (revised is not None and month - revised < MONTHS):
            return
        memory["correlation_ppm"], memory["revised"] = after, month
        side, found = ("above" if direction > 0 else "below"), sum(test[1] == direction for test in memory["tests"])
        seen = f"defaults of {found} of {len(memory['tests'])} plans {side} the 99 % band of the forecast"
        text = f"{seen}; correlation {before} -> {after} ppm"
        self.place.announce(self.party, "rating method", text)
        self.place.note_event(
            deal="", institution=self.party, family="rating", event="method_revised", detail=text, measured_ppm=after,
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
        new, action = judge.opinion(
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
            before = defaulted[key][0] if key in defaulted else self.letters.get(key, judge.NOT_REPAID)
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
            rating = self.letters.get(f"{spv.name}/{tranche}", judge.NOT_REPAID)
            if spv.arrears_fen(tranche) > 0 and notch(rating) < notch(judge.NOT_REPAID):
                self._paid_months(f"{spv.name}/{tranche}", in_arrears=True)
                reason = f"credit support {support / 10_000:.2f} %; interest or principal was due and not paid"
                self._conclude(spv.name, tranche, judge.NOT_REPAID, "downgrade", reason)

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
