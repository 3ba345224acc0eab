"""Where the time of a deal goes: by hour of the timetable, in kernels or in Python, and how much the daily checks take.

    python -m benchmarks.deal [scenarios/deals/huabei_2017.yaml]

The scenario is run twice: once as `sim.run` does it, with tables and checkpoints on disk, for the wall time; and once
in memory, hour by hour, with a stopwatch around kernels and checks. Its hours come after the opening (seasoning and
burn-in).
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from time import perf_counter
from types import ModuleType
from typing import Any

import sim
from benchmarks.measuring import Stopwatch, machine, peak_rss_gb
from sim.calendar import day_of
from sim.credit.kernels import accounts, collecting, lending, people, purchasing, seasoning
from sim.market import day_close
from sim.timetable import HOURS_PER_DAY, Hour

KERNELS: tuple[tuple[ModuleType, str], ...] = (
    (collecting, "collect"),
    (lending, "lend"),
    (purchasing, "purchase"),
    (purchasing, "hand_over"),
    (purchasing, "recount"),
    (people, "monthly_change"),
    (people, "draw_households"),
    (accounts, "draw_accounts"),
    (seasoning, "season"),
    (seasoning, "seat_arrears"),
)


def timed(watch: Stopwatch, part: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function with its time counted under `part`."""

    def call(*given: Any, **named: Any) -> Any:
        with watch.part(part):
            return function(*given, **named)

    return call


def hour_name(hour: int) -> str:
    """The name an hour has in the timetable, or its number."""
    return Hour(hour).name.lower() if hour in set(Hour) else f"hour {hour}"


def live(scenario: sim.scenario.Scenario) -> tuple[Stopwatch, Stopwatch]:
    """Run a scenario in memory; returns the time by hour, and that of kernels and checks within it."""
    hours, inside = Stopwatch(), Stopwatch()
    for module, name in KERNELS:
        setattr(module, name, timed(inside, f"kernel {name}", getattr(module, name)))
    day_close.check = timed(inside, "checks", day_close.check)
    market = sim.SecuritizationMarket(scenario=scenario)
    with hours.part("first day"):
        market.step()
    inside.seconds.clear()
    end = (day_of(scenario.end) + 1) * HOURS_PER_DAY
    while market.env.peek() < end:
        hour = int(market.env.peek()) % HOURS_PER_DAY
        with hours.part(hour_name(hour)):
            market.env.step()
    return hours, inside


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("scenario", nargs="?", default="scenarios/deals/huabei_2017.yaml")
    chosen = parser.parse_args()
    print(machine())
    scenario = sim.load_scenario(chosen.scenario)
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        sim.run(scenario, out=folder)
        wall = perf_counter() - start
    hours, inside = live(scenario)
    daily = hours.total() - hours.seconds["first day"]
    kernels = sum(seconds for part, seconds in inside.seconds.items() if part.startswith("kernel"))
    print(f"{chosen.scenario}: {wall:.2f} s with tables and checkpoints, peak {peak_rss_gb():.2f} GB")
    print(f"in memory {hours.total():.2f} s, by hour (first day: drawing, seasoning, burn-in):")
    print("\n".join(hours.lines()))
    print(f"after the first day {daily:.2f} s: kernels {kernels / daily:.1%}, the rest Python; of it:")
    print("\n".join(f"  {part:<24}{seconds:8.3f} s {seconds / daily:6.1%}" for part, seconds in inside.seconds.items()))


if __name__ == "__main__":
    main()
