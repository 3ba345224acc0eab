"""A bank's loans to firms and others outside this market, month by month: interest, defaults, write-offs, new lending.

Borrowers bank where they borrow. What they owe they earn from the public, which holds its deposits at the same bank, so
that no purse of the world decides whether a firm pays: that is decided by the economy and by the bank's monitoring.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.agents.bank_accounts import DEPOSITORS, GOVERNMENT, MILLION, STATE
from sim.agents.bank_terms import BankConductTerms
from sim.agents.market_place import MERCHANTS
from sim.calendar import month_index
from sim.draws import Clock, Subject, declare, subject_number, words
from sim.ledger import Code, Kind

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank

CREDIT_SHOCK = declare("bank credit shock", Clock.MONTH, Subject.INSTITUTION, "a bank's own luck with its borrowers")
MEAN_RISK, MEAN_MONITORING = 500_000, 200_000


@dataclass(frozen=True)
class CreditMonth:
    """What happens to a bank's general loans in a month, fen."""

    interest: int
    new_npl: int
    collected: int
    written_off: int
    repaid: int
    lent: int


def standard_normal_milli(drawn: tuple[int, int, int, int]) -> int:
    """A draw of mean 0 and standard deviation 1,000 from four 32-bit words: their centred sum over its sd (three sums
    of four would be normal to the eye; the tails end at 3.46)."""
    return (sum(drawn) - (2 << 32)) * 1732 // (1 << 32)


def inflow_ppm(
    conduct: BankConductTerms, *, clientele_ppm: int, stress_milli: int, risk_ppm: int, monitoring_ppm: int, luck: int
) -> int:
    """Loans that stop performing in a month, ppm of performing ones.

    Yearly default rate x clientele / 12 x exp(stress effect x M + shock sd x luck) x (1 - eta m) / (1 - eta m0) x
    (1/2 + w) with m0 = 0.2, so a bank of mean clientele, risk share (1/2) and monitoring has the stated rate; at most
    half.
    """
    eta = conduct.monitoring_effect
    log = conduct.stress_effect * stress_milli / 1000 + conduct.shock_sd * luck / 1000
    watched = (1 - eta * monitoring_ppm / MILLION) / (1 - eta * MEAN_MONITORING / MILLION)
    taken = (MEAN_RISK + risk_ppm) / MILLION
    return min(500_000, round(conduct.default_ppm * clientele_ppm / MILLION / 12 * math.exp(log) * watched * taken))


def lending_rate_ppm(conduct: BankConductTerms, policy_ppm: int, risk_ppm: int, clientele_ppm: int) -> int:
    """Policy rate + spread + risk premium x (w - 1/2) + what the bank's own clientele loses it beyond the mean one,
    which its rates make good; at least 0; ppm a year."""
    lost = conduct.default_ppm * (clientele_ppm - MILLION) // MILLION * (MILLION - conduct.recovered_ppm) // MILLION
    premium = conduct.risk_premium_ppm * (risk_ppm - MEAN_RISK) // MILLION
    return max(0, policy_ppm + conduct.lending_spread_ppm + premium + lost)


def resolved_fen(conduct: BankConductTerms, bad: int) -> tuple[int, int]:
    """(collected in cash, from collateral and settlements; lost) of the bad loans resolved in a month, fen."""
    resolved = bad * conduct.resolved_ppm // MILLION
    collected = resolved * conduct.recovered_ppm // MILLION
    return collected, resolved - collected


def credit_month(
    conduct: BankConductTerms, *, owed: int, npl: int, rate_ppm: int, inflow: int, wanted: int
) -> CreditMonth:
    """The month of a loan book of `owed` fen, `npl` of it non-performing; `wanted` is the size it should have at the
    end."""
    performing = owed - npl
    new_npl = performing * inflow // MILLION
    collected, lost = resolved_fen(conduct, npl + new_npl)
    repaid = (performing - new_npl) * conduct.repayment_ppm // MILLION
    return CreditMonth(
        interest=(performing - new_npl) * rate_ppm // (12 * MILLION),
        new_npl=new_npl,
        collected=collected,
        written_off=lost,
        repaid=repaid,
        lent=max(0, wanted - (owed - collected - lost - repaid)),
    )


def live_credit(bank: CommercialBank, wanted_fen: int) -> None:
    """Post a month of the general loans, which are to end at `wanted_fen`."""
    ledger, conduct, memory = bank.place.ledger, bank.balance.conduct, bank.memory
    day = bank.place.day
    drawn = words(bank.place.seed_number, CREDIT_SHOCK, month_index(day), subject_number(bank.party))
    inflow = inflow_ppm(
        conduct, clientele_ppm=bank.balance.clientele_ppm, stress_milli=bank.place.stress_milli,
        risk_ppm=memory["risk_ppm"], monitoring_ppm=memory["monitoring_ppm"], luck=standard_normal_milli(drawn),
    )  # fmt: skip
    claim = bank.corporate_claim
    policy = bank.place.macro.policy_rate_ppm(day)
    month = credit_month(
        conduct, owed=ledger.nominal(claim), npl=memory["npl_fen"], inflow=inflow,
        rate_ppm=lending_rate_ppm(conduct, policy, memory["risk_ppm"], bank.balance.clientele_ppm), wanted=wanted_fen,
    )  # fmt: skip
    post_credit(bank, month)
    memory["npl_fen"] += month.new_npl - month.collected - month.written_off


def post_credit(bank: CommercialBank, month: CreditMonth) -> None:
    """Write a month of the general loans into the ledger."""
    ledger, claim = bank.place.ledger, bank.corporate_claim
    firms, public = bank.account(MERCHANTS), bank.account(DEPOSITORS)
    ledger.write_down(claim, month.written_off, cause="origin")
    # What is repaid and lent again within the month only changes hands among borrowers.
    net = month.lent - month.repaid - month.collected
    earn_from_public(bank, firms, month.interest + max(0, -net))
    ledger.accrue(claim, month.interest)
    ledger.pay_accrued(claim, min(ledger.accrued(claim), ledger.cash(firms)), payer=firms)
    if net > 0:
        ledger.draw(claim, net, payee=public)
    else:
        ledger.repay(claim, min(-net, ledger.cash(firms)), payer=firms)


def bad_loans_fen(bank: CommercialBank) -> int:
    """Non-performing general loans, as it declares them to who buys them."""
    return int(bank.memory["npl_fen"])


def sell_bad_loans(bank: CommercialBank, buyer: str, fen: int, price_fen: int) -> None:
    """Hand non-performing general loans over for a price. The loss is borne by what was provided, as far as that goes;
    the rest is its loss on the sale."""
    ledger, claim = bank.place.ledger, bank.corporate_claim
    covered = min(ledger.allowance(claim), fen - price_fen)
    bank.place.make_liquid(buyer, price_fen)
    ledger.assign(claim, buyer, fen, price_fen, allowance_fen=covered)
    bank.memory["npl_fen"] -= fen


def live_government_bonds(bank: CommercialBank, wanted_fen: int) -> None:
    """The coupon of government bonds, paid from taxes, and net purchases toward `wanted_fen` from the state, which
    spends what it borrows."""
    ledger, conduct = bank.place.ledger, bank.balance.conduct
    claim = ledger.claim(Kind.BOND, bank.party, STATE, deal=GOVERNMENT)
    state, public = bank.account(STATE), bank.account(DEPOSITORS)
    rate = max(0, bank.place.macro.policy_rate_ppm(bank.place.day) - conduct.government_discount_ppm)
    coupon = ledger.nominal(claim) * rate // (12 * MILLION)
    earn_from_public(bank, state, coupon - ledger.cash(state))
    ledger.accrue(claim, coupon)
    ledger.pay_accrued(claim, min(ledger.accrued(claim), ledger.cash(state)), payer=state)
    more = wanted_fen - ledger.nominal(claim)
    if more > 0:
        ledger.draw(claim, more, payee=public)


def earn_from_public(bank: CommercialBank, account: str, fen: int) -> None:
    """The public buys from firms, or pays its taxes, what they need at this bank."""
    ledger, public = bank.place.ledger, bank.account(DEPOSITORS)
    code = Code.TAX if account.startswith(STATE) else Code.PURCHASE_OF_GOODS
    ledger.pay(public, account, min(max(0, fen), ledger.cash(public)), code)


def spend_to_public(bank: CommercialBank) -> None:
    """What firms and the state took in at this bank they pay out to the public: wages and public spending."""
    ledger, public = bank.place.ledger, bank.account(DEPOSITORS)
    for party, code in ((MERCHANTS, Code.WAGE), (STATE, Code.SUBSIDY)):
        account = bank.account(party)
        ledger.pay(account, public, ledger.cash(account), code)
