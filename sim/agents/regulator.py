"""Regulators of banking, payment and the market: what each is told, whom it inspects, the breaches it pursues.

A regulator sees no more than reports tell (a lag after the month they speak of, and off by an error), what an
inspection or a look at the books on a day a measure set finds, and what is public. Its decisions are pure functions in
`sim.regulation.supervision`; what they do to the institution is in `sim.agents.measures`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any, ClassVar

from sim.agents import conduct, measures, reports
from sim.agents.institution import Institution, Life
from sim.calendar import date_of, is_month_end
from sim.regulation import supervision
from sim.regulation.rules import Finding, Rule
from sim.regulation.supervision import Case, Position, Step
from sim.regulation.supervision_terms import RegulatorsTerms
from sim.timetable import Hour

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

MILLION = 1_000_000


class Regulator(Institution):
    """A regulator by name: central_bank, banking or market; `supervision.field_of` says which rules it enforces."""

    hours: ClassVar[tuple[Hour, ...]] = (Hour.SUPERVISE,)
    kind: ClassVar[str] = "regulator"

    def __init__(self, place: MarketPlace, name: str, terms: RegulatorsTerms) -> None:
        super().__init__(place, name)
        self.terms = terms
        self.memory: dict[str, Any] = {
            "mail": [], "cases": {}, "inspected": {}, "signals": {}, "loans": {}, "told": {},
        }  # fmt: skip

    def act(self, hour: Hour) -> Life:  # noqa: ARG002  (one hour only)
        """Read what reports are in; at quarter ends inspect; look at those whose measure ends; take in new reports."""
        day, month_end = self.place.day, is_month_end(self.place.day)
        due = [report for report in self.memory["mail"] if report["due"] <= day]
        looked_at = [key for key, case in self.memory["cases"].items() if case["until"] <= day]
        if due or looked_at or month_end:
            bound = reports.duties(self.place, self.name)
            self._close_cases_without_a_rule(bound)
            self._read(due, bound)
            if month_end and date_of(day).month % 3 == 0:
                self._inspect(bound)
            self._look(looked_at, bound)
            if month_end:
                self._receive(bound)
                self._offer_conversion()
        measures.decide_licences(self)
        return
        yield

    # -- what it holds -----------------------------------------------------------------------------------------------

    def case(self, party: str, rule: str) -> Case | None:
        """The open case of an institution and a rule."""
        data = self.memory["cases"].get(f"{party}|{rule}")
        return None if data is None else _case(data)

    def cases_of(self, party: str) -> dict[str, Case]:
        """Every open case of an institution by rule."""
        mine = {
            key.partition("|")[2]: data for key, data in self.memory["cases"].items() if key.startswith(f"{party}|")
        }
        return {rule: _case(data) for rule, data in mine.items()}

    def keep(self, party: str, rule: str, case: Case | None) -> None:
        """Note how a case stands; None closes it."""
        if case is None:
            self.memory["cases"].pop(f"{party}|{rule}", None)
        else:
            plan = None if case.plan is None else list(case.plan)
            self.memory["cases"][f"{party}|{rule}"] = asdict(case) | {"step": int(case.step), "plan": plan}

    # -- what it sees ------------------------------------------------------------------------------------------------

    def _receive(self, bound: reports.Duties) -> None:
        """The reports of the month just ended: on the desk once they have been read."""
        place, due = self.place, self.place.day + self.terms.report_lag_days
        for party, position in reports.true_positions(place, list(bound)).items():
            error = reports.error_ppm(place, party, self.terms.report_error_ppm)
            loans, overdue = reports.loans_and_overdue_fen(place, party, position)
            told = vars(supervision.reported(position, error))
            self.memory["mail"].append(
                {
                    "due": due,
                    "party": party,
                    "loans": loans,
                    "overdue": overdue,
                    "told": dict(told),
                    "rules": list(bound[party]),
                }
            )

    def _read(self, due: list[dict[str, Any]], bound: reports.Duties) -> None:
        """Compare what is reported with the limits: a breach opens a case, a limit met again is verified."""
        for report in due:
            self.memory["mail"].remove(report)
            party = report["party"]
            if party not in bound:
                continue
            told = supervision.position_of(report["told"])
            # A report speaks of the limits that bound when it was made.
            asked = {name: rule for name, rule in bound[party].items() if name in report["rules"]}
            found = {name: rule.finding(told) for name, rule in asked.items()}  # type: ignore[arg-type]
            self._note_signals(report, list(found.values()))
            for name, finding in found.items():
                if self.case(party, name) is None:
                    if supervision.is_reported_breach(finding, self.terms):
                        self._open(party, name, finding, "reported")
                elif finding.shortfall_fen == 0:
                    self._close_if_made_good(party, name, bound[party][name])

    def _offer_conversion(self) -> None:
        """From the day conversion is opened, those under a plan hear of it at the month's end."""
        for party in dict.fromkeys(key.partition("|")[0] for key in self.memory["cases"]):
            measures.tell_measures(self, party)

    def _note_signals(self, report: dict[str, Any], findings: list[Finding]) -> None:
        party, loans = report["party"], self.memory["loans"]
        history: list[int] = loans.setdefault(party, [])
        history.append(report["loans"])
        del history[:-4]
        order = self.place.heard(conduct.REGULATOR, f"order:{party.partition(':')[2]}")
        seen = supervision.signals(
            findings, loans_fen=history[-1], loans_before_fen=history[0] if len(history) == 4 else 0,
            overdue_fen=report["overdue"], ordered=order is not None and order["until"] >= self.place.day,
            terms=self.terms,
        )  # fmt: skip
        self.memory["signals"][party] = seen

    def _inspect(self, bound: reports.Duties) -> None:
        """On the spot, everything is exact."""
        signalled = {party: len(self.memory["signals"].get(party, [])) for party in bound}
        chosen = supervision.to_inspect(signalled, self.memory["inspected"], self.terms.inspections_a_quarter)
        positions = reports.true_positions(self.place, chosen)
        for party in chosen:
            self.memory["inspected"][party] = self.place.day
            why = ", ".join(self.memory["signals"].get(party, [])) or "in turn"
            breaches = []
            for name, rule in bound[party].items():
                finding = rule.finding(positions[party])  # type: ignore[arg-type]
                if finding.shortfall_fen and self.case(party, name) is None:
                    self._open(party, name, finding, "found by inspection")
                if finding.shortfall_fen:
                    breaches.append(name)
            measures.note(
                self.place, party, "inspection", f"{self.party} inspects ({why})",
                f"beyond {', '.join(breaches)}" if breaches else "within every limit",
            )  # fmt: skip

    def _look(self, keys: list[str], bound: reports.Duties) -> None:
        """On the day a measure set, the books are looked at, and the next measure follows or the case ends."""
        for key in keys:
            party, _, name = key.partition("|")
            case = self.case(party, name)
            if case is None or case.step is Step.REVOCATION or name not in bound.get(party, {}):
                continue
            position = self._exact(party)
            finding = bound[party][name].finding(position)  # type: ignore[arg-type]
            after = supervision.after_look(
                case, finding, self.place.day, self.terms, may_lose_licence=not party.startswith("bank:")
            )
            measures.take(self, party, name, bound[party][name], case, after, finding, position)

    def _exact(self, party: str) -> Position:
        return reports.true_positions(self.place, [party])[party]

    # -- cases -------------------------------------------------------------------------------------------------------

    def _open(self, party: str, name: str, finding: Finding, how: str) -> None:
        case = supervision.opened(self.place.day, self.terms)
        self.keep(party, name, case)
        measures.guide(self, party, name, finding, how)

    def _close_if_made_good(self, party: str, name: str, rule: Rule) -> None:
        case, position = self.case(party, name), self._exact(party)
        finding = rule.finding(position)  # type: ignore[arg-type]
        if finding.shortfall_fen == 0 and case is not None and case.step is not Step.REVOCATION:
            measures.take(self, party, name, rule, case, None, finding, position)

    def _close_cases_without_a_rule(self, bound: reports.Duties) -> None:
        """A rule that has ended, a licence that has changed, an institution that has failed: the case ends with it."""
        for key in list(self.memory["cases"]):
            party, _, name = key.partition("|")
            case = self.case(party, name)
            if name not in bound.get(party, {}) and case is not None and case.step is not Step.REVOCATION:
                measures.drop(self, party, name)


def _case(data: dict[str, Any]) -> Case:
    plan = None if data["plan"] is None else tuple(data["plan"])
    return Case(**(data | {"step": Step(data["step"]), "plan": plan}))
