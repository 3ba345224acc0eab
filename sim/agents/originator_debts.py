"""What an originator owes: the ledger's rows of its debts, and how much of them counts under each limit on funding."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.market_place import SHAREHOLDERS
from sim.ledger import Kind
from sim.markets.first_loss import FirstLoss
from sim.regulation.timeline import WITHIN

if TYPE_CHECKING:
    from sim.agents.originator import Originator
    from sim.regulation.rules import Category

BRIDGE = "bridge"
"""Name of the shareholders' bridge loan."""
BENCHMARK_RATE_PPM = 43_500
"""The one-year benchmark loan rate of 2015-10 to 2019-08 (PRD15), for which scenarios state what lines cost."""
COUNTED_AS: dict[tuple[str, str], Category] = {
    ("bank", "warehouse"): "bank_loans",
    ("bank", "shareholder_loan"): "shareholder_loans",
    ("world", "shareholder_loan"): "shareholder_loans",
    ("world", "warehouse"): "nonstandardised",
}
"""What a line counts as, by lender and kind: a bank that is the shareholder lends as one."""


def debt_claim(originator: Originator, name: str) -> int:
    """The ledger's row of one of its debts."""
    row = originator.debt_claims.get(name)
    if row is None:
        debt, ledger = originator.terms.debts[name], originator.place.ledger
        row = ledger.claim(Kind[debt.kind.upper()], debt.lender, originator.party, deal=name)
        originator.debt_claims[name] = row
    return row


def bridge_claim(originator: Originator) -> int:
    """The ledger's row of what shareholders have bridged."""
    row = originator.debt_claims.get(BRIDGE)
    if row is None:
        row = originator.place.ledger.claim(Kind.SHAREHOLDER_LOAN, SHAREHOLDERS, originator.party, deal=BRIDGE)
        originator.debt_claims[BRIDGE] = row
    return row


def all_debt_claims(originator: Originator) -> list[int]:
    """The rows of all its debts, and of the bridge."""
    if not originator.all_debt_claims:
        debts = [debt_claim(originator, name) for name in originator.terms.debts]
        originator.all_debt_claims = [*debts, bridge_claim(originator)]
    return originator.all_debt_claims


def lines(originator: Originator) -> list[str]:
    """Names of the debts that are drawn and repaid day by day, cheapest first."""
    debts = originator.terms.debts
    drawn = [name for name, debt in debts.items() if debt.limit_fen or debt.opening_fen is None]
    return sorted(drawn, key=lambda name: (rate_ppm(originator, name), name))


def rate_ppm(originator: Originator, name: str) -> int:
    """What one of its debts costs a year today: what its bank last told it of a line at arm's length, else the
    contract's rate; that of a line, printed for days of the benchmark rate, moves with the one-year loan rate."""
    told: dict[str, int] = originator.memory["line_rates"]
    if name in told:
        return told[name]
    debt, place = originator.terms.debts[name], originator.place
    if not debt.limit_fen:
        return debt.rate_ppm
    return max(0, debt.rate_ppm + place.macro.policy_rate_ppm(place.day) - BENCHMARK_RATE_PPM)


def counted_as(originator: Originator, name: str) -> Category | None:
    """The category of one of its debts; None for what is no loan of a bank, a shareholder or the like."""
    debt = originator.terms.debts[name]
    return COUNTED_AS.get((debt.lender.split(":")[0], debt.kind))


def counts_under(originator: Originator, name: str) -> tuple[Category, ...]:
    """Every category that one of its debts counts under, the narrowest first."""
    found: list[Category] = []
    category = counted_as(originator, name)
    while category is not None:
        found.append(category)
        category = WITHIN[category]
    return tuple(found)


def loans_owed_fen(originator: Originator) -> dict[Category, int]:
    """Bank loans, shareholders' loans with what they bridge, and other non-standardised debt, fen."""
    ledger = originator.place.ledger
    owed: dict[Category, int] = {"bank_loans": 0, "shareholder_loans": 0, "nonstandardised": 0}
    for name in originator.terms.debts:
        category = counted_as(originator, name)
        if category is not None:
            owed[category] += ledger.nominal(debt_claim(originator, name))
    owed["shareholder_loans"] += ledger.nominal(bridge_claim(originator))
    return owed


def notes_outstanding_fen(originator: Originator) -> int:
    """Nominal of its plans' notes that others hold."""
    plans = originator.plans()
    mine, held = {spv.name for spv in plans}, originator.place.ledger.notes_of(originator.party)
    return sum([spv.notes_fen() for spv in plans]) - sum([fen for _, deal, _, fen in held if deal in mine])


def owed_under_fen(originator: Originator, categories: set[Category]) -> dict[Category, int]:
    """What it owes now under each of these categories, what lies within them included, fen."""
    loans = loans_owed_fen(originator)
    owed: dict[Category, int] = loans | {"nonstandardised": sum(loans.values())}
    if "funding" in categories:
        bonds = originator.place.ledger.bonds_fen(originator.party)
        owed["funding"] = owed["nonstandardised"] + bonds + notes_outstanding_fen(originator)
    return {category: owed[category] for category in categories}


def told_own_funds(seller: Originator) -> FirstLoss:
    """What a seller tells the desk that sells for it: what first losses cost it to bear by its last plan."""
    return FirstLoss(**seller.memory["plan"]["own_funds"])
