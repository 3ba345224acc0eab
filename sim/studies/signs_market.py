"""The signs of the whole market (MODEL section 8): what each mechanism must do, in pairs of small markets."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Final

from sim.errors import ScenarioError
from sim.scenario.messages import did_you_mean, listing
from sim.studies.signs import Sign
from sim.studies.signs_outcomes import BehindElsewhere, Gap, Measure, NplOf

_D = datetime.date
_FIRST = _D(2010, 1, 1)
_PROGRAMME: Final = "patterns.shelves.programme"
SHOCK: Final = _D(2019, 4, 1)
SHORT: Final = {"end": "2019-12-31"}
"""Nine months after the opening quarter: enough for what does not wait for loans to season."""
LOOKING_PAYS: Final = {f"originators.{name}.strategy.screening.cost_ppm": 2_000 for name in ("quick", "shop")}
"""The cheap end of the range of what screening costs, in both worlds: effort then has room to move."""
CROWDED: Final = {f"shelves.{name}.classes.senior.low_spread_bp": 0 for name in ("wallet", "shop", "quick", "corner")}
"""Books guided from the risk-free yield up in both worlds, so that no floor hides what buyers ask for."""


def _unemployed(size_ppm: int) -> dict[str, object]:
    return {"macro.shocks": {"layoffs": {"kind": "unemployment", "from": SHOCK.isoformat(), "size": size_ppm}}}


def _overdue(deal: str, since: datetime.date | None = None, until: datetime.date | None = None) -> Measure:
    return Measure("pools", "overdue_ppm", {"deal": deal}, since=since, until=until)


def _rise(lender: str, since: datetime.date, until: datetime.date) -> Gap:
    """Overdue rate of a lender's managed book after the shock less before it."""
    before = _overdue(f"managed:{lender}", until=SHOCK - datetime.timedelta(1))
    return Gap(_overdue(f"managed:{lender}", since, until), before)


SENIOR_SPREAD: Final = Measure("books", "coupon_bp", {"tranche": "senior"}, less="risk_free_bp")
PLACED: Final = Measure("books", "placed_fen", how="sum")
AAA_SHARE: Final = Measure("tranches", "face_fen", {"tranche": "senior"}, how="sum", among={}, since=_D(2020, 3, 1))
"""Of the notes that live at the end, most of them rated in the second half; seniors are those rated AAA at issue."""

RETENTION: Final = (
    Sign(
        "retention_effort", "an originator that keeps the first loss looks harder", "ECO08, MODEL 2",
        {f"{_PROGRAMME}.residual_retained_ppm": 1_000_000},
        Measure("lenders", "effort_ppm", {"institution": "originator:quick"}), 1,
        both={**LOOKING_PAYS, f"{_PROGRAMME}.residual_retained_ppm": 0},
    ),
    Sign(
        "retention_defaults", "and fewer of its loans default", "ECO08, MODEL 8",
        {f"{_PROGRAMME}.residual_retained_ppm": 1_000_000},
        Measure("pools", "new_default_fen", {"deal": "managed:quick"}, how="sum", per="receivable_fen",
                since=_D(2019, 7, 1)), -1,
        both={**LOOKING_PAYS, f"{_PROGRAMME}.residual_retained_ppm": 0},
    ),
    Sign(
        "retention_volume", "and it lends less", "ECO08, MODEL 8",
        {f"{_PROGRAMME}.residual_retained_ppm": 1_000_000},
        Measure("lenders", "granted_fen", {"institution": "originator:quick"}, how="sum"), -1,
        both={**LOOKING_PAYS, f"{_PROGRAMME}.residual_retained_ppm": 0},
    ),
)  # fmt: skip

POOLS: Final = (
    Sign(
        "revolving_stops", "a pool that stops revolving shows a jump of its overdue share: late loans stay, sound ones "
        "are repaid", "PERF05",
        {f"{_PROGRAMME}.prototype.revolving_months": 3}, _overdue("shop_1", _D(2019, 7, 31), _D(2019, 9, 30)), 1,
        both={**SHORT, f"{_PROGRAMME}.prototype.revolving_months": 12},
    ),
    Sign(
        "fee_free_spread", "more fee-free loans leave less excess spread", "PRD10, MODEL 8",
        {f"originators.shop.lending.products.billing.terms.{n}.fee_free_ppm": 900_000 for n in (6, 12)},
        Measure("pools", "collected_fee_fen", {"deal": "~shop_"}, how="sum", per="receivable_fen"), -1, both=SHORT,
    ),
    Sign(
        "fee_free_shortfall", "and sooner early amortisation: assets fall short of notes", "PRD10, MODEL 8",
        {f"originators.shop.lending.products.billing.terms.{n}.fee_free_ppm": 900_000 for n in (6, 12)},
        Measure("events", "hour", {"deal": "~shop_", "event": "asset_shortfall"}, how="count"), 1,
        both={f"{_PROGRAMME}.prototype.triggers.asset_shortfall.threshold_bp": 9_900},
    ),
    *(
        Sign(
            f"staff_{name}", f"fewer reviewers: {what}", "OPS01, MODEL 3",
            {f"managers.{manager}.milli_hours_per_thousand_loans": 2_000 for manager in ("first", "second")},
            Measure("purchases", column, how="sum", per=per), 1, both=SHORT,
        )
        for name, what, column, per in (
            ("backlog", "a backlog", "backlog_fen", "requested_fen"),
            ("idle_cash", "idle cash", "idle_cash_fen", "cash_available_fen"),
            ("ineligible", "more ineligible loans pass", "ineligible_bought_fen", "settled_fen"),
        )
    ),
)  # fmt: skip

NOTES: Final = (
    *(
        Sign(
            f"disclosure_{name}", f"more disclosure: {what}", "LVR05, MODEL 5",
            {"issuance.disclosure_ppm": {_FIRST: 1_000_000}}, outcome, direction,
            both={**SHORT, **CROWDED, "issuance.disclosure_ppm": {_FIRST: 100_000}},
        )
        for name, what, outcome, direction in (
            ("spread", "lower spreads", SENIOR_SPREAD, -1),
            ("turnover", "more trading", Measure("trades", "nominal_fen", how="sum"), 1),
        )
    ),
    Sign(
        "more_investors_spread", "more investors admitted: lower spreads", "LVR06, MODEL 5",
        {"issuance.entry_threshold_fen": {_FIRST: 100_000_000}}, SENIOR_SPREAD, -1,
        both={**SHORT, **CROWDED, "issuance.entry_threshold_fen": {_FIRST: 1_000_000_000}},
    ),
    Sign(
        "leniency_aaa", "raters that bend to competition leave more AAA", "MODEL 4",
        {f"agencies.{name}.competition_ppm": 60_000 for name in ("united", "golden")}, AAA_SHARE, 1,
        both={f"agencies.{name}.competition_ppm": 0 for name in ("united", "golden")},
    ),
    Sign(
        "leniency_downgrades", "and later more downgrades", "MODEL 4",
        {f"agencies.{name}.competition_ppm": 60_000 for name in ("united", "golden")},
        Measure("ratings", "action", {"action": "downgrade"}, how="count"), 1,
        both={f"agencies.{name}.competition_ppm": 0 for name in ("united", "golden")},
    ),
    Sign(
        "neutrality", "raters that are assigned bend less: less AAA", "LVR09, MODEL 4",
        {"issuance.rating_regime": {_FIRST: "assigned"}}, AAA_SHARE, -1,
        both={f"agencies.{name}.competition_ppm": 60_000 for name in ("united", "golden")},
    ),
    Sign(
        "joint_cut_notes", "less joint lending allowed: more notes", "MODEL 8",
        {"rules": {"partners_capped": {"rule": "single_partner_cap", "from": "2019-03-01", "applies_to": ["bank"],
                                      "parameters": {"share": 0.02}, "source": "RUL12"}}},
        Measure("books", "placed_fen", {"deal": "~wallet_"}, how="sum", since=_D(2019, 3, 1)), 1, both=SHORT,
    ),
)  # fmt: skip

CREDIT: Final = (
    Sign(
        "shock_more", "an unemployment shock raises arrears at a platform more than at a bank", "MODEL 8",
        _unemployed(20_000), Gap(_rise("quick", _D(2019, 7, 1), _D(2019, 12, 31)),
                                 _rise("card", _D(2019, 7, 1), _D(2019, 12, 31))), 1, both=SHORT,
    ),
    Sign(
        "shock_earlier", "and earlier", "MODEL 8",
        _unemployed(20_000), Gap(_rise("quick", SHOCK, _D(2019, 5, 31)), _rise("card", SHOCK, _D(2019, 5, 31))), 1,
        both=SHORT,
    ),
    Sign(
        "limits_cut_elsewhere", "one lender stops: those who rolled debt over with it miss elsewhere", "MODEL 8",
        {"originators.quick.fails_on": "2019-03-01"}, BehindElsewhere("quick"), 1,
        both={"end": "2019-06-30", "behaviour.rollover_ppm": 400_000},
    ),
    Sign(
        "price_down_applications", "a lender that must ask less is asked more", "MODEL 2",
        {"originators.quick.strategy.rate_caps": {_D(2017, 12, 1): 360_000, _D(2019, 4, 1): 130_000}},
        Measure("lenders", "applied_fen", {"institution": "originator:quick"}, how="sum", since=_D(2019, 5, 1)), 1,
        both=SHORT,
    ),
    Sign(
        "line_cut_rationing", "a bank line cut: applications are refused for want of funds", "MODEL 8",
        {"bank_system.conduct.line_leverage": 0.3},
        Measure("lenders", "refused_fen", {"institution": "originator:shop"}, how="sum", per="applied_fen"), 1,
        both={**SHORT, "bank_system.conduct.line_leverage": 2.0, "bank_system.conduct.panel_ppm": 1_000_000,
              "originators.shop.debts.suppliers.limit_fen": 250_000_000_000,
              "shelves.shop.min_face_fen": 100_000_000_000},
    ),
)  # fmt: skip

_SELLS: Final = {"shelves.city.opening_face_fen": 240_000_000_000}
_KEEPS: Final = {"shelves.city.opening_face_fen": 0, "shelves.city.min_face_fen": 150_000_000_000}
_BANK: Final = {"institution": "bank:regional_3"}
_CRISIS: Final = {"macro.shocks": {"crisis": {"kind": "stress", "from": "2019-04-01", "size": 2_000}}}

BANKS: Final = tuple(
    Sign(
        f"securitisation_{state}_{what}", f"a bank that sells its loans, {state} times: {claim}", source, _SELLS,
        Measure("banks", column, _BANK, since=_D(2019, 4, 1)), direction, both={**SHORT, **_KEEPS, **world},
    )
    for state, world, what, claim, source, column, direction in (
        ("normal", {}, "risk", "takes more risk", "BNK01", "risk_ppm", 1),
        ("normal", {}, "monitoring", "monitors less", "BNK02", "monitoring_ppm", -1),
        ("crisis", _CRISIS, "risk", "takes more risk", "BNK03", "risk_ppm", 1),
        ("crisis", _CRISIS, "monitoring", "monitors more, as what it sold comes back", "BNK03", "monitoring_ppm", 1),
    )
)  # fmt: skip

BORROWERS: Final = (
    *(
        Sign(f"age_{young}_{old}", "older borrowers default more", "POO12, POO13", SHORT, NplOf("age", (old,)), 1,
             against=NplOf("age", (young,)))
        for young, old in ((0, 2), (2, 4))
    ),
    *(
        Sign(f"class_{k + 1}_{k + 2}", "a worse score class defaults more", "POO25", SHORT, NplOf("klass", (k + 1,)), 1,
             against=NplOf("klass", (k,)))
        for k in (1, 2)
    ),
    Sign("regions", "the two Yangtze regions default less", "POO10", SHORT, NplOf("region", (0, 1)), -1,
         against=NplOf("region", (2, 3, 4, 5, 6, 7))),
)  # fmt: skip

SIGNS: Final = (*RETENTION, *POOLS, *NOTES, *CREDIT, *BANKS, *BORROWERS)
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
