"""How regulators decide: reports that err, whom they inspect, and the rungs a breach climbs until it is made good."""

from __future__ import annotations

import datetime
from dataclasses import replace

import pytest

from sim.regulation import supervision as s
from sim.regulation.rules import (
    BankCapital,
    BankPosition,
    FundingPosition,
    JointLendingShare,
    MarketShareCap,
    ReserveRequirement,
    SinglePartnerCap,
    StandardisedFundingCap,
    within,
)
from sim.regulation.supervision import Case, Step
from sim.regulation.supervision_terms import ConversionTerms, RegulatorsTerms

BN = 10**11
"""A billion yuan in fen."""
TERMS = RegulatorsTerms(guidance_days=60, rectification_days=400, suspension_days=180, fines=2)
BEYOND, IN_ORDER = within(1_000, 400), within(300, 400)


def test_twelve_billion_of_net_assets_carry_forty_eight_of_standardised_funding() -> None:
    """POL11, RUL02, by hand: 4 x 12 bn = 48 bn; a yuan more is a breach."""
    rule = StandardisedFundingCap(4.0)
    assert rule.finding(FundingPosition(12 * BN, bonds_fen=8 * BN, abs_outstanding_fen=40 * BN)).shortfall_fen == 0
    assert rule.finding(FundingPosition(12 * BN, abs_outstanding_fen=48 * BN)).limit_fen == 48 * BN
    assert rule.finding(FundingPosition(12 * BN, abs_outstanding_fen=48 * BN + 100)).shortfall_fen == 100


@pytest.mark.parametrize(("book_bn", "own_now_bn", "needed_bn"), [(100, 2, 28), (1_000, 20, 280), (100, 30, 0)])
def test_own_funds_needed_at_thirty_per_cent(book_bn: int, own_now_bn: int, needed_bn: int) -> None:
    """RUL03, RUL12, by hand: 30 % of the book less what the platform funds already."""
    position = FundingPosition(0, joint_loans_fen=book_bn * BN, own_share_of_joint_fen=own_now_bn * BN)
    assert JointLendingShare(0.30).finding(position).shortfall_fen == needed_bn * BN


def test_a_report_errs_in_debts_and_not_in_what_is_audited() -> None:
    told = s.reported(FundingPosition(net_assets_fen=100, bank_loans_fen=1_000, registered_capital_fen=50), 30_000)
    assert (told.net_assets_fen, told.bank_loans_fen, told.registered_capital_fen) == (100, 1_030, 50)
    bank = s.reported(BankPosition(cet1_fen=80, risk_weighted_fen=1_000, reserves_fen=7), -10_000)
    assert (bank.cet1_fen, bank.risk_weighted_fen, bank.reserves_fen) == (80, 990, 7)
    assert s.position_of(vars(told)) == told
    assert s.position_of(vars(bank)) == bank


def test_a_report_within_its_error_is_no_breach() -> None:
    """Tolerance 3 %: 412 of 400 passes, 413 does not."""
    assert not s.is_reported_breach(within(412, 400), TERMS)
    assert s.is_reported_breach(within(413, 400), TERMS)


def test_signals_by_hand() -> None:
    def seen(**changes: int | bool) -> list[str]:
        usual = {"loans_fen": 100, "loans_before_fen": 100, "overdue_fen": 1, "ordered": False}
        return s.signals([changes.pop("finding", within(10, 100))], **(usual | changes), terms=TERMS)  # type: ignore[arg-type, list-item]

    assert seen() == []
    assert seen(finding=within(96, 100)) == ["little headroom"]  # type: ignore[arg-type]
    assert seen(loans_fen=116) == ["fast growth"]
    assert seen(loans_before_fen=0, loans_fen=116) == []
    assert seen(overdue_fen=11) == ["arrears"]
    assert seen(ordered=True) == ["complaints"]


def test_inspections_go_where_signals_are_then_in_turn() -> None:
    everyone = {"a": 0, "b": 0, "c": 1, "d": 2}
    first = s.to_inspect(everyone, {}, 3)
    assert first == ["d", "c", "a"]
    assert s.to_inspect(dict.fromkeys("abcd", 0), {"d": 5, "c": 5, "a": 5}, 2) == ["b", "a"]


def climbed(finding: object, days: list[int], **options: bool) -> list[tuple[str, int]]:
    """Rungs and days of the next look, with the same finding at each."""
    case: Case | None = s.opened(0, TERMS)
    steps = []
    for day in days:
        assert case is not None
        assert case.until == day
        case = s.after_look(case, finding, day, TERMS, **options)  # type: ignore[arg-type]
        if case is not None:
            steps.append((case.step.name, case.until))
    return steps


def test_a_breach_that_stays_climbs_the_whole_ladder() -> None:
    """By hand: guidance 60 days; plan of 400 looked at after 200; suspension 180; two fines; licence; revocation."""
    days = [60, 260, 440, 620, 800, 980]
    assert climbed(BEYOND, days) == [
        ("RECTIFICATION", 260), ("SUSPENSION", 440), ("FINE", 620), ("FINE", 800), ("LICENCE", 980),
        ("REVOCATION", 1_160),
    ]  # fmt: skip


def test_a_bank_is_fined_again_and_keeps_its_licence() -> None:
    assert climbed(BEYOND, [60, 260, 440, 620, 800, 980], may_lose_licence=False)[-1] == ("FINE", 1_160)


@pytest.mark.parametrize("step", list(Step)[:-1])
def test_a_breach_made_good_ends_the_ladder_on_every_rung(step: Step) -> None:
    case = Case(step, 0, 0, 100, (0, 400, 1_000) if step > Step.GUIDANCE else None)
    assert s.after_look(case, IN_ORDER, 100, TERMS) is None


def test_who_keeps_its_plan_half_way_is_left_alone_until_the_deadline() -> None:
    """Half way from 1,000 to 400 is 700; the tolerance of 3 % of the limit is 12."""
    case = Case(Step.RECTIFICATION, 0, 60, 260, (60, 460, 1_000))
    kept = s.after_look(case, within(712, 400), 260, TERMS)
    assert kept == replace(case, since=260, until=460)
    late = s.after_look(case, within(713, 400), 260, TERMS)
    assert late is not None
    assert late.step is Step.SUSPENSION
    back = s.after_look(late, within(430, 400), 440, TERMS)
    assert back is not None
    assert (back.step, back.until) == (Step.RECTIFICATION, 460)
    at_deadline = s.after_look(kept, within(401, 400), 460, TERMS)
    assert at_deadline is not None
    assert at_deadline.step is Step.SUSPENSION


def test_what_a_suspension_forbids() -> None:
    assert s.suspends(StandardisedFundingCap()) == "issuance"
    assert s.suspends(JointLendingShare()) == s.suspends(SinglePartnerCap()) == "joint lending"
    fields = [s.field_of(rule) for rule in (ReserveRequirement(0.1), MarketShareCap(0.3), BankCapital())]
    assert fields == ["central_bank", "market", "banking"]


def test_eight_billion_carry_the_loans_of_a_microlender_only_after_ten_and_a_half_more() -> None:
    """LVR13: 8 -> 18.5 bn of registered capital carry 185 bn at ten times (RUL13); RUL14: at least 1 bn."""
    assert s.capital_to_convert_fen(8 * BN, 185 * BN, ConversionTerms()) == 105 * BN // 10
    assert s.capital_to_convert_fen(BN // 2, BN, ConversionTerms()) == BN // 2
    assert s.capital_to_convert_fen(8 * BN, 80 * BN, ConversionTerms()) == 0


def test_conversion_is_offered_at_stake_or_from_its_day() -> None:
    plan = Case(Step.RECTIFICATION, 0, 0, 9, (0, 9, 1))
    day, opened = datetime.date(2021, 6, 3), ConversionTerms(offered_from=datetime.date(2021, 6, 3))
    assert not s.offers_conversion(plan, day, ConversionTerms())
    assert s.offers_conversion(plan, day, opened)
    assert not s.offers_conversion(plan, day - datetime.timedelta(1), opened)
    assert not s.offers_conversion(Case(Step.GUIDANCE, 0, 0, 9), day, opened)
    assert s.offers_conversion(replace(plan, step=Step.LICENCE), day, ConversionTerms())


def test_the_desk_takes_longer_under_guidance_and_in_a_queue() -> None:
    assert s.review_days(10, 0, 2.0, TERMS) == 20
    assert s.review_days(3, 200, 1.0, TERMS) == 21
