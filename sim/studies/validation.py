"""`sim validate-model`: the papers' figures beside the simulated ones, targets and tests, with no miss left out."""

from __future__ import annotations

import datetime
from typing import Any

from sim.calendar import date_of, day_of
from sim.credit.products import annual_percentage_rate, schedule
from sim.errors import ScenarioError
from sim.market import SecuritizationMarket
from sim.scenario import load_scenario
from sim.scenario.printed_figure import PrintedFigure
from sim.scenario.schema import Scenario
from sim.studies import validation_market as of_market
from sim.studies.validation_measures import Subject, known, measure_of, names

SHIPPED_DEALS = (
    "deals/huabei_2017.yaml",
    "deals/jd_baitiao_2015.yaml",
    "deals/jd_baitiao_24m.yaml",
    "deals/jd_baitiao_12m.yaml",
)
CLOSE_PCT = 5.0
"""A simulated figure within this share of the printed one counts as close."""

WHOLE_MARKET_HOUSEHOLDS = 20_000
"""Households by which a whole market is validated unless asked otherwise; each stands for as many more people."""

Rows = list[dict[str, Any]]

PAYMENTS_OF_3000_YUAN = {3: 1015.0, 6: 515.0, 12: 265.0, 24: 140.0}
"""PRD07, Table 2 of the Baitiao paper at 0.5 % a month, its 3-month row corrected (flag F05)."""
APR_AT_HALF_A_PERCENT = {3: 8.98, 4: 9.56, 6: 10.21, 8: 10.56, 12: 10.89, 24: 11.13}
"""PRD09, Table 3: yearly rate of a flat 0.5 % a month."""


def validate_model(scenarios: list[str] | None = None, households: int | None = None) -> Rows:
    """Printed against simulated figures of scenarios, by default of the shipped deals and their products.

    A row has the scenario, the figure, its date, its role, both values, the difference in per cent of the printed one,
    and whether it is close. Roles: `target` was fitted to, `test` was not, `input` is the deal's own term, `reading` is
    the other definition of overdue.

    `households` simulates the same people by fewer or more households. A deal is taken as its scenario has it, a whole
    market by `WHOLE_MARKET_HOUSEHOLDS`.

    Raises:
        ScenarioError: a scenario's faults, or a printed figure that no measure answers.
    """
    rows: Rows = []
    for path in scenarios or SHIPPED_DEALS:
        scenario = _load(path, households)
        _check_figures(path, scenario)
        rows += scenario_rows(scenario)
    return rows if scenarios else rows + product_rows()


def _load(path: str, households: int | None) -> Scenario:
    """The scenario with its people in another number of households."""
    scenario = load_scenario(path)
    wanted = households or (WHOLE_MARKET_HOUSEHOLDS if scenario.shelves else None)
    if wanted is None or (households is None and wanted > scenario.population.households):
        return scenario
    people = scenario.population.households * scenario.population.weight
    return load_scenario(path, {"population.households": wanted, "population.weight": max(1, people // wanted)})


def scenario_rows(scenario: Scenario) -> Rows:
    """Simulate to each printed date and measure there; rows in the order of the scenario's figures."""
    by_date: dict[datetime.date, list[str]] = {}
    for name, figure in scenario.published.items():
        by_date.setdefault(figure.on, []).append(name)
    found: dict[str, Rows] = {}
    market = SecuritizationMarket(scenario)
    accounts: of_market.Accounts = {}
    for date in sorted(by_date):
        while market.day <= day_of(date):
            if date_of(market.day).timetuple().tm_yday == 1:
                accounts = of_market.equity_accounts(market)
            market.step()
        for name in by_date[date]:
            found[name] = _figure_rows(scenario.name, market, scenario.published[name], accounts)
    return [row for name in scenario.published for row in found[name]]


def product_rows() -> Rows:
    """The papers' own tables of what a Baitiao instalment costs, against `sim.credit.products`."""
    rows = []
    for months, printed in PAYMENTS_OF_3000_YUAN.items():
        payment = schedule(300_000, months, method="flat_fee", monthly_fee_rate=0.005).payments[0] / 100
        rows.append(
            _row(
                "products",
                f"monthly payment of 3,000 yuan over {months} months",
                "test",
                printed,
                payment,
                "PRD07 (flag F05)",
            )
        )
    for months, printed in APR_AT_HALF_A_PERCENT.items():
        payments = schedule(100_000_000, months, method="flat_fee", monthly_fee_rate=0.005).payments
        rate = 100 * annual_percentage_rate(100_000_000, payments)
        rows.append(
            _row("products", f"yearly rate of 0.5 % a month over {months} months", "test", printed, rate, "PRD09")
        )
    return rows


def _figure_rows(
    scenario: str, market: SecuritizationMarket, figure: PrintedFigure, accounts: of_market.Accounts
) -> Rows:
    if of_market.known(figure.measure):
        whole = of_market.subject_of(market, figure.of, figure.measure, figure.on, accounts)
        value = of_market.measure_of(whole, figure.measure)
        what = f"{figure.what}, {figure.of}"
        return [_row(scenario, what, figure.role, figure.value, value, figure.source, figure.on)]
    subject = Subject(market, figure.of)
    what = f"{figure.what}, {figure.of}"
    role = "input" if figure.measure.startswith("tranche_") else figure.role
    rows = [_row(scenario, what, role, figure.value, measure_of(subject, figure.measure), figure.source, figure.on)]
    if figure.measure == "overdue_pct":
        rows[0]["figure"] += f" ({subject.definition})"
        other = "30+" if subject.definition == "1+" else "1+"
        rows.append(
            _row(
                scenario,
                f"{what} ({other})",
                "reading",
                figure.value,
                subject.overdue_pct(other),
                figure.source,
                figure.on,
            )
        )
    return rows


def _row(
    scenario: str,
    figure: str,
    role: str,
    printed: float,
    simulated: float,
    source: str,
    on: datetime.date | None = None,
) -> dict[str, Any]:
    difference = 100 * (simulated / printed - 1) if printed else None
    return {
        "scenario": scenario,
        "figure": figure,
        "on": "" if on is None else on.isoformat(),
        "role": role,
        "printed": printed,
        "simulated": round(simulated, 3),
        "difference_pct": None if difference is None else round(difference, 2),
        "close": difference is not None and abs(difference) <= CLOSE_PCT,
        "source": source,
    }


def _check_figures(path: str, scenario: Scenario) -> None:
    faults = []
    for name, figure in scenario.published.items():
        where = f"{path}: published.{name}"
        if not known(figure.measure) and not of_market.known(figure.measure):
            there = ", ".join([*names(), *of_market.names()])
            faults.append(f"{where}.measure: '{figure.measure}' is no measure; there are {there}")
        faults += [f"{where}.{fault}" for fault in _place_faults(scenario, figure)]
    if faults:
        raise ScenarioError("\n".join(faults))


def _place_faults(scenario: Scenario, figure: PrintedFigure) -> list[str]:
    """What is wrong with whom and when a figure measures."""
    faults, of_deal = [], figure.measure.startswith(("tranche_", "average_yield"))
    if of_market.known(figure.measure):
        known_to_all = [of_market.MARKET, of_market.LENDERS, of_market.BANKS, *scenario.originators]
        if not {*figure.of.split("+")} <= {*known_to_all}:
            faults.append(f"of: '{figure.of}' is not made up of {', '.join(known_to_all)}")
    elif figure.of not in scenario.deals and (of_deal or figure.of not in scenario.originators):
        parties = scenario.deals if of_deal else [*scenario.originators, *scenario.deals]
        faults.append(f"of: '{figure.of}' is not one of {', '.join(parties)}")
    elif figure.of in scenario.deals and figure.on < scenario.deals[figure.of].closing:
        faults.append(f"on: {figure.on} lies before the closing of {figure.of}")
    elif ":" in figure.measure and figure.measure.partition(":")[2] not in scenario.deals[figure.of].tranches:
        faults.append(f"measure: {figure.of} has tranches {', '.join(scenario.deals[figure.of].tranches)}")
    if not scenario.start <= figure.on <= scenario.end:
        faults.append(f"on: {figure.on} lies outside the scenario ({scenario.start} to {scenario.end})")
    return faults
