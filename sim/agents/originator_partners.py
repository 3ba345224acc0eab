"""An originator and its partner banks: what they would fund, jointly or alone, and the shares it lends under.

A joint loan takes the platform's own part too, so how much is lent jointly is bounded by the funds for that part. Where
a rule asks for a larger part than was agreed, contracts are renewed quarter by quarter on the way to it, and banks are
asked to lend alone: loans the platform finds, scores and collects for them, without funds of its own in them (POL21:
the part funded by banks goes on under another name).

Each bank has told what it asks to keep of what its part earns. The platform's fee is its part of what is beyond that,
agreed anew with every plan for all the bank holds, so a bank that asks less is cheaper, and is taken first.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents import originator_offer as offer
from sim.agents.compliance import BANKING, under
from sim.agents.market_place import ASKS_ALONE
from sim.agents.originator_market import bank_share_bp, lent_alone_fen, payment_ppm
from sim.ledger import largest_remainder
from sim.markets import joint_terms
from sim.markets.funding import FundingPlan, Source
from sim.regulation.plan_days import of_the_days_ppm

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.originator_terms import JointLendingTerms

MILLION = 1_000_000
JOINT, ALONE = "joint:", "alone:"
"""How sources that are banks' money begin; what it costs follows."""
NO_QUOTA_FEN = 10**18
"""Room of a bank that says nothing: one without limits of its own goes on with its part of the start."""


@dataclass(frozen=True)
class PartnerRooms:
    """What partner banks would still fund in the coming month, fen: in all, and of that alone, by bank."""

    all_fen: dict[str, int]
    alone_fen: dict[str, int]


def may_share(originator: Originator) -> JointLendingTerms | None:
    """The terms under which banks share in its lending today; None where they do not, or are suspended."""
    joint, place = originator.terms.joint_lending, originator.place
    suspended = under(place, BANKING, originator.party, "joint lending")
    return None if joint is None or suspended or not joint.begun(place.day) else joint


def partner_sources(originator: Originator, lending_fen: int, joint_most_fen: int | None = None) -> list[Source]:
    """Partner banks' part of the coming month's lending, by what it costs, as far as their quotas go: loans they make
    alone, and their part of joint ones, at most `joint_most_fen`, the cheapest banks first. At one bank both cost the
    same; loans of banks alone come first, as they take none of its own funds, for want of which it has asked for
    them."""
    joint = may_share(originator)
    if joint is None:
        return []
    rooms, share, costs = partner_rooms(originator), bank_share_bp(originator), partner_costs_ppm(originator)
    volume = lending_fen * max(joint.most_volume_ppm, joint.volume_ppm) // MILLION
    alone = min(volume, sum(rooms.alone_fen.values()))
    room = min((volume - alone) * share // 10_000, sum(rooms.all_fen.values()) - alone)
    if joint_most_fen is not None:
        room = min(room, joint_most_fen)
    return [
        Source(f"{kind}{cost}", cost, fen)
        for kind, banks, most in ((ALONE, rooms.alone_fen, alone), (JOINT, rooms.all_fen, room))
        for cost, fen in joint_terms.cheapest_first(joint_terms.by_price(costs, banks), most).items()
    ]


def raised_fen(made: FundingPlan, kind: str) -> int:
    """What a plan takes from banks at all prices, jointly (`JOINT`) or alone (`ALONE`)."""
    return sum(fen for name, fen in made.amounts.items() if name.startswith(kind))


def partner_costs_ppm(originator: Originator) -> dict[str, int]:
    """What each partner bank's money costs: the income given up, less the losses the bank takes with it; ppm a year."""
    price, lost = offer.price_ppm(originator), offer.expected_loss_ppm(originator)
    fees = service_fees_ppm(originator)
    return {bank: max(0, price * (MILLION - fee) // MILLION - lost) for bank, fee in fees.items()}


def service_fees_ppm(originator: Originator) -> dict[str, int]:
    """Its part of what each partner bank's part earns, by what the bank last told it asks; of one that has named no
    price what stood before."""
    joint, place = originator.terms.joint_lending, originator.place
    fees = dict[str, int]()
    for bank in () if joint is None else joint.partners:
        told = place.heard(bank, f"joint:{originator.name}")
        if joint is not None and told and told["rate_ppm"]:
            fees[bank] = joint_terms.service_fee_ppm(
                offer.price_ppm(originator), told["rate_ppm"], joint.bargaining_ppm
            )
        else:
            fees[bank] = agreed_fee_ppm(originator, bank)
    return fees


def partner_money_ppm(originator: Originator) -> dict[int, int]:
    """What banks' money is by what it costs this lender: the rate they ask less the losses it expects them to take
    with it, which is what the same money would cost as a loan; of banks that have named a rate, ppm a year."""
    joint, place, lost = originator.terms.joint_lending, originator.place, offer.expected_loss_ppm(originator)
    rates = dict[int, list[int]]()
    for bank, cost in partner_costs_ppm(originator).items() if joint else ():
        told = place.heard(bank, f"joint:{originator.name}")
        if told and told["rate_ppm"]:
            rates.setdefault(cost, []).append(max(0, told["rate_ppm"] - lost))
    return {cost: sum(asked) // len(asked) for cost, asked in rates.items()}


def agreed_fee_ppm(originator: Originator, bank: str) -> int:
    """The fee in force with a bank: as agreed with the last plan, else the contract's of the start."""
    joint = originator.terms.joint_lending
    agreed: dict[str, int] = originator.memory["service_fees"]
    return agreed.get(bank, 0 if joint is None else joint.service_fee_ppm)


def fee_of_balance_ppm(originator: Originator) -> int:
    """Its fees a year over what partner banks hold of its loans, as now agreed with each; ppm, 0 where they hold
    nothing."""
    joint, ledger = originator.terms.joint_lending, originator.place.ledger
    held = {bank: ledger.nominal(originator.loan_claim(bank)) for bank in (() if joint is None else joint.partners)}
    part = sum(fen * agreed_fee_ppm(originator, bank) for bank, fen in held.items()) // max(1, sum(held.values()))
    return offer.price_ppm(originator) * part // MILLION


def partner_rooms(originator: Originator) -> PartnerRooms:
    """What each partner bank would still fund until the next plan: its quotas less what it holds, plus what will be
    repaid."""
    joint, ledger, place = originator.terms.joint_lending, originator.place.ledger, originator.place
    if joint is None:
        return PartnerRooms({}, {})
    rate = of_the_days_ppm(payment_ppm(originator.memory["history"]), place.day)
    rooms, alone, held = dict[str, int](), dict[str, int](), lent_alone_fen(originator)
    for bank in joint.partners:
        quota = place.heard(bank, f"joint:{originator.name}")
        limit = quota["limit_fen"] if quota else NO_QUOTA_FEN
        rooms[bank] = _room(limit, ledger.nominal(originator.loan_claim(bank)), rate)
        quota = place.heard(bank, f"alone:{originator.name}")
        if quota and joint.most_volume_ppm:
            alone[bank] = min(rooms[bank], _room(quota["limit_fen"], held.get(bank, 0), rate))
    return PartnerRooms(rooms, alone)


def _room(limit_fen: int, held_fen: int, payment_ppm: int) -> int:
    return max(0, limit_fen - held_fen + held_fen * payment_ppm // MILLION)


def own_part_is_funded(made: FundingPlan, lent_fen: int, share_bp: int) -> bool:
    """Whether a plan under which so much can be lent lends no more jointly than it has its own part for: joint loans,
    whole, within what is lent less what banks lend alone.

    >>> FundedAt70 = FundingPlan({"joint:60": 700, "alone:60": 0}, 100, (), {}, 0)
    >>> own_part_is_funded(FundedAt70, 1_000, 7_000), own_part_is_funded(FundedAt70, 999, 7_000)
    (True, False)
    """
    jointly = raised_fen(made, JOINT)
    return jointly == 0 or jointly * 10_000 // share_bp <= lent_fen - raised_fen(made, ALONE)


# -- the shares it lends under ---------------------------------------------------------------------------------------


def keep_joint_share(originator: Originator) -> None:
    """The day contracts with partner banks are renewed, or a rule on joint loans begins to bind or ends, new loans are
    shared as then agreed; old ones stay as made. Who must put in more asks its banks to lend alone too."""
    joint, memory = originator.terms.joint_lending, originator.memory
    if joint is None:
        return
    share = bank_share_bp(originator)
    if share != memory.get("bank_share_bp", joint.bank_share_bp):
        memory["bank_share_bp"] = share
        rooms = partner_rooms(originator)
        originator.lend_with_banks(
            memory["joint_ppm"], _with_room(rooms.all_fen), memory["alone_ppm"], _with_room(rooms.alone_fen)
        )
    asked = originator.place.heard(originator.party, ASKS_ALONE, default=None)
    if joint.most_volume_ppm and asked is None and share < joint.bank_share_bp:
        originator.place.tell(originator.party, ASKS_ALONE, originator.place.day)


def set_partner_shares(originator: Originator, lent_fen: int, made: FundingPlan) -> None:
    """Lend jointly and through banks alone as much as the plan says, of all it can lend under it, with the banks it
    takes the money from: the cheapest, those of one price in proportion to their room. Fees are agreed anew."""
    joint = originator.terms.joint_lending
    if joint is None:
        return
    costs = partner_costs_ppm(originator)
    originator.memory["service_fees"] = service_fees_ppm(originator)
    lent, alone = max(1, lent_fen), 0
    whole = raised_fen(made, JOINT) * 10_000 // bank_share_bp(originator)
    volume = min(joint.most_volume_ppm, whole * MILLION // lent)
    if joint.most_volume_ppm == 0:  # a fixed share, but for the time of a suspension
        volume = joint.volume_ppm if may_share(originator) else 0
        if volume == originator.memory["joint_ppm"]:
            return
    else:
        alone = min(joint.most_volume_ppm - volume, raised_fen(made, ALONE) * MILLION // lent)
    rooms = partner_rooms(originator)
    originator.memory["plan"]["joint_ppm"] = volume
    jointly = _taken_from(made, JOINT, costs, rooms.all_fen) or _with_room(rooms.all_fen)
    originator.lend_with_banks(volume, jointly, alone, _taken_from(made, ALONE, costs, rooms.alone_fen))


def _taken_from(made: FundingPlan, kind: str, costs: dict[str, int], rooms: dict[str, int]) -> dict[str, int]:
    """What a plan takes from each bank, fen."""
    taken = dict[str, int]()
    for cost, banks in joint_terms.by_price(costs, rooms).items():
        parts = largest_remainder(made.amounts.get(f"{kind}{cost}", 0), list(banks.values()))
        taken |= {bank: fen for bank, fen in zip(banks, parts, strict=True) if fen}
    return taken


def _with_room(rooms: dict[str, int]) -> dict[str, int]:
    return {bank: room for bank, room in rooms.items() if room > 0}
