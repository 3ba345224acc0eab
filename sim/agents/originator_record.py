"""What is recorded of an originator each month: its decisions beside the balance they were made from."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents import originator_offer as offer
from sim.agents import originator_partners as partners
from sim.agents.admitting import admitted_share_ppm
from sim.agents.group_fees import banks_part_fen
from sim.calendar import month_index

if TYPE_CHECKING:
    from sim.agents.originator import Originator


def record_turned_away(originator: Originator) -> None:
    """Rows of `turned_away`, at a month end: where those it refused applied instead."""
    place, tried = originator.place, originator.memory["tried_elsewhere"]
    originator.memory["tried_elsewhere"] = {}
    for other, (applied, lent) in sorted(tried.items()):
        place.recorder.add(
            "turned_away", date=place.day, institution=originator.party, tried_at=other, applied_fen=applied,
            lent_fen=lent,
        )  # fmt: skip


def record_month(originator: Originator, need_fen: int) -> None:
    """One row of `lenders`, on the day of the plan."""
    place, plan, terms = originator.place, originator.memory["plan"], originator.memory["offer"]
    month = originator.book.applications_of(month_index(place.day) - 1)
    place.recorder.add(
        "lenders", date=place.day, institution=originator.party, managed_fen=originator.book.managed_fen,
        own_fen=place.ledger.nominal(originator.loan_claim(originator.party)), joint_fen=banks_part_fen(originator),
        pooled_fen=sum(spv.pool_fen() for spv in originator.plans()),
        net_assets_fen=place.ledger.equity(originator.party), applied_fen=month["applied_fen"],
        granted_fen=month["granted_fen"], refused_fen=month["refused_ration_fen"], need_fen=need_fen,
        unmet_fen=plan["unmet_fen"], binding=" ".join(plan["binding"]), funding_cost_ppm=plan["money_ppm"],
        price_ppm=offer.price_ppm(originator), joint_ppm=originator.memory["joint_ppm"],
        alone_ppm=originator.memory["alone_ppm"], service_fee_ppm=partners.fee_of_balance_ppm(originator),
        ration_ppm=plan["ration_ppm"],
        limit_ppm=min(terms["limits"]), admitted_ppm=admitted_share_ppm(originator),
        effort_ppm=terms["effort_ppm"], borne_ppm=terms.get("borne_ppm", 1_000_000),
        collection_milli=originator.book.policy.collection_milli, appetite_ppm=originator.book.policy.appetite_ppm,
    )  # fmt: skip
