from __future__ import annotations

import json
from typing import Any

import pytest
from deal_examples import SMALL, deal
from pydantic import BaseModel, ValidationError

from sim.calendar import BANK, add_months, date_of, day_of
from sim.deals import eligibility, fees, payment_calendar, support, terms, trigger_terms
from sim.deals.fields import Terms
from sim.deals.payment_calendar import Phase
from sim.deals.terms import DealTerms


def _changed(path: str, value: Any) -> dict[str, Any]:
    data = json.loads(json.dumps(SMALL))
    *parents, last = path.split(".")
    block = data
    for parent in parents:
        block = block[parent]
    block[last] = value
    return data


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("tranches.a.share_bp", 7999, "adds up to 9999, not 10000; change a share by \\+1"),
        ("tranches.b.rank", 0, "ranks must be 0 to 2"),
        ("tranches.b.coupon_bp", None, "tranches.b: is not last: give it a coupon_bp"),
        ("tranches.sub.coupon_bp", 900, "tranches.sub: is last, so it is residual"),
        ("tranches.a.sub_period_yield_bp", 200, "only the residual tranche"),
        ("tranches.a.expected_months", 3, "outside the distribution period, months 4 to 6"),
        ("tranches.b.expected_months", 5, "expected_months must not fall"),
        ("tranches.sub.holders", {"originator:lender": 9_000}, "tranches.sub.holders: shares add up to 9000"),
        ("investors", {}, "tranches.a.holders: nobody holds it"),
        ("face_fen", 100_000_001, "not a whole number of fen"),
        ("closing", "2016-12-31", "closing: 2016-12-31 lies before cutoff 2017-01-01"),
        ("manager", "agency:rater", "manager: agency:rater is not of kind manager or bank"),
        ("guarantor", "guarantor:surety", "add support or remove guarantor"),
        ("support", {"limit_bp": 100}, "add guarantor or remove support"),
        ("support", {"limit_bp": 100, "limit_fen": 5}, "exactly one of limit_bp and limit_fen"),
        ("amortisation_months", -1, "greater than or equal to 0"),
        ("tranches.a.rating", "AAAA", "'AAAA' is not a rating"),
        ("originator", "lender", "should match pattern"),
        ("payment_calendar.rule", {"kind": "nth_working_day", "day": 3}, "needs 'n' and has no 'day'"),
        ("fees", {"x": {"payee": "manager"}}, "give rate_ppm or fixed_fen above 0"),
        ("taxes", {"x": {"from": "2018-01-01", "until": "2017-01-01", "rate_ppm": 1}}, "lies before from"),
        ("eligibility", {"min_remaining_months": 9, "max_remaining_months": 3}, "is above max_remaining_months"),
        ("servicer_incentive", {"front_return_bp": 9, "hurdle_bp": 3, "sub_share_bp": 1}, "below front_return_bp"),
        ("turbos", True, "Extra inputs are not permitted"),
    ],
)
def test_wrong_terms_are_refused_with_what_to_do(path: str, value: Any, message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        DealTerms.model_validate(_changed(path, value))


def test_all_faults_of_the_deal_come_at_once() -> None:
    data = _changed("tranches.a.share_bp", 7999) | {"closing": "2016-12-31"}
    with pytest.raises(ValidationError) as refused:
        DealTerms.model_validate(data)
    assert "adds up to 9999" in str(refused.value)
    assert "lies before cutoff" in str(refused.value)


@pytest.mark.parametrize(
    ("trigger", "message"),
    [
        ({"kind": "npl_ratio", "effect": "accelerate"}, "kind npl_ratio needs 'threshold_bp'; add it"),
        ({"kind": "servicer_insolvent", "effect": "accelerate", "threshold_bp": 5}, "has no 'threshold_bp'; remove it"),
        ({"kind": "servicer_rating", "effect": "switch_remittance"}, "needs 'minimum_rating'"),
        ({"kind": "npl_ratio", "effect": "event_of_default", "threshold_bp": 5, "cures": True}, "never ends"),
        ({"kind": "cumulative_default", "effect": "accelerate", "threshold_bp": {2: 5}}, "has no year 1"),
        ({"kind": "npl_ratio", "effect": "accelerate", "threshold_bp": 0}, "greater than 0"),
        ({"kind": "no_purchase", "effect": "end_revolving"}, "needs 'days' above 0"),
        ({"kind": "idle_cash", "effect": "end_revolving", "threshold_bp": 5, "periods": 2}, "has no 'periods'"),
        (
            {"kind": "npl_ratio", "effect": "accelerate", "threshold_bp": 5, "denominator": "cutoff_pool"},
            "no 'denominator'",
        ),
    ],
)
def test_wrong_triggers_are_refused(trigger: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        deal(triggers={"t": {"family": "acceleration"} | trigger})


def test_terms_survive_json_and_are_frozen() -> None:
    terms = deal(taxes={"vat": {"from": "2018-01-01", "rate_ppm": 32_600}})
    assert DealTerms.model_validate_json(terms.model_dump_json(by_alias=True)) == terms
    with pytest.raises(ValidationError):
        terms.face_fen = 1


def test_every_term_says_meaning_unit_and_source() -> None:
    blocks = [
        block
        for module in (eligibility, fees, payment_calendar, support, terms, trigger_terms)
        for block in vars(module).values()
        if isinstance(block, type) and issubclass(block, BaseModel) and block is not Terms
    ]
    assert len(blocks) >= 15
    for block in blocks:
        for name, known in block.model_fields.items():
            extra = known.json_schema_extra
            assert known.description, f"{block.__name__}.{name}"
            assert isinstance(extra, dict), f"{block.__name__}.{name}"
            assert extra["unit"], f"{block.__name__}.{name}"
            assert extra["source"], f"{block.__name__}.{name}"


def test_roles_and_holders() -> None:
    terms = deal(retention_bp=500, fees={"trust": {"payee": "manager", "rate_ppm": 100}})
    assert terms.servicer_id == "originator:lender"
    assert terms.payee_of("trust") == "manager:plan"
    assert terms.holders_of("a") == {"investor:fund": 9500, "originator:lender": 500}
    assert terms.holders_of("sub") == {"originator:lender": 10_000}
    assert (terms.ranked, terms.residual) == (("a", "b", "sub"), "sub")


def test_schedule_of_a_fixed_day_moves_payment_but_not_interest() -> None:
    schedule = deal().schedule()
    assert [date_of(when.pay_day).isoformat() for when in schedule.dates[:4]] == [
        "2017-02-27",  # the 26th is a Sunday
        "2017-03-27",  # likewise
        "2017-04-26",
        "2017-05-26",
    ]
    assert [date_of(when.interest_to).day for when in schedule.dates[:4]] == [26, 26, 26, 26]
    assert [when.phase for when in schedule.dates[:4]] == [Phase.REVOLVING] * 3 + [Phase.AMORTISING]
    first, second = schedule.dates[:2]
    assert first.collections_from == day_of(deal().cutoff)
    assert second.collections_from == first.collections_to + 1
    assert second.interest_from == first.interest_to
    assert schedule.dates[-1].pay_day >= schedule.legal_maturity == BANK.on_or_after(schedule.legal_maturity)
    assert not schedule.dates[5].after_expected
    assert schedule.dates[6].after_expected


def test_hx_calendar_matches_the_prospectus() -> None:
    """Cut-off 2017-10-01, closing 2017-12-28: first payment 2018-01-26; A expected 2019-04-26, B 2019-06-26."""
    data = _changed("tranches.a.expected_months", 16)
    data["tranches"]["b"]["expected_months"] = 18
    data |= {"cutoff": "2017-10-01", "closing": "2017-12-28", "revolving_months": 0, "amortisation_months": 23}
    schedule = DealTerms.model_validate(data).schedule()
    first = schedule.dates[0]
    assert date_of(first.collections_from).isoformat() == "2017-10-01"
    assert date_of(first.collections_to).isoformat() == "2017-12-31"
    assert date_of(first.pay_day).isoformat() == "2018-01-26"
    maturities = {name: date_of(day).isoformat() for name, day in schedule.tranche_maturity.items()}
    assert maturities == {"a": "2019-04-26", "b": "2019-06-26", "sub": "2019-11-26"}
    assert date_of(schedule.legal_maturity).isoformat() == "2021-11-26"


def test_a_broken_month_of_closing_is_no_collection_period_of_its_own() -> None:
    """Two days of collections would have to pay 28 days of interest."""
    pays = deal(cutoff="2019-02-26", closing="2019-02-26", revolving_months=0, amortisation_months=6).schedule().dates
    assert date_of(pays[0].collections_from).isoformat() == "2019-02-26"
    assert date_of(pays[0].collections_to).isoformat() == "2019-03-31"
    assert (date_of(pays[0].pay_day).isoformat(), pays[0].period) == ("2019-04-26", 1)
    assert pays[0].interest_days == 59
    whole = deal(cutoff="2019-02-01", closing="2019-02-26", revolving_months=0, amortisation_months=6).schedule().dates
    assert date_of(whole[0].collections_to).isoformat() == "2019-02-28"
    short = deal(cutoff="2019-02-26", closing="2019-02-26", revolving_months=0, amortisation_months=1).schedule().dates
    assert date_of(short[0].collections_to).isoformat() == "2019-02-28"


def test_eighth_working_day_after_the_twelfth_month() -> None:
    terms = deal(
        closing="2017-06-15",
        revolving_months=10,
        amortisation_months=2,
        payment_calendar={
            "revolving": "quarterly",
            "calculation": "anniversary",
            "rule": {"kind": "nth_working_day", "n": 8},
        },
    )
    schedule = terms.schedule()
    anniversary = add_months(terms.closing_day, 12)
    assert schedule.expected_maturity == BANK.add(anniversary, 8)
    assert [when.month for when in schedule.dates[:7]] == [3, 6, 9, 10, 11, 12, 13]
    assert schedule.dates[0].interest_from == terms.closing_day
    assert all(when.interest_to == when.pay_day for when in schedule.dates)


def test_a_deal_that_pays_at_maturity_has_one_date_until_then() -> None:
    calendar = SMALL["payment_calendar"] | {"revolving": "at_end", "amortising": "at_maturity"}
    months = [when.month for when in deal(payment_calendar=calendar).schedule().dates[:4]]
    assert months == [3, 6, 7, 8]
    whole_life = deal(payment_calendar=calendar, revolving_months=6, amortisation_months=0).schedule()
    assert (whole_life.dates[0].month, whole_life.dates[0].phase) == (6, Phase.AMORTISING)


def test_an_early_end_of_revolving_makes_every_later_month_pay() -> None:
    calendar = SMALL["payment_calendar"] | {"revolving": "quarterly"}
    terms = deal(payment_calendar=calendar, revolving_months=12, amortisation_months=6)
    ended = terms.schedule().dates[0].pay_day
    early = terms.schedule(amortising_from=ended)
    assert early.dates[0] == terms.schedule().dates[0]
    assert [when.month for when in early.dates[:4]] == [3, 4, 5, 6]
    assert {when.phase for when in early.dates[1:]} == {Phase.AMORTISING}
    assert early.expected_maturity == terms.schedule().expected_maturity
    assert early.revolving_end == ended
