"""Small worlds in which distress comes, or not: recessions drawn by seed, and the shipped stress scenarios.

A *drawn recession* begins in a month and has a depth, from none to five standard deviations, that keyed draws give each
seed; unemployment, incomes and growth worsen in three steps over four months. A *deep recession* is drawn likewise from
four to seven: few of the others break anything, and signals are judged by those that do. A *stress scenario* is a file
of `scenarios/stress/` with its dates moved by whole months, which a draw gives each seed, so that no month of the
calendar stands for distress. *Calm* is the same world with neither. What is seen of a world is its signals by month
end, out of `indicators`, and its distresses; what happens is left to the market.
"""

from __future__ import annotations

import datetime
import json
import multiprocessing
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from sim.agents.bank_terms import REST
from sim.calendar import add_months, date_of, day_of
from sim.contagion.indicators import GROUPS, INDICATORS, SCOPES
from sim.contagion.risk_index import Number, component_index
from sim.draws import WORD, Clock, Subject, declare, subject_number, words
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.market.indicator_rows import INDEX, NETWORK, WHOLE
from sim.scenario import load_scenario
from sim.scenario.files import find, shipped
from sim.scenario.messages import did_you_mean, listing

DRAWN = declare("crisis of a study", Clock.LIFE, Subject.INSTITUTION, "when and how hard the crisis of a world comes")

SMALL: Final = "scenarios/studies/small_market.yaml"
BASE: Final[Mapping[str, object]] = {
    "population.households": 6_000, "population.weight": 3_333, "start": "2017-07-01",
}  # fmt: skip
"""The small market's people by fewer households, and a year and more of it before the first crisis can come."""
CALM, RECESSION, DEEP = "calm", "recession", "deep_recession"
FIRST_RECESSION: Final = datetime.date(2018, 4, 1)
RECESSION_MONTHS: Final = 12
"""Months within which a drawn recession may begin."""
DEPTHS: Final = {RECESSION: (0.0, 5.0), DEEP: (4.0, 7.0)}
"""Standard deviations of the stress index that a drawn recession adds: the least and the most."""
STEPS: Final = (0, 2, 4)
"""Months after its beginning in which a recession deepens by a third."""
MOST_MOVED: Final = 6
"""Months by which the dates of a stress scenario are moved at most, either way."""
FUNDING_STOP_PPM: Final = 400_000
"""Share of all sound applications of a month, by amount, refused for want of funds that is a funding stop (assumption,
300,000 to 600,000; Decembers of calm worlds come near 250,000)."""
SUDDEN, SLOW = "sudden", "slow"
_SLOW_FILES: Final = ("covid_2020", "rate_shock")
SIGNALS: Final = (
    INDEX, WHOLE, *(f"{INDEX}_{group}" for group in (*GROUPS, NETWORK)), "component", "radius", "impact",
    "expected_loss",
)  # fmt: skip
"""What is tried as a warning: indices, the index by its first component, and single measures of the network."""


@dataclass(frozen=True)
class Distress:
    """A month (place among the month ends of a world) in which something broke: what, and who."""

    month: int
    kind: str
    who: str


@dataclass(frozen=True)
class Seen:
    """A world lived to its end: dates of its month ends, signals by `name|scope`, and every distress in order."""

    world: str
    seed: int
    dates: tuple[str, ...]
    signals: Mapping[str, Sequence[Number]]
    distresses: tuple[Distress, ...]

    @property
    def first(self) -> int | None:
        """The month of the first distress; None in a world without."""
        return min((one.month for one in self.distresses), default=None)

    def plain(self) -> dict[str, Any]:
        """As plain data."""
        told = [[one.month, one.kind, one.who] for one in self.distresses]
        signals = {name: list(values) for name, values in self.signals.items()}
        return {"world": self.world, "seed": self.seed, "dates": list(self.dates), "signals": signals, "distress": told}

    @classmethod
    def of(cls, data: Mapping[str, Any]) -> Seen:
        """The world whose `plain` this is."""
        told = tuple(Distress(int(month), kind, who) for month, kind, who in data["distress"])
        return cls(data["world"], int(data["seed"]), tuple(data["dates"]), data["signals"], told)


def families() -> dict[str, str]:
    """Every kind of world by name: calm, drawn recessions, and one for each shipped stress scenario; slow or sudden."""
    files = [Path(file).stem for file in shipped() if file.startswith("stress/")]
    sorts = {name: SLOW if name in _SLOW_FILES else SUDDEN for name in files}
    return {CALM: CALM, **dict.fromkeys(DEPTHS, SLOW), **sorts}


def chosen(only: Sequence[str]) -> list[str]:
    """The kinds of world with these names; all for none.

    Raises:
        ScenarioError: a name that no kind has; the message lists them.
    """
    known = list(families())
    for name in only:
        if name not in known:
            raise ScenarioError(f"world '{name}': unknown{did_you_mean(name, known)}; there are {listing(known)}")
    return [name for name in known if not only or name in only]


def changes(world: str, seed: int) -> tuple[str, dict[str, object]]:
    """(scenario, overrides) of a kind of world and a seed."""
    first, second, *_ = words(seed, DRAWN, 0, subject_number(world))
    if world == CALM:
        return SMALL, dict(BASE)
    if world in DEPTHS:
        begins, (least, most) = add_months(day_of(FIRST_RECESSION), first * RECESSION_MONTHS // WORD), DEPTHS[world]
        return SMALL, {**BASE, "macro.shocks": recession(begins, least + (most - least) * second / WORD)}
    path = f"scenarios/stress/{world}.yaml"
    moved = first * (2 * MOST_MOVED + 1) // WORD - MOST_MOVED
    return path, {**BASE, **moved_dates(_own_terms(path), moved)}


def recession(begins: int, depth_sd: float) -> dict[str, dict[str, object]]:
    """Shocks that together add `depth_sd` to the stress index, a third at each step: unemployment by 0.3 points a
    standard deviation, incomes' growth less by 1.5, and so growth (normal deviations of `macro.trend`)."""
    shocks: dict[str, dict[str, object]] = {}
    for number, months in enumerate(STEPS):
        since = date_of(add_months(begins, months)).isoformat()
        for kind, per_sd in (("unemployment", 3_000), ("income_growth", -15_000), ("gdp_growth", -15_000)):
            size = round(per_sd * depth_sd / len(STEPS))
            shocks[f"{kind}_{number}"] = {"kind": kind, "from": since, "size": size}
    return shocks


@cache
def _own_terms(path: str) -> dict[str, Any]:
    """What a stress scenario's own file sets, but for its frame and sources."""
    terms: dict[str, Any] = yaml.safe_load(find(path).read_text(encoding="utf-8"))
    return {name: value for name, value in terms.items() if name not in ("start", "end", "sources")}


def moved_dates(terms: Mapping[Any, Any], months: int, path: str = "") -> dict[str, object]:
    """Overrides that move every date in these terms by whole months."""
    found: dict[str, object] = {}
    for name, value in terms.items():
        key = "on" if name is True else name  # YAML 1.1 reads the word on as yes
        at = f"{path}.{key}".lstrip(".")
        if isinstance(value, datetime.date):
            found[at] = date_of(add_months(day_of(value), months)).isoformat()
        elif isinstance(value, dict):
            found |= moved_dates(value, months, at)
    return found


# -- living in a world -----------------------------------------------------------------------------------------------


def live(world: str, seed: int) -> Seen:
    """Run a world to its end in memory and read it."""
    scenario, overrides = changes(world, seed)
    market = SecuritizationMarket(load_scenario(scenario, overrides), rng=seed)
    while market.day <= day_of(market.settings.end):
        market.step()
    return read(world, seed, market)


def read(world: str, seed: int, market: SecuritizationMarket) -> Seen:
    """Signals and distresses of a market at its end."""
    rows = [row for row in market.recorder.table("indicators").to_pylist() if row["group"] != "rating"]
    dates = sorted({row["date"] for row in rows})
    values = {(row["indicator"], row["scope"], row["date"]): row for row in rows}
    signals: dict[str, list[Number]] = {}
    for scope in SCOPES:
        for name in SIGNALS:
            if name == "component":
                signals[f"{name}|{scope}"] = component_index(*_table(values, dates, scope))
            else:
                signals[f"{name}|{scope}"] = [values[name, scope, date]["score"] for date in dates]
    months = {(date.year, date.month): place for place, date in enumerate(dates)}
    return Seen(world, seed, tuple(date.isoformat() for date in dates), signals, distresses(market, months))


def _table(
    values: Mapping[Any, Any], dates: Sequence[datetime.date], scope: str
) -> tuple[list[list[Number]], list[int]]:
    """(values of the papers' fourteen in a scope, their directions of risk)."""
    found = [(i.name, scope if scope in i.scopes else "") for i in INDICATORS]
    return [[values[name, at, date]["value"] for date in dates] for name, at in found], [i.risk for i in INDICATORS]


def distresses(market: SecuritizationMarket, months: Mapping[tuple[int, int], int]) -> tuple[Distress, ...]:
    """What counts as distress, in order: a named bank below its minimum capital ratio at a month end; a bank or lender
    that fails; a month in which lenders refuse `FUNDING_STOP_PPM` of what they would grant for want of funds."""
    return tuple(
        sorted(
            {
                *_short_banks(market, months), *_failures(market, months), *_funding_stops(market, months)
            },
            key=lambda one: (one.month, one.kind, one.who),
        )
    )  # fmt: skip


def _short_banks(market: SecuritizationMarket, months: Mapping[tuple[int, int], int]) -> Iterator[Distress]:
    terms = {bank.party: bank.balance for bank in market.commercial_banks() if bank.name != REST}
    for row in market.recorder.table("banks").to_pylist():
        if row["institution"] in terms and row["capital_ppm"] < terms[row["institution"]].minimum_on(row["date"]):
            yield Distress(months[_month(row)], "capital", row["institution"])


def _failures(market: SecuritizationMarket, months: Mapping[tuple[int, int], int]) -> Iterator[Distress]:
    for row in market.recorder.table("events").to_pylist():
        if row["event"] in ("bank_failure", "originator_failure"):
            yield Distress(months[_month(row)], "failure", row["institution"])


def _funding_stops(market: SecuritizationMarket, months: Mapping[tuple[int, int], int]) -> Iterator[Distress]:
    sums: dict[tuple[int, int], list[int]] = {}
    for row in market.recorder.table("lenders").to_pylist():
        before = row["date"].replace(day=1) - datetime.timedelta(days=1)  # whose applications the row tells
        month = sums.setdefault((before.year, before.month), [0, 0])
        month[0] += row["refused_fen"]
        month[1] += row["refused_fen"] + row["granted_fen"]
    for key, (refused, sound) in sums.items():
        if key in months and refused * 1_000_000 >= FUNDING_STOP_PPM * max(1, sound):
            yield Distress(months[key], "funding", "")


def _month(row: Mapping[str, Any]) -> tuple[int, int]:
    return row["date"].year, row["date"].month


# -- many worlds -----------------------------------------------------------------------------------------------------


def live_all(
    names: Sequence[str], seeds: Sequence[int], *, workers: int | None = 1, kept: Path | None = None
) -> list[Seen]:
    """Every kind of world with every seed, seed after seed, on as many processes as workers (None: as there are cores).

    With `kept`, a file of one line a world and seed, a stopped study goes on where it was; the file serves one state of
    the code.
    """
    found = _read(kept)
    asked = [(name, seed) for seed in seeds for name in names]
    for seen in _lived([key for key in asked if key not in found], workers):
        found[seen.world, seen.seed] = seen
        if kept is not None:
            with kept.open("a", encoding="utf-8") as lines:
                lines.write(json.dumps(seen.plain()) + "\n")
    return [found[key] for key in asked]


def _lived(asked: Sequence[tuple[str, int]], workers: int | None) -> Iterator[Seen]:
    if workers == 1 or not asked:
        yield from (live(*key) for key in asked)
        return
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        yield from pool.map(live, *zip(*asked, strict=True))


def _read(kept: Path | None) -> dict[tuple[str, int], Seen]:
    """What a file keeps of earlier worlds; a last line that was cut off is lived again."""
    found: dict[tuple[str, int], Seen] = {}
    if kept is not None and kept.exists():
        for line in kept.read_text(encoding="utf-8").splitlines():
            if line.endswith("}"):
                seen = Seen.of(json.loads(line))
                found[seen.world, seen.seed] = seen
    return found
