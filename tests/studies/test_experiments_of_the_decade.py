"""A natural experiment's differences, its dates and its verdicts, on two seeds made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sim.errors import SimError
from sim.scenario import load_scenario
from sim.studies.natural_experiments import EXPERIMENTS, NOTICE, certain_since, experiment_rows, read, verdict

BN = 100_000_000_000
MONTHS = ("2017-11-30", "2017-12-31", "2018-01-31")


def lender(name: str, date: str, **bn: float) -> dict[str, Any]:
    given = {"managed": 100.0, "net_assets": 10.0, "notes": 0.0, "standardised": 0.0, "nonstandardised": 0.0} | bn
    given = {"partners": 0.0, "capital_paid_in": 0.0} | given
    return {"lender": name, "date": date} | {f"{column}_fen": round(value * BN) for column, value in given.items()}


def world(notes: tuple[float, ...], capital: tuple[float, ...]) -> list[dict[str, Any]]:
    """Notes of the one lender, and capital of the other, at each month end."""
    return [
        row
        for date, owed, paid in zip(MONTHS, notes, capital, strict=True)
        for row in (
            lender("ant_shangcheng", date, notes=owed, standardised=owed, partners=50 - owed),
            lender("ant_xiaowei", date, capital_paid_in=paid),
            lender("jdct", date, notes=77),
        )
    ]


RESULTS = [
    {"lenders": {"base": world((20, 15, 10), (0, 0, 4)), NOTICE.overlay: world((20, 20, 21), (0, 0, 0))}},
    {"lenders": {"base": world((30, 24, 20), (0, 0, 5)), NOTICE.overlay: world((30, 30, 31), (0, 0, 0))}},
]


def test_a_difference_is_the_world_with_the_reform_less_the_world_without_it() -> None:
    rows = {(row["figure"], row["unit"]): row for row in experiment_rows(RESULTS, NOTICE)}
    notes = rows["notes outstanding, ant_shangcheng", "bn"]
    assert (notes["without"], notes["with"], notes["difference"]) == (26, 15, -11)
    assert (notes["low"], notes["high"]) == (-11, -11)  # both seeds fall by 11
    assert notes["verdict"] == "as printed"
    leverage = rows["funding, notes included, over net assets, ant_shangcheng", "x"]
    assert leverage["difference"] == pytest.approx(-1.1)  # 11 bn over 10 bn of net assets
    partners = rows["funded by partner banks, ant_xiaowei + ant_shangcheng", "% of loans"]
    assert partners["difference"] == pytest.approx(5.5)  # 11 bn of 200 bn, up as printed
    assert partners["verdict"] == "as printed"


def test_a_date_is_the_first_month_end_on_the_printed_side_for_certain() -> None:
    """In 2017-12 notes differ by 5 and 6: mean 5.5, Student's 12.7 x 0.5 = 6.4 to each side, and so not for certain."""
    rows = {row["figure"]: row for row in experiment_rows(RESULTS, NOTICE)}
    assert rows["notes outstanding, ant_shangcheng"]["since"] == "2018-01-31"
    assert rows["capital paid in, ant_xiaowei + ant_shangcheng"]["since"] is None  # 4 and 5: 4.5 less 6.4
    assert rows["capital paid in, ant_xiaowei + ant_shangcheng"]["verdict"] == "not certain"
    assert certain_since([("a", [(0.0, 0.0), (0.0, 0.0)]), ("b", [(0.0, 2.0), (0.0, 2.0)])], 1) == "b"
    assert certain_since([("b", [(0.0, 2.0), (0.0, 2.0)])], -1) is None


def test_verdicts() -> None:
    assert verdict(-3.0, -1.0, -1, "2018-01-31") == "as printed"
    assert verdict(1.0, 3.0, -1, "2018-01-31") == "the other way"
    assert verdict(-1.0, 3.0, -1, "2018-01-31") == "as printed for a while"
    assert verdict(-1.0, 3.0, -1, None) == "not certain"


def test_lenders_and_overlays_named_here_are_those_of_the_decade() -> None:
    for experiment in EXPERIMENTS.values():
        overlay = f"scenarios/rules/{experiment.overlay}.yaml"
        scenario = load_scenario("scenarios/market_2014_2023.yaml", overlays=[overlay])
        assert {name for figure in experiment.figures for name in figure.of} <= set(scenario.originators)


def test_a_folder_that_is_no_comparison_is_refused(tmp_path: Any) -> None:
    with pytest.raises(SimError, match="not the folder of a comparison"):
        read(tmp_path)
