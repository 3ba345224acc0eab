"""The rounds of a calibration: closed form first, then each parameter moves by what its own target still misses.

Every round lives the books anew under the same draws, so that a change of a figure is the parameters', not chance. A
parameter's gain is learnt from its last move (secant), within bounds that keep parameters which lean on one another
from overshooting.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Protocol

from sim.calendar import day_of, month_index
from sim.credit.lending_terms import LendingTerms
from sim.credit.membership import monthly_growth
from sim.scenario.schema import Scenario
from sim.studies.arrears_closed_form import Rolls, entry_for_overdue
from sim.studies.calibration_parameters import Parameters, logit
from sim.studies.calibration_targets import OverdueTarget, ShareTarget, Targets
from sim.studies.lone_book import BookAt, BookLife, live_book

GAINS = (0.4, 2.5)
FIRST_GAIN = 1.0
LEAST_MOVE = 0.03
LONGEST_STEP = 1.5

Lives = dict[str, BookLife]
State = dict[str, float]


class Dated(Protocol):
    """A target with a scenario and a date."""

    @property
    def scenario(self) -> str: ...
    @property
    def on(self) -> datetime.date: ...


@dataclass
class Control:
    """One target and the parameter that answers it; on `scale` both move: logits of shares, logs of money."""

    name: str
    moves: str
    what: str
    target: float
    measure: Callable[[Lives], float]
    scale: Callable[[float], float]
    source: str
    gain: float = FIRST_GAIN
    last: tuple[float, float] | None = None

    def miss(self, lives: Lives) -> float:
        """How far the simulated figure lies from the target, on the scale."""
        return self.scale(self.target) - self.scale(self.measure(lives))

    def step(self, state: State, lives: Lives) -> None:
        """Move the parameter by the miss times the gain."""
        here, value = self.scale(self.measure(lives)), state[self.name]
        if self.last is not None:
            moved, answered = value - self.last[0], here - self.last[1]
            if abs(moved) > LEAST_MOVE and moved * answered > 0:
                self.gain = min(GAINS[1], max(GAINS[0], moved / answered))
        self.last = (value, here)
        change = self.gain * (self.scale(self.target) - here)
        state[self.name] = value + min(LONGEST_STEP, max(-LONGEST_STEP, change))


@dataclass
class Fit:
    """A fit: parameters and lives before it, after the closed form, and at its end."""

    controls: list[Control]
    before: Parameters
    before_lives: Lives
    closed_form: Parameters
    closed_form_entry: dict[datetime.date, float]
    after: Parameters
    lives: Lives
    rounds: int
    worst: float
    scenarios: dict[str, Scenario] = field(default_factory=dict)


def fit(targets: Targets, scenarios: dict[str, Scenario], rolls: tuple[float, float, float]) -> Fit:
    """Fit the parameters that may move; the best round is kept."""
    any_scenario = next(iter(scenarios.values()))
    base = Parameters.of(any_scenario, targets.originator)
    controls = [c for c in _controls(targets, rolls) if c.moves in targets.move]
    state = _opening_state(targets, base)
    lives = _live(targets, scenarios, _parameters(targets, base, state))
    before = lives
    entries = closed_form_entries(targets, scenarios, rolls)
    _jump(targets, state, lives, entries, controls)
    guess = _parameters(targets, base, state)
    best: tuple[float, Parameters, Lives] | None = None
    rounds = 0
    while rounds < targets.rounds:
        rounds += 1
        parameters = _parameters(targets, base, state)
        lives = _live(targets, scenarios, parameters)
        worst = max((abs(c.miss(lives)) for c in controls), default=0.0)
        if best is None or worst < best[0]:
            best = (worst, parameters, lives)
        if worst <= targets.tolerance:
            break
        for control in controls:
            control.step(state, lives)
    if best is None:
        raise ValueError("a calibration has at least one round")
    fitted = {name: best[1].into(scenario, targets.originator) for name, scenario in scenarios.items()}
    return Fit(controls, base, before, guess, entries, best[1], best[2], rounds, best[0], fitted)


def dates_of(targets: Targets, scenario: str) -> set[datetime.date]:
    """Every date at which a scenario's book is looked at."""
    dated: tuple[Dated, ...] = (*targets.overdue, *targets.balances, *targets.shares, *targets.npl)
    return {target.on for target in dated if target.scenario == scenario}


def closed_form_entries(
    targets: Targets, scenarios: dict[str, Scenario], rolls: tuple[float, float, float]
) -> dict[datetime.date, float]:
    """The entry rate of each overdue target in the closed form, by the date its intercept starts."""
    entries = {}
    for target in targets.overdue:
        lending = scenarios[target.scenario].originators[targets.originator].lending
        growth, removal = growth_on(lending, target.on), removal_days_on(lending, target.on)
        entries[target.since] = entry_for_overdue(target.pct / 100, target.definition, Rolls(*rolls), growth, removal)
    return entries


def growth_on(lending: LendingTerms, on: datetime.date) -> float:
    """Monthly growth of the lender's membership over the year before a date."""
    return monthly_growth(lending, month_index(day_of(on)))


def removal_days_on(lending: LendingTerms, on: datetime.date) -> int:
    """Days past due at which the lender removes a loan, by the rule in force on a date."""
    days = lending.write_off_days_past_due
    for start, changed in sorted(lending.write_off_changes.items()):
        if start <= on:
            days = changed
    return days


# -- targets as controls ---------------------------------------------------------------------------------------------


def _controls(targets: Targets, rolls: tuple[float, float, float]) -> list[Control]:
    return [
        *_overdue_controls(targets),
        *_roll_controls(targets, rolls),
        *_balance_controls(targets),
        *_share_controls(targets),
    ]


def _looked(target: Dated, lives: Lives) -> BookAt:
    return lives[target.scenario].at[target.on]


def _overdue_controls(targets: Targets) -> list[Control]:
    def measured(target: OverdueTarget) -> Callable[[Lives], float]:
        return lambda lives: _looked(target, lives).overdue(target.definition)

    return [
        Control(
            name=_intercept(t.since),
            moves="intercept",
            what=f"overdue {t.definition} {t.on}",
            target=t.pct / 100,
            measure=measured(t),
            scale=logit,
            source=t.source,
        )
        for t in targets.overdue
    ]


def mean_roll(lives: Lives, which: int) -> float:
    """Mean monthly roll over all lives, each month counting once."""
    rows = [row for life in lives.values() for row in life.rolls()]
    return sum(row[which] for row in rows) / max(1, len(rows))


def _roll_controls(targets: Targets, rolls: tuple[float, float, float]) -> list[Control]:
    names = ("roll 1-30 to 31-60", "roll 31-60 to 61-90", "roll 61-90 to 91-120")

    def measured(which: int) -> Callable[[Lives], float]:
        return lambda lives: mean_roll(lives, which)

    return [
        Control(f"roll {k}", "cycle_effect", names[k], rolls[k], measured(k), logit, targets.rolls.source)
        for k in range(3)
    ]


def _balance_controls(targets: Targets) -> list[Control]:
    wanted = [target for target in targets.balances if target.role == "target"]
    if not wanted:
        return []

    def measured(lives: Lives) -> float:
        return math.exp(sum(math.log(max(1, _looked(t, lives).balance_fen)) for t in wanted) / len(wanted))

    goal = math.exp(sum(math.log(target.fen) for target in wanted) / len(wanted))
    what = f"balance {', '.join(str(t.on) for t in wanted)}"
    source = ", ".join(dict.fromkeys(t.source for t in wanted))
    return [Control("purchases", "purchases_per_month", what, goal, measured, math.log, source)]


def _share_controls(targets: Targets) -> list[Control]:
    def measured(target: ShareTarget) -> Callable[[Lives], float]:
        return lambda lives: _looked(target, lives).share(target.product, target.terms)

    return [
        Control(f"share {k}", "shares", share_name(t), t.share, measured(t), logit, t.source)
        for k, t in enumerate(targets.shares)
    ]


def share_name(target: ShareTarget) -> str:
    """A share target in words."""
    if target.terms is None:
        return f"share of {target.product} in the book {target.on}"
    return f"share of {' and '.join(map(str, target.terms))} months in {target.product} {target.on}"


# -- state and parameters --------------------------------------------------------------------------------------------


def _intercept(since: datetime.date) -> str:
    return f"intercept {since}"


def _level(base: Parameters, since: datetime.date) -> float:
    dated = sorted(base.intercept.items())
    return [value for start, value in dated if start <= since or start == dated[0][0]][-1]


def _opening_state(targets: Targets, base: Parameters) -> State:
    """Intercepts by date; a roll's level = mean intercept + effect, so that a moved intercept leaves rolls alone."""
    state = {_intercept(t.since): _level(base, t.since) for t in targets.overdue}
    mean = sum(state.values()) / len(state)
    state |= {f"roll {k}": mean + base.cycle_effect[k] for k in range(3)}
    state["purchases"] = math.log(base.purchases_per_month)
    return state | {f"share {k}": 0.0 for k in range(len(targets.shares))}


def _parameters(targets: Targets, base: Parameters, state: State) -> Parameters:
    """The state as parameters, rounded as they are written: what was measured is what is kept."""
    intercept = {t.since: round(state[_intercept(t.since)], 3) for t in sorted(targets.overdue, key=lambda t: t.since)}
    mean = sum(intercept.values()) / len(intercept)
    out = base
    if "intercept" in targets.move:
        out = replace(out, intercept=intercept)
    if "cycle_effect" in targets.move:
        rolls = [round(state[f"roll {k}"] - mean, 3) for k in range(3)]
        later = round(max(rolls[2], logit(targets.later_roll.chance) - mean), 3)
        out = replace(out, cycle_effect=(*rolls, later, later, later))
    if "purchases_per_month" in targets.move:
        out = replace(out, purchases_per_month=round(math.exp(state["purchases"]), 4))
    if "shares" in targets.move:
        for k, target in enumerate(targets.shares):
            out = out.with_share_moved(target.product, target.terms, state[f"share {k}"])
    return out


def _jump(
    targets: Targets, state: State, lives: Lives, entries: dict[datetime.date, float], controls: list[Control]
) -> None:
    """The first move: intercepts take the miss rate to the closed form's entry rate, the rest go by their own miss."""
    for target in targets.overdue:
        now = lives[target.scenario].entry_rate()
        state[_intercept(target.since)] += logit(entries[target.since]) - logit(now)
    for control in controls:
        if control.moves != "intercept":
            state[control.name] += control.miss(lives)


def _live(targets: Targets, scenarios: dict[str, Scenario], parameters: Parameters) -> Lives:
    return {
        name: live_book(parameters.into(scenario, targets.originator), targets.originator, dates)
        for name, scenario in scenarios.items()
        if (dates := dates_of(targets, name))
    }
