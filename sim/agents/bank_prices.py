"""What a yuan lent costs a bank, at the margin, and what it therefore asks: of lenders' lines and of joint loans.

A bank reckons with what the next yuan costs it and not with the mean of what it owes: funds at the three-month rate at
which others lend to it, capital that the risk weight takes at what shareholders ask for it, and the loss it expects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.agents.bank_accounts import BUFFER_PPM, MILLION
from sim.agents.joint_arrears import ARREARS, NON_PERFORMING
from sim.agents.market_place import HOUSEHOLDS
from sim.ledger import Kind, State
from sim.markets import bank_lending, interbank
from sim.markets.bank_capital import cost_of_shares_ppm

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

EQUITY_RETURN_PPM = 100_000
"""Return on equity a bank asks for when it prices capital (assumption near BKS08's 9.48 %, range 80,000-130,000)."""
QUOTED_IN_PPM = 2_500
"""Banks quote joint loans in steps of a quarter of a percent: those within a step cost the same (assumption, 500 to
5,000)."""


def funding_ppm(bank: CommercialBank) -> int:
    """What three-month money costs it: dearer where others doubt it by the ratio it last published; ppm a year."""
    conduct, place = bank.balance.conduct, bank.place
    policy = place.macro.policy_rate_ppm(place.day)
    return interbank.rate_ppm("3_months", policy, conduct.interbank_spread_ppm, conduct.term_premium_ppm, _doubt(bank))


def doubt_ppm(bank: CommercialBank) -> int:
    """What others' doubt about a bank adds to what it pays them, ppm a year."""
    sound = interbank.rate_ppm("3_months", MILLION, 0, bank.balance.conduct.term_premium_ppm, 0)
    return interbank.rate_ppm("3_months", MILLION, 0, bank.balance.conduct.term_premium_ppm, _doubt(bank)) - sound


def _doubt(bank: CommercialBank) -> int:
    market = bank.place.money_market
    return 0 if market is None else MILLION - market.confidence_ppm(bank)


def marginal_cost_ppm(bank: CommercialBank, weight_bp: int) -> int:
    """Funds, and the capital a loan of this risk weight takes, a buffer over the minimum. Capital costs what
    shareholders ask, and the nearer the bank is to its minimum the more of the discount of new shares; ppm a year."""
    funds, slack = funding_ppm(bank), bank.slack_ppm(int(bank.last["capital_ppm"]))
    discount = bank.balance.conduct.share_discount_ppm * (MILLION - slack) // MILLION
    capital = bank_lending.capital_charge_ppm(
        capital_ppm=bank.minimum_ppm + BUFFER_PPM, weight_bp=weight_bp,
        equity_return_ppm=cost_of_shares_ppm(EQUITY_RETURN_PPM, discount), funding_ppm=funds,
    )  # fmt: skip
    return funds + capital


def joint_appetite_fen(bank: CommercialBank) -> int:
    """What it means to hold of all platforms' joint loans: share of assets x risk share, fen."""
    share = bank.balance.conduct.joint_share_ppm * bank.balance.joint_appetite_ppm // MILLION
    return int(bank.last["assets"]) * share // MILLION * int(bank.memory["risk_ppm"]) // MILLION


def joint_rate_ppm(bank: CommercialBank, weight_bp: int, loss_ppm: int) -> int:
    """What it asks to keep of joint loans: marginal cost, expected loss, and a margin that rises with the part of its
    appetite that is used; in steps, rounded up; ppm a year."""
    asked = bank_lending.joint_rate_ppm(
        cost_ppm=marginal_cost_ppm(bank, weight_bp), loss_ppm=loss_ppm,
        margin_ppm=bank.balance.conduct.joint_margin_ppm, held_fen=sum(bank.last["partners"].values()),
        appetite_fen=joint_appetite_fen(bank),
    )  # fmt: skip
    return -(-asked // QUOTED_IN_PPM) * QUOTED_IN_PPM


def note_held(bank: CommercialBank) -> None:
    """Months in which it held joint loans with each platform, and the sum of what it held at their ends."""
    for platform, fen in bank.last["partners"].items():
        months, held = bank.memory["joint_held"].get(platform, [0, 0])
        bank.memory["joint_held"][platform] = [months + 1, held + fen]


def experienced_loss_ppm(bank: CommercialBank, platform: str) -> int:
    """Yearly loss of joint loans with a platform as the bank has been told and has seen it, a year of prior belief
    added: (written off + reported more than 90 days late + prior x mean loans) / (mean loans x (years + 1)), ppm."""
    place, prior = bank.place, bank.balance.conduct.joint_default_ppm
    months, held = bank.memory["joint_held"].get(platform, [0, 0])
    if not held:
        return prior
    told = place.heard(f"originator:{platform}", f"{ARREARS}:{bank.party}", default=[])
    gone = place.ledger.claim(Kind.LOAN, bank.party, HOUSEHOLDS, deal=platform, state=State.WRITTEN_OFF)
    lost = place.ledger.nominal(gone) + sum(told[NON_PERFORMING:])
    loss: int = (12 * lost * MILLION + 12 * prior * held // months) // (held + 12 * held // months)
    return loss
