"""The whole market: seconds and peak memory by years and by households, each run in a process of its own.

    python -m benchmarks.market --years 2 5 10 --households 250_000 500_000 1_000_000 2_000_000

Years are varied with the fewest households, households with the fewest years; rows are written to a folder that is
thrown away, as in `sim run`. Ratios say how cost grows: linear in years and in the number of plans means that seconds
a simulated year and a plan stay level; linear in households, that what each more of them adds stays level.
"""

from __future__ import annotations

import argparse
import datetime
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from time import perf_counter, process_time

from benchmarks.measuring import machine, peak_rss_gb
from sim.calendar import date_of, is_month_end
from sim.market import SecuritizationMarket
from sim.records.writer import Recorder
from sim.scenario import load_scenario

USERS = 500_000_000
MONTHS = 12


def measure(scenario: str, households: int, months: int) -> dict[str, float]:
    """Run a scenario for some months from its own start; seconds of clock and processor, GB, plans founded."""
    start = load_scenario(scenario, {}).start
    ends = start.year * MONTHS + start.month - 1 + months
    last = datetime.date(ends // MONTHS, ends % MONTHS + 1, 1) - datetime.timedelta(days=1)
    size = {"population.households": str(households), "population.weight": str(USERS // households)}
    settings = load_scenario(scenario, size | {"end": last.isoformat()})
    with tempfile.TemporaryDirectory() as folder:
        market = SecuritizationMarket(settings, recorder=Recorder(Path(folder)))
        clock, processor = perf_counter(), process_time()
        while market.day <= market.last_day:
            day = market.day
            market.step()
            if is_month_end(day):
                market.recorder.close_month(date_of(day).year * 100 + date_of(day).month)
        return {
            "seconds": perf_counter() - clock, "processor": process_time() - processor, "gb": peak_rss_gb(),
            "plans": len(market.deals) + len(market.closed),
        }  # fmt: skip


def apart(scenario: str, households: int, months: int) -> dict[str, float]:
    """`measure` in a process of its own, so that each run has its own peak of memory."""
    call = [sys.executable, "-m", "benchmarks.market", "--one", scenario, str(households), str(months)]
    told = subprocess.run(call, check=True, capture_output=True, text=True).stdout
    measured: dict[str, float] = json.loads(told.splitlines()[-1])
    return measured


def line(households: int, months: int, found: dict[str, float], first: dict[str, float]) -> str:
    """One run, with its ratios to the first."""
    return (
        f"{households:>10,}{months / MONTHS:>7.2f}{found['seconds']:>9.1f}{found['processor']:>11.1f}"
        f"{found['plans']:>7.0f}{found['gb']:>8.2f}{found['seconds'] / (months / MONTHS):>10.1f}"
        f"{found['seconds'] / first['seconds']:>9.2f}{found['gb'] / first['gb']:>9.2f}"
    )


def main() -> None:
    """Read the options, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--scenario", default="scenarios/baseline.yaml")
    parser.add_argument("--years", type=float, nargs="+", default=[2, 5, 10])
    parser.add_argument("--households", type=int, nargs="+", default=[250_000, 500_000, 1_000_000, 2_000_000])
    parser.add_argument("--one", nargs=3, help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.one:
        print(json.dumps(measure(chosen.one[0], int(chosen.one[1]), int(chosen.one[2]))))
        return
    months = sorted(round(years * MONTHS) for years in chosen.years)
    sizes = sorted(chosen.households)
    print(machine())
    print("households  years  seconds  processor  plans      GB    s/year  seconds       GB")
    print(f"{'x first run':>80}")
    first = None
    for households, length in [*((sizes[0], m) for m in months), *((size, months[0]) for size in sizes[1:])]:
        found = apart(chosen.scenario, households, length)
        first = first or found
        print(line(households, length, found, first), flush=True)


if __name__ == "__main__":
    main()
