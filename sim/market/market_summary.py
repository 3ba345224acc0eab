"""The summary of a market: credit and who funds it, issuance, banks, holders, losses; from live state and sums."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.agents.bank_accounts import Item, Position, positions
from sim.agents.bank_terms import REST
from sim.agents.note_views import FLOOR
from sim.agents.opening_market import seasoned_names
from sim.calendar import date_of
from sim.market.pool_rows import rates_of

if TYPE_CHECKING:
    from sim.agents.bank import CommercialBank
    from sim.agents.originator import Originator
    from sim.market.market import SecuritizationMarket
    from sim.market.plan_record import PlanRecord

Row = dict[str, Any]

MILLION = 1_000_000
OTHER, ALL = "other_supply", "all"
RANKS = {ALL: 1, OTHER: 2}
"""Rows that come after those of the kinds."""


def market_summary(market: SecuritizationMarket, plans: list[PlanRecord]) -> dict[str, Any]:
    """What a person wants to read of a market whose originators come to market; shares and rates in per cent."""
    lenders = [_lender(market, originator, plans) for originator in market.originators.values()]
    return {
        "day": date_of(market.day - 1).isoformat(),
        "credit": credit_by_kind(lenders),
        "issuance": issuance_by_year(market, plans),
        "lenders": lenders,
        "bank_groups": bank_groups(market),
        "holders": holders(market),
        "losses": losses(market.tally.data["losses"]),
        "trading": _trading(market),
        "ratings": dict(sorted(market.tally.data["ratings"].items())),
        "happenings": dict(sorted(market.tally.data["events"].items())),
        "failed": _failed(market),
        "told": list(market.tally.data["told"]),
    }


# -- credit ----------------------------------------------------------------------------------------------------------


def _lender(market: SecuritizationMarket, originator: Originator, plans: list[PlanRecord]) -> Row:
    """One lender: what it manages, who funds it, how it is paid back, what it sold, and what binds it."""
    stocks = originator.book.stock.sum(axis=(0, 1)).tolist()
    managed, own = sum(stocks), market.ledger.nominal(originator.loan_claim(originator.party))
    pooled = sum(spv.pool_fen() for spv in originator.plans())
    joint = originator.terms.joint_lending
    partners = () if joint is None else joint.partners
    lent_by_banks = sum(market.ledger.nominal(originator.loan_claim(bank)) for bank in partners)
    overdue, npl = rates_of(stocks, originator.terms.overdue_definition)
    mine = [plan for plan in plans if plan["originator"] == originator.name and plan["tranches"]]
    seasoned = seasoned_names(market)
    new = [plan for plan in mine if plan["deal"] not in seasoned]
    return {
        "lender": originator.name, "kind": originator.terms.kind, "managed_fen": managed,
        "own_fen": own, "partners_fen": lent_by_banks, "pooled_fen": pooled,
        "elsewhere_fen": managed - own - lent_by_banks - pooled,
        "own_pct": _share(own, managed), "partners_pct": _share(lent_by_banks, managed),
        "pooled_pct": _share(pooled, managed),
        "net_assets_fen": market.ledger.equity(originator.party),
        "overdue_pct": overdue / 10_000, "overdue_definition": originator.terms.overdue_definition,
        "over_30_fen": sum(stocks[3:]), "over_90_fen": sum(stocks[5:]), "npl_pct": npl / 10_000,
        "deals": len(new), "issued_fen": sum(row["face_fen"] for plan in new for row in plan["tranches"]),
        "funding_cost_pct": originator.memory["plan"]["money_ppm"] / 10_000,
        "ration_pct": originator.memory["plan"]["ration_ppm"] / 10_000,
        "binding": ", ".join(originator.memory["plan"]["binding"]), "failed": originator.failed,
    }  # fmt: skip


def credit_by_kind(lenders: list[Row]) -> list[Row]:
    """Credit outstanding by kind of lender and by who funds it, largest first, with a row for all."""
    kinds = sorted({row["kind"] for row in lenders})
    rows = [_credit(kind, [row for row in lenders if row["kind"] == kind]) for kind in kinds]
    return [*sorted(rows, key=lambda row: -int(row["managed_fen"])), _credit(ALL, lenders)]


def _credit(kind: str, lenders: list[Row]) -> Row:
    parts = ("managed_fen", "own_fen", "partners_fen", "pooled_fen", "elsewhere_fen", "over_30_fen", "over_90_fen")
    sums = {part: sum(row[part] for row in lenders) for part in parts}
    return {
        "kind": kind, "lenders": len(lenders), **sums,
        **{f"{part[:-4]}_pct": _share(sums[part], sums["managed_fen"]) for part in parts[1:]},
    }  # fmt: skip


# -- notes -----------------------------------------------------------------------------------------------------------


def issuance_by_year(market: SecuritizationMarket, plans: list[PlanRecord]) -> list[Row]:
    """Deals and face issued in the run by year and kind of lender; coupon and spread over the risk-free yield of the
    rated classes sold by book, weighted by what was placed; books that failed. Other supply comes last in each year."""
    kinds = {name: originator.terms.kind for name, originator in market.originators.items()}
    shelf_kind = {name: kinds[shelf.originator.removeprefix("originator:")] for name, shelf in market.shelves.items()}
    issued: dict[tuple[str, str], list[PlanRecord]] = {}
    seasoned = seasoned_names(market)
    for plan in plans:
        if plan["tranches"] and plan["deal"] not in seasoned:
            issued.setdefault((plan["closing"][:4], kinds[plan["originator"]]), []).append(plan)
    booked: dict[tuple[str, str], list[Row]] = {}
    for year, shelves in market.tally.data["books"].items():
        for shelf, sums in shelves.items():
            if shelf in shelf_kind or shelf == OTHER:  # bonds are no notes
                booked.setdefault((year, shelf_kind.get(shelf, OTHER)), []).append(sums)
    for (year, _), made in list(issued.items()):
        issued.setdefault((year, ALL), []).extend(made)
    for (year, kind), sums in list(booked.items()):
        if kind != OTHER:
            booked.setdefault((year, ALL), []).extend(sums)
    keys = sorted(issued.keys() | booked.keys(), key=lambda key: (key[0], RANKS.get(key[1], 0), key[1]))
    return [_issued(*key, issued.get(key, []), booked.get(key, [])) for key in keys]


def _issued(year: str, kind: str, plans: list[PlanRecord], books: list[Row]) -> Row:
    face = sum(row["face_fen"] for plan in plans for row in plan["tranches"])
    best = sum(row["face_fen"] for plan in plans for row in plan["tranches"] if row["rating_at_issue"] == "AAA")
    placed = sum(sums["placed_fen"] for sums in books)
    if not plans:  # other supply is sold whole, and is no plan of this market
        face = placed
    return {
        "year": year, "kind": kind, "deals": len(plans), "face_fen": face,
        "aaa_pct": _share(best, face) if plans else None,
        "coupon_pct": _mean(sum(sums["coupon_fen_bp"] for sums in books), placed, 100),
        "spread_bp": _mean(sum(sums["spread_fen_bp"] for sums in books), placed, 1),
        "books_failed": sum(sums["failed"] for sums in books),
    }  # fmt: skip


def holders(market: SecuritizationMarket) -> list[Row]:
    """Who holds the notes of living plans, by kind of holder, rated and residual classes apart; largest first."""
    held: dict[str, list[int]] = {}
    for spv in market.deals.values():
        if spv.active:
            for tranche in spv.terms.ranked:
                rated = tranche != spv.terms.residual
                for holder, fen in spv.holdings(tranche).items():
                    held.setdefault(_holder_kind(market, holder), [0, 0])[not rated] += fen
    rated_sum, residual_sum = (sum(pair[k] for pair in held.values()) for k in (0, 1))
    rows = [
        {
            "holder": kind, "rated_fen": rated, "residual_fen": residual, "rated_pct": _share(rated, rated_sum),
            "residual_pct": _share(residual, residual_sum),
        }
        for kind, (rated, residual) in held.items()
    ]  # fmt: skip
    return sorted(rows, key=lambda row: (-int(row["rated_fen"]), -int(row["residual_fen"]), row["holder"]))


def _holder_kind(market: SecuritizationMarket, holder: str) -> str:
    kind, _, name = holder.partition(":")
    return market.investors[name].terms.kind if kind == "investor" else kind


def _trading(market: SecuritizationMarket) -> Row:
    """Trades so far, and the turnover of the last twelve months as the floor last published it."""
    sums = list(market.tally.data["trades"].values())
    turnover = market.heard(FLOOR, "turnover")
    return {
        "trades": sum(count for count, _ in sums), "nominal_fen": sum(fen for _, fen in sums),
        "turnover_pct": None if turnover is None else turnover / 10_000,
    }  # fmt: skip


# -- banks, losses, failures -----------------------------------------------------------------------------------------


def bank_groups(market: SecuritizationMarket) -> list[Row]:
    """Named banks with whole balance sheets by size group: capital, bad loans, and their stake in this market. The rest
    of the system is left out: it keeps the world's purses, so its ratios say nothing."""
    groups: dict[str, list[CommercialBank]] = {}
    for bank in market.commercial_banks():
        if not bank.failed and bank.name != REST:
            groups.setdefault(bank.balance.group, []).append(bank)
    stocks = positions(market, [bank.party for bank in market.commercial_banks()]) if groups else {}
    return [_group(name, banks, stocks) for name, banks in groups.items()]


def _group(name: str, banks: list[CommercialBank], stocks: dict[str, Position]) -> Row:
    held = [stocks[bank.party] for bank in banks]
    exposed = [sum(position.partners.values()) * MILLION // max(1, position.tier1_fen) for position in held]
    most = max(range(len(banks)), key=lambda k: exposed[k])
    lent = sum(bank.lent_fen for bank in banks)
    return {
        "group": name, "banks": len(banks), "assets_fen": sum(position.assets_fen for position in held),
        "capital_pct": _share(sum(p.capital_fen for p in held), sum(p.risk_weighted_fen for p in held)),
        "least_capital_pct": round(min(p.capital_ppm for p in held) / 10_000, 2),
        "npl_pct": _share(sum(bank.non_performing_fen for bank in banks), lent),
        "joint_fen": sum(sum(p.partners.values()) for p in held),
        "notes_fen": sum(p.assets[Item.TRANCHES] for p in held), "lines_fen": sum(p.assets[Item.LINES] for p in held),
        "most_exposed": banks[most].name, "most_exposed_pct": round(exposed[most] / 10_000, 2),
    }  # fmt: skip


def losses(sums: dict[str, int]) -> list[Row]:
    """Losses posted so far by claim, by whose default, and by who bore them; largest first."""
    rows = [
        dict(zip(("claim", "of", "borne_by"), key.split("|"), strict=True)) | {"loss_fen": fen}
        for key, fen in sums.items()
    ]
    return sorted(rows, key=lambda row: (-int(row["loss_fen"]), row["claim"], row["of"], row["borne_by"]))


def _failed(market: SecuritizationMarket) -> list[str]:
    """Institutions that failed, in the order of founding."""
    return [i.party for i in market.institutions() if i.memory.get("failed") is True]


def _share(part: int, whole: int) -> float:
    """Per cent, two decimals; 0 of nothing."""
    return round(100 * part / whole, 2) if whole else 0.0


def _mean(weighted: int, weights: int, divisor: int) -> float | None:
    return round(weighted / weights / divisor, 2) if weights else None
