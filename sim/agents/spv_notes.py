"""A plan's notes and its register of holders: who holds them, how they change hands, and what each holder gets.

The register says who holds notes of a tranche, in a fixed order, and of how much of its face: notes are certificates,
and every one of them carries the same part of what is still owed. What is owed stands in the ledger's rows. Only an
issue and a transfer change the register; interest, principal, losses and the table of holdings follow it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sim.deals.fees import interest_fen
from sim.deals.waterfall_lines import Line, LineKind
from sim.errors import InvariantError
from sim.ledger import Code, largest_remainder

if TYPE_CHECKING:
    from sim.agents.spv import Spv


NOTHING_MISSED: Final = {"missed": 0, "arrears": 0, "loss": 0}
"""What is remembered of a class that was paid all so far: the most ever missed on a date, on the last one, lost."""


def faces(spv: Spv, tranche: str) -> dict[str, int]:
    """Holder -> face in fen of the notes it holds, in the order of the register; empty before the issue."""
    registered: dict[str, int] = spv.memory["register"].get(tranche, {})
    return registered


def nominals(spv: Spv, tranche: str) -> dict[str, int]:
    """Holder -> nominal still owed to it, fen, in the order of the register."""
    claims = spv.tranche_claims(tranche)
    return dict(zip(claims, spv.place.ledger.nominals(claims.values()), strict=True))


def allotment(spv: Spv, tranche: str) -> dict[str, int]:
    """What each holder buys of a tranche at the issue, fen."""
    shares = spv.terms.holders_of(tranche)
    parts = largest_remainder(spv.terms.tranche_face_fen(tranche), list(shares.values()))
    return dict(zip(shares, parts, strict=True))


def place_tranche(spv: Spv, tranche: str) -> None:
    """Holders pay for what they were allotted; the register opens."""
    allotted = allotment(spv, tranche)
    for holder, fen in allotted.items():
        if holder == spv.originator.party:
            spv.originator.pay_out(fen)  # settled against the price of the pool within the hour
        spv.place.make_liquid(holder, fen)
        spv.place.ledger.draw(spv.tranche_claim(tranche, holder), fen, payer=holder, payee=spv.account("principal"))
    spv.forget_outstanding()
    spv.memory["register"][tranche] = allotted
    spv.memory["results"][tranche] = {
        "days": [spv.place.day],
        "interest": [0],
        "principal": [-spv.terms.tranche_face_fen(tranche)],
        **NOTHING_MISSED,
    }


# -- interest --------------------------------------------------------------------------------------------------------


def accrue_to_date(spv: Spv, day: int) -> None:
    """Bring the interest of every tranche with a coupon up to the morning of `day`."""
    upcoming = spv.schedule.next_after(spv.place.day)
    if upcoming is None:
        return
    days = max(0, min(day, upcoming.interest_to) - upcoming.interest_from)
    for tranche in spv.terms.seniors:
        due = interest_fen(spv.outstanding_fen(tranche), spv.terms.tranches[tranche].coupon_bp or 0, days)
        accrue(spv, tranche, due)


def accrue(spv: Spv, tranche: str, period_fen: int) -> None:
    """Bring the period's interest to `period_fen`: what each holder is owed in all, less what it has been accrued.

    Shares of the running total are floored, the rest is the last holder's, so each part only grows. After a transfer
    in mid-period a part can stand a fen above its share: nothing is taken back, the others get so much less.
    """
    so_far: dict[str, int] = spv.memory["accrued"].setdefault(tranche, {})
    to_come = period_fen - sum(so_far.values())
    if to_come <= 0:
        return
    ledger, claims = spv.place.ledger, spv.tranche_claims(tranche)
    held = ledger.nominals(claims.values())
    whole = max(1, sum(held))
    parts = [period_fen * nominal // whole for nominal in held]
    parts[-1] += period_fen - sum(parts)
    more = [max(0, fen - so_far.get(holder, 0)) for holder, fen in zip(claims, parts, strict=True)]
    beyond = max(0, sum(more) - to_come)
    for (holder, claim), fen in zip(claims.items(), more, strict=True):
        spared = min(beyond, fen)
        beyond -= spared
        if fen > spared:
            ledger.accrue(claim, fen - spared)
            so_far[holder] = so_far.get(holder, 0) + fen - spared


# -- changing hands --------------------------------------------------------------------------------------------------


def transfer(spv: Spv, tranche: str, seller: str, buyer: str, nominal_fen: int, price_fen: int, *, forced: bool) -> int:
    """Settle a sale of notes, see `Spv.transfer_notes`; returns the cash paid."""
    ledger, register = spv.place.ledger, faces(spv, tranche)
    claim = spv.tranche_claim(tranche, seller) if seller in register else -1
    held = ledger.nominal(claim) if claim >= 0 else 0
    if not spv.active or buyer in (seller, spv.party) or not 0 < nominal_fen <= held:
        raise InvariantError(
            f"{spv.party}: {seller} cannot sell {nominal_fen} fen of {tranche} to {buyer}: it holds {held} fen "
            f"of a plan that is {'active' if spv.active else 'not active'}; sell what is held, to another party"
        )
    accrue_to_date(spv, spv.place.day)
    interest = ledger.accrued(claim) * nominal_fen // held
    spv.place.make_liquid(buyer, price_fen + interest)
    sell = ledger.sell_forced if forced else ledger.assign
    sell(claim, buyer, nominal_fen, price_fen + interest, accrued_fen=interest)
    so_far: dict[str, int] = spv.memory["accrued"].setdefault(tranche, {})
    _move_part(so_far, seller, buyer, so_far.get(seller, 0) * nominal_fen // held)
    _move_part(register, seller, buyer, register[seller] * nominal_fen // held)
    if nominal_fen == held:
        del register[seller]
    return price_fen + interest


def _move_part(amounts: dict[str, int], giver: str, taker: str, fen: int) -> None:
    amounts[giver] = amounts.get(giver, 0) - fen
    amounts[taker] = amounts.get(taker, 0) + fen


# -- payments and losses ---------------------------------------------------------------------------------------------


def pay_holders(spv: Spv, line: Line, account: str) -> None:
    """Pay a line of the waterfall to those who hold the tranche: principal and residual by what each holds, interest by
    what each is owed."""
    ledger = spv.place.ledger
    claims = spv.tranche_claims(line.tranche)
    if line.kind is LineKind.INTEREST:
        weights = [ledger.accrued(claim) for claim in claims.values()]
    else:
        weights = ledger.nominals(claims.values())
        if not sum(weights):  # notes that are repaid still carry the residual
            weights = list(faces(spv, line.tranche).values())
    parts = largest_remainder(line.paid_fen, weights)
    for (holder, claim), fen in zip(claims.items(), parts, strict=True):
        if fen == 0:
            continue
        if line.kind is LineKind.INTEREST:
            ledger.pay_accrued(claim, fen, payer=account, payee=holder)
        elif line.kind is LineKind.PRINCIPAL:
            _release_value(spv, claim, fen)
            ledger.repay(claim, fen, payer=account, payee=holder)
        else:
            ledger.pay(account, holder, fen, Code.INTEREST, deal=spv.name)
    spv.forget_outstanding()


def _release_value(spv: Spv, claim: int, fen: int) -> None:
    """A holder's mark and allowance go with the nominal that is repaid, and are 0 when it is 0."""
    ledger = spv.place.ledger
    mark, allowance = ledger.marked(claim), ledger.allowance(claim)
    if mark:
        ledger.unwind_mark(claim, abs(mark) * fen // ledger.nominal(claim))
    if allowance:
        ledger.provide(claim, -(allowance * fen // ledger.nominal(claim)))


def write_down(spv: Spv, tranche: str) -> None:
    """At the end: what the holders of a tranche did not get is gone, because of what the plan lost itself."""
    ledger = spv.place.ledger
    claims = {holder: spv.tranche_claim(tranche, holder) for holder in faces(spv, tranche)}
    unpaid = [ledger.accrued(claim) + ledger.nominal(claim) for claim in claims.values()]
    losses = dict(zip(claims, ledger.nominals(claims.values()), strict=True))
    for (holder, claim), parts in zip(claims.items(), ledger.causes_of(spv.party, unpaid), strict=True):
        lost = losses[holder]
        ledger.mark(claim, 0)
        for fen, cause in parts:
            ledger.give_up(claim, fen, cause=cause)
        if lost:
            spv.memory["results"][tranche]["loss"] += lost
            spv.place.note_event(
                deal=spv.name, institution=holder, family="default", event="principal_written_down",
                detail=f"{tranche}: {lost} fen", measured_ppm=lost * 1_000_000 // spv.terms.tranche_face_fen(tranche),
                threshold_ppm=0, effect="loss of the holder",
            )  # fmt: skip
        ledger.provide(claim, -ledger.allowance(claim))
    spv.forget_outstanding()
    spv.place.protection.settle(spv, tranche, losses)
