"""Accounts that issuers show buyers of their notes, and what buyers make of them (`sim.markets.issuer_risk`).

On the day of its first plan and then of that of each quarter a lender shows its net assets and all they stand behind.
Buyers use the last accounts shown before their own hour, the letter of an issuer that has one, and the terms of the
deal; of one that has shown none they ask nothing for this (they do for its newness).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from sim.agents.originator_debts import notes_outstanding_fen
from sim.calendar import date_of
from sim.markets import issuer_risk
from sim.markets.own_view import rated_default_ppm

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator
    from sim.agents.spv import Spv
    from sim.deals.pool_view import PoolView
    from sim.deals.support import RemittanceTerms
    from sim.markets.issuer_risk import IssuerBeliefTerms

ACCOUNTS = "accounts"
"""Subject of the notice."""
FIRST_OF_QUARTERS = (1, 4, 7, 10)
PPM = 1_000_000


class Sold(Protocol):
    """What of a deal's or a shelf's terms says how safe its cash is from who collects it."""

    @property
    def remittance(self) -> RemittanceTerms: ...
    @property
    def true_sale(self) -> bool: ...


def show(originator: Originator) -> None:
    """Tell everybody its net assets and what they stand behind: what it owns, and its plans' notes that others hold."""
    place, party = originator.place, originator.party
    behind = place.ledger.assets([party])[party] + notes_outstanding_fen(originator)
    place.tell(party, ACCOUNTS, {"net_assets_fen": place.ledger.equity(party), "behind_fen": behind})


def show_in_season(originator: Originator) -> None:
    """Month's plan: accounts of a quarter that has ended, and the first ones of a lender that is new."""
    place = originator.place
    new = place.heard(originator.party, ACCOUNTS) is None
    if new or date_of(place.day).month in FIRST_OF_QUARTERS:
        show(originator)


def failure_ppm(place: MarketPlace, party: str) -> int:
    """Chance that an issuer fails within a year, as buyers see it today: by its accounts, or its letter where that says
    worse."""
    issuer, shown = place.originators[party.removeprefix("originator:")], place.heard(party, ACCOUNTS)
    by_letter = 0 if issuer.issuer_rating is None else rated_default_ppm(issuer.issuer_rating, 0)
    if shown is None:
        return by_letter
    beliefs = place.issuance_rules.issuers
    return max(by_letter, issuer_risk.failure_ppm(beliefs, owned_by_banks=bool(issuer.terms.parents), **shown))


def failure_of_seller_ppm(spv: Spv) -> int:
    """The same of a living plan's seller: certain once it has failed and collects still, past once another does."""
    if not spv.place.heard(spv.originator.party, "failed", default=False):
        return failure_ppm(spv.place, spv.originator.party)
    return PPM if spv.commingled and not spv.memory["servicing"]["loans_lost"] else 0


def class_loss_ppm(
    beliefs: IssuerBeliefTerms, sold: Sold, pool: PoolView, *, support_ppm: int, thickness_ppm: int,
    days: int | None = None, perfected: bool = False,
) -> int:  # fmt: skip
    """Part of a class that is lost if who sells and collects fails; `days` until another collects, where the terms name
    who; of that, nothing is stuck once borrowers pay the plan itself (rights perfected)."""
    remittance = sold.remittance
    stuck = issuer_risk.stuck_ppm(
        payment_ppm=pool.payment_ppm, commingled=remittance.commingled and not perfected,
        monthly=remittance.frequency == "monthly", days_after=remittance.working_days_after,
        transfer_days=beliefs.transfer_days if days is None else days,
    )  # fmt: skip
    lost = issuer_risk.pool_loss_ppm(beliefs, stuck=stuck, true_sale=sold.true_sale)
    return issuer_risk.class_loss_ppm(lost, support_ppm=support_ppm, thickness_ppm=thickness_ppm)
