"""Stress on demand: shocks on the network of a day of a run, who loses by them in which round, what would be worst."""

from __future__ import annotations

import csv
import datetime
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from sim.contagion.inputs import Bools, Floats
from sim.contagion.system import Contagion, System, spread
from sim.errors import ScenarioError
from sim.ledger import Kind
from sim.studies.plans import RESOLVED, load_scenario
from sim.studies.run_days import Tell
from sim.studies.stress_first import FirstBlow, first_blow
from sim.studies.stress_network import Network, network_of
from sim.studies.stress_shocks import Shock, parse_shocks
from sim.studies.trace_entries import RunTables, refuse_unknown

Row = dict[str, Any]
MILLION = 1_000_000
MOST: Final = 10_000.0
"""How many times as strong as given a shock is made at most in a reverse stress test."""
WATERFALL: Final = {
    "notes_fen": ("TRANCHE",),
    "lines_fen": ("WAREHOUSE", "LIQUIDITY", "SHAREHOLDER_LOAN"),
    "interbank_fen": ("INTERBANK",),
}
"""Steps of a bank's waterfall between its loans and its end; what other claims lose is `other_fen`."""


@dataclass(frozen=True)
class StressTest:
    """The tables of a stress test; amounts in whole fen. `write` puts each into a CSV file."""

    date: datetime.date
    loss_given_default: float
    tables: dict[str, list[Row]]

    def write(self, folder: str | Path) -> list[Path]:
        """One CSV file a table; returns their paths."""
        where = Path(folder)
        where.mkdir(parents=True, exist_ok=True)
        written = []
        for name, rows in self.tables.items():
            written.append(where / f"{name}.csv")
            with written[-1].open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else ["empty"])
                writer.writeheader()
                writer.writerows(rows)
        return written


def stress(
    run_folder: str | Path,
    date: datetime.date,
    shocks: Sequence[str] = (),
    *,
    loss_given_default: float | None = None,
    reverse: str | None = None,
    tell: Tell | None = None,
) -> StressTest:
    """Apply shocks (texts, see `stress_shocks`) to the network of a run at the close of a day.

    A day that is no month end is simulated again, and `tell` hears how long that takes (`run_days`).

    `loss_given_default` is the share of their assets outside the network (but a bank's cash and government bonds)
    that failed institutions lose by a forced end; by default what the run's own estates lose when they sell the rest.
    `reverse` names an institution: how much stronger the shocks must be to fail it. Without shocks, the tables tell
    who would be most dangerous and who is most exposed.

    Raises:
        ScenarioError: a day that is not to be had (`run_day`), a shock not understood, a name the day does not have.
    """
    folder = Path(run_folder)
    scenario = load_scenario(folder / RESOLVED, {})
    network = network_of(RunTables(folder), date, tell)
    given = parse_shocks(shocks)
    cost = 1 - scenario.resolution.rest_price_ppm / MILLION if loss_given_default is None else loss_given_default
    if not 0.0 <= cost <= 1.0:
        raise ScenarioError(f"loss given default {cost:g}: a share from 0 to 1")
    tables: dict[str, list[Row]] = {}
    if given:
        blow = first_blow(network, given, scenario)
        met = _spread(blow, cost)
        tables |= {
            "losses": losses(blow, met, cost),
            "institutions": institutions(blow, met),
            "tranches": tranches(blow.network.system, met),
            "banks": banks(blow, met),
        }
    tables["danger"] = danger(network.system, network.forced(cost))
    if reverse is not None:
        refuse_unknown("institution", reverse, [n for n in network.system.names if not n.startswith("spv:")])
        tables["reverse"] = [reverse_stress(network, given, scenario, reverse, cost)]
    return StressTest(date, cost, tables)


def _spread(blow: FirstBlow, cost: float, layers: Sequence[str] | None = None) -> Contagion:
    return spread(blow.network.system, blow.lost, blow.failed, blow.network.forced(cost), layers=layers)


def _end(blow: FirstBlow, met: Contagion) -> Floats:
    """Equity at the end: price losses beyond what outside assets can bear included."""
    rest: Floats = blow.credit + blow.prices - blow.lost
    return met.equity - rest


def losses(blow: FirstBlow, met: Contagion, cost: float) -> list[Row]:
    """By layer: lost in the first round, in later ones, and if losses travelled along this layer alone.

    `outside` is what is lost before anybody passes anything on, and by cost of default; `prices` what notes lose.
    """
    system = blow.network.system
    after = met.direct - blow.lost
    rows = [
        _losses_row("outside", blow.credit.sum(), after.sum(), blow.credit.sum()),
        _losses_row("prices", blow.prices.sum(), 0.0, blow.prices.sum()),
    ]
    for layer in sorted(set(system.layer)):
        mine = system.layer == layer
        first, later = met.lost[:1, mine].sum(), met.lost[1:, mine].sum()
        rows.append(_losses_row(layer, first, later, _spread(blow, cost, [layer]).lost.sum()))
    inside = rows[2:]
    joint = {name: sum(row[name] for row in inside) for name in ("first_fen", "later_fen", "alone_fen")}
    return [*rows[:2], *(row for row in inside if row["first_fen"] or row["later_fen"]), {"layer": "jointly", **joint}]


def _losses_row(layer: str, first: float, later: float, alone: float) -> Row:
    return {"layer": layer, "first_fen": round(first), "later_fen": round(later), "alone_fen": round(alone)}


def institutions(blow: FirstBlow, met: Contagion) -> list[Row]:
    """Everybody but plans who lost or failed, the greatest loss first; `round` of failure, 0 by the shock itself."""
    end, plans = _end(blow, met), blow.network.system.plans
    rows = [
        {
            "institution": name,
            "equity_fen": round(before),
            "lost_fen": round(before - after),
            "of_equity_ppm": round((before - after) / before * MILLION) if before > 0 else MILLION,
            "failed": bool(number >= 0),
            "round": int(number) if number >= 0 else None,
            "illiquid": bool(dry),
            "called_fen": round(called),
        }
        for name, before, after, number, dry, called, plan in zip(
            blow.network.system.names, met.equity_before, end, met.failed_in, blow.illiquid, blow.called, plans,
            strict=True,
        )
        if not plan and (number >= 0 or before - after > 0.5)
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["lost_fen"], row["institution"]))


def tranches(system: System, met: Contagion) -> list[Row]:
    """Notes that lose: by plan and rank, what they are worth without the shock and what is lost of it."""
    found: dict[tuple[str, int], list[float]] = {}
    for note in np.flatnonzero(system.layer == Kind.TRANCHE.name):
        sums = found.setdefault((system.deal[note], int(system.rank[note]) - 1), [0.0, 0.0])
        sums[0] += met.worth[note]
        sums[1] += met.by_claim[note]
    return [
        {"deal": deal, "rank": rank, "worth_fen": round(owed), "lost_fen": round(lost),
         "lost_ppm": round(lost / owed * MILLION)}
        for (deal, rank), (owed, lost) in sorted(found.items())
        if lost > 0.5
    ]  # fmt: skip


def banks(blow: FirstBlow, met: Contagion) -> list[Row]:
    """CET1 of every bank step by step from start to end, and its ratio to risk-weighted assets, which stay."""
    system, end = blow.network.system, _end(blow, met)
    rows = []
    for name, book in sorted(blow.network.banks.items()):
        here = system.number(name)
        mine = system.creditor == here
        steps = {
            step: round(met.by_claim[mine & np.isin(system.layer, layers)].sum()) for step, layers in WATERFALL.items()
        }
        weighted = max(1, book["risk_weighted_fen"])
        fall = round(met.equity_before[here] - end[here])
        direct, prices = round(blow.credit[here]), round(blow.prices[here])
        forced = round(met.direct[here] - blow.lost[here])
        rows.append({
            "bank": name, "equity_fen": book["equity_fen"], "credit_fen": direct, "prices_fen": prices, **steps,
            "cost_of_default_fen": forced,
            "other_fen": fall - direct - prices - forced - sum(steps.values()),
            "end_fen": book["equity_fen"] - fall,
            "cet1_ppm": book["cet1_ppm"],
            "end_cet1_ppm": round(book["cet1_ppm"] - fall * MILLION / weighted),
            "failed": bool(met.failed[here]),
        })  # fmt: skip
    return rows


def danger(system: System, forced: Floats) -> list[Row]:
    """Each institution failed alone: what all others lose (`impact_fen`), and, hit by each of the others in turn, the
    mean share of its own equity that it loses (`vulnerability_ppm`); the most dangerous first."""
    institutions_ = np.flatnonzero(~system.plans)
    impact, hit, nothing = {}, np.zeros(len(system.names)), np.zeros(len(system.names))
    for one in institutions_:
        met = spread(system, nothing, _only(system, int(one)), forced)
        fall = np.where(system.plans, 0.0, met.equity_before - met.equity)
        fall[one] = 0.0
        impact[one] = fall.sum()
        solid = met.equity_before > 0.0
        hit += np.minimum(1.0, np.divide(fall, met.equity_before, out=np.zeros_like(fall), where=solid))
    others = max(1, len(institutions_) - 1)
    rows = [
        {"institution": system.names[one], "impact_fen": round(impact[one]),
         "vulnerability_ppm": round(hit[one] / others * MILLION)}
        for one in institutions_
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-row["impact_fen"], -row["vulnerability_ppm"], row["institution"]))


def _only(system: System, one: int) -> Bools:
    failed = np.zeros(len(system.names), dtype=bool)
    failed[one] = True
    return failed


def reverse_stress(network: Network, shocks: Sequence[Shock], scenario: Any, name: str, cost: float) -> Row:
    """The smallest multiple of the shocks that fails an institution, to a thousandth; None if none does.

    Raises:
        ScenarioError: there is no shock with a size.
    """
    if all(shock.sort == "default" for shock in shocks):
        raise ScenarioError("a reverse stress test needs a shock with a size to vary, such as --shock 'book:*=+100%pd'")
    here = network.system.number(name)

    def falls(times: float) -> tuple[bool, float]:
        blow = first_blow(network, [shock.scaled(times) for shock in shocks], scenario)
        met = _spread(blow, cost)
        return bool(met.failed[here] or _end(blow, met)[here] < 0), float(
            met.equity_before[here] - _end(blow, met)[here]
        )

    low, high = 0.0, 1.0
    while not falls(high)[0] and high < MOST:
        low, high = high, min(MOST, high * 2)
    fails, lost = falls(high)
    while fails and high - low > high / 1000:
        middle = (low + high) / 2
        low, high = (low, middle) if falls(middle)[0] else (middle, high)
    return {
        "institution": name, "multiple": round(high, 3) if fails else None,
        "lost_fen": round(falls(high)[1] if fails else lost), "tried_up_to": high if not fails else MOST,
    }  # fmt: skip
