"""What a comparison reads in each world: every lender and every rule at month ends, and outcomes of the whole span.

Money is fen in rows and billion yuan in outcomes. Whom a policy binds are the lenders for whom it has a rule, or, if it
has none, whom it names (all, if it names none): "bound" and "other" lenders are told apart by that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import pyarrow.compute as pc

from sim.agents.bank_accounts import positions
from sim.agents.bank_terms import REST
from sim.agents.compliance import RULED_AS
from sim.agents.policy_notices import regulated_position
from sim.calendar import date_of, day_of, is_month_end
from sim.deals.ratings import UNRATED
from sim.market.regulation_rows import BANK_KIND
from sim.regulation.policy_terms import PolicyTerms
from sim.regulation.rules import (
    BankCapital,
    BankRule,
    JointLendingShare,
    LenderRule,
    RegisteredCapital,
    ReserveRequirement,
)

if TYPE_CHECKING:
    import pyarrow as pa

    from sim.market import SecuritizationMarket
    from sim.records.writer import Recorder
    from sim.regulation.timeline import Rulebook

Row = dict[str, Any]

FEN_PER_BILLION: Final = 100_000_000_000
LEAST_CAPITAL_PPM: Final = 105_000
"""Capital over risk-weighted assets below which a bank counts as short (RUL16: 10.5 %)."""
TABLES_READ: Final = (
    "pools", "loss_flows", "books", "events", "market_daily", "banks", "regulation", "indicators", "turned_away",
    "tranches", "ratings",
)  # fmt: skip
"""The tables of a world that outcomes are read from, here and in `compare_risk` and `compare_subjects`."""
FUNDING, JOINT, CAPITAL = "funding", "joint loans", "capital"
"""What a rule counts: funding or loans to be kept below a limit, partners' part of joint loans, capital to be held."""
_OUTSIDE = "world:merchants"
"""Firms: what banks lose on them is no loss of this market."""


@dataclass(frozen=True)
class Told:
    """An outcome in words: its group on the page, its unit, and what it is."""

    group: str
    unit: str
    what: str


OUTCOMES: Final[Mapping[str, Told]] = {
    "credit": Told("credit", "bn yuan", "credit outstanding of all lenders, last day"),
    "credit_bound": Told("credit", "bn yuan", "credit outstanding serviced by the lenders bound, last day"),
    "credit_other": Told("credit", "bn yuan", "credit outstanding of all other lenders, last day"),
    "lent": Told("credit", "bn yuan", "lent to households since the policy's first day"),
    "turned_away": Told("credit", "bn yuan", "refused by a lender and asked of another since the policy's first day"),
    "found_elsewhere": Told("credit", "bn yuan", "of this, lent by the other"),
    "prepaid": Told("credit", "% of principal", "repaid before it was due, of principal collected"),
    "consumption": Told("welfare", "bn yuan", "spent beyond income since the policy's first day: lent less paid back"),
    "debtors": Told("welfare", "million people", "people who owe anything: inclusion"),
    "limits": Told("welfare", "bn yuan", "credit limits in force of all people"),
    "burden": Told("welfare", "% of income", "instalments due in a month over income, of those who owe"),
    "must_move": Told("leverage", "bn yuan", "funding of the base beyond the new limits when the policy became known"),
    "excess": Told("leverage", "bn yuan", "funding beyond the new limits, last day"),
    "banks_must_move": Told("leverage", "bn yuan", "loans of banks of the base beyond new limits for banks, as above"),
    "banks_excess": Told("leverage", "bn yuan", "loans of banks beyond new limits for banks, last day"),
    "capital_short": Told("leverage", "bn yuan", "capital lacking of what the new rules demand, last day"),
    "standardised": Told("leverage", "x net assets", "bonds and notes over net assets, lenders bound"),
    "on_balance": Told("leverage", "x net assets", "funding on the balance sheet over net assets, lenders bound"),
    "off_balance": Told("leverage", "x net assets", "notes held by others and partners' joint loans over net assets"),
    "net_assets": Told("leverage", "bn yuan", "net assets of the lenders bound"),
    "capital_raised": Told("leverage", "bn yuan", "capital paid in at the lenders bound since the policy's first day"),
    "unmet": Told("leverage", "bn yuan", "funds the lenders bound looked for and found nowhere, last plan"),
    "own": Told("funding mix", "% of credit", "on the lenders' own books, lenders bound"),
    "partners": Told("funding mix", "% of credit", "partner banks' part of joint loans, lenders bound"),
    "pooled": Told("funding mix", "% of credit", "in pools of notes, lenders bound"),
    "issued": Told("notes", "bn yuan", "notes placed by book since the policy's first day"),
    "coupon": Told("notes", "%", "mean coupon of rated notes placed"),
    "spread": Told("notes", "bp", "mean spread of rated notes placed over the risk-free yield"),
    "failed_books": Told("notes", "books", "books that failed"),
    "mezzanine_placed": Told("notes", "bn yuan", "classes between the first and the last that were placed"),
    "mezzanine_coupon": Told("notes", "%", "mean coupon of these"),
    "protected": Told("notes", "bn yuan", "notes covered by protection bought, last day"),
    "green_placed": Told("notes", "bn yuan", "notes placed of the shelves that the policy makes green"),
    "green_coupon": Told("notes", "%", "mean coupon of these"),
    "residual_income": Told("notes", "bn yuan", "income left to the last classes (excess spread)"),
    "downgrades": Told("notes", "classes", "downgrades of classes of notes"),
    "letters_expect": Told("notes", "bn yuan", "rated notes to default within a year by their letters, last day"),
    "default_bound": Told("defaults", "bn yuan", "principal newly defaulted at the lenders bound"),
    "default_other": Told("defaults", "bn yuan", "principal newly defaulted at all other lenders"),
    "overdue_bound": Told("defaults", "% of credit", "more than 30 days past due at the lenders bound, last day"),
    "overdue_other": Told("defaults", "% of credit", "more than 30 days past due at all other lenders, last day"),
    "over_90": Told("defaults", "% of credit", "more than 90 days past due at all lenders, last day"),
    "loss": Told("losses", "bn yuan", "loans written off since the policy's first day and expected loss of the others"),
    "written_off": Told("losses", "bn yuan", "loans written off since the policy's first day, whoever owned them"),
    "expected_loss": Told("losses", "bn yuan", "expected loss of loans outstanding by days past due, last day"),
    "expected_share": Told("losses", "% of credit", "expected loss of loans outstanding"),
    "expected_lenders": Told("losses", "bn yuan", "of the expected loss, on lenders' own books"),
    "expected_pools": Told("losses", "bn yuan", "of the expected loss, in pools of notes (their lowest class first)"),
    "expected_banks": Told("losses", "bn yuan", "of the expected loss, banks' loans and parts of joint loans"),
    "tranche_loss": Told("losses", "bn yuan", "losses on notes since the policy's first day"),
    "tranche_senior": Told("losses", "bn yuan", "of these, on senior classes"),
    "tranche_mezzanine": Told("losses", "bn yuan", "of these, on mezzanine classes"),
    "tranche_subordinated": Told("losses", "bn yuan", "of these, on subordinated classes"),
    "bank_loss": Told("losses", "bn yuan", "banks' losses in this market (firms and the rest of the system left out)"),
    "bank_capital": Told("systemic", "%", "capital over risk-weighted assets of the named banks"),
    "least_capital": Told("systemic", "%", "the same, lowest bank"),
    "short_banks": Told("systemic", "banks", "named banks below the minimum of 10.5 %"),
    "failed": Told("systemic", "institutions", "institutions that failed since the policy's first day"),
    "network_impact": Told("systemic", "% of equity", "lost by all others if the most dangerous one fails (DebtRank)"),
    "risk_index": Told("systemic", "sd", "composite index of systemic risk, last month end; 0 in the first year"),
    "network_loss": Told("systemic", "% of equity", "expected loss through the network in a year, last month end"),
}  # fmt: skip
"""Every outcome of a world, in the order of the page."""
READ_IN_BASE: Final = ("must_move", "banks_must_move")
"""Outcomes that are one number for both worlds, read in the base when the policy became known."""


def lender_rows(market: SecuritizationMarket) -> list[Row]:
    """Every lender as it stands at the close of a day: what it services, who funds it, and its decisions."""
    rows, ledger, day = [], market.ledger, market.day - 1
    for originator in market.originators.values():
        position, plan = regulated_position(originator), originator.memory["plan"]
        stocks = originator.book.stock.sum(axis=(0, 1)).tolist()
        managed, own = sum(stocks), ledger.nominal(originator.loan_claim(originator.party))
        joint = originator.terms.joint_lending
        partners = sum(ledger.nominal(originator.loan_claim(bank)) for bank in (joint.partners if joint else ()))
        rows.append({
            "date": date_of(day).isoformat(), "lender": originator.name, "kind": originator.terms.kind,
            "managed_fen": managed, "own_fen": own, "partners_fen": partners,
            "pooled_fen": sum(spv.pool_fen() for spv in originator.plans()),
            "over_30_fen": sum(stocks[3:]), "net_assets_fen": ledger.equity(originator.party),
            "standardised_fen": position.standardised_fen, "notes_fen": position.abs_outstanding_fen,
            "nonstandardised_fen": position.nonstandardised_fen,
            "capital_paid_in_fen": originator.memory["capital_paid_in"],
            "unmet_fen": plan["unmet_fen"], "ration_ppm": plan["ration_ppm"], "failed": int(originator.failed),
        })  # fmt: skip
    return rows


def rule_rows(market: SecuritizationMarket, book: Rulebook, told: Rulebook, last_day: int) -> list[Row]:
    """Every institution against the rules that `book` will have by the last day and `told` will not.

    The rules may be another world's: what the base would have to move is read in the base.
    """
    found, day = [], date_of(market.day - 1).isoformat()
    for originator in market.originators.values():
        coming = new_rules(book, told, last_day, RULED_AS[originator.terms.kind], originator.party)
        lender_rules = {name: rule for name, rule in coming.items() if isinstance(rule, LenderRule)}
        position = regulated_position(originator) if lender_rules and not originator.failed else None
        if position is not None:
            found += [_rule_row(day, originator.party, n, r, position) for n, r in lender_rules.items()]
    for_banks = _new_rules_of_banks(market, book, told, last_day)
    for party, stocks in positions(market, list(for_banks)).items() if for_banks else ():
        found += [_rule_row(day, party, n, r, stocks.measured()) for n, r in for_banks[party].items()]
    return found


def new_rules(book: Rulebook, told: Rulebook, day: int, kind: str, party: str) -> dict[str, Any]:
    """Rules that one rulebook has in force on a day for an institution, or announced, and another has not."""
    known = _law(told, day, kind, party)
    return {name: rule for name, rule in _law(book, day, kind, party).items() if known.get(name) != rule}


def _law(book: Rulebook, day: int, kind: str, party: str) -> dict[str, Any]:
    return book.named_in_force(day, kind, party) | book.announced(day, kind, party)


def _new_rules_of_banks(
    market: SecuritizationMarket, book: Rulebook, told: Rulebook, day: int
) -> dict[str, dict[str, BankRule]]:
    """(bank -> rule name -> rule) of the named banks that work and are newly bound by any."""
    found = {}
    for bank in market.commercial_banks():
        coming = new_rules(book, told, day, BANK_KIND, bank.party)
        mine = {name: rule for name, rule in coming.items() if isinstance(rule, BankRule)}
        if mine and not bank.failed and bank.name != REST:
            found[bank.party] = mine
    return found


def _rule_row(day: str, party: str, name: str, rule: Any, position: Any) -> Row:
    finding = rule.finding(position)
    return {
        "date": day, "institution": party, "rule": name, "counts": _counts(rule), "position_fen": finding.position_fen,
        "limit_fen": finding.limit_fen, "shortfall_fen": finding.shortfall_fen,
    }  # fmt: skip


def bound_lenders(
    market: SecuritizationMarket, book: Rulebook, told: Rulebook, last_day: int, new: Sequence[PolicyTerms]
) -> list[str]:
    """Lenders for whom the policy has a rule; where it has none, those whom its parts (`new`) all name; else all."""
    lenders = market.originators.values()
    bound = [
        originator.name for originator in lenders
        if any(isinstance(r, LenderRule)
               for r in new_rules(book, told, last_day, RULED_AS[originator.terms.kind], originator.party).values())
    ]  # fmt: skip
    if not bound and all(terms.applies_to for terms in new):
        bound = [o.name for o in lenders if any(terms.concerns(RULED_AS[o.terms.kind], o.party) for terms in new)]
    return bound or list(market.originators)


def excess_fen(rows: Iterable[Mapping[str, Any]]) -> int:
    """Funding that lenders have beyond the limits (loans of banks, where a policy has rules for banks alone).

    Caps on funding count by the farthest, since mending it mends the others that count the same funding; what partners
    lend beyond their part of joint loans comes on top.
    """
    every = list(rows)
    lenders = [row for row in every if row["institution"].startswith("originator:")]
    return _farthest(lenders or every, FUNDING) + _farthest(lenders or every, JOINT)


def banks_excess_fen(rows: Iterable[Mapping[str, Any]]) -> int:
    """Loans that banks have beyond limits for banks, each by the farthest of its limits.

    They are told apart from what lenders must move: of a joint loan beyond both a platform's and its bank's limit the
    same yuan would count twice.
    """
    return _farthest([row for row in rows if row["institution"].startswith("bank:")], FUNDING)


def capital_short_fen(rows: Iterable[Mapping[str, Any]]) -> int:
    """Capital that institutions lack of what the rules demand."""
    return _farthest(rows, CAPITAL)


def _farthest(rows: Iterable[Mapping[str, Any]], counts: str) -> int:
    """The largest shortfall of each institution among rules that count the same thing, added up."""
    found: dict[str, int] = {}
    for row in rows:
        if row["counts"] == counts:
            found[row["institution"]] = max(found.get(row["institution"], 0), row["shortfall_fen"])
    return sum(found.values())


def _counts(rule: Any) -> str:
    """What a rule's shortfall is a shortfall of."""
    if isinstance(rule, RegisteredCapital | BankCapital | ReserveRequirement):
        return CAPITAL
    return JOINT if isinstance(rule, JointLendingShare) else FUNDING


def outcomes(
    *,
    recorder: Recorder,
    opening: list[Row],
    closing: list[Row],
    rules: list[Row],
    people: Mapping[str, float],
    bound: list[str],
    since: int,
) -> dict[str, float]:
    """Every outcome of `OUTCOMES` but those read in the base, of risk and of subjects, for one world over one span.

    `opening` and `closing` are `lender_rows` of the last day before and of the last day; `rules` those of the last day;
    `people` what `borrowers_at` found. `since` is the policy's first day.
    """
    last = {row["lender"]: row for row in closing}
    ours = [last[name] for name in bound]
    others = [row for name, row in last.items() if name not in bound]
    managed, net = _sum(ours, "managed_fen"), max(1, _sum(ours, "net_assets_fen"))
    raised = _sum(ours, "capital_paid_in_fen") - _sum(
        [row for row in opening if row["lender"] in bound], "capital_paid_in_fen"
    )
    off_balance = _sum(ours, "notes_fen") + _sum(ours, "partners_fen")
    found: dict[str, float] = {
        "credit": billion(_sum(closing, "managed_fen")), "credit_bound": billion(managed),
        "credit_other": billion(_sum(others, "managed_fen")),
        "excess": billion(excess_fen(rules)), "banks_excess": billion(banks_excess_fen(rules)),
        "capital_short": billion(capital_short_fen(rules)),
        "standardised": _sum(ours, "standardised_fen") / net,
        "on_balance": (_sum(ours, "standardised_fen") - _sum(ours, "notes_fen") + _sum(ours, "nonstandardised_fen"))
        / net,
        "off_balance": off_balance / net, "net_assets": billion(_sum(ours, "net_assets_fen")),
        "capital_raised": billion(raised), "unmet": billion(_sum(ours, "unmet_fen")),
        "overdue_bound": _percent(_sum(ours, "over_30_fen"), managed),
        "overdue_other": _percent(_sum(others, "over_30_fen"), _sum(others, "managed_fen")),
        **{part: _percent(_sum(ours, f"{part}_fen"), managed) for part in ("own", "partners", "pooled")},
    }  # fmt: skip
    found |= {name: people[name] for name in ("debtors", "limits", "burden")}
    found |= _flows(recorder, bound, since)
    return found


def _flows(recorder: Recorder, bound: list[str], since: int) -> dict[str, float]:
    """What happened from a day on, read in the tables of the world."""
    defaults = [row for row in _rows(recorder, "pools", since) if row["deal"].startswith("managed:")]
    at_bound = [row for row in defaults if row["deal"].removeprefix("managed:") in bound]
    losses = _rows(recorder, "loss_flows", since)
    to_banks = [
        row for row in losses
        if row["to_party"].startswith("bank:") and row["to_party"] != f"bank:{REST}" and row["from_party"] != _OUTSIDE
    ]  # fmt: skip
    placed = [row for row in _rows(recorder, "books", since) if row["placed_fen"] and row["coupon_bp"] is not None]
    rated = [row for row in placed if row["rating"] != UNRATED]
    face = max(1, _sum(rated, "placed_fen"))
    events, days = _rows(recorder, "events", since), _rows(recorder, "market_daily", since)
    return {
        "lent": billion(_sum(days, "lent_fen")),
        "consumption": billion(spent_beyond_income_fen(days)),
        "default_bound": billion(_sum(at_bound, "new_default_fen")),
        "default_other": billion(_sum(defaults, "new_default_fen") - _sum(at_bound, "new_default_fen")),
        "tranche_loss": billion(_sum([row for row in losses if row["instrument"] == "TRANCHE"], "amount_fen")),
        "bank_loss": billion(_sum(to_banks, "amount_fen")),
        "issued": billion(_sum(placed, "placed_fen")),
        "coupon": sum(row["placed_fen"] * row["coupon_bp"] for row in rated) / face / 100,
        "spread": sum(row["placed_fen"] * (row["coupon_bp"] - row["risk_free_bp"]) for row in rated) / face,
        "failed_books": float(sum(row["event"] == "book_failed" for row in events)),
        "failed": float(sum(row["event"].endswith("_failure") for row in events)),
        **_banks(recorder),
    }  # fmt: skip


def spent_beyond_income_fen(days: Iterable[Mapping[str, Any]]) -> int:
    """What credit adds to households' consumption over rows of `market_daily`, fen.

    It is what they were lent, less principal, fees and penalties they paid back, also after a loan was written off.

    Incomes are the same in both worlds of a comparison, so the difference of the two is that of consumption.

    >>> spent_beyond_income_fen([{"lent_fen": 100, "collected_fen": 90, "recovered_fen": 3}])
    7
    """
    rows = list(days)
    return _sum(rows, "lent_fen") - _sum(rows, "collected_fen") - _sum(rows, "recovered_fen")


def _banks(recorder: Recorder) -> dict[str, float]:
    """Capital of the named banks at the last month end of the run."""
    table = recorder.table("banks")
    last = pc.max(table["date"])
    rows = [row for row in table.filter(pc.equal(table["date"], last)).to_pylist() if row["group"] != "rest"]
    weighted = _sum(rows, "risk_weighted_fen")
    capital = sum(row["capital_ppm"] * row["risk_weighted_fen"] for row in rows)
    return {
        "bank_capital": capital / max(1, weighted) / 10_000,
        "least_capital": min((row["capital_ppm"] for row in rows), default=0) / 10_000,
        "short_banks": float(sum(row["capital_ppm"] < LEAST_CAPITAL_PPM for row in rows)),
    }


def loss_series(recorder: Recorder, since: int) -> dict[str, list[float]]:
    """Losses on notes and of banks by month, bn yuan, month (yyyy-mm) by month: for the figure of losses."""
    found: dict[str, list[float]] = {}
    for row in _rows(recorder, "loss_flows", since):
        sums = found.setdefault(row["date"].isoformat()[:7], [0.0, 0.0])
        sums[0] += billion(row["amount_fen"]) if row["instrument"] == "TRANCHE" else 0.0
        bank = row["to_party"].startswith("bank:") and row["to_party"] != f"bank:{REST}"
        sums[1] += billion(row["amount_fen"]) if bank and row["from_party"] != _OUTSIDE else 0.0
    return found


def binding_rows(recorder: Recorder) -> list[Row]:
    """(date, institution, rule) of every rule without headroom at a month end."""
    table = recorder.table("regulation")
    bound = table.filter(pc.less_equal(table["headroom_fen"], 0)).select(["date", "institution", "rule"])
    return [
        {**row, "date": row["date"].isoformat()} for row in bound.to_pylist()
        if is_month_end(day_of(row["date"]))
    ]  # fmt: skip


def _rows(recorder: Recorder, table: str, since: int) -> list[Row]:
    content: pa.Table = recorder.table(table)
    rows: list[Row] = content.filter(pc.greater_equal(content["date"], date_of(since))).to_pylist()
    return rows


def billion(fen: float) -> float:
    """Fen as billion yuan."""
    return fen / FEN_PER_BILLION


def _sum(rows: Iterable[Mapping[str, Any]], column: str) -> int:
    return sum(row[column] for row in rows)


def _percent(part: float, whole: float) -> float:
    return 100 * part / whole if whole else 0.0
