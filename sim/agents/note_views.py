"""Notes as the public sees them: what stands in registers, ratings and trustees' reports, nothing from inside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from sim.agents import issuer_accounts
from sim.agents.issuance_terms import IssuanceRules, in_force
from sim.agents.protection_quotes import offered
from sim.agents.spv_life import current_rating, fair_value_fen
from sim.calendar import date_of
from sim.deals.fields import BP, PPM
from sim.deals.pool_view import PoolView, pool_view
from sim.markets.distress import cover_ppm, distressed_price_ppm
from sim.markets.mandates import RECORD_MONTHS, MandateTerms, NoteView
from sim.markets.own_view import loss_view, rated_default_ppm, seen_default_ppm
from sim.markets.required_yield import Conditions, required_yield
from sim.regulation.rules import tranche_weight_bp

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.spv import Spv

MONTH_DAYS = 30
ASSUMED_RECOVERY_PPM = 200_000
"""Recovery of defaulted loans that outsiders assume until they have seen enough (assumption, 100,000 to 400,000)."""
FLOOR = "market:notes"
"""The sender of what the secondary market publishes."""


def shown_pool(place: MarketPlace, originator: str) -> PoolView | None:
    """An originator's pool as it shows it to outsiders; None before it has shown a month with loans."""
    history = place.originators[originator.removeprefix("originator:")].shown_history
    try:
        view = pool_view(history, ASSUMED_RECOVERY_PPM)
    except ValueError:
        return None
    return replace(view, record_months=record_months(place, originator))


def conditions(place: MarketPlace, rules: IssuanceRules, life_days: int) -> Conditions:
    """What all investors see of the market today, for notes of a life."""
    months = max(1, -(-life_days // MONTH_DAYS))
    return Conditions(
        risk_free_bp=place.macro.risk_free_ppm(place.day, months) // 100,
        turnover_ppm=place.heard(FLOOR, "turnover", 0),
        disclosure_ppm=in_force(rules.disclosure_ppm, date_of(place.day)),
        protection=offered(place),
    )


def living(place: MarketPlace) -> Iterator[tuple[Spv, str]]:
    """Every rated class of notes still owed, plans in the order of founding, seniors first."""
    for spv in place.deals.values():
        if spv.active:
            yield from ((spv, tranche) for tranche in spv.ranked[:-1] if spv.outstanding_fen(tranche))


def life_days(spv: Spv, tranche: str) -> int:
    """Expected average life of a class, days from today: half way through the time in which its principal is repaid;
    past its expected maturity, as long as its pool takes to pay what is left."""
    day, schedule = spv.place.day, spv.schedule
    starts = max(day, schedule.revolving_end)
    ends = max(starts, schedule.tranche_maturity[tranche])
    return (starts + ends) // 2 - day if ends > day + 1 else _days_to_collect(spv)


def _days_to_collect(spv: Spv) -> int:
    """Mean days until a fen still in a pool is paid, if it pays on at its own pace: first pool x days / principal
    collected in them; at most to the legal maturity, and without loans to the next payment date."""
    day, schedule = spv.place.day, spv.schedule
    upcoming = schedule.next_after(day)
    latest = max(day + 1, schedule.legal_maturity)
    if not spv.pool_fen():
        return max(1, (latest if upcoming is None else upcoming.pay_day) - day)
    lived = day - max(spv.terms.closing_day, spv.place.first_day)
    pace: int = spv.memory["initial_pool"] * lived // max(1, spv.memory["life"]["principal"])
    return max(1, min(latest - day, pace))


def covers_ppm(spv: Spv) -> dict[str, int]:
    """Rated class -> part of it that is covered, ppm, seniors first: by the pool at what buyers give for it, cash,
    claims on an estate as they are carried, and what a guarantor can pay."""
    ledger = spv.place.ledger
    claims = sum(ledger.carrying(row) for row in spv.claims_on(spv.originator.party)) if spv.originator.failed else 0
    assets = fair_value_fen(spv) + spv.cash_total_fen() + claims + spv.guaranteed_fen()
    covers, ahead = {}, 0
    for tranche in spv.ranked[:-1]:
        owed = spv.outstanding_fen(tranche)
        covers[tranche] = cover_ppm(assets, ahead, owed)
        ahead += owed
    return covers


def note_view(
    spv: Spv, tranche: str, rules: IssuanceRules, pool: PoolView | None, support_ppm: int, thickness_ppm: int
) -> NoteView:
    """A living class of notes: letter in force, time left, and chances of default by the table and by the pool."""
    terms, place, days = spv.terms, spv.place, life_days(spv, tranche)
    rating = current_rating(spv, tranche)
    seen = rated = rated_default_ppm(rating, days)
    lost = 0
    if pool is not None:
        cost = terms.tranches[tranche].coupon_bp or 0
        loss = loss_view(rules.beliefs, pool, life_days=days, cost_bp=cost, kept_ppm=first_loss_kept_ppm(spv))
        seen = seen_default_ppm(loss, support_ppm, days)
        lost = issuer_accounts.class_loss_ppm(
            rules.issuers, terms, pool, support_ppm=support_ppm, thickness_ppm=thickness_ppm,
            days=None if terms.backup_servicer is None else terms.servicing_transfer_days,
            perfected=spv.memory["perfected"],
        )  # fmt: skip
    left = max(0, spv.schedule.tranche_maturity[tranche] - place.day)
    return NoteView(
        deal=spv.name, tranche=tranche, originator=terms.originator, rank=terms.tranches[tranche].rank, rating=rating,
        months=-(-left // MONTH_DAYS), life_days=days, rated_default_ppm=rated, seen_default_ppm=seen,
        green=is_green(place, terms.programme), weight_bp=weight_bp(place, rating),
        record_months=record_months(place, terms.originator),
        failure_ppm=issuer_accounts.failure_of_seller_ppm(spv), failure_loss_ppm=lost,
    )  # fmt: skip


def layers_ppm(supports: list[tuple[str, int]]) -> dict[str, tuple[int, int]]:
    """Class -> (support, thickness) of the layer it takes of a plan's assets, from the supports of all, seniors first.

    >>> layers_ppm([("senior", 150_000), ("mezzanine", 100_000)])
    {'senior': (150000, 850000), 'mezzanine': (100000, 50000)}
    """
    layers, above = {}, PPM
    for name, support in supports:
        layers[name] = support, above - support
        above = support
    return layers


def weight_bp(place: MarketPlace, rating: str) -> int:
    """Risk weight of a class of notes by its letter, as the law of the day has it."""
    return tranche_weight_bp(rating, place.rulebook.tranche_weights_bp(place.day))


def first_loss_kept_ppm(spv: Spv) -> int:
    """Part of the residual class that the originator kept at the issue, as the prospectus said."""
    return spv.terms.holders_of(spv.terms.residual).get(spv.terms.originator, 0) * (PPM // BP)


class HourOfTrade:
    """What the public sees at one hour of trade: trades move nothing of it, so each figure is looked up once."""

    def __init__(self, place: MarketPlace) -> None:
        self.place = place
        self._notes: dict[tuple[str, str], NoteView] = {}
        self._layers: dict[str, dict[str, tuple[int, int]]] = {}
        self._covers: dict[str, dict[str, int]] = {}
        self._pools: dict[str, PoolView | None] = {}
        self._conditions: dict[int, Conditions] = {}
        self._required: dict[tuple[int, str, str], int] = {}

    def note(self, spv: Spv, tranche: str) -> NoteView:
        """A living class of notes."""
        key, originator, rules = (spv.name, tranche), spv.terms.originator, self.place.issuance_rules
        if key not in self._notes:
            if spv.name not in self._layers:
                self._layers[spv.name] = layers_ppm(spv.tranche_support())
            if originator not in self._pools:
                self._pools[originator] = shown_pool(self.place, originator)
            layer = self._layers[spv.name].get(tranche, (0, PPM))
            self._notes[key] = note_view(spv, tranche, rules, self._pools[originator], *layer)
        return self._notes[key]

    def required_bp(self, mandate: MandateTerms, note: NoteView) -> int:
        """The yield a mandate asks of a living class, bp: many investors share a mandate."""
        key = (id(mandate), note.deal, note.tranche)
        if key not in self._required:
            self._required[key] = required_yield(mandate, note, self.conditions(note.life_days)).total_bp
        return self._required[key]

    def cover_ppm(self, note: NoteView) -> int:
        """Part of a living class that can still be paid, ppm."""
        if note.deal not in self._covers:
            self._covers[note.deal] = covers_ppm(self.place.deals[note.deal])
        return self._covers[note.deal][note.tranche]

    def distressed_ppm(self, note: NoteView, coupon_bp: int) -> int:
        """Price of a living class that no mandate lets anybody hold, ppm of par."""
        risk_free = self.conditions(note.life_days).risk_free_bp
        return distressed_price_ppm(self.cover_ppm(note), coupon_bp, risk_free, note.life_days)

    def conditions(self, life_days: int) -> Conditions:
        """The market, for notes of a life."""
        if life_days not in self._conditions:
            self._conditions[life_days] = conditions(self.place, self.place.issuance_rules, life_days)
        return self._conditions[life_days]

    @cached_property
    def disclosure_ppm(self) -> int:
        """How much of pool data issuers must show today."""
        return in_force(self.place.issuance_rules.disclosure_ppm, date_of(self.place.day))

    @cached_property
    def venues(self) -> int:
        """Among how many venues trading is split today."""
        return in_force(self.place.issuance_rules.venues, date_of(self.place.day))


def record_months(place: MarketPlace, originator: str) -> int:
    """Months since an originator's first notes; a full record where nobody brings issues to market."""
    if place.desk is None:
        return RECORD_MONTHS
    return min(RECORD_MONTHS, (place.day - place.desk.known_since(originator)) // MONTH_DAYS)


def is_green(place: MarketPlace, shelf: str) -> bool:
    """Whether notes of a shelf are taken as green: the state adds to its pools' income."""
    return shelf in place.shelves and place.shelves[shelf].green_subsidy_ppm > 0


def by_originator_fen(place: MarketPlace, party: str) -> dict[str, int]:
    """Originator -> nominal of all notes of its plans that a party holds, from its part of the register."""
    held: dict[str, int] = {}
    for _, deal, _, fen in place.ledger.notes_of(party):
        originator = place.deals[deal].terms.originator
        held[originator] = held.get(originator, 0) + fen
    return held


class Holdings:
    """Who holds how much of an originator's notes, from the register, as it stood when first asked; lives an hour."""

    def __init__(self, place: MarketPlace) -> None:
        self.place = place
        self._of: dict[str, dict[str, int]] = {}

    def of_originator(self, originator: str) -> dict[str, int]:
        """Party -> nominal of all notes of plans of one originator that it holds."""
        if originator not in self._of:
            plans = [spv.party for spv in self.place.plans_of("originator", originator)]
            self._of[originator] = self.place.ledger.note_holders(plans)
        return self._of[originator]
