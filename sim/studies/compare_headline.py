"""The numbers that matter about a policy: how much must move, how fast, where it goes, who is cut off, what it does to
risk; and how much banks must move, where a policy has rules for lenders and for banks."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sim.studies.compare_months import days_to_comply
from sim.studies.compare_outcomes import CAPITAL, OUTCOMES
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import (
    MOVES,
    Result,
    amount,
    group_table,
    interval,
    move_table,
    of_policy,
    outcome_table,
    people_table,
)

Row = dict[str, Any]

_INTO = {
    "pooled": "into pools of notes",
    "partners": "to partner banks", "own": "onto own books", "elsewhere": "to other owners",
    "others": "to other lenders",
}  # fmt: skip
_TAKERS = tuple(_INTO)
LEAST_FALL = 0.05
"""What is told as a fall of credit, %: less is nought with one decimal."""
_CUT = ("lost_credit", "gained_credit", "limit_cut")


def headline(results: Sequence[Result], policy: str) -> list[Row]:
    """A row a question: the number with its unit and 95 % interval, and what stands behind it in words."""
    rows = [
        _how_much(results, policy),
        *_banks(results, policy),
        _how_fast(results, policy),
        _where(results, policy),
        _who(results, policy),
        _risk(results, policy),
    ]
    return [{"policy": policy, **row} for row in rows]


def _row(question: str, unit: str, values: tuple[float, float, float] | None, words: str) -> Row:
    mean, low, high = (value + 0.0 for value in values) if values else (None, None, None)  # no nought with a sign
    return {"question": question, "value": mean, "low": low, "high": high, "unit": unit, "words": words}


def _how_much(results: Sequence[Result], policy: str) -> Row:
    question, worlds = "How much must move?", [of_policy(result, policy)["outcomes"] for result in results]
    must = [of[BASE]["must_move"] for of in worlds]
    short = interval([of[BASE]["capital_short"] for of in worlds])[0]
    raised = f"; capital of {short:,.2f} bn is lacking besides" if short else ""
    if not any(must):
        limits = any(of_policy(result, policy)["rules"][BASE] for result in results)
        within = "nobody's funding is beyond a new limit when it becomes known" if limits else (
            "the policy sets no limit to funding or capital"
        )  # fmt: skip
        told = f"{within}{raised}"
        return _row(question, "bn yuan", amount(must), told)
    left = interval([of[BASE]["excess"] for of in worlds])[0]
    told = f"{OUTCOMES['must_move'].what}; without the policy it would be {left:,.2f} bn on the last day{raised}"
    return _row(question, "bn yuan", amount(must), told)


def _banks(results: Sequence[Result], policy: str) -> list[Row]:
    """What banks have beyond limits for them, where that is not already what must move."""
    counted = [
        row for result in results for row in of_policy(result, policy)["rules"][BASE] if row["counts"] != CAPITAL
    ]
    ruled = {row["institution"].partition(":")[0] for row in counted}
    if ruled != {"bank", "originator"}:
        return []
    question, worlds = "How much must banks move?", [of_policy(result, policy)["outcomes"] for result in results]
    must = [of[BASE]["banks_must_move"] for of in worlds]
    if not any(must):
        return [_row(question, "bn yuan", amount(must), "no bank is beyond a new limit when it becomes known")]
    eve = min(row["date"] for row in counted)
    beyond = [
        row for row in counted
        if row["date"] == eve and row["shortfall_fen"] and row["institution"].startswith("bank:")
    ]  # fmt: skip
    names = {row["institution"] for row in beyond}
    rules = ", ".join(sorted({row["rule"] for row in beyond}))
    left, without = (interval([of[world]["banks_excess"] for of in worlds])[0] for world in ("policy", BASE))
    told = (
        f"loans of {len(names)} {'bank' if len(names) == 1 else 'banks'} beyond {rules} when the policy became known; "
        f"{left:,.2f} bn is left on the last day, {without:,.2f} bn without the policy; joint loans that platforms "
        "must move are counted here again"
    )
    return [_row(question, "bn yuan", amount(must), told)]


def _how_fast(results: Sequence[Result], policy: str) -> Row:
    question = "How fast?"
    moving = [result for result in results if of_policy(result, policy)["outcomes"][BASE]["must_move"]]
    if not moving:
        left = interval([of_policy(result, policy)["outcomes"]["policy"]["capital_short"] for result in results])[0]
        lacking = f"; of capital {left:,.2f} bn is still lacking on the last day" if left else ""
        return _row(question, "days", None, f"no funding has to move{lacking}")
    days = [days_to_comply(result, policy) for result in moving]
    done = [day for day in days if day is not None]
    if len(done) == len(days):
        return _row(question, "days", amount(done), "from the first day until at most a twentieth is still to move")
    worlds = [of_policy(result, policy)["outcomes"] for result in moving]
    open_ = [of["policy"]["excess"] / of[BASE]["must_move"] for of in worlds]
    told = f"of it has moved by the last day; it is done in {len(done)} of {len(days)} seeds"
    if grown := sum(part > 1 for part in open_):
        told += f"; in {grown} more is beyond the limits than at first, so nothing has moved"
    mean, low, high = interval([100 * max(0.0, 1 - part) for part in open_])
    within = (mean, max(0.0, low), min(100.0, high)) if len(moving) > 1 else (mean, low, high)  # one seed: no bounds
    return _row(question, "%", within, told)


def _where(results: Sequence[Result], policy: str) -> Row:
    """Credit that leaves its owners is owned elsewhere or not lent; the largest of these is the number."""
    rows = {row["place"]: row for row in move_table(results, policy)}
    change = {place: rows[place]["difference"] for place in (*_TAKERS, "all")}
    taker = max(_TAKERS, key=lambda place: change[place])
    words = [f"{MOVES[place]} {change[place]:+,.2f}" for place in _TAKERS if abs(change[place]) >= 0.005]
    words.append(f"all credit {change['all']:+,.2f} bn yuan against the base on the last day")
    if not any(change.values()):
        return _row(
            "Where does it go?", "bn yuan", None, "nothing moves: credit stands where it does without the policy"
        )
    if change[taker] < -change["all"]:  # most of what leaves is lent by nobody
        total = rows["all"]
        ends = (-total["difference"], -total["high"], -total["low"])
        return _row("Where does it go?", "bn yuan not lent", ends, "; ".join(words))
    row = rows[taker]
    values = (row["difference"], row["low"], row["high"])
    return _row("Where does it go?", f"bn yuan {_INTO[taker]}", values, "; ".join(words))


def _counted(people: float) -> str:
    """People in millions, where that tells any of them."""
    return f"{people / 1e6:,.2f} million" if people >= 1e4 else f"{people:,.0f} people"


def _who(results: Sequence[Result], policy: str) -> Row:
    """People who owe something only without the policy, less those who do only under it."""
    people = {row["outcome"]: row for row in people_table(results, policy)}
    fewer = next(row for row in outcome_table(results, policy) if row["outcome"] == "debtors")
    told = [f"{_counted(people[name]['mean'])} {people[name]['what']}" for name in _CUT]
    groups = [row for row in group_table(results, policy) if row["dimension"] != "all" and row["percent"]]
    worst = min(groups, key=lambda row: row["percent"], default=None)
    if worst is None and not any(people[name]["mean"] for name in _CUT):
        told = ["nobody: every household owes what it owes without the policy"]
    elif worst is None or worst["percent"] > -LEAST_FALL:
        told.append("credit falls for no group")
    else:
        told.append(f"credit falls most for {worst['dimension']} {worst['group']}: {worst['percent']:+.1f} %")
    if fewer["difference"] > 0:
        more = (fewer["difference"], fewer["low"], fewer["high"])
        return _row("Who is cut off?", "million people more owe anything", more, "; ".join(told))
    values = (-fewer["difference"], -fewer["high"], -fewer["low"])
    return _row("Who is cut off?", "million people fewer owe anything", values, "; ".join(told))


def _risk(results: Sequence[Result], policy: str) -> Row:
    """Losses taken and to come on the loans of all lenders, and what stands behind them."""
    of = {row["outcome"]: row for row in outcome_table(results, policy)}
    loss = of["loss"]
    change = {name: f"{row['difference'] + 0.0:+,.2f}" for name, row in of.items()}
    told = [
        f"{change['written_off']} written off, {change['expected_loss']} to be expected of what is outstanding: "
        f"{_both(of['expected_share'], 'credit')}",
        f"newly in default {change['default_bound']} bn at the lenders bound, {change['default_other']} at all others",
        f"losses on notes {change['tranche_loss']} bn, of banks {change['bank_loss']} bn",
        f"lowest capital of a bank {_both(of['least_capital'], 'weighted assets')}",
        f"the most dangerous failure would cost all others {_both(of['network_impact'], 'equity')}",
        _write_off_lag(results, policy),
    ]
    if loss["difference"] < 0:
        values, unit = (-loss["difference"], -loss["high"], -loss["low"]), "bn yuan less lost or expected to be"
    else:
        values, unit = (loss["difference"], loss["low"], loss["high"]), "bn yuan more lost or expected to be"
    return _row("What does it do to risk?", unit, values, "; ".join(told))


def _both(row: Row, whole: str) -> str:
    """A share of a whole under the policy and without it."""
    return f"{row['under_policy']:,.2f} % of {whole} ({row['base']:,.2f} % without the policy)"


def _write_off_lag(results: Sequence[Result], policy: str) -> str:
    """Why losses taken say little of a short span."""
    days = [day for result in results for day in of_policy(result, policy)["write_off_days"]]
    after = f"{min(days)} to {max(days)}" if min(days) < max(days) else f"{min(days)}"
    return f"loans are written off {after} days past due: what fails later in the span is among losses expected alone"
