"""How far each institution stands from a policy's new limits: where it comes nearest, what binds it instead, from which
multiple on a cap binds it no more, and what to ask instead where nothing differs."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

from sim.studies.compare_dose import standing_multiples
from sim.studies.compare_months import binding_table, rule_table
from sim.studies.compare_plan import BASE
from sim.studies.compare_tables import Result

Row = dict[str, Any]

NO_DIFFERENCE: Final = (
    "No outcome differs in any seed: the policy changes nobody's plans in this market and span. Noughts are exact, "
    "as both worlds meet the same draws."
)
_REPLACED_BY: Final = {"cash_loan_notice": "scenarios/policies/general_notice_2020.yaml"}
"""Rules of the base that another shipped policy lifts: there a cap that they keep from binding can bind."""
BANK: Final = "bank:"


def distance_table(results: Sequence[Result], policy: str, multiples: Mapping[str, float]) -> list[Row]:
    """Institution by institution and new rule, the month of the base in which least is left below the limit, bn yuan.

    `multiples` are the multiples of net assets of the rules that are such, by name. `times_net_assets` is the multiple
    at which the position stands in that month; `binds_below` that at which it stood when the policy became known: there
    a cap stops binding, see `sim.studies.compare_dose.standing_multiples`. `bound_by` names the rules that leave the
    institution no headroom in the base and in which part of the months compared.
    """
    nearest: dict[tuple[str, str], Row] = {}
    for row in rule_table(results, policy):
        key = row["institution"], row["rule"]
        if key not in nearest or _left(row) < _left(nearest[key]):
            nearest[key] = row
    standing = {rule: standing_multiples(results, policy, rule, times) for rule, times in multiples.items()}
    bound = _bound_by(results, policy, set(multiples) | {rule for _, rule in nearest})
    rows = []
    for (institution, rule), row in sorted(nearest.items()):
        used = row["position_base"] / row["limit_base"] if row["limit_base"] > 0 else None
        multiple = multiples.get(rule)
        rows.append({
            "policy": policy, "institution": institution, "rule": rule, "date": row["date"],
            "position": row["position_base"], "limit": row["limit_base"], "headroom": _left(row),
            "used_percent": None if used is None else 100 * used, "multiple": multiple,
            "times_net_assets": None if used is None or multiple is None else multiple * used,
            "binds_below": standing.get(rule, {}).get(institution, (None, None, None))[0],
            "bound_by": bound.get(institution, ""),
        })  # fmt: skip
    return rows


def in_words(rows: Sequence[Row]) -> str:
    """Cap by cap in multiples of net assets, and rule by rule for banks: whether it binds anybody in the base, how far
    the nearest is, what does instead."""
    return " ".join([
        *(_cap_in_words(rule, of) for rule, of in _by_rule(row for row in rows if row["multiple"] is not None).items()),
        *(_rule_of_banks_in_words(rule, of)
          for rule, of in _by_rule(r for r in rows if r["multiple"] is None and _is_bank(r)).items()),
    ])  # fmt: skip


def way_on(rows: Sequence[Row], lifted: Collection[str]) -> str:
    """What to ask where no outcome differs: the multiples at which a cap would bind, and the policy that lifts the rule
    of the base that keeps it from binding, unless the policy itself does (`lifted`)."""
    told = [NO_DIFFERENCE]
    for rule, of in _by_rule(row for row in rows if row["multiple"] is not None).items():
        stood = max((row["binds_below"] for row in of if row["binds_below"] is not None), default=0.0)
        if stood > 0:
            values = ",".join(f"{stood * part:.2g}" for part in (0.25, 0.5, 1.0))
            told.append(f"To see {rule} bind: --vary policies.{rule}.multiple={values}.")
    binding = " ".join(row["bound_by"] for row in rows)
    told += [
        f"{old} binds first; {other} is the reading in which it no longer stands."
        for old, other in _REPLACED_BY.items() if old in binding and old not in lifted
    ]  # fmt: skip
    return " ".join(told)


def _by_rule(rows: Iterable[Row]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for row in rows:
        found.setdefault(row["rule"], []).append(row)
    return found


def _is_bank(row: Row) -> bool:
    return str(row["institution"]).startswith(BANK)


def _rule_of_banks_in_words(rule: str, rows: Sequence[Row]) -> str:
    row = min(rows, key=lambda found: (found["headroom"], found["institution"]))
    beyond = sum(found["headroom"] < 0 for found in rows)
    if beyond:
        return (
            f"Beyond {rule} in the base: {beyond} of {len(rows)} banks, the farthest {row['institution']} by "
            f"{-row['headroom']:,.2f} bn on {row['date']}."
        )
    return f"{rule} binds no bank in the base; nearest is {row['institution']}, {row['headroom']:,.2f} bn within it."


def _cap_in_words(rule: str, rows: Sequence[Row]) -> str:
    row = max(rows, key=lambda cap: (cap["times_net_assets"] or 0.0, cap["institution"]))
    stood = [cap["binds_below"] for cap in rows if cap["binds_below"] is not None]
    end = f" When the policy became known it would have bound nobody from a multiple of {max(stood):.3g} on."
    beyond = [cap for cap in rows if cap["headroom"] < 0]
    if beyond:
        names = ", ".join(f"{r['institution']} ({-r['headroom']:,.2f} bn at most, on {r['date']})" for r in beyond)
        return f"Beyond {rule} in the base: {names}.{end if stood else ''}"
    other = f" What binds it is {row['bound_by']}." if row["bound_by"] else " No other rule binds it either."
    times = f", at {row['times_net_assets']:.3g} times its net assets" if row["times_net_assets"] is not None else ""
    return (
        f"{rule} binds nobody in the base. Nearest is {row['institution']} on {row['date']}: {row['headroom']:,.2f} bn "
        f"yuan below the limit of {row['multiple']:g} times{times}.{end if stood else ''}{other}"
    )


def _left(row: Row) -> float:
    left: float = row["limit_base"] - row["position_base"]
    return left


def _bound_by(results: Sequence[Result], policy: str, new: set[str]) -> dict[str, str]:
    """Institution -> the rules of the base that leave it no headroom, with the part of the months, most often first."""
    found: dict[str, dict[str, float]] = {}
    base = [row for row in binding_table(results, policy) if row["world"] == BASE]
    months = max(1, len({row["date"] for result in results for row in result["lenders"][BASE]}))
    for row in base:
        if row["rule"] not in new:
            shares = found.setdefault(row["institution"], {})
            shares[row["rule"]] = shares.get(row["rule"], 0.0) + row["share_of_seeds"] / months
    return {
        institution: ", ".join(
            f"{rule} ({100 * share:.0f} % of months)"
            for rule, share in sorted(shares.items(), key=lambda pair: (-pair[1], pair[0]))
        )
        for institution, shares in found.items()
    }
