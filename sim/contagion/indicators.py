"""The papers' table of commercial-bank systemic risk: fourteen indicators in four groups, and what two of them hide.

The paper (S4, table before its Fig. 4; ids SYS01-SYS14) names the indicators and gives neither formula nor direction.
Definitions and directions here are this project's, each with its reason. Non-performing loans and capital adequacy are
measured twice: on the balance sheets of commercial banks, and with what stands off them and still reaches them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

MACRO, BANKS, SECURITIES, ABROAD = "macro", "banks", "securities", "abroad"
GROUPS: Final = (MACRO, BANKS, SECURITIES, ABROAD)

EITHER, ON_BALANCE, WITH_OFF_BALANCE = "", "on_balance", "with_off_balance"
SCOPES: Final = (ON_BALANCE, WITH_OFF_BALANCE)
"""What is measured: balance sheets alone, or with off-balance-sheet assets; empty where it makes no difference."""

MILLION: Final = 1_000_000


@dataclass(frozen=True)
class Indicator:
    """One row of the papers' table. `risk` is +1 if a rise means more risk, -1 if a fall does."""

    name: str
    group: str
    fact: str
    risk: Literal[1, -1]
    meaning: str
    why: str
    scopes: tuple[str, ...] = (EITHER,)


INDICATORS: Final = (
    Indicator("sentiment", MACRO, "SYS01", -1, "macroeconomic sentiment index, distance from its normal",
              "gloom comes before arrears"),
    Indicator("gdp_growth", MACRO, "SYS02", -1, "real growth over the year before", "incomes pay loans"),
    Indicator("investment_growth", MACRO, "SYS03", -1, "growth of fixed-asset investment, distance from its normal",
              "firms that invest borrow, and repay out of what others invest"),
    Indicator("cpi", MACRO, "SYS04", 1, "inflation over the year before", "it eats incomes and brings higher rates"),
    Indicator("required_reserve", BANKS, "SYS05", -1, "average required reserve ratio of banks",
              "reserves are a buffer that can be released"),
    Indicator("npl", BANKS, "SYS06", 1, "non-performing share of commercial banks' loans", "losses to come", SCOPES),
    Indicator("capital", BANKS, "SYS07", -1, "commercial banks' capital over their risk-weighted assets",
              "what losses can eat", SCOPES),
    Indicator("price_earnings", SECURITIES, "SYS08", 1, "average price-earnings ratio, distance of its logarithm from "
              "normal", "a height to fall from"),
    Indicator("stock_volatility", SECURITIES, "SYS09", 1, "volatility of the composite share index, of twelve monthly "
              "returns", "fear"),
    Indicator("stock_value_growth", SECURITIES, "SYS10", -1, "growth of stock market value over the year before",
              "collateral and equity funding shrink with it"),
    Indicator("foreign_exchange_growth", ABROAD, "SYS11", -1, "foreign-exchange reserves against a year earlier, "
              "distance from normal (flag F26: the paper's words are mistranslated)", "money that leaves"),
    Indicator("short_external_debt", ABROAD, "SYS12", 1, "short-term external debt, distance from normal",
              "it can be called at once"),
    Indicator("trade_balance", ABROAD, "SYS13", -1, "balance of exports and imports, distance from normal",
              "what pays debt abroad"),
    Indicator("direct_investment", ABROAD, "SYS14", -1, "foreign direct investment, distance from normal",
              "money that does not leave in a day"),
)  # fmt: skip
"""The table, in its order."""


@dataclass(frozen=True)
class BankingSystem:
    """Stocks of all commercial banks together, fen.

    `loans_fen` and `bad_fen` are on their balance sheets, bad meaning non-performing or more than 90 days past due.
    `off_loans_fen` and `off_bad_fen` are loans they do not own and whose losses can reach them: pools that plans hold
    and the parts of others in joint loans. `off_weighted_fen` is by how much risk-weighted assets would rise if these,
    less the notes of them that banks hold and weigh already, and undrawn commitments stood on their balance sheets.
    """

    loans_fen: int
    bad_fen: int
    capital_fen: int
    risk_weighted_fen: int
    off_loans_fen: int = 0
    off_bad_fen: int = 0
    off_weighted_fen: int = 0

    def npl_ppm(self, scope: str) -> float | None:
        """Bad loans over all loans, of a scope; None without any loans."""
        off = scope == WITH_OFF_BALANCE
        loans = self.loans_fen + (self.off_loans_fen if off else 0)
        return (self.bad_fen + (self.off_bad_fen if off else 0)) * MILLION / loans if loans > 0 else None

    def capital_ppm(self, scope: str) -> float | None:
        """Capital over risk-weighted assets, of a scope; None without any."""
        weighted = self.risk_weighted_fen + (self.off_weighted_fen if scope == WITH_OFF_BALANCE else 0)
        return self.capital_fen * MILLION / weighted if weighted > 0 else None
