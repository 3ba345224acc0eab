"""What a lender owes the group that finds, scores and collects for it (ANT10: fees are revenue of the group)."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.agents.originator import Originator


def served_by_group(originator: Originator) -> bool:
    """Whether a group runs its loans for a fee, and bears what that costs."""
    joint = originator.terms.joint_lending
    return joint is not None and joint.service_fee_to == "parent"


def banks_part_fen(originator: Originator) -> int:
    """What partner banks own of the loans it services: their part of joint ones, and those they made alone."""
    joint, ledger = originator.terms.joint_lending, originator.place.ledger
    partners = () if joint is None else joint.partners
    return sum(ledger.nominals([originator.loan_claim(bank) for bank in partners]))


def due_fen(originator: Originator, income_fen: int) -> int:
    """The group's part of the fees that its loans brought in, `income_fen` of all it manages. Partner banks pay for
    their part themselves, at the same rate; the lender pays for the rest (ANT11)."""
    joint = originator.terms.joint_lending
    managed = originator.book.managed_fen if served_by_group(originator) else 0
    if joint is None or not managed:
        return 0
    others = managed - banks_part_fen(originator)
    return income_fen * others // managed * joint.service_fee_ppm // 1_000_000
