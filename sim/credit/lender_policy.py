"""What a lender decides about its book while it runs: whom it grants, limits, appetite, collection, prices, scores."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.credit.accounts import limits_by_class, score_cuts
from sim.credit.kernels import accounts as kernels
from sim.credit.population import quality_bins
from sim.credit.terms import CLASSES

if TYPE_CHECKING:
    from sim.credit.loan_book import LoanBook

Array = np.ndarray[Any, Any]

WHOLE = 1_000_000
MOST_LIMIT_PPM = 2_000_000
SCORE_QUANTILES = 256


@dataclass(frozen=True)
class LenderPolicy:
    """The decisions in force. Limits are shares of each account's ceiling, by class; a lender that is not open makes no
    loans, so that nobody can draw on a limit."""

    classes: tuple[str, ...]
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
        listed = {name: tuple(plain[name]) for name in ("classes", "limit_ppm")}
        return cls(**(plain | listed))

    def with_classes(self, classes: tuple[str, ...]) -> LenderPolicy:
        """Grant these classes only.

        Raises:
            ValueError: a class that does not exist.
        """
        unknown = [name for name in classes if name not in CLASSES]
        if unknown:
            raise ValueError(f"score classes are {', '.join(CLASSES)}; got {', '.join(unknown)}")
        return replace(self, classes=tuple(classes))

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


def classes_seen(
    class_shares_ppm: tuple[int, ...], quality_sd: float, usual_noise: float, noise: float, walled: float = 0.0
) -> Array:
    """Score class by [quality bin, quantile of the score's noise].

    What is seen is quality + noise x z; what is believed is its share sd^2 / (sd^2 + noise^2), the quality to be
    expected given what is seen. Beliefs are cut where the lender cut them at its usual noise: the less noise, the
    further beliefs spread, so the good are found to be good and the bad to be bad (MODEL 2, posterior below a cut-off).
    `walled` is the part by which the noise is larger for data that may no longer be used: the chance of default that
    this hides counts against those who are scored (`hidden_risk`).
    """
    usual_cuts = score_cuts(class_shares_ppm, quality_sd, usual_noise)
    cuts = [trust(quality_sd, usual_noise) * cut for cut in usual_cuts]
    _, means = quality_bins(max(quality_sd, 1e-9))
    scores = trust(quality_sd, noise) * (np.array(means)[:, None] + noise * normal_quantiles()[None, :])
    scores += hidden_risk(quality_sd, noise) - hidden_risk(quality_sd, noise / (1.0 + walled))
    # A coarse grid, so that the last bits of a logarithm cannot decide.
    seen: Array = np.searchsorted(np.round(cuts, 9), np.round(scores, 9), side="right").astype(np.uint8)
    return seen


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


def trust(quality_sd: float, noise: float) -> float:
    """The weight of what is seen in what is believed about quality, 0 to 1."""
    return quality_sd**2 / max(1e-18, quality_sd**2 + noise**2)


def hidden_risk(quality_sd: float, noise: float) -> float:
    """What quality hidden by a score's error adds to the logit of the expected default chance.

    Given the score, quality is normal with variance v = sd^2 noise^2 / (sd^2 + noise^2). While default is rare its
    chance is exp(b + theta), so that its expectation is that of the quality believed and half of v, in logits:

    >>> round(hidden_risk(1.2, 0.7), 4)  # 1.44 x 0.49 / 1.93 / 2
    0.1828
    """
    return (1.0 - trust(quality_sd, noise)) * quality_sd**2 / 2.0


def normal_quantiles() -> Array:
    """Normal values at the middles of 256 equally likely steps."""
    return np.array([NormalDist().inv_cdf((k + 0.5) / SCORE_QUANTILES) for k in range(SCORE_QUANTILES)])


def rescore(book: LoanBook, noise: float, walled: float, *, see_elsewhere: bool) -> None:
    """Score every account of a book again; see `LoanBook.rescore`."""
    a, h = book.accounts.columns, book.households
    table = classes_seen(book.terms.class_shares_ppm, h.terms.quality_sd, book.terms.score_noise, noise, walled)
    late = book.table.late_elsewhere(book.lender) if see_elsewhere else np.zeros(h.columns.weight.size, np.uint8)
    kernels.rescore(
        book.table.account_key, book.lender, table, limits_by_class(book.terms), late, book.accounts.members,
        h.columns.trait, a.household, a.standing, a.noise, a.klass, a.ceiling,
    )  # fmt: skip
    cap_persons(book)
