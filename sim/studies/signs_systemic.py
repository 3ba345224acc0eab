"""The signs of systemic risk: stylised facts of securitization and of networks, in pairs of small markets."""

from __future__ import annotations

import datetime
from typing import Final

from sim.studies.signs import Sign
from sim.studies.signs_network import FailuresOver, LayeredLoss, SystemicLoss
from sim.studies.signs_outcomes import Measure

_D = datetime.date
_PROGRAMME: Final = "patterns.shelves.programme"
_SUPPORTS: Final = "patterns.originators.lender.strategy.supports_deals"

# -- easier sale -----------------------------------------------------------------------------------------------------

EAGER: Final = {
    "investors.broker.mandate.residual_bp": 0, "investors.broker.cash_fen": 500_000_000_000,
    "issuance.beliefs.selection_ppm": 0,
}  # fmt: skip
"""A rich buyer of residual classes who asks the risk-free yield and the loss it is shown, no more: they are sold."""
_FEW_SOLD: Final = {
    "population.households": 100_000, "population.weight": 200, "end": "2019-12-31",
    f"{_PROGRAMME}.residual_retained_ppm": 0, "shelves.quick": None, **EAGER,
}  # fmt: skip
"""The platform has no shelf: it keeps what it lends. All who sell, sell the residual too."""
_QUICK_SELLS: Final = {
    "shelves.quick": {"like": "programme", "opening_face_fen": 60_000_000_000, "originator": "originator:quick"},
}  # fmt: skip
_SCREENED: Final = _D(2019, 4, 1)

EASE: Final = (
    Sign(
        "ease_effort", "a lender that can sell its loans looks less hard", "Keys and others 2010 (F1), ECO08",
        _QUICK_SELLS, Measure("lenders", "effort_ppm", {"institution": "originator:quick"}, since=_SCREENED), -1,
        both=_FEW_SOLD,
    ),
    Sign(
        "ease_defaults", "and more of its loans default", "Keys and others 2010 (F1)", _QUICK_SELLS,
        Measure("pools", "new_default_fen", {"deal": "managed:quick"}, how="sum", per="receivable_fen",
                since=_D(2019, 9, 1)), 1, both=_FEW_SOLD,
    ),
)  # fmt: skip

# -- recourse --------------------------------------------------------------------------------------------------------

_NEAR_TRIGGERS: Final = {
    "end": "2019-12-31", _SUPPORTS: False, "patterns.originators.lender.strategy.support_near_ppm": 250_000,
    f"{_PROGRAMME}.prototype.triggers.cumulative_default.threshold_bp": {1: 150, 2: 200},
    "macro.shocks": {"recession": {"kind": "stress", "from": "2019-02-01", "size": 2_000}},
}  # fmt: skip
"""A recession that brings deals near their triggers; who helps does so early."""
_HELPS: Final = {_SUPPORTS: True}

RECOURSE: Final = (
    Sign(
        "recourse_hides", "a sponsor that helps its deals hides their losses: plans report fewer defaults",
        "Higgins-Mason 2004 (F7)", _HELPS,
        Measure("pools", "new_default_fen", {"deal": "~quick_"}, how="sum"), -1, both=_NEAR_TRIGGERS,
    ),
    Sign(
        "recourse_moves", "and moves them to itself: its own book is worse", "Higgins-Mason 2004 (F7), F3", _HELPS,
        Measure("pools", "new_default_fen", {"deal": "book:quick"}, how="sum"), 1, both=_NEAR_TRIGGERS,
    ),
)  # fmt: skip

# -- isolation -------------------------------------------------------------------------------------------------------

_SELLER_FAILS: Final = {
    "end": "2019-10-31", "originators.regional_3.fails_on": "2019-06-03",
    "resolution.close_below_ppm": 1_000_000, "resolution.rest_price_ppm": 300_000,
}  # fmt: skip
"""The estate is sold at its first month end, at the low end of the range."""

ISOLATION: Final = (
    Sign(
        "isolation_notes", "where the sale to a plan does not hold, the seller's failure reaches the notes", "MODEL 8",
        {f"{_PROGRAMME}.prototype.true_sale": False},
        Measure("loss_flows", "amount_fen", {"instrument": "TRANCHE", "from_party": "~spv:city"}, how="sum"), 1,
        both=_SELLER_FAILS,
    ),
    Sign(
        "commingled_cash", "a servicer that keeps collections in its own account and fails: plans lose of that cash, "
        "which they do not where it has an account of their own", "OPS03, MODEL 8",
        {f"{_PROGRAMME}.prototype.remittance.commingled": True},
        Measure("loss_flows", "amount_fen", {"instrument": "COLLECTED", "to_party": "~spv:city"}, how="sum"), 1,
        both={**_SELLER_FAILS, f"{_PROGRAMME}.prototype.remittance": {
            "frequency": "monthly", "commingled": False, "working_days_after": 5}},
    ),
)  # fmt: skip

# -- the cap on standardised funding ---------------------------------------------------------------------------------

_WALLET: Final = {"institution": "originator:wallet"}
_CAPPED_FROM: Final = _D(2019, 4, 1)
_CAP: Final = {
    "rules": {"funding_cap": {"rule": "standardised_funding_cap", "from": _CAPPED_FROM.isoformat(),
                              "applies_to": ["microlender"], "parameters": {"multiple": 0.5}, "source": "RUL02"}},
}  # fmt: skip
"""Half of net assets and not four times, which would not bind in so small a market."""

_NO_MORE_JOINT: Final = {"originators.wallet.joint_lending.most_volume_ppm": 0}
"""Otherwise banks take the place of the notes: all of it in this market, whose banks have room."""

CAP: Final = tuple(
    Sign(f"cap_{name}", claim, "RUL02, MODEL 8", _CAP, measure, direction, both={"end": "2019-09-30", **world})
    for name, claim, measure, direction, world in (
        ("ratio", "a cap on standardised funding: pools over net assets fall",
         Measure("lenders", "pooled_fen", _WALLET, how="sum", per="net_assets_fen", since=_D(2019, 8, 1)), -1, {}),
        ("notes", "and fewer notes are placed",
         Measure("books", "placed_fen", {"deal": "~wallet_"}, how="sum", since=_CAPPED_FROM), -1, {}),
        ("joint", "and more is lent jointly with banks",
         Measure("lenders", "joint_ppm", _WALLET, since=_CAPPED_FROM), 1, {}),
        ("credit", "and less is lent where banks do not lend more jointly",
         Measure("lenders", "granted_fen", _WALLET, how="sum", since=_D(2019, 5, 1)), -1, _NO_MORE_JOINT),
    )
)  # fmt: skip

# -- the network -----------------------------------------------------------------------------------------------------

_BANKS_BUY: Final = {
    "bank_system.conduct.mandate": {
        "lowest_rating": "AA+", "max_months": 24, "per_originator_ppm": 250_000, "per_tranche_ppm": 150_000,
        "aversion_milli": 250, "capital_bp": 15, "books": "provides",
    },
}  # fmt: skip
"""As in the baseline; otherwise banks of the small market hold no notes."""
_HALF_A_YEAR: Final = {"end": "2019-06-30"}

NETWORK: Final = (
    Sign(
        "bank_held_seniors", "seniors held by banks: of the same loss of pools more is lost in the end",
        "Shin 2009 (F4), MODEL 8", _BANKS_BUY, SystemicLoss(), 1, both={"end": "2019-09-30"},
    ),
    Sign(
        "layers_jointly", "all layers of claims together lose more than each alone, added up", "JASSS 22(4)9 (F14)",
        _HALF_A_YEAR, LayeredLoss(jointly=True), 1, against=LayeredLoss(jointly=False),
    ),
    Sign(
        "leverage_tips", "leverage has a tipping point: as much more of it fails more at the critical multiple than "
        "below it", "Bardoscia and others 2015 (F8), Cont-Schaanning 2017 (F10)", _HALF_A_YEAR,
        FailuresOver(0.8, 1.2), 1, against=FailuresOver(0.4, 0.8),
    ),
)  # fmt: skip

SYSTEMIC: Final = (*EASE, *RECOURSE, *ISOLATION, *CAP, *NETWORK)
"""Every sign of systemic risk."""
