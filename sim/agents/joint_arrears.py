"""Joint loans by days past due: what a platform tells its partner banks at a month's end, and what they set aside.

A bank knows no more of them than the report, which it hears before it closes its own month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.loan_postings import participation_of
from sim.credit.owner_totals import by_days_past_due
from sim.ledger import largest_remainder

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.originator import Originator

ARREARS = "arrears"
"""Under `arrears:<bank>` a platform tells what a bank owns of its loans by days past due, fen."""
NON_PERFORMING = 4
"""The first place, by days past due, of loans more than 90 days late."""
MILLION = 1_000_000
WHOLE_BP = 10_000


def report(originator: Originator) -> None:
    """Tell each bank that owns part of its loans how they stand."""
    for bank, parts in banks_parts(originator).items():
        originator.place.tell(originator.party, f"{ARREARS}:{bank}", parts)


def banks_parts(originator: Originator) -> dict[str, list[int]]:
    """What each bank owns of a lender's loans, by days past due, fen: of a joint loan floor(owed x share / 10,000), as
    its claim in the ledger is."""
    found: dict[str, list[int]] = {}
    for owner in originator.book.owners:
        joint = participation_of(owner)
        bank, share = (owner, WHOLE_BP) if joint is None else (joint.bank, joint.share_bp)
        if bank.startswith("bank:"):
            fen = by_days_past_due(originator.book.stocks(owner))
            parts = largest_remainder(sum(fen) * share // WHOLE_BP, fen)
            found[bank] = [had + part for had, part in zip(found.get(bank, [0] * len(fen)), parts, strict=True)]
    return found


def provide(bank: CommercialBank) -> None:
    """Close a month's reports: set aside what each platform's loans ask for, and count what does not perform."""
    whole = bad = 0
    for platform in bank.place.originators.values():
        parts = bank.place.heard(platform.party, f"{ARREARS}:{bank.party}")
        if parts is not None:
            provide_for(bank, platform, parts)
            whole, bad = whole + sum(parts), bad + sum(parts[NON_PERFORMING:])
    bank.memory["joint_fen"], bank.memory["joint_npl_fen"] = whole, bad


def provide_for(bank: CommercialBank, platform: Originator, parts: list[int]) -> None:
    """Bring the allowance of a bank's loans with a platform to a year's expected loss of those not past due, and of
    the others to the rates by days past due at which the platform provides for its own."""
    rates = (bank.balance.conduct.joint_default_ppm, *platform.terms.provision_ppm[1:])
    wanted = sum(fen * ppm // MILLION for fen, ppm in zip(parts, rates, strict=True))
    ledger, claim = bank.place.ledger, platform.loan_claim(bank.party)
    ledger.provide(claim, min(wanted, ledger.nominal(claim)) - ledger.allowance(claim))
