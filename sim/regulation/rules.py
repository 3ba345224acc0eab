"""The rules that bind lenders and banks: each a pure function of a position, with its distance from the limit.

A rule measures a position against a limit, both in fen, and finds the headroom left or the shortfall to be made good;
it binds when no headroom is left. What is measured is a stock (funded balances), never a flow of issues. Multiples and
shares are turned into whole ppm once; limits are rounded down, requirements up. Where net assets or capital are
negative the limit is 0.

Ids such as RUL01 are those of the facts files. Figures with low confidence there say so here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final, Literal, TypeAlias

from sim.deals.fields import PPM
from sim.deals.ratings import UNRATED, notch

Category: TypeAlias = Literal[
    "funding", "standardised", "nonstandardised", "bank_loans", "shareholder_loans", "asset_transfer"
]
"""What a cap on funding counts: see `sim.regulation.timeline.WITHIN` for which lies within which."""


@dataclass(frozen=True)
class FundingPosition:
    """How a lender is funded, stocks in fen.

    `abs_outstanding_fen` counts notes held by others that its sold pools stand behind; joint loans are the whole loans,
    of which it funds `own_share_of_joint_fen`. `managed_fen` are all loans it services, whoever owns them, out of
    `market_fen` of all lenders.
    """

    net_assets_fen: int
    bonds_fen: int = 0
    abs_outstanding_fen: int = 0
    other_standardised_fen: int = 0
    bank_loans_fen: int = 0
    shareholder_loans_fen: int = 0
    other_nonstandardised_fen: int = 0
    joint_loans_fen: int = 0
    own_share_of_joint_fen: int = 0
    registered_capital_fen: int = 0
    managed_fen: int = 0
    market_fen: int = 0

    @property
    def standardised_fen(self) -> int:
        """Bonds, asset-backed securities and other standardised debt."""
        return self.bonds_fen + self.abs_outstanding_fen + self.other_standardised_fen

    @property
    def nonstandardised_fen(self) -> int:
        """Loans of banks and shareholders, and whatever else is no standardised debt."""
        return self.bank_loans_fen + self.shareholder_loans_fen + self.other_nonstandardised_fen

    @property
    def funding_fen(self) -> int:
        """All that others lend it, sold pools included."""
        return self.standardised_fen + self.nonstandardised_fen


@dataclass(frozen=True)
class BankPosition:
    """What rules for banks measure, stocks in fen; partners are platforms it lends jointly with."""

    cet1_fen: int = 0
    tier1_fen: int = 0
    capital_fen: int = 0
    risk_weighted_fen: int = 0
    loans_fen: int = 0
    largest_partner_fen: int = 0
    partners_fen: int = 0
    deposits_fen: int = 0
    reserves_fen: int = 0


@dataclass(frozen=True)
class Finding:
    """A position against its limit; exactly one of headroom and shortfall can be positive."""

    headroom_fen: int
    shortfall_fen: int
    binding: bool
    position_fen: int
    limit_fen: int


def within(position_fen: int, limit_fen: int) -> Finding:
    """The finding of a rule that a position must not exceed a limit."""
    headroom = max(0, limit_fen - position_fen)
    return Finding(headroom, max(0, position_fen - limit_fen), headroom == 0, position_fen, limit_fen)


def _times(multiple: float, base_fen: int) -> int:
    """A multiple of a base, rounded down; 0 for a negative base."""
    return round(multiple * PPM) * max(0, base_fen) // PPM


@dataclass(frozen=True)
class StandardisedFundingCap:
    """Bonds, asset-backed securities and other standardised debt <= multiple x net assets (RUL01, RUL02, POL11: 4).

    >>> StandardisedFundingCap(4.0).finding(FundingPosition(net_assets_fen=100, bonds_fen=50, abs_outstanding_fen=300))
    Finding(headroom_fen=50, shortfall_fen=0, binding=False, position_fen=350, limit_fen=400)
    """

    multiple: float = 4.0
    category: ClassVar[Category] = "standardised"

    def finding(self, position: FundingPosition) -> Finding:
        """Standardised funding against the cap, fen."""
        return within(position.standardised_fen, _times(self.multiple, position.net_assets_fen))


@dataclass(frozen=True)
class NonStandardisedFundingCap:
    """Loans of banks, shareholders and others <= multiple x net assets (RUL01, RUL02: 1).

    >>> NonStandardisedFundingCap(1.0).finding(FundingPosition(net_assets_fen=100, bank_loans_fen=120)).shortfall_fen
    20
    """

    multiple: float = 1.0
    category: ClassVar[Category] = "nonstandardised"

    def finding(self, position: FundingPosition) -> Finding:
        """Non-standardised funding against the cap, fen."""
        return within(position.nonstandardised_fen, _times(self.multiple, position.net_assets_fen))


@dataclass(frozen=True)
class CombinedLeverageCap:
    """All funding, sold pools added to what stands on the balance sheet, <= multiple x net capital.

    The cash-loan notice of 2017-12 (RUL08, RUL09): the ratio is local, 0.5-3, Chongqing 2.3; the paper prints 1 (POL07,
    F20), which is the alternative to set.

    >>> CombinedLeverageCap(2.3).finding(
    ...     FundingPosition(net_assets_fen=100, abs_outstanding_fen=180, bank_loans_fen=50)).binding
    True
    """

    multiple: float
    category: ClassVar[Category] = "funding"

    def finding(self, position: FundingPosition) -> Finding:
        """All funding against the cap, fen."""
        return within(position.funding_fen, _times(self.multiple, position.net_assets_fen))


@dataclass(frozen=True)
class BankLoanCap:
    """Loans of banks <= multiple x net capital (local rules for small-loan companies; RUL09: 0.5 in Chongqing).

    With multiple 1 it is the limit on interbank borrowing of consumer finance companies (RUL15: 100 % of net capital).

    >>> BankLoanCap(0.5).finding(FundingPosition(net_assets_fen=101, bank_loans_fen=10)).headroom_fen
    40
    """

    multiple: float = 0.5
    category: ClassVar[Category] = "bank_loans"

    def finding(self, position: FundingPosition) -> Finding:
        """Bank loans against the cap, fen."""
        return within(position.bank_loans_fen, _times(self.multiple, position.net_assets_fen))


@dataclass(frozen=True)
class ShareholderLoanCap:
    """Loans of the main shareholder <= multiple x net capital (RUL09: 1 in Chongqing).

    >>> ShareholderLoanCap(1.0).finding(FundingPosition(net_assets_fen=100, shareholder_loans_fen=100)).binding
    True
    """

    multiple: float = 1.0
    category: ClassVar[Category] = "shareholder_loans"

    def finding(self, position: FundingPosition) -> Finding:
        """Shareholder loans against the cap, fen."""
        return within(position.shareholder_loans_fen, _times(self.multiple, position.net_assets_fen))


@dataclass(frozen=True)
class ConsumerFinanceLeverage:
    """Loans of a consumer finance company <= multiple x registered capital (RUL13: about 10).

    Its loans are what net assets and funding pay for, so funding is measured against the limit less net assets.

    >>> ConsumerFinanceLeverage().finding(FundingPosition(net_assets_fen=120, registered_capital_fen=100, bonds_fen=80))
    Finding(headroom_fen=800, shortfall_fen=0, binding=False, position_fen=80, limit_fen=880)
    """

    multiple: float = 10.0
    category: ClassVar[Category] = "funding"

    def finding(self, position: FundingPosition) -> Finding:
        """Funding against what the multiple leaves, fen."""
        loans = _times(self.multiple, position.registered_capital_fen)
        return within(position.funding_fen, max(0, loans - max(0, position.net_assets_fen)))


@dataclass(frozen=True)
class LeverageRatio:
    """Net assets >= minimum x assets, assets being net assets and funding (RUL14: 4 % from 2024-04-18).

    >>> LeverageRatio(0.04).finding(FundingPosition(net_assets_fen=4, bonds_fen=90)).headroom_fen
    6
    """

    minimum: float = 0.04
    category: ClassVar[Category] = "funding"

    def finding(self, position: FundingPosition) -> Finding:
        """Funding against what the ratio allows, fen."""
        own = max(0, position.net_assets_fen)
        return within(position.funding_fen, own * PPM // round(self.minimum * PPM) - own)


@dataclass(frozen=True)
class JointLendingShare:
    """The platform funds at least a share of each joint loan (RUL03, RUL12: 30 %), so partners at most the rest.

    >>> JointLendingShare(0.30).finding(FundingPosition(100, joint_loans_fen=1_000, own_share_of_joint_fen=20))
    Finding(headroom_fen=0, shortfall_fen=280, binding=True, position_fen=980, limit_fen=700)
    """

    minimum: float = 0.30

    def finding(self, position: FundingPosition) -> Finding:
        """Partners' part against the rest, fen; the shortfall is what the platform must fund itself."""
        partners = position.joint_loans_fen - position.own_share_of_joint_fen
        return within(partners, _times(1 - self.minimum, position.joint_loans_fen))


@dataclass(frozen=True)
class RegisteredCapital:
    """Registered capital, paid in, of at least an amount (RUL05: 1 bn, across provinces 5 bn; RUL14).

    What must be there is the position, what is there the limit, as for reserves.

    >>> RegisteredCapital(500).finding(FundingPosition(net_assets_fen=900, registered_capital_fen=450)).shortfall_fen
    50
    """

    minimum_fen: int

    def finding(self, position: FundingPosition) -> Finding:
        """The minimum against what is paid in, fen."""
        return within(self.minimum_fen, position.registered_capital_fen)


@dataclass(frozen=True)
class MarketShareCap:
    """Loans it services <= share x loans of all lenders (LVR15: antitrust).

    >>> MarketShareCap(0.3).finding(FundingPosition(net_assets_fen=0, managed_fen=35, market_fen=100)).shortfall_fen
    5
    """

    share: float = 0.3

    def finding(self, position: FundingPosition) -> Finding:
        """Its loans against its part of the market, fen."""
        return within(position.managed_fen, _times(self.share, position.market_fen))


@dataclass(frozen=True)
class SinglePartnerCap:
    """A bank's joint loans with one platform and those related to it <= share x net tier 1 (RUL12: 25 %).

    >>> SinglePartnerCap(0.25).finding(BankPosition(tier1_fen=400, largest_partner_fen=90)).headroom_fen
    10
    """

    share: float = 0.25

    def finding(self, position: BankPosition) -> Finding:
        """The largest partner's loans against the cap, fen."""
        return within(position.largest_partner_fen, _times(self.share, position.tier1_fen))


@dataclass(frozen=True)
class AllPartnersCap:
    """A bank's joint loans with all platforms <= share x its loans (RUL12: 50 %).

    >>> AllPartnersCap(0.5).finding(BankPosition(loans_fen=1_000, partners_fen=600)).shortfall_fen
    100
    """

    share: float = 0.5

    def finding(self, position: BankPosition) -> Finding:
        """All joint loans against the cap, fen."""
        return within(position.partners_fen, _times(self.share, position.loans_fen))


@dataclass(frozen=True)
class BankCapital:
    """Capital of three qualities >= minima x risk-weighted assets (RUL16).

    Fully loaded from the end of 2018: total 10.5 %, tier 1 8.5 %, core tier 1 7.5 %; one point more each for
    systemically important banks. The headroom is the risk-weighted assets that may still be added.

    >>> BankCapital().finding(BankPosition(cet1_fen=80, tier1_fen=88, capital_fen=105, risk_weighted_fen=900))
    Finding(headroom_fen=100, shortfall_fen=0, binding=False, position_fen=900, limit_fen=1000)
    """

    total: float = 0.105
    tier1: float = 0.085
    cet1: float = 0.075

    def finding(self, position: BankPosition) -> Finding:
        """Risk-weighted assets against the most that the scarcest quality of capital carries, fen."""
        held = ((position.capital_fen, self.total), (position.tier1_fen, self.tier1), (position.cet1_fen, self.cet1))
        carried = min(max(0, capital) * PPM // round(minimum * PPM) for capital, minimum in held)
        return within(position.risk_weighted_fen, carried)


@dataclass(frozen=True)
class ReserveRequirement:
    """Reserves at the central bank >= ratio x deposits (BKS05-BKS07; the ratio of a day is the economy's).

    >>> ReserveRequirement(0.084).finding(BankPosition(deposits_fen=1_000, reserves_fen=80)).shortfall_fen
    4
    """

    ratio: float

    def finding(self, position: BankPosition) -> Finding:
        """The requirement (rounded up) against reserves, fen."""
        return within(-(-round(self.ratio * PPM) * max(0, position.deposits_fen) // PPM), position.reserves_fen)


LenderRule: TypeAlias = (
    StandardisedFundingCap
    | NonStandardisedFundingCap
    | CombinedLeverageCap
    | BankLoanCap
    | ShareholderLoanCap
    | ConsumerFinanceLeverage
    | LeverageRatio
    | JointLendingShare
    | RegisteredCapital
    | MarketShareCap
)
BankRule: TypeAlias = SinglePartnerCap | AllPartnersCap | BankCapital | ReserveRequirement
Rule: TypeAlias = LenderRule | BankRule
RULES: Final[Mapping[str, type[Rule]]] = {
    "standardised_funding_cap": StandardisedFundingCap,
    "nonstandardised_funding_cap": NonStandardisedFundingCap,
    "combined_leverage_cap": CombinedLeverageCap,
    "bank_loan_cap": BankLoanCap,
    "shareholder_loan_cap": ShareholderLoanCap,
    "consumer_finance_leverage": ConsumerFinanceLeverage,
    "leverage_ratio": LeverageRatio,
    "joint_lending_share": JointLendingShare,
    "single_partner_cap": SinglePartnerCap,
    "all_partners_cap": AllPartnersCap,
    "bank_capital": BankCapital,
    "reserve_requirement": ReserveRequirement,
}
"""Every rule that a scenario can put in force, by name."""


def following_rate_cap_ppm(lpr_ppm: int, multiple: float) -> int:
    """The highest rate that follows the loan prime rate, ppm a year.

    RUL10: 4 x 3.85 % = 15.4 % on 2020-08-20; caps before it, 24 % and 36 %, are figures as they stand.

    >>> following_rate_cap_ppm(38_500, 4)
    154000
    """
    return round(lpr_ppm * multiple)


RETAIL_LOAN_WEIGHT_BP: Final = 7_500
"""Risk weight of a consumer loan (RUL19, low confidence: 75 %)."""
OTHER_LOAN_WEIGHT_BP: Final = 10_000
"""Risk weight of any other loan (RUL19, low confidence: 100 %)."""
TRANCHE_WEIGHTS_BP: Final = (2_000, 5_000, 10_000, 35_000)
"""Risk weights of notes down to each letter of `_LOWEST` (RUL17; beyond the first RUL18, low confidence)."""
_LOWEST: Final = ("AA-", "A-", "BBB-", "BB-")
_UNRATED_WEIGHT_BP: Final = 125_000


def tranche_weight_bp(rating: str, weights_bp: tuple[int, ...] = TRANCHE_WEIGHTS_BP) -> int:
    """Risk weight of a securitization tranche by its letter: to AA- 20 % (RUL17), to A- 50 %, to BBB- 100 %, to BB-
    350 %, below and unrated 1250 % (RUL18, low confidence).

    >>> [tranche_weight_bp(letter) for letter in ("AAA", "A", "BB+", "B", "unrated")]
    [2000, 5000, 35000, 125000, 125000]
    """
    if rating != UNRATED:
        for lowest, weight in zip(_LOWEST, weights_bp, strict=True):
            if notch(rating) <= notch(lowest):
                return weight
    return _UNRATED_WEIGHT_BP
