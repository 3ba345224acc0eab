"""What a lender decides about its book while it runs: whom it grants, limits, appetite, collection, prices, scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.accounts import limits_by_class
from sim.credit.kernels import accounts as kernels
from sim.credit.scores import grades_seen, places_admitted
from sim.credit.terms import CLASSES

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]

WHOLE = 1_000_000
MOST_LIMIT_PPM = 2_000_000


@dataclass(frozen=True)
class LenderPolicy:
    """The decisions in force. Admitted is the best part of each class by score, ppm of the class; limits are shares of
    each account's ceiling, by class; a lender that is not open makes no loans, so that nobody can draw on a limit."""

    admitted_ppm: tuple[int, ...]
    limit_ppm: tuple[int, ...] = (WHOLE,) * len(CLASSES)
    appetite_ppm: int = WHOLE
    collection_milli: int = 0
    is_open: bool = True

    def plain(self) -> dict[str, Any]:
        """As plain data for a checkpoint."""
        return asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> LenderPolicy:
        """From plain data."""
        listed = {name: tuple(plain[name]) for name in ("admitted_ppm", "limit_ppm")}
        return cls(**(plain | listed))

    def admitting(self, ppm: tuple[int, ...]) -> LenderPolicy:
        """Grant credit to the best part of each class.

        Raises:
            ValueError: not five shares, or one outside 0 to 1,000,000 ppm.
        """
        if len(ppm) != len(CLASSES) or any(not 0 <= share <= WHOLE for share in ppm):
            raise ValueError(f"parts admitted are five shares of 0 to {WHOLE} ppm, got {ppm}")
        return replace(self, admitted_ppm=tuple(ppm))

    def with_limits(self, ppm: tuple[int, ...]) -> LenderPolicy:
        """Limits in force as shares of the ceilings, one for each class.

        Raises:
            ValueError: not five shares, or one outside 0 to 2,000,000 ppm.
        """
        if len(ppm) != len(CLASSES) or any(not 0 <= share <= MOST_LIMIT_PPM for share in ppm):
            raise ValueError(f"limit factors are five shares of 0 to {MOST_LIMIT_PPM} ppm, got {ppm}")
        return replace(self, limit_ppm=tuple(ppm))

    def with_appetite(self, ppm: int, most_ppm: int) -> LenderPolicy:
        """The members' rate of purchases, of the rate at trend.

        Raises:
            ValueError: below 0 or above what the scenario lets candidates be drawn for.
        """
        if not 0 <= ppm <= most_ppm:
            raise ValueError(f"appetite is 0 to {most_ppm} ppm (spending.most_appetite_ppm), got {ppm}")
        return replace(self, appetite_ppm=ppm)

    def opened(self, is_open: bool) -> LenderPolicy:
        """Make new loans, or none."""
        return replace(self, is_open=is_open)

    def with_collection(self, milli: int) -> LenderPolicy:
        """How hard it collects, thousandths of a unit; 0 = as usual, below 0 = softer."""
        return replace(self, collection_milli=milli)


def cap_persons(book: LoanBook) -> None:
    """Lower ceilings to the most a person may owe a lender."""
    if book.terms.person_cap is None:
        return
    amount_fen, income_ppm = book.terms.person_cap
    a, incomes = book.accounts.columns, book.households.incomes_fen()
    # The law caps what is owed in money of the day; ceilings rise with prices.
    caps = person_cap_fen(amount_fen, income_ppm, incomes[a.household]) * WHOLE // book.price_ppm
    a.ceiling[:] = np.minimum(a.ceiling, caps)


def person_cap_fen(amount_fen: int, income_share_ppm: int, monthly_income_fen: Array) -> Array:
    """Most a person may owe a lender, fen: the smaller of an amount and a share of a year's income, rounded down.

    RUL04: 300,000 yuan, and a third of the average of three years' income, for which this year's is taken. With 5,000
    yuan a month a third of a year is 20,000 yuan:

    >>> person_cap_fen(30_000_000, 333_333, np.array([500_000, 20_000_000])).tolist()
    [1999998, 30000000]
    """
    capped: Array = np.minimum(amount_fen, 12 * monthly_income_fen.astype(np.int64) * income_share_ppm // WHOLE)
    return capped


def whole_classes(names: tuple[str, ...]) -> tuple[int, ...]:
    """The parts admitted of a lender that grants these classes as wholes and no other, ppm.

    >>> whole_classes(("L1", "L2"))
    (1000000, 1000000, 0, 0, 0)
    """
    return tuple(WHOLE if name in names else 0 for name in CLASSES)


def within_terms(admitted_ppm: tuple[int, ...], accepted: tuple[str, ...]) -> tuple[int, ...]:
    """The parts admitted, of classes that its terms allow; the best of these if nothing is left."""
    left = tuple(min(*pair) for pair in zip(admitted_ppm, whole_classes(accepted), strict=True))
    return left if any(left) else whole_classes(accepted[:1])


def admit(book: LoanBook) -> None:
    """Say of every account whether the policy in force admits it."""
    book.accounts.admit(places_admitted(book.policy.admitted_ppm))


def rescore(book: LoanBook, noise: float, walled: float, *, see_elsewhere: bool) -> None:
    """Score every account of a book again; see `LoanBook.rescore`."""
    a, s, h = book.accounts.columns, book.accounts.scores, book.households
    grades = grades_seen(book.terms.class_shares_ppm, h.terms.quality_sd, book.terms.score_noise, noise, walled)
    late = book.table.late_elsewhere(book.lender) if see_elsewhere else np.zeros(h.columns.weight.size, np.uint8)
    kernels.rescore(
        book.table.account_key, book.lender, grades, limits_by_class(book.terms), late, book.accounts.members,
        h.columns.trait, a.household, a.standing, s.noise, a.klass, s.place, a.ceiling,
    )  # fmt: skip
    admit(book)
    cap_persons(book)
