"""The economy meets every printed figure, continues without a stream, and moves as shocks push it."""

from __future__ import annotations

import datetime
from statistics import fmean, pstdev
from typing import Any

import pytest
from pydantic import ValidationError

from sim.calendar import add_months, day_of
from sim.macro import observed
from sim.macro.economy import Economy, standard_push_milli
from sim.macro.paths import EconomyState, MacroTerms, ShockTerms, no_shock


def day(year: int, month: int = 1, number: int = 1) -> int:
    return day_of(datetime.date(year, month, number))


def economy(seed: int = 1, **terms: Any) -> Economy:
    return Economy(MacroTerms(**({"observed": True} | terms)), seed)


def test_without_the_observed_path_only_the_scenario_moves_stress() -> None:
    quiet = Economy(MacroTerms(stress={"2018-01-15": 1.5, "2019-01-01": -0.25}), 1)
    assert [quiet.stress_milli(day(*when)) for when in ((2017, 12, 31), (2018, 1, 1), (2018, 12, 31), (2020,))] == [
        *(0, 1500, 1500, -250)
    ]
    assert quiet.unemployment_ppm(day(2020, 2)) == 50_500


@pytest.mark.parametrize(
    ("series", "name"), [("gdp_growth_pct", "gdp_growth_ppm"), ("unemployment_pct", "unemployment_ppm")]
)
def test_the_months_of_a_printed_year_average_to_what_was_printed(series: str, name: str) -> None:
    world = economy()
    years = [period for period in observed.printed(series) if len(period) == 4]
    assert len(years) >= 6
    for year in years:
        months = [getattr(world, name)(day(int(year), month)) for month in range(1, 13)]
        assert fmean(months) == pytest.approx(observed.printed(series)[year].value, abs=1)


def test_a_printed_month_or_quarter_has_its_own_figure() -> None:
    world = economy()
    assert world.unemployment_ppm(day(2020, 2, 20)) == 62_000
    assert world.gdp_growth_ppm(day(2020, 3, 31)) == -68_000
    assert world.gdp_growth_ppm(day(2020, 4)) == pytest.approx((12 * 22_000 + 3 * 68_000) / 9, abs=1)


def test_rates_hold_from_their_day_to_the_next() -> None:
    world = economy()
    assert world.policy_rate_ppm(day(2014)) == 43_500  # PRD15, held back to before it was printed
    assert world.policy_rate_ppm(day(2019, 8, 19)) == 43_500
    assert world.policy_rate_ppm(day(2019, 8, 20)) == 42_500
    assert world.policy_rate_ppm(day(2030)) == 31_000
    assert world.required_reserve_ppm(day(2021, 12, 15)) == 84_000
    assert world.required_reserve_ppm(day(2020, 2)) == 125_000 * 76 // 100
    assert economy(policy_rate={"2020-01-01": 30_000}).policy_rate_ppm(day(2020, 6)) == 30_000


def test_the_risk_free_curve_rises_with_the_term_and_moves_with_the_policy_rate() -> None:
    world, when = economy(), day(2021)
    curve = [world.risk_free_ppm(when, months) for months in (1, 12, 36, 60, 120)]
    assert curve == sorted(curve)
    assert curve[1] == 38_500 - 14_500
    assert curve[3] == curve[4] == curve[1] + 4_000  # half the slope of 80 bp
    lower = economy(policy_rate={"2020-01-01": 28_500})
    assert lower.risk_free_ppm(when, 36) == world.risk_free_ppm(when, 36) - 10_000
    assert economy(policy_rate={"2020-01-01": 1_000}).risk_free_ppm(when, 12) == 0
    assert world.corporate_rate_ppm(when) > world.policy_rate_ppm(when) > curve[1]


def test_stress_peaks_when_the_economy_stopped_in_2020() -> None:
    """Hand-worked: February 2020, unemployment 11.5 thousand ppm above normal, growth 13.55 points below, half of it
    income's."""
    world = economy()
    assert world.stress_milli(day(2020, 2)) == round(0.6 * 11_500 / 3 + 0.4 * 67_750 / 15)
    path = {m: world.stress_milli(add_months(day(2014), m)) for m in range(120)}
    assert max(path, key=lambda m: path[m]) == 73  # February 2020
    assert max(path[m] for m in range(48)) == 0  # nothing is printed that strays, 2014-2017


def test_beyond_the_last_month_gaps_are_keyed_draws_around_the_trend() -> None:
    one, same, other = economy(3), economy(3), economy(4)
    months = [add_months(day(2024), m) for m in range(400)]
    late_first = [same.unemployment_ppm(m) for m in reversed(months)][::-1]
    path = [one.unemployment_ppm(m) for m in months]
    assert path == late_first  # any order of asking
    assert path != [other.unemployment_ppm(m) for m in months]
    assert fmean(path) == pytest.approx(50_500, abs=600)
    assert pstdev(path) == pytest.approx(700 / (1 - 0.9**2) ** 0.5, rel=0.25)  # stationary sd of an AR(1)
    assert [one.unemployment_ppm(m) for m in (day(2023, 11), day(2023, 12))] == [52_000, 52_000]  # the past is printed


def test_pushes_have_mean_zero_and_variance_one() -> None:
    pushes = [standard_push_milli(seed, "cpi", month) for seed in range(20) for month in range(200)]
    assert fmean(pushes) == pytest.approx(0, abs=40)
    assert pstdev(pushes) == pytest.approx(1000, rel=0.03)


def test_a_shock_comes_and_goes_and_moves_stress() -> None:
    shock = {"kind": "unemployment", "from": "2021-03-01", "until": "2021-08-31", "size": 20_000}
    plain, hit = economy(), economy(shocks={"job_losses": shock})
    rise = round(0.6 * 20_000 / 3)
    assert hit.stress_milli(day(2021, 5)) - plain.stress_milli(day(2021, 5)) == pytest.approx(rise, abs=1)
    assert hit.unemployment_ppm(day(2021, 5)) == plain.unemployment_ppm(day(2021, 5)) + 20_000
    for outside in (day(2021, 2, 28), day(2021, 9, 1)):
        assert hit.state(outside) == plain.state(outside)
    status = {r.series: r.status for r in hit.readings(day(2021, 5))}
    assert status["unemployment"] == "assumption"


def test_shocks_push_in_the_right_direction() -> None:
    def stressed(kind: str, size: int) -> int:
        return economy(shocks={"x": {"kind": kind, "from": "2021-01-01", "size": size}}).stress_milli(day(2021, 5))

    base = economy().stress_milli(day(2021, 5))
    assert stressed("unemployment", 5_000) > base > stressed("income_growth", 5_000)
    assert stressed("stress", 700) == base + 700
    assert stressed("cpi", 50_000) == base


def test_the_null_shock_changes_nothing() -> None:
    state = EconomyState(1, 2, 3, 4, 5, 6)
    assert no_shock(state, 0) is state
    assert ShockTerms(kind="cpi", **{"from": "2020-01-01"}, size=0)(state, day(2021)) == state


def test_readings_say_what_is_printed_and_what_is_not() -> None:
    told = {r.series: r for r in economy().readings(day(2020, 2, 29))}
    assert (told["unemployment"].status, told["unemployment"].source) == ("observed", "MAC05 (low confidence)")
    assert told["income_growth"].status == "simulated"
    assert told["gdp_growth"].source == "MAC02"
    assert told["risk_free_12m"].status == "assumption"
    assert told["policy_rate"].status == "observed"
    early = {r.series: r.status for r in economy().readings(day(2015, 9, 30))}
    assert early["policy_rate"] == "assumption"  # held back from the first rate printed
    later = {r.series: r.status for r in economy().readings(day(2027))}
    assert {later[name] for name in ("gdp_growth", "cpi", "unemployment", "income_growth")} == {"simulated"}


def test_a_shock_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValidationError, match="lies before from"):
        ShockTerms(kind="cpi", **{"from": "2020-01-01"}, until="2019-01-01", size=1)


def test_incomes_stand_where_printed_growth_has_brought_them() -> None:
    """MAC09: 21,966 yuan a head in 2015, 30,733 in 2019; the base is January 2019."""
    world = economy()
    assert world.income_level_ppm(day(2019, 1, 31)) == world.price_level_ppm(day(2019)) == 1_000_000
    mean = {y: fmean(world.income_level_ppm(day(y, month)) for month in range(1, 13)) for y in (2015, 2019)}
    assert mean[2019] / mean[2015] == pytest.approx(30_733 / 21_966, rel=0.002)
    assert world.price_level_ppm(day(2020)) / world.price_level_ppm(day(2019)) == pytest.approx(1.029, abs=0.002)


def test_without_the_observed_path_nothing_grows() -> None:
    assert Economy(MacroTerms(), 1).levels_ppm(day(2016, 5)) == (1_000_000, 1_000_000)


@pytest.mark.parametrize("since", ["2016-04-01", "2020-04-01"])
def test_a_shock_to_incomes_moves_what_comes_after_it_and_nothing_before(since: str) -> None:
    calm = economy()
    hit = economy(shocks={"fall": {"kind": "income_growth", "from": since, "size": -120_000}})
    first = day_of(datetime.date.fromisoformat(since))
    assert hit.income_level_ppm(add_months(first, -1)) == calm.income_level_ppm(add_months(first, -1))
    after = add_months(first, 11)
    lost = hit.income_level_ppm(after) / calm.income_level_ppm(after)
    assert lost == pytest.approx(1 - 0.12 / 1.08, abs=0.01)
    assert hit.price_level_ppm(after) == calm.price_level_ppm(after)
