"""The end of a market's run on two screens: credit, issuance, holders, banks, lenders, losses; then what happened."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sim.cli.summary import Column, cells, million, percent, text
from sim.cli.tables import console, table

FEN_PER_BILLION_YUAN = 100_000_000_000
LINES_TOLD = 12
MOST_LENDERS = 25
"""Lenders shown, the largest; the rest stand in the table `lenders`."""
MOST_YEARS = 3
"""Years of issuance shown by kind of lender; of a longer run each year's sum is."""
FEWEST_PPM = 1_000
"""Losses below this share of the market's are told together."""
OUTSIDE = "world:merchants"
"""Firms: what banks lose on loans to them is many times what this market loses, and none of it."""


def billion(fen: int | None) -> str:
    """Fen as billion yuan with two decimals; an amount too small to be seen is not shown as nothing."""
    if fen is None:
        return "–"
    shown = f"{fen / FEN_PER_BILLION_YUAN:,.2f}"
    if fen and shown.lstrip("-") == "0.00":
        return "<0.01" if fen > 0 else "-<0.01"
    return shown


_WORLD = {
    OUTSIDE: "firms (outside this market)",
    "world:households": "households",
    "world:state": "state",
    "world:depositors": "depositors",
    "world:shareholders": "shareholders",
}


def _who(party: str) -> str:
    """A kind of party as a reader knows it."""
    return _WORLD.get(party, party)


def _claim(kind: str) -> str:
    return kind.lower().replace("_", " ")


_CREDIT: tuple[Column, ...] = (
    ("kind", "lenders", text),
    ("lenders", "number", text),
    ("managed_fen", "credit", billion),
    ("own_pct", "own %", percent),
    ("partners_pct", "partner banks %", percent),
    ("pooled_pct", "pooled %", percent),
    ("elsewhere_pct", "elsewhere %", percent),
    ("over_30_pct", "over 30 days %", percent),
    ("over_90_pct", "over 90 days %", percent),
)
_ISSUANCE: tuple[Column, ...] = (
    ("year", "year", text),
    ("kind", "issuers", text),
    ("deals", "deals", text),
    ("face_fen", "issued", billion),
    ("aaa_pct", "AAA %", percent),
    ("coupon_pct", "coupon %", percent),
    ("spread_bp", "spread bp", percent),
    ("books_failed", "books failed", text),
)
_HOLDERS: tuple[Column, ...] = (
    ("holder", "holders of notes", text),
    ("rated_fen", "rated", billion),
    ("rated_pct", "share %", percent),
    ("residual_fen", "residual", billion),
    ("residual_pct", "share %", percent),
)
_BANKS: tuple[Column, ...] = (
    ("group", "banks", text),
    ("banks", "number", text),
    ("assets_fen", "assets", billion),
    ("capital_pct", "CAR %", percent),
    ("least_capital_pct", "lowest CAR %", percent),
    ("npl_pct", "NPL %", percent),
    ("joint_fen", "joint loans", billion),
    ("notes_fen", "notes", billion),
    ("lines_fen", "lines", billion),
    ("most_exposed", "most exposed", text),
    ("most_exposed_pct", "its joint loans / tier 1 %", percent),
)
_LENDERS: tuple[Column, ...] = (
    ("lender", "lender", text),
    ("managed_fen", "credit", billion),
    ("own_pct", "own %", percent),
    ("partners_pct", "banks %", percent),
    ("pooled_pct", "pooled %", percent),
    ("net_assets_fen", "net assets", billion),
    ("overdue_pct", "overdue %", percent),
    ("npl_pct", "NPL %", percent),
    ("deals", "deals", text),
    ("issued_fen", "issued", billion),
    ("funding_cost_pct", "funds %", percent),
    ("ration_pct", "granted %", percent),
    ("binding", "bound by", text),
)
_LOSSES: tuple[Column, ...] = (
    ("claim", "losses on", _claim),
    ("of", "owed by", _who),
    ("borne_by", "borne by", _who),
    ("loss_fen", "loss", billion),
)


def show_market(market: Mapping[str, Any]) -> None:
    """Print a market's tables and the lines below them."""
    screen = console()
    sections: tuple[tuple[str, str, tuple[Column, ...]], ...] = (
        ("credit", f"Credit outstanding on {market['day']}, billion yuan, by lender and by who funds it", _CREDIT),
        ("issuance", "Notes issued, billion yuan", _ISSUANCE),
        ("holders", "Notes outstanding, billion yuan", _HOLDERS),
        ("bank_groups", "Banks, billion yuan", _BANKS),
        ("lenders", "Lenders, billion yuan", _LENDERS),
    )
    shown = {**market, "issuance": _years(market["issuance"]), "lenders": _largest_lenders(market["lenders"])}
    for key, title, columns in sections:
        if shown[key]:
            screen.print(table(title, *cells(columns, shown[key])))
    if market["losses"]:
        screen.print(table("Losses posted, billion yuan", *cells(_LOSSES, _largest(market["losses"]))))
    for line in market_lines(market):
        screen.print(line, markup=False, highlight=False, soft_wrap=True)


def _years(issuance: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Every row of a few years; of many, the sum of each year and the other supply."""
    years = {row["year"] for row in issuance}
    return [row for row in issuance if len(years) <= MOST_YEARS or row["kind"] in ("all", "other_supply")]


def _largest_lenders(lenders: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """All of a few lenders, the largest of many; those without credit only if they failed."""
    alive = [row for row in lenders if row["managed_fen"] or row["failed"]]
    if len(alive) <= MOST_LENDERS:
        return alive
    return sorted(alive, key=lambda row: -int(row["managed_fen"]))[:MOST_LENDERS]


def _largest(losses: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The losses that matter beside all of this market's, and one row for all others."""
    total = sum(row["loss_fen"] for row in losses if row["of"] != OUTSIDE)
    large = [dict(row) for row in losses if row["loss_fen"] * 1_000_000 >= total * FEWEST_PPM]
    rest = sum(row["loss_fen"] for row in losses) - sum(row["loss_fen"] for row in large)
    return [*large, {"claim": "others", "of": "", "borne_by": "", "loss_fen": rest}] if rest else large


def market_lines(market: Mapping[str, Any]) -> list[str]:
    """Trading, ratings, what happened and who failed, in words."""
    trading, ratings = market["trading"], market["ratings"]
    turnover = "" if trading["turnover_pct"] is None else f"; turnover of twelve months {trading['turnover_pct']:.1f} %"
    lines = [f"Trading: {trading['trades']:,} trades of {billion(trading['nominal_fen'])} billion yuan{turnover}"]
    lines.append(f"Ratings: {_counted(ratings)}")
    if len(market["lenders"]) > MOST_LENDERS:
        lines.insert(0, f"Lenders: the {MOST_LENDERS} largest of {len(market['lenders'])}; table `lenders` has all")
    lines.append(f"Failed: {', '.join(market['failed']) or 'nobody'}")
    lines.append(f"Happenings: {_counted(market['happenings'])}")
    told = market["told"]
    lines += [f"  {_in_yuan(line)}" for line in told[:LINES_TOLD]]
    if len(told) > LINES_TOLD:
        lines.append(f"  and {len(told) - LINES_TOLD} more in the table `events`")
    return lines


def _in_yuan(line: str) -> str:
    """Amounts of ten thousand yuan and more that a line tells in fen, in million yuan."""
    return re.sub(r"\b\d{7,} fen", lambda found: f"{million(int(found[0].split()[0]))} million yuan", line)


def _counted(numbers: Mapping[str, int]) -> str:
    """Names with their numbers, the most frequent first."""
    ordered = sorted(numbers.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{name.replace('_', ' ')} {number:,}" for name, number in ordered) or "none"
