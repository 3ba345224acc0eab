"""The one place where a book's day becomes postings: totals by owner, never loan by loan."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from sim.agents import originator_support, spv_buy_backs, spv_collections
from sim.agents.joint_parts import parts_of
from sim.agents.market_place import HOUSEHOLDS, MERCHANTS
from sim.credit.kernels import layout as at
from sim.credit.kernels.layout import FLOW_NAMES
from sim.ledger import Code, Kind, Participation, State, largest_remainder

if TYPE_CHECKING:
    from sim.agents.market_place import MarketPlace
    from sim.agents.originator import Originator
    from sim.credit.days_work import Collected, Lent

JOINT_PREFIX = "joint:"
WHOLE_BP = 10_000
"""A bank's share of a loan it makes alone, which the platform finds, scores and collects."""
SHARED = (
    at.FEE_DUE, at.PRINCIPAL, at.PREPAID, at.FEE_PAID, at.PENALTY, at.WRITTEN_OFF, at.FEE_LOST, at.RECOVERED,
    at.NEW_DEFAULT,
)  # fmt: skip
"""Flows of a day that are shared by the parties of a joint loan."""


def joint_code(participation: Participation) -> str:
    """The book's owner code of a joint loan: `joint:<bank>|<basis points>|<platform>`."""
    return f"{JOINT_PREFIX}{participation.bank}|{participation.share_bp}|{participation.platform}"


@cache
def participation_of(owner: str) -> Participation | None:
    """The participation behind an owner code, or None for a sole owner."""
    if not owner.startswith(JOINT_PREFIX):
        return None
    bank, share, platform = owner.removeprefix(JOINT_PREFIX).split("|")
    return Participation(bank, int(share), platform)


Split: TypeAlias = tuple[int, int, dict[str, int]]
"""A part of new lending: the banks' share of each loan in bp, the part in ppm, the banks' weights in it."""


def owner_shares(own: str, *splits: Split) -> dict[str, int]:
    """Owner codes of new loans and their shares in ppm: the lender's own, and one for each partner bank of each split,
    in proportion to the banks' weights (largest remainder)."""
    shares = {own: 1_000_000}
    for share_bp, volume_ppm, weights in splits:
        if not weights or volume_ppm == 0:
            continue
        shares[own] -= volume_ppm
        for bank, part in zip(weights, largest_remainder(volume_ppm, list(weights.values())), strict=True):
            shares[joint_code(Participation(bank, share_bp, own))] = part
    return shares


def own_part_fen(lent: Lent) -> int:
    """What the lender itself pays of today's lending: what no partner bank pays, each bank's part rounded down; on
    their totals so far (`shares_of`) a bank may pay a fen more."""
    shared = [(fen, participation_of(owner)) for owner, fen in lent.by_owner.items()]
    by_banks = [part * joint.share_bp // 10_000 for fen, joint in shared if joint is not None for part in fen]
    return lent.fen - sum(by_banks)


def shares_of(lender: Originator, owner: str, flow: str, fen: int) -> list[tuple[str, int]]:
    """Split a day's flow of a code among its parties, by what is owed on its loans, so both sides reconcile without
    rounding drift."""
    participation = participation_of(owner)
    if participation is None:
        return [(owner, fen)]
    owed: dict[str, int] = lender.memory["joint"].setdefault(owner, {})
    bank, platform = parts_of(owed, flow, fen, participation.share_bp)
    return [(participation.bank, bank), (participation.platform, platform)]


def post_lending(place: MarketPlace, lender: Originator, lent: Lent) -> None:
    """Each participant pays its part of the purchases to the merchants, of cash loans to the households; households
    owe both."""
    for owner, (on_purchases, in_cash) in lent.by_owner.items():
        _pay_out(place, lender, owner, "lent", on_purchases)
        _pay_out(place, lender, owner, "cash_lent", in_cash)


def _pay_out(place: MarketPlace, lender: Originator, owner: str, flow: str, fen: int) -> None:
    for party, part in shares_of(lender, owner, flow, fen):
        if part:
            place.make_liquid(party, part)
            payee = HOUSEHOLDS if flow == "cash_lent" else MERCHANTS
            place.ledger.draw(lender.loan_claim(party), part, payer=party, payee=payee)
            if payee == MERCHANTS:
                # Shops pay those who funded the purchase: it is what makes fee-free credit pay.
                fee = part * lender.terms.lending.merchant_fee_ppm // 1_000_000
                place.ledger.pay(MERCHANTS, party, fee, Code.FEE)
                if party != lender.party:
                    note_earned(lender, party, fee)


def note_earned(lender: Originator, bank: str, fen: int) -> None:
    """Count what a partner bank's part of the loans earned this month: the platform's fee is a part of it."""
    earned: dict[str, int] = lender.memory["partner_fees"]
    earned[bank] = earned.get(bank, 0) + fen


def post_rollovers(place: MarketPlace, collected: Collected) -> None:
    """Households drew cash at other lenders to pay one today: those lenders have made the loans, and pay them out."""
    lenders = list(place.originators.values())
    for number, lent in collected.rolled_over:
        other = lenders[number]
        other.count_rolled_over(sum(lent.values()))
        for owner, total in lent.items():
            _pay_out(place, other, owner, "cash_lent", total)


def post_collections(place: MarketPlace, lender: Originator, collected: Collected) -> None:
    """Post the day's collections of every owner; pools first, so that what is bought back is the lender's before it is
    written off."""
    owners = [(owner, flow) for owner, flow in zip(collected.owners, collected.flows, strict=True) if owner]
    for owner, flow in sorted(owners, key=lambda one: one[0] == lender.party):
        _post_owner(place, lender, owner, flow)


def _post_owner(place: MarketPlace, lender: Originator, owner: str, flow: list[int]) -> None:
    """`flow`: the day's totals of an owner code, in the order of the book's flows."""
    participation = participation_of(owner)
    if participation is None:
        if owner.startswith("spv:") or any(flow):
            _post_party(place, lender, owner, flow)
    elif any(flow):
        of_bank, of_platform = _split(lender, owner, flow)
        _post_party(place, lender, participation.bank, of_bank)
        note_earned(lender, participation.bank, of_bank[at.FEE_PAID])
        _post_party(place, lender, participation.platform, of_platform)
    if flow[at.BOUGHT_BACK]:
        _post_buy_back(place, lender, owner, flow[at.BOUGHT_BACK], flow[at.FEE_BOUGHT_BACK])


def _split(lender: Originator, owner: str, flow: list[int]) -> tuple[list[int], list[int]]:
    """(bank's, platform's) part of each flow that the parties of a joint loan share."""
    of_bank, of_platform = [0] * at.FLOWS, [0] * at.FLOWS
    for number in SHARED:
        if flow[number]:
            (_, of_bank[number]), (_, of_platform[number]) = shares_of(lender, owner, FLOW_NAMES[number], flow[number])
    return of_bank, of_platform


def _post_party(place: MarketPlace, lender: Originator, party: str, flow: list[int]) -> None:
    ledger, claim = place.ledger, lender.loan_claim(party)
    spv = place.spv_of(party)
    income, principal = (party, party) if spv is None else spv.collection_accounts(lender)
    repaid = flow[at.PRINCIPAL] + flow[at.PREPAID]
    if repaid:
        unwind_mark(place, claim, repaid)
    if repaid or flow[at.FEE_DUE] or flow[at.FEE_PAID] or flow[at.PENALTY]:
        ledger.collect(
            claim, due_fen=flow[at.FEE_DUE], repaid_fen=repaid, paid_fen=flow[at.FEE_PAID],
            penalty_fen=flow[at.PENALTY], principal=principal, income=income,
        )  # fmt: skip
    if flow[at.WRITTEN_OFF]:
        ledger.write_off(claim, flow[at.WRITTEN_OFF])
    if flow[at.FEE_LOST]:
        ledger.reverse_accrual(claim, flow[at.FEE_LOST], cause="origin", code=Code.FEE)
    if flow[at.RECOVERED]:
        gone = ledger.claim(Kind.LOAN, party, HOUSEHOLDS, deal=lender.name, state=State.WRITTEN_OFF)
        ledger.recover(gone, flow[at.RECOVERED], payer=HOUSEHOLDS, payee=principal)
    if spv is not None:
        spv_collections.take(spv, flow)


def unwind_mark(place: MarketPlace, claim: int, repaid: int) -> None:
    """A discount or premium paid for loans is earned as their principal comes in."""
    ledger = place.ledger
    mark = ledger.marked(claim)
    if mark:
        ledger.unwind_mark(claim, abs(mark) * repaid // max(1, ledger.nominal(claim)))


def _post_buy_back(place: MarketPlace, lender: Originator, owner: str, principal: int, fees: int) -> None:
    """Support, promised or given freely: the originator takes back overdue loans at book, fees owing included."""
    spv = place.spv_of(owner)
    if spv is None:
        return
    price = principal + fees
    lender.must_pay(price)
    place.ledger.assign(
        lender.loan_claim(owner), lender.party, principal, price, accrued_fen=fees, payer=lender.party,
        payee=spv.account("principal"),
    )  # fmt: skip
    # What is taken back freely has, but for what was overdue when help began, not defaulted yet.
    spv_buy_backs.note(spv, principal, price, defaulted=not originator_support.helps(spv))
    place.tell(spv.party, "supported", place.day)
