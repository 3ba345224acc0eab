"""`sim indicators --lead`: do indicators rise before distress comes, and does looking off the balance sheet help?"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.contagion.indicators import ON_BALANCE, SCOPES, WITH_OFF_BALANCE
from sim.errors import ScenarioError
from sim.market.indicator_rows import INDEX, WHOLE
from sim.studies.crisis_worlds import CALM, SIGNALS, SLOW, SUDDEN, Seen, chosen, families, live_all
from sim.studies.early_warning import HORIZON, PREFERENCE, Number, Told, area, arrays, assess, curve, interval, leads

Row = dict[str, Any]
ALL: Final = "all"
SETS: Final = (SLOW, SUDDEN, ALL)
"""Worlds whose crisis builds up, those it falls upon, and both; calm worlds belong to each."""
DRAWN_SIGNALS: Final = (INDEX, WHOLE, "index_banks")
"""Signals whose whole curves are kept."""


@dataclass(frozen=True)
class LeadStudy:
    """The tables of the study; `write` puts each into a CSV file and draws the figures."""

    horizon: int
    tables: dict[str, list[Row]]

    def write(self, folder: Path) -> list[Path]:
        """One CSV file a table, `roc` and `leads` also as figures; returns their paths."""
        from sim.report.indicator_figures import draw_lead, draw_roc  # noqa: PLC0415 - matplotlib only where asked for

        folder.mkdir(parents=True, exist_ok=True)
        written = []
        for name, rows in self.tables.items():
            written.append(folder / f"{name}.csv")
            with written[-1].open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(rows[0]) if rows else ["empty"])
                writer.writeheader()
                writer.writerows(rows)
        figures = [draw_roc(folder, self.tables["roc"], self.tables["lead"]), draw_lead(folder, self.tables["leads"])]
        return [*written, *(folder / f"{figure.name}.png" for figure in figures if figure is not None)]


def lead_study(
    seeds: Sequence[int],
    *,
    only: Sequence[str] = (),
    horizon: int = HORIZON,
    preference: float = PREFERENCE,
    workers: int | None = 1,
    kept: Path | None = None,
) -> LeadStudy:
    """Live the worlds (those named in `only`; all by default) with every seed and judge each signal.

    `kept` is a file from which a stopped study goes on (see `crisis_worlds.live_all`).

    Raises:
        ScenarioError: no seeds, an unknown kind of world, or a horizon or preference that cannot be.
    """
    if not seeds:
        raise ScenarioError("seeds: at least one is needed")
    if horizon < 1 or not 0.0 < preference < 1.0:
        raise ScenarioError(f"horizon {horizon}: at least 1 month; preference {preference:g}: between 0 and 1")
    return judged(live_all(chosen(only), seeds, workers=workers, kept=kept), horizon, preference)


def judged(worlds: Sequence[Seen], horizon: int = HORIZON, preference: float = PREFERENCE) -> LeadStudy:
    """The tables, from worlds that were lived."""
    tables: dict[str, list[Row]] = {"lead": [], "off_balance": [], "roc": [], "leads": [], "distresses": _told(worlds)}
    sorts = {sort_of(world) for world in worlds} - {CALM}
    for which in SETS:
        if which not in sorts and not (which == ALL and len(sorts) > 1):
            continue
        mine = [world for world in worlds if which in (ALL, sort_of(world)) or world.world == CALM]
        for name in SIGNALS:
            for scope in SCOPES:
                told = told_by(mine, name, scope)
                where = {"worlds_set": which, "signal": name, "scope": scope}
                found = assess(told, horizon=horizon, preference=preference)
                tables["lead"].append(where | found)
                if name in DRAWN_SIGNALS:
                    points = curve(*arrays(told, horizon))
                    tables["roc"] += [where | point._asdict() for point in points]
                    times = Counter(leads(told, horizon=horizon, preference=preference))
                    tables["leads"] += [where | {"months": m, "distresses": times[m]} for m in range(horizon + 1)]
            tables["off_balance"].append({"worlds_set": which, "signal": name, **_gain(mine, name, horizon)})
    return LeadStudy(horizon, tables)


def sort_of(world: Seen) -> str:
    """Whether a world's crisis builds up or falls upon it."""
    return families().get(world.world, SUDDEN)


def told_by(worlds: Sequence[Seen], signal: str, scope: str) -> list[Told]:
    """What a signal told in each world."""
    return [Told(world.seed, world.signals[f"{signal}|{scope}"], world.first) for world in worlds]


def _gain(worlds: Sequence[Seen], signal: str, horizon: int) -> Row:
    """Area with off-balance-sheet assets less area without, of the same worlds, with its interval."""

    def gain(some: Sequence[Told]) -> Number:
        seeds = {told.seed for told in some}
        mine = [world for world in worlds if world.seed in seeds]
        off, on = (area(*arrays(told_by(mine, signal, scope), horizon)) for scope in (WITH_OFF_BALANCE, ON_BALANCE))
        return None if off is None or on is None else off - on

    difference, low, high = interval(told_by(worlds, signal, ON_BALANCE), gain)
    return {"difference": difference, "low": low, "high": high}


def _told(worlds: Sequence[Seen]) -> list[Row]:
    """Of each world its first distress, if any: everything that broke in that month."""
    rows = []
    for world in worlds:
        first = [one for one in world.distresses if one.month == world.first]
        rows.append({
            "world": world.world, "seed": world.seed, "months": len(world.dates),
            "first_month": world.dates[first[0].month] if first else "",
            "what": " ".join(sorted({one.kind for one in first})), "who": " ".join(one.who for one in first if one.who),
        })  # fmt: skip
    return rows
