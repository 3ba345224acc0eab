"""Which way each kind of policy moves what it is about in the small market, two months after its first day.

Only directions that follow from what the facts print (their ids stand beside each) and that the small market shows with
each of the seeds 1 to 5.
"""

from __future__ import annotations

from typing import NamedTuple

from policy_worlds import FROM

from sim.studies.signs_outcomes import Measure


class Direction(NamedTuple):
    """A number out of the tables and the side to which the policy moves it (+1 up, -1 down), with the source."""

    moved: Measure
    side: int
    source: str


WALLET, SHOP, INSTALMENT = ({"institution": f"originator:{name}"} for name in ("wallet", "shop", "instalment"))


def _sum(table: str, column: str, **where: object) -> Measure:
    return Measure(table, column, where, how="sum", since=FROM)


def _mean(table: str, column: str, **where: object) -> Measure:
    return Measure(table, column, where, since=FROM)


def _begun(originator: str) -> Measure:
    return Measure("issuance", "step", {"party": f"originator:{originator}", "step": 1}, how="count", since=FROM)


SUPPORT = _sum("issuance", "amount_fen", what="~credit enhancement")
COST = _sum("lenders", "funding_cost_ppm", **WALLET)
GRANTED, REFUSED = _sum("lenders", "granted_fen"), _sum("lenders", "refused_fen")

DIRECTIONS: dict[str, Direction] = {
    # What counts under a cap is cut; what does not, or what is refused, takes its place.
    "standardised_funding_cap": Direction(_begun("wallet"), -1, "POL11, RUL02"),
    "combined_leverage_cap": Direction(_begun("wallet"), -1, "POL07, RUL09: sold loans count"),
    "nonstandardised_funding_cap": Direction(REFUSED, 1, "RUL01"),
    "bank_loan_cap": Direction(COST, 1, "RUL09: the cheapest source is cut"),
    "shareholder_loan_cap": Direction(COST, 1, "RUL09: what it must do without was cheaper"),
    "consumer_finance_leverage": Direction(_sum("lenders", "granted_fen", **INSTALMENT), -1, "RUL13"),
    "leverage_ratio": Direction(_sum("lenders", "granted_fen", **INSTALMENT), -1, "RUL14"),
    "registered_capital": Direction(_sum("lenders", "granted_fen", **WALLET), -1, "RUL05, LVR13"),
    "market_share_cap": Direction(_sum("lenders", "granted_fen", **WALLET), -1, "LVR15, RSK25"),
    # A platform funds more of what it lends with banks itself, and banks lend less with one and with all.
    "joint_lending_share": Direction(_sum("lenders", "own_fen", **WALLET), 1, "RUL03, RUL12"),
    "single_partner_cap": Direction(_sum("lenders", "joint_ppm", **WALLET), -1, "RUL12"),
    "all_partners_cap": Direction(_sum("lenders", "joint_ppm", **WALLET), -1, "RUL12"),
    # Banks hold what they must.
    "bank_capital": Direction(_sum("banks", "capital_ppm"), 1, "RUL16, LVR19"),
    "required_reserves": Direction(_sum("banks", "reserves_fen"), 1, "LVR19, SYS05"),
    "tranche_risk_weights": Direction(
        _sum("banks", "tranches_fen"), -1, "RUL17, S4: banks hold notes for the little capital they tie up"
    ),
    "bad_loan_acquisition": Direction(_sum("banks", "npl_ppm"), -1, "POL22: what is bought is off the banks' books"),
    # Notes.
    "issuance_suspension": Direction(_sum("books", "placed_fen"), -1, "LVR03, AAB07"),
    "approval_regime": Direction(_sum("books", "placed_fen"), -1, "LVR22, POL03"),
    "disclosure_standard": Direction(_sum("books", "demand_low_fen"), 1, "LVR05"),
    "investor_threshold": Direction(_sum("books", "buyers"), 1, "LVR06"),
    "standard_assets": Direction(_sum("books", "demand_high_fen"), -1, "POL08: where they are not standard"),
    "guarantee_requirement": Direction(SUPPORT, -1, "LVR23: another's promise stands in for support of one's own"),
    "rating_neutrality": Direction(
        Measure("ratings", "tranche", {"action": "assign"}, how="count", since=FROM), 1, "LVR09: two rate each class"
    ),
    "retention": Direction(
        _sum("balance_sheets", "amount_fen", institution="~originator:", item="TRANCHE"), 1, "LVR10"
    ),
    "holding_ring_fence": Direction(_sum("lenders", "borne_ppm"), -1, "POL18, LVR14"),
    "true_sale": Direction(_sum("balance_sheets", "amount_fen", institution="~spv:", item="COLLECTED"), -1, "LVR17"),
    "green_subsidy": Direction(_sum("balance_sheets", "amount_fen", institution="~spv:", item="equity"), 1, "LVR18"),
    "purchase_frequency": Direction(_sum("purchases", "idle_cash_fen"), 1, "LVR20, OPS01: weekly, not daily"),
    "review_staff": Direction(_sum("purchases", "backlog_fen"), 1, "LVR20, OPS01: half of them"),
    # What households are lent, at what price, and what they pay early.
    "rate_cap": Direction(_sum("lenders", "price_ppm"), -1, "RUL10"),
    "per_person_cap": Direction(GRANTED, -1, "RUL04"),
    "score_threshold": Direction(GRANTED, -1, "LVR21"),
    "lending_guidance": Direction(_sum("lenders", "granted_fen", **SHOP), -1, "POL14"),
    "prepayment_fee": Direction(_sum("pools", "prepaid_fen", deal="~managed:"), -1, "LVR11, RSK21"),
    "fine": Direction(_sum("lenders", "net_assets_fen", **WALLET), -1, "LVR24, POL17"),
}

COMMERCIAL = {"group": ("large", "joint_stock", "regional")}

BESIDES: tuple[tuple[str, Direction], ...] = (
    # What those concerned make of it, which the lever itself does not say.
    ("joint_lending_share", Direction(_sum("lenders", "granted_fen", **WALLET), -1, "LVR16: own funds do not reach")),
    ("joint_lending_share", Direction(REFUSED, 1, "LVR16, RUL12")),
    ("fine", Direction(_sum("lenders", "granted_fen", **WALLET), -1, "LVR24: limits on funding follow net assets")),
    (
        "fine",
        Direction(_sum("lenders", "joint_ppm", **WALLET), 1, "LVR24: partner banks' money takes the place of notes"),
    ),
    (
        "required_reserves",
        Direction(_sum("banks", "government_fen", **COMMERCIAL), -1, "LVR19: bonds are sold for them"),
    ),
    ("required_reserves", Direction(_sum("banks", "profit_fen", **COMMERCIAL), -1, "LVR19, SYS05: they earn less")),
    (
        "green_subsidy",
        Direction(_mean("books", "coupon_bp"), -1, "LVR18, POL06: bids of buyers with a taste for green"),
    ),
    ("green_subsidy", Direction(COST, -1, "LVR18: what sellers pay for money")),
    ("tranche_risk_weights", Direction(_mean("books", "coupon_bp", rating="AAA"), 1, "RUL17: fewer bids of banks")),
    ("rating_neutrality", Direction(SUPPORT, 1, "LVR09: the stricter of two counts, and none can be shopped for")),
    ("retention", Direction(_sum("books", "placed_fen"), -1, "LVR10: of the same face less is sold")),
)
"""What else a kind moves, and where."""

WITHOUT = {
    "cds_market": "test_protection",
    "data_sharing": "test_what_lenders_see",
    "data_wall": "test_what_lenders_see",
    "venue_unification": "one venue against ten: test_notes_change_hands_more_on_one_venue_than_split_among_ten",
}
"""Kinds without a direction here, and why."""
