"""The data dictionary: every table a run leaves behind and every column in it, with type, unit, meaning and key.

The dictionary is the one source of the Parquet schemas, of `datapackage.json` and of the generated table pages. Money
is int64 fen, exact to the last one (programs that hold numbers as doubles, such as R or JavaScript, are exact up to
2^53 fen, 90 trillion yuan); rates are ppm or bp; a unit stands in its column name. A `date` is the simulated day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

ColumnType: TypeAlias = Literal["int64", "int32", "string", "date32", "float64", "bool"]


@dataclass(frozen=True)
class Column:
    """One column: its type, unit ("" for a label or plain number) and meaning; only `nullable` ones may hold nulls."""

    name: str
    type: ColumnType
    unit: str
    description: str
    nullable: bool = False


@dataclass(frozen=True)
class Table:
    """One table: its columns in order and its primary key (empty where rows are a log and no key exists).

    `on_request`: kept only where the run asks for it, since it grows with the population.
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    on_request: bool = False


def _fen(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "fen", description, nullable)


def _ppm(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "ppm", description, nullable)


def _bp(name: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int64", "bp", description, nullable)


def _count(name: str, unit: str, description: str) -> Column:
    return Column(name, "int64", unit, description)


def _number(name: str, unit: str, description: str, *, nullable: bool = False) -> Column:
    return Column(name, "int32", unit, description, nullable)


def _text(name: str, description: str) -> Column:
    return Column(name, "string", "", description)


_DATE = Column("date", "date32", "day", "simulated day the row is about, as it stands at the day's close")
_HOUR = _number("hour", "hour of day", "hour of the timetable at which it happened")
_DEAL = _text("deal", "deal id; empty where no deal is concerned")


def _table(name: str, description: str, key: tuple[str, ...], *columns: Column, on_request: bool = False) -> Table:
    return Table(name, description, key, (_DATE, *columns), on_request)


_ALL = (
    _table(
        "market_daily",
        "The whole market, one row a day; flows are those of the day.",
        ("date",),
        _count("households", "households", "households in the population, weighted"),
        _count("loans", "loans", "live loans of all books, weighted"),
        _fen("receivables_fen", "principal owed by households to all owners, written-off loans excluded"),
        _fen("lent_fen", "principal newly lent to households"),
        _fen("collected_fen", "cash collected from households: principal, fees and penalties"),
        _fen("written_off_fen", "principal written off"),
        _fen("recovered_fen", "cash recovered on loans written off earlier"),
        _ppm("macro_stress_ppm", "the economy's stress index, millionths of a standard deviation; 0 is normal"),
    ),
    _table(
        "macro",
        "The economy at month ends.",
        ("date", "series"),
        _text("series", "gdp_growth, cpi, unemployment, income_growth, policy_rate, required_reserve, ... or stress"),
        _count("value", "as the column unit says", "value after shocks"),
        _text("unit", "ppm (a year, or of the labour force or deposits), or 1/1000 sd"),
        _text("status", "observed (printed), simulated, or assumption"),
        _text("source", "id in the facts files, with low confidence flagged, or how it was made"),
    ),
    _table(
        "balance_sheets",
        "Balance sheets of all parties, grouped from the claims of the ledger.",
        ("date", "institution", "side", "item"),
        _text("institution", "party id, kind:name"),
        _text("side", "asset, liability or equity"),
        _text("item", "kind of claim, or the equity account"),
        _fen("amount_fen", "carrying value"),
    ),
    _table(
        "pools",
        "Pools of receivables and originators' books: stocks at the close, flows of the day (with records.pools: "
        "monthly, of the days since the last row).",
        ("date", "deal"),
        _text("deal", "deal id, or book:<originator> for its own book, or managed:<originator> for all it services"),
        _fen("receivable_fen", "principal owed, written-off loans excluded"),
        _fen("current_fen", "principal of loans not past due"),
        _fen("dpd_1_30_fen", "principal of loans 1-30 days past due"),
        _fen("dpd_31_60_fen", "principal of loans 31-60 days past due"),
        _fen("dpd_61_90_fen", "principal of loans 61-90 days past due"),
        _fen("dpd_91_120_fen", "principal of loans 91-120 days past due"),
        _fen("dpd_120_plus_fen", "principal of loans more than 120 days past due, not yet written off"),
        _count("loans", "loans", "live loans, weighted"),
        _fen("new_lending_fen", "principal newly lent into this book"),
        _fen("collected_principal_fen", "principal collected, prepayments included"),
        _fen("prepaid_fen", "principal collected before it was due"),
        _fen("collected_fee_fen", "instalment fees and interest collected"),
        _fen("penalty_fen", "overdue interest collected"),
        _fen("purchased_fen", "principal bought into the pool (sold, if negative, out of a book)"),
        _fen("new_default_fen", "principal that became defaulted"),
        _fen("cumulative_default_fen", "principal defaulted since the cut-off date"),
        _fen("written_off_fen", "principal written off"),
        _fen("recovered_fen", "cash recovered on loans written off earlier"),
        _fen("bought_back_fen", "principal bought back by the originator"),
        _fen("cash_fen", "cash in the deal's accounts; 0 for a book"),
        _ppm("overdue_ppm", "principal past due over receivables"),
        _ppm("npl_ppm", "principal more than 90 days past due over receivables"),
    ),
    _table(
        "purchases",
        "The daily revolving purchases of each deal (with records.pools: monthly, those since the last row).",
        ("date", "deal"),
        _text("deal", "deal id"),
        _fen("cash_available_fen", "cash in the principal account free to buy with"),
        _fen("requested_fen", "principal the deal asked for"),
        _fen("reviewed_fen", "principal whose files the manager reviewed in time"),
        _fen("settled_fen", "principal bought"),
        _fen("price_fen", "price paid"),
        _count("loans", "loans", "loans bought, weighted"),
        _fen("ineligible_found_fen", "ineligible principal the review turned away"),
        _fen("ineligible_bought_fen", "ineligible principal the review missed"),
        _fen("backlog_fen", "principal waiting for review at the close"),
        _ppm("staff_load_ppm", "review hours asked for over hours available"),
        _ppm("error_ppm", "probability that a reviewer misses an ineligible loan, at the day's load"),
        _fen("idle_cash_fen", "cash that could have bought and did not"),
    ),
    _table(
        "payments",
        "Every line of every waterfall.",
        ("date", "deal", "waterfall", "step", "name", "payee"),
        _text("deal", "deal id"),
        _number("period", "period", "number of the payment period, from 1"),
        _text("waterfall", "income, principal or combined"),
        _number("step", "step", "place of the line in its waterfall"),
        _text("name", "what is paid"),
        _text("payee", "party or account paid"),
        _fen("due_fen", "amount due"),
        _fen("paid_fen", "amount paid"),
        _fen("shortfall_fen", "due less paid"),
        _text("account", "account it was paid from"),
    ),
    _table(
        "tranches",
        "Tranches at each date they are recorded: stocks at the close, flows since the last payment date before.",
        ("date", "deal", "tranche"),
        _text("deal", "deal id"),
        _text("tranche", "tranche name"),
        _text("rating", "rating in force; empty if unrated"),
        _fen("face_fen", "nominal at issue"),
        _fen("outstanding_fen", "nominal not yet repaid nor written down"),
        _bp("coupon_bp", "coupon per year; null for a residual tranche", nullable=True),
        _fen("interest_due_fen", "interest due"),
        _fen("interest_paid_fen", "interest paid; the residual's income for a residual tranche"),
        _fen("principal_paid_fen", "principal repaid"),
        _fen("unpaid_interest_fen", "interest due and not paid, carried forward"),
        _fen("written_down_fen", "nominal written down since issue"),
    ),
    _table(
        "holdings",
        "Who holds which tranche.",
        ("date", "deal", "tranche", "holder"),
        _text("deal", "deal id"),
        _text("tranche", "tranche name"),
        _text("holder", "party id"),
        _fen("nominal_fen", "nominal held"),
    ),
    _table(
        "issuance",
        "The steps by which deals come to market.",
        (),
        _text("deal", "deal id"),
        _number("step", "step", "number of the step in the issuance process"),
        _text("what", "what was done"),
        _text("party", "party that did it or was paid"),
        _fen("amount_fen", "amount concerned; 0 where none is"),
    ),
    _table(
        "books",
        "Book-building: what was offered, asked for and placed, class by class.",
        (),
        _text("deal", "deal id, other_supply, or other_supply_seasoned for its stock at the start"),
        _text("tranche", "tranche name"),
        _text("rating", "rating it is sold with"),
        _fen("offered_fen", "face offered"),
        _fen("placed_fen", "face allotted; 0 if the book failed"),
        _fen("demand_low_fen", "demand at the lower end of the guided range"),
        _fen("demand_high_fen", "demand at its upper end, as widened"),
        _ppm("cover_ppm", "demand at the clearing coupon, of a failed book at the upper end, over the face offered"),
        _number("buyers", "investors", "investors who were allotted notes"),
        Column("widened", "bool", "", "whether the guided range was widened"),
        _bp("risk_free_bp", "risk-free yield for the life of the notes, per year"),
        Column(
            "coupon_bp",
            "int64",
            "bp",
            "coupon found, of a residual class the return its holders get first; null if the book failed",
            nullable=True,
        ),
    ),
    _table(
        "trades",
        "Secondary trades in tranches.",
        ("date", "trade"),
        _number("trade", "number", "number of the trade within its day"),
        _text("deal", "deal id"),
        _text("tranche", "tranche name"),
        _text("seller", "party id"),
        _text("buyer", "party id"),
        _fen("nominal_fen", "nominal traded"),
        _fen("price_fen", "price paid, accrued interest excluded"),
        _fen("accrued_fen", "accrued interest paid"),
        _bp("yield_bp", "yield at the price, per year"),
    ),
    _table(
        "ratings",
        "Ratings given, affirmed and changed.",
        ("date", "deal", "tranche", "agency", "action"),
        _text("deal", "deal id"),
        _text("tranche", "tranche name"),
        _text("agency", "party id"),
        _text("rating", "rating after the action"),
        _text("action", "what the agency did, such as assigned, affirmed, watched, upgraded or downgraded"),
        _text("reason", "why, in words"),
    ),
    _table(
        "regulation",
        "Each originator against each rule in force on it every day (records.regulation: or at month ends), each bank "
        "at month ends; and whoever begins or ceases to be bound.",
        ("date", "institution", "rule"),
        _text("institution", "party id"),
        _text("rule", "rule id"),
        _fen("position_fen", "what the rule measures"),
        _fen("limit_fen", "what the rule allows"),
        _fen("headroom_fen", "limit less position; negative in breach"),
        Column("binding", "bool", "", "whether no headroom is left"),
        _text("action", "begins to bind, ceases to bind, or empty where neither"),
    ),
    _table(
        "lenders",
        "What each originator decided and how it stood, one row a month for those that plan.",
        ("date", "institution"),
        _text("institution", "party id"),
        _fen("managed_fen", "principal of all loans it services"),
        _fen("own_fen", "principal of loans it owns, its part of joint loans included"),
        _fen("joint_fen", "partner banks' part of its loans: of joint ones, and those they made alone"),
        _fen("pooled_fen", "principal of its plans' pools"),
        _fen("net_assets_fen", "equity account"),
        _fen("applied_fen", "applications of the month before"),
        _fen("granted_fen", "of which lent"),
        _fen("refused_fen", "of which refused for want of funds"),
        _fen("need_fen", "funds its plan looked for"),
        _fen("unmet_fen", "of which found nowhere under the limits in force"),
        _text("binding", "caps without headroom once the plan is carried out"),
        _ppm("funding_cost_ppm", "cost of the plan's funds a year"),
        _ppm("price_ppm", "what its loans cost a borrower a year"),
        _ppm("joint_ppm", "share of new lending that is joint"),
        _ppm("alone_ppm", "share of new lending that partner banks make alone"),
        _ppm("ration_ppm", "share of sound applications its plan grants"),
        _ppm("limit_ppm", "lowest limit in force of any class, of the limit drawn"),
        _ppm("effort_ppm", "screening effort"),
        _ppm("borne_ppm", "share of a marginal loan's loss it bears itself"),
        _ppm("appetite_ppm", "applications relative to usual, by price and by what others turn away"),
    ),
    _table(
        "exposures",
        "The network of claims: who is owed what by whom.",
        ("date", "layer", "creditor", "debtor", "deal", "rank", "state"),
        _text("layer", "kind of claim"),
        _text("creditor", "party id"),
        _text("debtor", "party id"),
        _DEAL,
        _number("rank", "rank", "seniority within the deal, 0 first"),
        _text("state", "drawn, written_off, undrawn or contingent"),
        _fen("amount_fen", "nominal and accrued"),
        _fen("carrying_fen", "the creditor's carrying value: amount less allowance plus mark"),
    ),
    _table(
        "contagion",
        "Rounds of failures and losses through the network, of days on which a failure cost others something.",
        ("date", "hour", "round", "institution"),
        _HOUR,
        _number("round", "round", "round of the chain of losses; 0 for who fell and lost by nobody else that day"),
        _text("institution", "party id"),
        _fen("loss_fen", "loss taken in the round"),
        _fen("equity_fen", "equity at the close, what later rounds of the day cost added back"),
        Column("failed", "bool", "", "whether it has failed by the close"),
    ),
    _table(
        "banks",
        "Banks with whole balance sheets at month ends: what they hold, their ratios, and what they chose.",
        ("date", "institution"),
        _text("institution", "party id"),
        _text("group", "size group"),
        _fen("assets_fen", "all assets at carrying value"),
        _fen("loans_fen", "all loans, lines included, less allowances"),
        _fen("consumer_fen", "consumer loans, joint loans included, less allowances"),
        _fen("tranches_fen", "securitisation notes held"),
        _fen("lines_fen", "drawn lines of platforms and plans"),
        _fen("government_fen", "government bonds"),
        _fen("reserves_fen", "reserves at the central bank"),
        _fen("interbank_lent_fen", "lent to other banks"),
        _fen("interbank_borrowed_fen", "borrowed from other banks"),
        _fen("deposits_fen", "deposits of everybody"),
        _fen("equity_fen", "equity"),
        _fen("profit_fen", "profit of the month after tax"),
        _fen("risk_weighted_fen", "risk-weighted assets"),
        _ppm("cet1_ppm", "CET1 over risk-weighted assets"),
        _ppm("tier1_ppm", "tier 1 over risk-weighted assets"),
        _ppm("capital_ppm", "capital over risk-weighted assets (CAR)"),
        _ppm("npl_ppm", "non-performing share of general loans"),
        _ppm("coverage_ppm", "allowance over non-performing loans"),
        _ppm("liquidity_ppm", "liquid means over what may leave in a month"),
        _ppm("risk_ppm", "risk share w chosen for the month"),
        _ppm("monitoring_ppm", "monitoring m chosen for the month"),
        _ppm("securitised_ppm", "share of loans sold or held as tradable notes, sigma"),
        _ppm("comes_back_ppm", "chance that what was sold comes back, q"),
        _ppm("state_ppm", "state S the choice was made in; a million is normal"),
    ),
    _table(
        "indicators",
        "Measures of systemic risk at month ends: the papers' fourteen, index, network; and figures of raters.",
        ("date", "indicator", "institution", "scope"),
        _text("indicator", "name of the measure"),
        _text("institution", "party id: whose measure it is, or whose is largest; empty for one of the whole system"),
        _text("scope", "on_balance or with_off_balance; empty where it makes no difference"),
        _text("group", "macro, banks, securities or abroad (the papers' table), network, index or rating"),
        Column("value", "float64", "as the column unit says", "value, rounded to 1e-6; null where not defined", True),
        _text("unit", "unit of the value"),
        Column(
            "score",
            "float64",
            "standard deviations",
            "distance from this run's mean up to the date, positive is risk; null before the twelfth month",
            True,
        ),
        _text("status", "observed (printed) or simulated"),
        _text("source", "id in the facts files, with low confidence flagged, or how it was made"),
    ),
    _table(
        "loss_flows",
        "Every loss and what caused it, round by round, so that a fall can be walked back to its origin.",
        ("loss_id",),
        _HOUR,
        _count("loss_id", "number", "id of the loss, unique within the run"),
        _number("round", "round", "round in which it was taken; 0 is an origin"),
        _text("instrument", "kind of claim that lost value"),
        _text("from_party", "party whose failure to pay caused it; the loser itself where it was forced to sell"),
        _text("to_party", "party that bore it"),
        _fen("amount_fen", "loss"),
        _text(
            "cause", "origin, the id of an earlier loss, or party[first..last]: what it bore with these ids, pro rata"
        ),
        _DEAL,
        _number("rank", "rank", "seniority of the claim within the deal, 0 first"),
    ),
    _table(
        "notices",
        "The notice board: what parties told each other.",
        (),
        _HOUR,
        _text("sender", "party id"),
        _text("subject", "what it is about: a deal, tranche or party"),
        _text("text", "what was said"),
    ),
    _table(
        "events",
        "Dated events of deals and institutions, with the test that made them.",
        (),
        _HOUR,
        _DEAL,
        _text("institution", "party id; empty where none is concerned"),
        _text("family", "acceleration, default, rights_perfection, servicer_dismissal, or another family of event"),
        _text("event", "event id"),
        _text("detail", "what happened, in words"),
        _ppm("measured_ppm", "value measured; null where nothing was", nullable=True),
        _ppm("threshold_ppm", "threshold it was tested against; null where none is", nullable=True),
        _text("effect", "what followed; empty if nothing"),
    ),
    _table(
        "loan_events",
        "The dated life of the watched loans.",
        (),
        _text("loan_id", "lender/household/date of purchase/amount lent in fen"),
        _count("household", "id", "household id"),
        _text("event", "what happened to the loan"),
        _text("owner", "owner after the event"),
        _fen("amount_fen", "amount concerned"),
        _number("missed_cycles", "cycles", "billing cycles missed, after the event; days for `late` and `prepaid`"),
    ),
    _table(
        "loans",
        "The loan tape at month ends.",
        ("date", "loan_id"),
        _text("loan_id", "lender/household/date of purchase/amount lent in fen"),
        _text("lender", "party that lent"),
        _text("owner", "party that owns the loan now"),
        _count("household", "id", "household id"),
        Column("originated", "date32", "day", "day the loan was made"),
        _fen("original_fen", "principal lent, per household represented"),
        _fen("owed_fen", "principal owed, per household represented"),
        _number("term_months", "months", "instalments agreed"),
        _number("left_months", "months", "instalments left"),
        _number("missed_cycles", "cycles", "billing cycles missed"),
        _text("product", "product id"),
        _ppm("fee_ppm", "fee per month on the principal lent"),
        _text("score_class", "lender's score class at origination"),
        _number("due_day_of_month", "day of month", "day instalments fall due, 1-28"),
        _count("weight", "households", "households the loan stands for"),
        on_request=True,
    ),
    _table(
        "borrowers",
        "The accounts of borrowers at month ends.",
        ("date", "household"),
        _count("household", "id", "household id"),
        _count("weight", "households", "households the borrower stands for"),
        _text("age_band", "age band"),
        _text("region", "region"),
        _fen("income_fen", "income per month"),
        _text("income_state", "state of income"),
        _text("score_class", "score class"),
        _fen("limit_fen", "credit limits of all accounts"),
        _fen("used_fen", "principal owed on all accounts"),
        _fen("commitment_fen", "instalments due per month on all accounts"),
        _number("missed_cycles", "cycles", "billing cycles missed, the worst account"),
        on_request=True,
    ),
)

TABLES: dict[str, Table] = {table.name: table for table in _ALL}
"""Every table by name, in the order of the dictionary."""
