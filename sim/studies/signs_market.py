"""The signs of the whole market (MODEL section 8): what each mechanism must do, in pairs of small markets."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from sim.errors import ScenarioError
from sim.scenario.messages import did_you_mean, listing
from sim.studies.signs import Sign
from sim.studies.signs_outcomes import Gap, Measure, MissElsewhere, NotchesLost, NplOf
from sim.studies.signs_systemic import EAGER, SYSTEMIC

_D = datetime.date
_FIRST = _D(2010, 1, 1)
_PROGRAMME: Final = "patterns.shelves.programme"
_PEOPLE: Final = "scenarios/studies/people.yaml"
SHOCK: Final = _D(2019, 4, 1)


def _stress(since: str, size_milli: int) -> dict[str, object]:
    return {"macro.shocks": {"recession": {"kind": "stress", "from": since, "size": size_milli}}}


# -- what an originator keeps ----------------------------------------------------------------------------------------

MORE_PEOPLE: Final = {"population.households": 100_000, "population.weight": 200}
"""The same people by more households: a lender's defaults are then hundreds and not tens."""
_SELLS_ALL: Final = {**MORE_PEOPLE, "end": "2019-12-31", f"{_PROGRAMME}.residual_retained_ppm": 0, **EAGER}
_KEEPS_RISK: Final = {f"{_PROGRAMME}.residual_retained_ppm": 1_000_000}
_COLLECTS_AS_USUAL: Final = {
    f"patterns.originators.lender.strategy.collecting.{end}": 0.0 for end in ("softest", "hardest")
}
"""Who keeps the risk also collects harder, and who pays again may buy again: what screening does is seen without."""
_SCREENED: Final = _D(2019, 4, 1)
"""From the first review of scores on: by then every lender has pools whose first loss it kept or did not."""

RETENTION: Final = (
    Sign(
        "retention_effort", "an originator that keeps the first loss looks harder", "ECO08, MODEL 2", _KEEPS_RISK,
        Measure("lenders", "effort_ppm", {"institution": "originator:quick"}, since=_SCREENED), 1, both=_SELLS_ALL,
    ),
    Sign(
        "retention_defaults", "and fewer of its loans default", "ECO08, MODEL 8", _KEEPS_RISK,
        Measure("pools", "new_default_fen", {"deal": "managed:quick"}, how="sum", per="receivable_fen",
                since=_D(2019, 9, 1)), -1, both=_SELLS_ALL,
    ),
    Sign(
        "retention_collecting", "it collects harder from those past due", "ECO08, RSK30", _KEEPS_RISK,
        Measure("lenders", "collection_milli", {"institution": "originator:quick"}, since=_SCREENED), 1,
        both=_SELLS_ALL,
    ),
    Sign(
        "retention_volume", "and, as it collects as usual, it lends less", "ECO08, MODEL 8", _KEEPS_RISK,
        Measure("lenders", "granted_fen", {"institution": "originator:quick"}, how="sum", since=_SCREENED), -1,
        both={**_SELLS_ALL, **_COLLECTS_AS_USUAL},
    ),
)  # fmt: skip

# -- pools -----------------------------------------------------------------------------------------------------------

_REVOLVES: Final = {
    "end": "2019-08-31", f"{_PROGRAMME}.prototype.revolving_months": 12,
    f"{_PROGRAMME}.prototype.triggers.asset_shortfall.threshold_bp": 10_000,
    f"{_PROGRAMME}.prototype.triggers.asset_shortfall.periods": 1,
}  # fmt: skip
"""Pools that revolve for a year unless assets are found short of notes on a quarter's payment date."""
_FEE_FREE: Final = {f"originators.shop.lending.products.billing.terms.{n}.fee_free_ppm": 900_000 for n in (6, 12)}
_OPENING_POOLS: Final = ("shop_1", "wallet_1", "wallet_2", "quick_1", "city_1")
_UNSTAFFED: Final = {f"managers.{name}.milli_hours_per_thousand_loans": 2_000 for name in ("first", "second")}

POOLS: Final = (
    Sign(
        "revolving_stops", "a pool that stops revolving shows a jump of its overdue share: late loans stay, sound ones "
        "are repaid", "MODEL 8", {f"{_PROGRAMME}.prototype.revolving_months": 3},
        Measure("pools", "overdue_ppm", {"deal": _OPENING_POOLS}, since=_D(2019, 5, 1), until=_D(2019, 7, 31)), 1,
        both=_REVOLVES,
    ),
    Sign(
        "fee_free_spread", "more fee-free loans leave less excess spread", "PRD10, MODEL 8", _FEE_FREE,
        Measure("pools", "collected_fee_fen", {"deal": "~shop_"}, how="sum", per="receivable_fen"), -1, both=_REVOLVES,
    ),
    Sign(
        "fee_free_shortfall", "and sooner early amortisation: assets fall short of notes", "PRD10, MODEL 8", _FEE_FREE,
        Measure("events", "hour", {"deal": "~shop_", "event": "asset_shortfall"}, how="count"), 1, both=_REVOLVES,
    ),
    *(
        Sign(
            f"staff_{name}", f"fewer reviewers: {what}", "OPS01, MODEL 3", _UNSTAFFED,
            Measure("purchases", column, how="sum", per=per), 1, both={"end": "2019-04-30"},
        )
        for name, what, column, per in (
            ("backlog", "a backlog", "backlog_fen", "requested_fen"),
            ("idle_cash", "idle cash", "idle_cash_fen", "cash_available_fen"),
            ("ineligible", "more ineligible loans pass", "ineligible_bought_fen", "settled_fen"),
        )
    ),
)  # fmt: skip

# -- notes -----------------------------------------------------------------------------------------------------------

_CROWDED: Final = {
    "end": "2019-08-31", "issuance.disclosure_ppm": {_FIRST: 100_000},
    "issuance.entry_threshold_fen": {_FIRST: 1_000_000_000},
    **{f"shelves.{name}.classes.senior.low_spread_bp": 0 for name in ("wallet", "shop", "quick", "corner")},
}  # fmt: skip
"""Few investors who are told little, and books guided from the risk-free yield up, so that no floor hides what buyers
ask for."""
_DISCLOSED: Final = {"issuance.disclosure_ppm": {_FIRST: 1_000_000}}
SENIOR_SPREAD: Final = Measure("books", "coupon_bp", {"tranche": "senior"}, less="risk_free_bp")
_BENDS: Final = {f"agencies.{name}.name_mandates": 1 for name in ("united", "golden")}
_UNBENT: Final = {
    **{f"agencies.{name}.name_mandates": 1_000 for name in ("united", "golden")},
    "end": "2020-04-30", **_stress("2019-11-01", 4_000),
}  # fmt: skip
"""Ten months in which raters may bend, then a recession that tests their letters."""
AAA_SHARE: Final = Measure(
    "tranches", "face_fen", {"tranche": "senior"}, how="sum", among={}, since=_D(2019, 10, 1), until=_D(2019, 12, 31)
)
"""Of the notes that live then, most of them rated in the second half of the year; seniors are those rated AAA at
issue."""

NOTES: Final = (
    Sign(
        "disclosure_spread", "more disclosure: lower spreads", "LVR05, MODEL 5", _DISCLOSED, SENIOR_SPREAD, -1,
        both=_CROWDED,
    ),
    Sign(
        "disclosure_turnover", "more disclosure: more trading", "LVR05, MODEL 5", _DISCLOSED,
        Measure("trades", "nominal_fen", how="sum"), 1, both=_CROWDED,
    ),
    Sign(
        "more_investors_spread", "more investors admitted: lower spreads", "LVR06, MODEL 5",
        {"issuance.entry_threshold_fen": {_FIRST: 100_000_000}}, SENIOR_SPREAD, -1, both=_CROWDED,
    ),
    Sign(
        "leniency_aaa", "raters that bend to competition leave more AAA", "MODEL 4", _BENDS, AAA_SHARE, 1, both=_UNBENT,
    ),
    Sign(
        "leniency_downgrades", "and later more downgrades", "MODEL 4", _BENDS, NotchesLost(_D(2019, 7, 1)), 1,
        both=_UNBENT,
    ),
    Sign(
        "neutrality", "raters that are assigned bend less: less AAA", "LVR09, MODEL 4",
        {"issuance.rating_regime": {_FIRST: "assigned"}}, AAA_SHARE, -1, both={**_UNBENT, **_BENDS},
    ),
    Sign(
        "joint_cut_notes", "banks may fund less of each joint loan: a lender with means to hold the rest until it is "
        "pooled sells more notes", "assumption; RUL12",
        {"rules": {"own_part": {"rule": "joint_lending_share", "from": "2019-03-01", "applies_to": ["microlender"],
                                "parameters": {"minimum": 0.3}, "source": "RUL12"}}},
        Measure("books", "placed_fen", {"deal": "~wallet_"}, how="sum", since=_D(2019, 3, 1)), 1,
        both={"end": "2019-08-31", "originators.wallet.equity_fen": 600_000_000_000,
              "originators.wallet.joint_lending.most_volume_ppm": 0},
    ),
)  # fmt: skip

# -- credit ----------------------------------------------------------------------------------------------------------

_LAID_OFF: Final = {"macro.shocks": {"layoffs": {"kind": "unemployment", "from": SHOCK.isoformat(), "size": 20_000}}}
_CUT: Final = _D(2019, 5, 1)
_ROLLING: Final = {
    "behaviour.rollover_ppm": 400_000, **_stress("2019-02-01", 4_000),
    "originators.quick.lending.members": {_D(2014, 6, 1): 500_000, _D(2017, 1, 1): 500_000, _D(2020, 12, 31): 500_000},
}  # fmt: skip
"""Hard times, many who may roll debt over, and a lender that half of all know, so that those who do are hundreds."""


def _rise(lender: str, since: datetime.date, until: datetime.date) -> Gap:
    """Overdue rate of a lender's managed book after the shock less before it."""
    deal = {"deal": f"managed:{lender}"}
    before = Measure("pools", "overdue_ppm", deal, until=SHOCK - datetime.timedelta(1))
    return Gap(Measure("pools", "overdue_ppm", deal, since=since, until=until), before)


def _more_than_the_bank(since: datetime.date, until: datetime.date) -> Gap:
    return Gap(_rise("quick", since, until), _rise("card", since, until))


CREDIT: Final = (
    Sign(
        "shock_more", "an unemployment shock raises arrears at a platform more than at a bank", "MODEL 8", _LAID_OFF,
        _more_than_the_bank(_D(2019, 7, 1), _D(2019, 9, 30)), 1, scenario=_PEOPLE,
    ),
    Sign(
        "shock_earlier", "and earlier", "MODEL 8", _LAID_OFF, _more_than_the_bank(SHOCK, _D(2019, 5, 31)), 1,
        scenario=_PEOPLE,
    ),
    *(
        Sign(
            f"limits_cut_{name}", f"one lender stops: those who rolled debt over with it {what}", "MODEL 8",
            {"originators.quick.fails_on": _CUT.isoformat()}, MissElsewhere("quick", _CUT, cycles), 1, both=_ROLLING,
            scenario=_PEOPLE,
        )
        for name, what, cycles in (("misses", "miss elsewhere", 1), ("defaults", "default elsewhere", 4))
    ),
    Sign(
        "price_down_applications", "a lender that must ask less is asked more", "MODEL 2",
        {"originators.quick.strategy.rate_caps": {_D(2017, 12, 1): 360_000, _D(2019, 4, 1): 130_000}},
        Measure("lenders", "applied_fen", {"institution": "originator:quick"}, how="sum", since=_D(2019, 5, 1)), 1,
        scenario=_PEOPLE,
    ),
    Sign(
        "line_cut_rationing", "a bank line cut: a lender that lives on it grants less of what is asked", "MODEL 8",
        {"bank_system.conduct.line_leverage": 0.2},
        Measure("lenders", "granted_fen", {"institution": "originator:corner"}, how="sum", per="applied_fen",
                since=_D(2019, 6, 1)), -1,
        both={"end": "2019-09-30", "bank_system.conduct.line_leverage": 2.0,
              "bank_system.conduct.panel_ppm": 1_000_000, "shelves.corner": None,
              # It lives on what the bank lends, and no rule on that binds before the bank does.
              "originators.corner.debts.shareholders.limit_fen": 1_000_000_000,
              "rules.small_loan_bank_funding.from": "2030-01-01"},
    ),
)  # fmt: skip

# -- banks -----------------------------------------------------------------------------------------------------------

_KEEPS: Final = {
    "end": "2019-12-31", "shelves.city.opening_face_fen": 0, "shelves.city.min_face_fen": 150_000_000_000,
    "shelves.city.prototype.revolving_months": 12, "patterns.originators.lender.strategy.supports_deals": True,
    f"{_PROGRAMME}.prototype.triggers.cumulative_default.threshold_bp": {1: 150, 2: 200},
    f"{_PROGRAMME}.residual_retained_ppm": 0, **EAGER,
}  # fmt: skip
"""Nobody keeps a first loss, so nothing comes back by contract. Sellers help deals whose triggers are near, which good
times leave far and a crisis brings near: what was sold comes back because of what sellers do, and banks see it."""
_SELLS: Final = {"shelves.city.opening_face_fen": 240_000_000_000}
_BANK: Final = {"institution": "bank:regional_3"}
_CRISIS: Final = _stress("2019-02-01", 2_000)

BANKS: Final = tuple(
    Sign(
        f"securitisation_{state}_{what}", f"a bank that sells its loans, {state} times: {claim}", source, _SELLS,
        Measure("banks", column, _BANK, since=since, until=until), direction, both={**_KEEPS, **world},
    )
    for state, world, since, until, what, claim, source, column, direction in (
        ("normal", {}, _D(2019, 1, 1), _D(2019, 6, 30), "risk", "takes more risk", "BNK01", "risk_ppm", 1),
        ("normal", {}, _D(2019, 1, 1), _D(2019, 6, 30), "monitoring", "monitors less", "BNK01", "monitoring_ppm", -1),
        ("normal", {}, _D(2019, 7, 1), None, "npl", "is riskier: more of its loans do not perform", "BNK01, MODEL 6",
         "npl_ppm", 1),
        ("crisis", _CRISIS, _D(2019, 10, 1), None, "risk", "takes more risk", "BNK02", "risk_ppm", 1),
        ("crisis", _CRISIS, _D(2019, 10, 1), None, "monitoring", "monitors more, as what it sold comes back", "BNK02",
         "monitoring_ppm", 1),
        ("crisis", _CRISIS, _D(2019, 10, 1), None, "npl", "is riskier, though it watches more", "BNK02, MODEL 6",
         "npl_ppm", 1),
    )
)  # fmt: skip

# -- borrowers -------------------------------------------------------------------------------------------------------

AGES: Final = ("under 25", "25-29", "30-34", "35-44", "45 and over")

BORROWERS: Final = (
    *(
        Sign(
            f"age_{k}_{k + 1}", f"older borrowers default more: {AGES[k + 1]} against {AGES[k]}", "POO12, POO13", {},
            NplOf("age", (k + 1,)), 1, against=NplOf("age", (k,)), scenario=_PEOPLE,
        )
        for k in range(4)
    ),
    *(
        Sign(
            f"class_{k + 1}_{k + 2}", f"a worse score class defaults more: L{k + 2} against L{k + 1}", "POO25", {},
            NplOf("klass", (k + 1,)), 1, against=NplOf("klass", (k,)), scenario=_PEOPLE,
        )
        for k in range(4)
    ),
    Sign(
        "regions", "the two Yangtze regions default less", "POO10", {}, NplOf("region", (0, 1)), -1,
        against=NplOf("region", (2, 3, 4, 5, 6, 7)), scenario=_PEOPLE,
    ),
)  # fmt: skip

SIGNS: Final = (*RETENTION, *POOLS, *NOTES, *CREDIT, *BANKS, *BORROWERS, *SYSTEMIC)
"""Every sign of the whole market, by mechanism."""


def chosen(only: Sequence[str]) -> tuple[Sign, ...]:
    """The signs whose names begin with one of these; all for none.

    Raises:
        ScenarioError: a beginning that no sign has; the message lists their names.
    """
    for beginning in only:
        if not any(sign.name.startswith(beginning) for sign in SIGNS):
            names = [sign.name for sign in SIGNS]
            raise ScenarioError(
                f"sign '{beginning}': unknown{did_you_mean(beginning, names)}; there are {listing(names)}"
            )
    return tuple(sign for sign in SIGNS if not only or any(sign.name.startswith(word) for word in only))
