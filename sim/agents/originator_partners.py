"""An originator and its partner banks: what they would fund, jointly or alone, and the shares it lends under.

A joint loan takes the platform's own part too, so how much is lent jointly is bounded by the funds for that part. Where
a rule asks for a larger part than was agreed, contracts are renewed quarter by quarter on the way to it, and banks are
asked to lend alone: loans the platform finds, scores and collects for them, without funds of its own in them (POL21:
the part funded by banks goes on under another name).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents import originator_offer as offer
from sim.agents.compliance import BANKING, under
from sim.agents.market_place import ASKS_ALONE
from sim.agents.originator_market import bank_share_bp, lent_alone_fen, payment_ppm
from sim.agents.plan_days import of_the_days_ppm
from sim.markets.funding import FundingPlan, Source

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.agents.originator_terms import JointLendingTerms

MILLION = 1_000_000
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
    """Partner banks' part of the coming month's lending, as far as their quotas go: loans they make alone, and their
    part of joint ones, at most `joint_most_fen`. What it costs is the income given up, less the losses the bank takes
    with it. Both cost the same; loans of banks alone come first, as they take none of its own funds, for want of which
    it has asked for them."""
    joint = may_share(originator)
    if joint is None:
        return []
    rooms, share = partner_rooms(originator), bank_share_bp(originator)
    volume = lending_fen * max(joint.most_volume_ppm, joint.volume_ppm) // MILLION
    alone = min(volume, sum(rooms.alone_fen.values()))
    room = min((volume - alone) * share // 10_000, sum(rooms.all_fen.values()) - alone)
    if joint_most_fen is not None:
        room = min(room, joint_most_fen)
    given_up = offer.price_ppm(originator) * (MILLION - joint.service_fee_ppm) // MILLION
    cost = max(0, given_up - offer.expected_loss_ppm(originator))
    banks_alone = [Source("alone", cost, alone)] if rooms.alone_fen else []
    return [*banks_alone, Source("joint", cost, room)]


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

    >>> FundedAt70 = FundingPlan({"joint": 700, "alone": 0}, 100, (), {}, 0)
    >>> own_part_is_funded(FundedAt70, 1_000, 7_000), own_part_is_funded(FundedAt70, 999, 7_000)
    (True, False)
    """
    if not made.amounts.get("joint", 0):
        return True
    whole = made.amounts.get("joint", 0) * 10_000 // share_bp
    return whole <= lent_fen - made.amounts.get("alone", 0)


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
    """Lend jointly and through banks alone as much as the plan says, of all it can lend under it, with each bank in
    proportion to its room."""
    joint = originator.terms.joint_lending
    if joint is None:
        return
    lent, alone = max(1, lent_fen), 0
    whole = made.amounts.get("joint", 0) * 10_000 // bank_share_bp(originator)
    volume = min(joint.most_volume_ppm, whole * MILLION // lent)
    if joint.most_volume_ppm == 0:  # a fixed share, but for the time of a suspension
        volume = joint.volume_ppm if may_share(originator) else 0
        if volume == originator.memory["joint_ppm"]:
            return
    else:
        alone = min(joint.most_volume_ppm - volume, made.amounts.get("alone", 0) * MILLION // lent)
    rooms = partner_rooms(originator)
    originator.memory["plan"]["joint_ppm"] = volume
    originator.lend_with_banks(volume, _with_room(rooms.all_fen), alone, _with_room(rooms.alone_fen))


def _with_room(rooms: dict[str, int]) -> dict[str, int]:
    return {bank: room for bank, room in rooms.items() if room > 0}
