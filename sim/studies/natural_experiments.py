"""Two reforms that happened, set beside the same decade without them: which way each figure went, and when.

The notice on cash loans of 2017-12 and the reforms of 2020-2021 are policies of `market_2014_2023`; overlays of
`scenarios/rules/` take them away. A comparison of the two worlds (`sim.compare`) is read here lender by lender. A
figure's difference is the world with the reform less the world without it, seed by seed; its date is the first month
end at which its 95 % interval lies on the printed side of zero. Only figures are read whose direction, or date, the
facts files print.

    python -m sim.studies.natural_experiments FOLDER...     folders of comparisons; prints the table as Markdown
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sim.errors import ScenarioError
from sim.studies.compare import Comparison
from sim.studies.compare_outcomes import billion
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result, difference, interval

Row = Mapping[str, Any]
ANT: Final = ("ant_xiaowei", "ant_shangcheng")
JIEBEI: Final = ("ant_shangcheng",)


@dataclass(frozen=True)
class Figure:
    """What a reform moved as printed: of which lenders, the figure of a month end, its side (+1 up, -1 down), what was
    printed with its date, and the fact's id."""

    what: str
    unit: str
    of: tuple[str, ...]
    measure: Callable[[Sequence[Row]], float]
    side: int
    printed: str
    source: str


@dataclass(frozen=True)
class Experiment:
    """A reform of the decade: the overlay that takes it away, the first day on which worlds can differ, its figures."""

    title: str
    overlay: str
    figures: tuple[Figure, ...]


def total(column: str) -> Callable[[Sequence[Row]], float]:
    """A column summed over lenders, bn yuan."""
    return lambda rows: billion(sum(row[column] for row in rows))


def per_net_assets(*columns: str) -> Callable[[Sequence[Row]], float]:
    """Columns summed over net assets, x; 0 where there are none."""
    return lambda rows: (
        sum(row[column] for row in rows for column in columns) / max(1, sum(row["net_assets_fen"] for row in rows))
    )


def share(column: str) -> Callable[[Sequence[Row]], float]:
    """A column summed, per cent of the loans serviced."""
    return lambda rows: 100 * sum(row[column] for row in rows) / max(1, sum(row["managed_fen"] for row in rows))


LEVERAGE = per_net_assets("standardised_fen", "nonstandardised_fen")
NOTICE: Final = Experiment(
    "The notice on cash loans, 2017-12-01",
    "without_reform_2017",
    (
        Figure("notes outstanding", "bn", JIEBEI, total("notes_fen"), -1,
               "130.3 bn issued in 2017, 55.5 bn in 2018", "AAB01, ISS14"),
        Figure("notes outstanding", "bn", ANT, total("notes_fen"), -1,
               "sold loans count from 2017-12-01 on", "POL07, RUL08"),
        Figure("funding, notes included, over net assets", "x", JIEBEI, LEVERAGE, -1,
               "about 80 to about 31 by 2018-02-27", "AAB05"),
        Figure("capital paid in", "bn", ANT, total("capital_paid_in_fen"), 1,
               "announced 2017-12-18, 3.8 to 12.0 bn", "AAB05"),
        Figure("funded by partner banks", "% of loans", ANT, share("partners_fen"), 1,
               "98 % by banks and notes in 2020; what banks fund does not count", "LEV03, RUL08"),
    ),
)  # fmt: skip
REFORMS: Final = Experiment(
    "The reforms of 2020-2021",
    "without_reforms_2020",
    (
        Figure("notes outstanding", "bn", ANT, total("notes_fen"), -1,
               "none approved after 2020-12; 18 bn ended on 2021-05-25", "LVR03, AAB07"),
        Figure("capital paid in", "bn", ANT, total("capital_paid_in_fen"), 1,
               "8.0 bn by 2021-06, 18.5 bn by 2022-12", "ANT21, LVR13"),
        Figure("funded by partner banks", "% of loans", ANT, share("partners_fen"), -1,
               "own part of joint loans 2 % in 2020, 30 % from 2022-01-01", "LEV02, RUL12"),
        Figure("funding, notes included, over net assets", "x", ANT, LEVERAGE, -1,
               "4 times for standardised, once for other funding from 2020-09-16", "RUL01"),
    ),
)  # fmt: skip
EXPERIMENTS: Final = {experiment.overlay: experiment for experiment in (NOTICE, REFORMS)}


def experiment_rows(results: Sequence[Result], experiment: Experiment) -> list[dict[str, Any]]:
    """Every figure of an experiment: with and without the reform on the last day, the difference with its interval, the
    first month end at which it is certain, and how that compares with what is printed."""
    return [_row(results, experiment, figure) for figure in experiment.figures]


def _row(results: Sequence[Result], experiment: Experiment, figure: Figure) -> dict[str, Any]:
    pairs = _pairs(results, experiment, figure)
    dates = sorted(pairs)
    last = difference(pairs[dates[-1]])
    since = certain_since([(date, pairs[date]) for date in dates], figure.side)
    return {
        "figure": f"{figure.what}, {' + '.join(figure.of)}", "unit": figure.unit,
        "printed": figure.printed, "side": "up" if figure.side > 0 else "down", "source": figure.source,
        "without": last["base"], "with": last["under_policy"], "difference": last["difference"],
        "low": last["low"], "high": last["high"], "on": dates[-1], "since": since,
        "verdict": verdict(last["low"], last["high"], figure.side, since),
    }  # fmt: skip


def verdict(low: float, high: float, side: int, since: str | None) -> str:
    """Whether a difference went the printed way: by the last day's interval, or for certain on the way.

    >>> verdict(1.0, 2.0, 1, "2018-01-31"), verdict(-1.0, 2.0, 1, None), verdict(1.0, 2.0, -1, None)
    ('as printed', 'not certain', 'the other way')
    """
    if min(side * low, side * high) > 0:
        return "as printed"
    if max(side * low, side * high) < 0:
        return "the other way"
    return "not certain" if since is None else "as printed for a while"


def certain_since(months: Iterable[tuple[str, Sequence[tuple[float, float]]]], side: int) -> str | None:
    """The first month end at which the paired differences' interval lies on the printed side of zero; None where it
    never does. Before the reform the worlds are one, and every difference is 0."""
    for date, pairs in months:
        _, low, high = interval([under - without for without, under in pairs])
        if min(side * low, side * high) > 0:
            return date
    return None


def _pairs(results: Sequence[Result], experiment: Experiment, figure: Figure) -> dict[str, list[tuple[float, float]]]:
    """Month end -> (without, with) the reform seed by seed. The base of a comparison is the world with it."""
    found: dict[str, list[tuple[float, float]]] = {}
    for result in results:
        have, lack = (_by_date(result["lenders"][world], figure) for world in (BASE, experiment.overlay))
        for date, without in lack.items():
            found.setdefault(date, []).append((without, have[date]))
    return {date: pairs for date, pairs in found.items() if len(pairs) == len(results)}


def _by_date(rows: Iterable[Row], figure: Figure) -> dict[str, float]:
    by_date: dict[str, list[Row]] = {}
    for row in rows:
        if row["lender"] in figure.of:
            by_date.setdefault(row["date"], []).append(row)
    return {date: figure.measure(of_date) for date, of_date in by_date.items()}


def read(folder: Path) -> tuple[Experiment, list[dict[str, Any]]]:
    """The experiment of a comparison's folder, and its rows.

    Raises:
        ScenarioError: the folder is no comparison of a decade with one of these reforms.
    """
    manifest = Comparison(folder).manifest
    known = [name for name in manifest["policies"] if name in EXPERIMENTS]
    if not known:
        raise ScenarioError(f"{folder}: compares none of {', '.join(EXPERIMENTS)}; it has {manifest['policies']}")
    files = [folder / "seeds" / f"{seed}.json" for seed in manifest["seeds"]]
    results = [json.loads(path.read_bytes()) for path in files if path.exists()]
    return EXPERIMENTS[known[0]], experiment_rows(results, EXPERIMENTS[known[0]])


def markdown(experiment: Experiment, rows: Iterable[Mapping[str, Any]]) -> str:
    """The rows as a table for a page."""
    lines = [
        f"### {experiment.title}", "",
        "| figure | printed | way | without | with | difference | certain from | | source |",
        "|---|---|---|---:|---:|---:|---|---|---|",
    ]  # fmt: skip
    return "\n".join([*lines, *(_line(row) for row in rows)])


def _line(row: Mapping[str, Any]) -> str:
    cells = (
        f"{row['figure']}, {row['unit']}", row["printed"], row["side"], f"{row['without']:.1f}", f"{row['with']:.1f}",
        f"{row['difference']:+.1f} [{row['low']:.1f}, {row['high']:.1f}]", row["since"] or "never", row["verdict"],
        row["source"],
    )  # fmt: skip
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    for name in sys.argv[1:]:
        sys.stdout.write(markdown(*read(Path(name))) + "\n\n")
