"""Every kind of policy changes what it is about from the day it is announced, not before, and the way the facts say."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any, get_args

import pytest
from policy_directions import BESIDES, DIRECTIONS, WITHOUT, Direction
from policy_worlds import FROM, different, different_before, market_with, policy, run_to, simulated

from sim.market import SecuritizationMarket
from sim.records import checkpoint
from sim.regulation.policies import Policy
from sim.studies.signs_outcomes import Measure, Seen

END = datetime.date(2019, 4, 12)
GUARANTOR = {"guarantors.surety": {"title": "Surety", "capital_fen": 1_000_000_000_000}}
BANKS_BUY = {
    "bank_system.conduct.mandate": {
        "lowest_rating": "AA+",
        "per_tranche_ppm": 400_000,
        "capital_bp": 15,
        "books": "provides",
    }
}

KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "standardised_funding_cap": ({"multiple": 0.3}, "issuance"),
    "nonstandardised_funding_cap": ({"multiple": 0.3}, "lenders"),
    "combined_leverage_cap": ({"multiple": 0.5}, "issuance"),
    "bank_loan_cap": ({"multiple": 0.1}, "lenders"),
    "shareholder_loan_cap": ({"multiple": 0.1}, "lenders"),
    "consumer_finance_leverage": ({"multiple": 2}, "lenders"),
    "leverage_ratio": ({"minimum": 0.3}, "lenders"),
    "joint_lending_share": ({"minimum": 0.5}, "lenders"),
    "registered_capital": ({"minimum_fen": 1_000_000_000_000}, "lenders"),
    "market_share_cap": ({"share": 0.1}, "lenders"),
    "single_partner_cap": ({"share": 0.0001}, "lenders"),
    "all_partners_cap": ({"share": 0.0001}, "lenders"),
    "bank_capital": ({"total": 0.13}, "banks"),
    "required_reserves": ({"change_ppm": 20_000}, "macro"),
    "tranche_risk_weights": ({"to_aa_minus_bp": 10_000}, "banks"),
    "disclosure_standard": ({"share_ppm": 1_000_000}, "books"),
    "investor_threshold": ({"threshold_fen": 0}, "books"),
    "venue_unification": ({"venues": 1}, "trades"),
    "rating_neutrality": ({"regime": "dual"}, "ratings"),
    "approval_regime": ({"regime": "approval"}, "issuance"),
    "issuance_suspension": ({}, "issuance"),
    "retention": ({"thinnest_residual_bp": 1_200, "vertical_bp": 500}, "issuance"),
    "guarantee_requirement": ({}, "issuance"),
    "purchase_frequency": ({"frequency": "weekly"}, "purchases"),
    "review_staff": ({"factor": 0.5}, "purchases"),
    "true_sale": ({}, "ratings"),
    "green_subsidy": ({"rate_ppm": 20_000}, "balance_sheets"),
    "cds_market": ({}, "events"),
    "bad_loan_acquisition": ({}, "banks"),
    "standard_assets": ({"standard": False, "most_nonstandard_ppm": 200_000}, "holdings"),
    "rate_cap": ({"rate_ppm": 120_000}, "lenders"),
    "per_person_cap": ({"amount_fen": 200_000}, "market_daily"),
    "score_threshold": ({"weakest": "L2"}, "market_daily"),
    "data_sharing": ({}, "market_daily"),
    "data_wall": ({"added_error": 1.0}, "market_daily"),
    "prepayment_fee": ({"fee_ppm": 30_000}, "market_daily"),
    "lending_guidance": ({"lending_ppm": 500_000}, "lenders"),
    "holding_ring_fence": ({}, "lenders"),
    "fine": ({"amount_fen": 100_000_000_000, "applies_to": ["originator:wallet"]}, "balance_sheets"),
}
"""Kind -> (figures that bite in the small market, a table it must change)."""
TAKES_BACK = {"originators.regional_3.strategy": {"supports_deals": True, "screening": {"recourse_ppm": 800_000}}}
THIN = {"patterns.shelves.programme.least_residual_bp": 100}
"""Letters, not the thinnest residual class, say how much support an issue needs."""
TASTE = {f"patterns.investors.{kind}.mandate.green_bp": 20 for kind in ("fund", "wealth_product")}
NEEDS = {
    "green_subsidy": TASTE, "holding_ring_fence": TAKES_BACK, "guarantee_requirement": GUARANTOR | THIN,
    "tranche_risk_weights": BANKS_BUY,
}  # fmt: skip


@pytest.fixture(scope="module")
def bases() -> dict[str, SecuritizationMarket]:
    """The market without a policy, as it is and with what some kinds need."""
    return {kind: simulated(END, **more) for kind, more in ({"": {}} | NEEDS).items()}


def test_the_list_of_kinds_is_whole() -> None:
    union, *_ = get_args(Policy)
    assert {member.model_fields["policy"].annotation.__args__[0] for member in get_args(union)} == set(KINDS)


def test_every_kind_has_a_direction_or_a_reason_for_none() -> None:
    assert sorted([*DIRECTIONS, *WITHOUT]) == sorted(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_policy_changes_what_it_is_about_from_its_day_on(kind: str, bases: dict[str, SecuritizationMarket]) -> None:
    figures, table = KINDS[kind]
    base = bases.get(kind, bases[""])
    other = simulated(END, **policy("it", kind, since=FROM.isoformat(), **figures), **NEEDS.get(kind, {}))
    assert different_before(FROM, base, other) == set()
    assert table in different(base, other)
    expected = [DIRECTIONS[kind]] if kind in DIRECTIONS else []
    for direction in [*expected, *(also for of, also in BESIDES if of == kind)]:
        assert_moved(direction, base, other)


def assert_moved(direction: Direction, base: SecuritizationMarket, other: SecuritizationMarket) -> None:
    moved, side, source = direction
    before, after = (moved.of(Seen(place)) for place in (base, other))
    assert (after - before) * side > 0, f"{moved.told()}: {before} -> {after} ({source})"


def test_settings_that_are_renewed_without_a_change_change_nothing(bases: dict[str, SecuritizationMarket]) -> None:
    """The share shown is what it was: the market hands itself over to new settings, and everything goes on alike."""
    same = policy("it", "disclosure_standard", since=FROM.isoformat(), share_ppm=600_000)
    assert different(bases[""], simulated(END, **same)) == set()


LEVERS = policy("wall", "data_wall", since="2019-02-11", until="2019-03-15") | policy(
    "kept", "retention", since="2019-02-11", vertical_bp=500
) | policy("person", "per_person_cap", since="2019-03-01", amount_fen=300_000) | policy(
    "cap", "combined_leverage_cap", announced="2019-02-11", since="2019-03-01", deadline="2019-06-30", multiple=1
)  # fmt: skip


STOPS = ("2019-02-10", "2019-02-28")


@pytest.fixture(scope="module")
def levered(tmp_path_factory: pytest.TempPathFactory) -> tuple[SecuritizationMarket, dict[str, Path]]:
    """The market under levers, never stopped, and what it was at midnights on the way."""
    folder, place = tmp_path_factory.mktemp("levered"), market_with(**LEVERS)
    saved = {stop: folder / f"{stop}.npz" for stop in STOPS}
    for stop, path in saved.items():
        save(run_to(place, datetime.date.fromisoformat(stop)), path)
    return run_to(place, END), saved


def save(place: SecuritizationMarket, path: Path) -> None:
    """Write down a midnight, the rows of the tables included."""
    pieces = {"market": place.state(), "recorder": place.recorder.state()}
    checkpoint.save(path, {half: {name: piece[half] for name, piece in pieces.items()} for half in ("arrays", "json")})


def resumed(path: Path) -> SecuritizationMarket:
    """The market under levers, from a saved midnight."""
    place, state = market_with(**LEVERS), checkpoint.load(path)
    market, recorder = ({half: state[half][name] for half in ("arrays", "json")} for name in ("market", "recorder"))
    place.restore(market)
    place.recorder.restore(recorder)
    return place


@pytest.mark.parametrize("stop", STOPS)
def test_a_market_under_levers_goes_on_from_a_saved_midnight_as_if_never_stopped(
    stop: str, levered: tuple[SecuritizationMarket, dict[str, Path]]
) -> None:
    whole, saved = levered
    assert different(whole, run_to(resumed(saved[stop]), END)) == set()


def test_a_branch_at_the_announcement_is_the_run_that_knew_all_along(
    levered: tuple[SecuritizationMarket, dict[str, Path]], tmp_path: Path
) -> None:
    """The past of a policy's world is the base's: taken over at the midnight before, it goes on alike."""
    whole, _ = levered
    save(simulated(datetime.date(2019, 2, 10)), tmp_path / "base.npz")
    assert different(whole, run_to(resumed(tmp_path / "base.npz"), END)) == set()


def test_a_shelf_approved_once_brings_more_issues_to_market_than_approval_of_each() -> None:
    """LVR22, the other way round than in `KINDS`: where each issue waits for its approval, a shelf is drawn on."""
    each = {f"{place}.regime": "approval" for place in ("patterns.shelves.programme", "shelves.corner", "shelves.city")}
    base = simulated(END, **each)
    other = simulated(END, **each, **policy("it", "approval_regime", since=FROM.isoformat(), regime="shelf"))
    assert_moved(Direction(DIRECTIONS["approval_regime"].moved, 1, "LVR22"), base, other)


def test_notes_change_hands_more_on_one_venue_than_split_among_ten() -> None:
    """LVR07. Dealers' quotes are wider by each venue more, so some sales and purchases are not worth it; who must sell
    does all the same, and buyers of new notes reckon with it. Less is traded on ten with seeds 1 to 4 (5 % to all)."""
    one, ten = (
        simulated(END, **policy("it", "venue_unification", since=FROM.isoformat(), venues=venues)) for venues in (1, 10)
    )
    assert different_before(FROM, one, ten) == set()
    turnover = Measure("trades", "nominal_fen", how="sum", since=FROM)
    assert turnover.of(Seen(one)) > 1.02 * turnover.of(Seen(ten))
