"""What a shock of one day does to the market, at its opening; each kind is one function, none is the null shock."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from sim.agents import bank_failure, deposit_flows, practice
from sim.agents.shock_terms import AssetLossTerms, DepositRunTerms, FailureTerms, RatingRevisionTerms

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace

MILLION = 1_000_000
MOST_CORRELATION_PPM = 900_000
"""Beyond this a method would rate nothing."""
WHY = "shock of the scenario"


@singledispatch
def strike(shock: object, place: MarketPlace) -> None:
    """Do to the market what the shock says; nothing, if it is none of one day."""


@strike.register(FailureTerms)
def _(shock: FailureTerms, place: MarketPlace) -> None:
    kind, _, name = shock.party.partition(":")
    if kind == "bank":
        bank: Any = place.banks[name]
        if not bank.failed:
            bank_failure.fail(bank, WHY)
        return
    groups: dict[str, Any] = {
        "manager": place.managers, "guarantor": place.guarantors, "dealer": place.dealers,
        "investor": place.investors,
    }  # fmt: skip
    institution = groups[kind][name]
    if not institution.failed:
        practice.fail(institution, WHY)


@strike.register(AssetLossTerms)
def _(shock: AssetLossTerms, place: MarketPlace) -> None:
    bank: Any = place.banks[shock.party.partition(":")[2]]
    fen = place.ledger.nominal(bank.corporate_claim) * shock.share_ppm // MILLION
    place.ledger.write_off(bank.corporate_claim, fen)
    _note(place, shock.party, "asset_loss", f"{fen} fen of its loans to firms are worthless")


@strike.register(DepositRunTerms)
def _(shock: DepositRunTerms, place: MarketPlace) -> None:
    bank: Any = place.banks[shock.party.partition(":")[2]]
    if bank.works:
        fen = deposit_flows.run_on(place, bank, shock.share_ppm)
        _note(place, shock.party, "deposit_run", f"the public takes {fen} fen to other banks")


@strike.register(RatingRevisionTerms)
def _(shock: RatingRevisionTerms, place: MarketPlace) -> None:
    for agency in place.agencies.values():
        before = int(agency.memory["correlation_ppm"])
        agency.memory["correlation_ppm"] = min(MOST_CORRELATION_PPM, before + shock.rise_ppm)
        _note(place, agency.party, "rating_revision", f"correlation {before} -> {agency.memory['correlation_ppm']} ppm")


def _note(place: MarketPlace, party: str, event: str, detail: str) -> None:
    place.note_event(deal="", institution=party, family="shock", event=event, detail=detail, effect=WHY)
