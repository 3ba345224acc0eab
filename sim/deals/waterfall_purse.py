"""The purse of a payment date: cash by account, support, and the lines as they are paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sim.deals.waterfall_lines import Account, Line, LineKind
from sim.ledger.arithmetic import largest_remainder


@dataclass(frozen=True, slots=True)
class Claim:
    """Something owed on a payment date."""

    key: str
    """What the payment is counted under, such as `fee:manager` or `interest:A`."""
    name: str
    kind: LineKind
    payee: str
    due_fen: int
    tranche: str = ""

    def capped(self, due_fen: int) -> Claim:
        """The same claim with less due at this step."""
        return replace(self, due_fen=due_fen)

    @staticmethod
    def share(amount_fen: int, claims: Sequence[Claim]) -> list[int]:
        """An amount shared over claims pro rata."""
        return largest_remainder(amount_fen, [claim.due_fen for claim in claims])


class Purse:
    """Cash by account and what the deficiency payer can still pay; every movement becomes a line."""

    def __init__(self, cash: dict[Account, int], support_fen: int) -> None:
        self.cash = cash
        self.support_fen = support_fen
        self.lines: list[Line] = []
        self._paid: Counter[str] = Counter()
        self._steps: Counter[str] = Counter()

    def paid_fen(self, key: str) -> int:
        """Paid today on all claims with this key."""
        return self._paid[key]

    def transfer(self, waterfall: str, name: str, source: Account, target: Account, wanted_fen: int) -> int:
        """Move up to `wanted_fen` between two accounts of the deal; returns what was moved."""
        moved = min(wanted_fen, self.cash[source])
        self.cash[source] -= moved
        self.cash[target] += moved
        self._steps[waterfall] += 1
        self.lines.append(
            Line(
                waterfall=waterfall,
                step=self._steps[waterfall],
                name=name,
                kind=LineKind.TRANSFER,
                payee=f"account:{target}",
                due_fen=wanted_fen,
                paid_fen=moved,
                account=source,
            )
        )
        return moved

    def pay(
        self,
        waterfall: str,
        account: Account,
        claims: Sequence[Claim],
        *,
        covered: bool = False,
        cash_limit: int | None = None,
    ) -> int:
        """Pay the claims of one step pro rata, first from the account, then, if covered, by support.

        `cash_limit`: the most that may come from the account; None for all of it. Returns what was paid.
        """
        if not claims:
            return 0
        self._steps[waterfall] += 1
        due = sum(claim.due_fen for claim in claims)
        from_cash = min(due, self.cash[account] if cash_limit is None else min(cash_limit, self.cash[account]))
        from_support = min(due - from_cash, self.support_fen) if covered else 0
        self.cash[account] -= from_cash
        self.support_fen -= from_support
        shares = Claim.share(from_cash, claims)
        supported = largest_remainder(
            from_support, [claim.due_fen - fen for claim, fen in zip(claims, shares, strict=True)]
        )
        for claim, fen, support in zip(claims, shares, supported, strict=True):
            self._paid[claim.key] += fen + support
            self.lines.append(
                Line(
                    waterfall=waterfall,
                    step=self._steps[waterfall],
                    name=claim.name,
                    kind=claim.kind,
                    payee=claim.payee,
                    due_fen=claim.due_fen,
                    paid_fen=fen + support,
                    account=account,
                    support_fen=support,
                    tranche=claim.tranche,
                )
            )
        return from_cash + from_support
