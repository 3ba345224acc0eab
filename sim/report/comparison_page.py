"""The page of a comparison: the numbers that matter first, then figures, tables, and how to get it all again."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any, Final

from sim.report.comparison_people import people_sections
from sim.report.comparison_rows import PAIRED, clear, first_of_each, nought, some_lenders
from sim.report.drawing import Figure
from sim.report.markup import between, code, drawing, fold, heading, number, page, paragraph, table

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

MOST_LINES = 60
MOST_IN_FULL = 4
"""Policies told in full; of more (levers varied) the first value of each file, and all in the outcomes' table."""
_OTHER_WORLD: Final = (
    "{policy} is more than a policy: it also changes {parts}, which make another world from its first day on. The two "
    "worlds share no past, and differences are those of the whole scenario."
)
_WHY_PAIRED: Final = (
    "Both worlds of a seed share households, shocks and tempers: every draw is keyed by who decides what and when, so "
    "worlds differ by the policy alone. Intervals are 95 %, Student's t over the differences seed by seed. The "
    "variance ratio says how many times more seeds would be needed with worlds drawn apart; 'never varies' marks what "
    "the policy changes in no seed. Outcomes that are nought in both worlds of every seed are left out."
)
_ALL_BOUND: Final = "By the lenders bound all lenders are meant: the policy leaves none of them out."


def comparison_page(manifest: Mapping[str, Any], found: Tables, figures: Sequence[Figure]) -> str:
    """One self-contained HTML page."""
    names, seeds = manifest["policies"], len(manifest["seeds"])
    title = _title(manifest)
    sections = [heading(title, 1), paragraph(_question(manifest), "lead")]
    if seeds < 2:
        sections.append(paragraph("One seed: there are no intervals. Add --seeds 20.", "note"))
    if manifest["failed"]:
        failed = "; ".join(f"seed {seed}: {why}" for seed, why in manifest["failed"].items())
        sections.append(paragraph(f"{len(manifest['failed'])} seeds failed and are left out. {failed}", "note"))
    if words := manifest["opening_in_words"]:
        sections.append(paragraph(words, "note"))
    in_full = names if len(names) <= MOST_IN_FULL else first_of_each(manifest)[:MOST_IN_FULL]
    for policy in in_full:
        if len(names) > 1:
            sections.append(heading(policy))
        if parts := manifest["other_worlds"].get(policy):
            sections.append(paragraph(_OTHER_WORLD.format(policy=policy, parts=", ".join(parts)), "note"))
        sections.append(_opening([row for row in found["headline"] if row["policy"] == policy]))
        sections += [paragraph(words, "note") for words in manifest["dates_in_words"].get(policy, ())]
        if words := manifest["no_difference_in_words"].get(policy):
            sections.append(paragraph(words, "note"))
        if words := manifest["distance_in_words"].get(policy):
            sections.append(paragraph(words))
    sections += _doses(manifest, found)
    sections += [drawing(figure.title, figure.svg, figure.caption) for figure in figures]
    for policy in in_full:
        mine = {name: [row for row in rows if row.get("policy") == policy] for name, rows in found.items()}
        sections += _policy_tables(policy if len(names) > 1 else "", mine, manifest)
    if len(names) > 1:
        sections += [heading("All policies"), _side_by_side(found, names)]
    sections += [*_assumed(found, in_full), heading("What differs in the scenarios"), _differences(found)]
    sections += _reproduction(manifest)
    return page(title, *sections)


def _title(manifest: Mapping[str, Any]) -> str:
    """The policies by name, or the levers that were varied, against the base."""
    names, levers = manifest["policies"], [lever for lever in manifest["levers"].values() if lever]
    if levers:
        values: dict[str, set[float]] = {}
        for lever in levers:
            for path, value in lever.items():
                values.setdefault(path, set()).add(value)
        told = {path: ", ".join(f"{value:g}" for value in sorted(of)) for path, of in values.items()}
        return f"{' and '.join(f'{path} at {of}' for path, of in told.items())}, against {manifest['base']}"
    return f"{', '.join(names[:3])}{' and more' if len(names) > 3 else ''} against {manifest['base']}"


def _question(manifest: Mapping[str, Any]) -> str:
    seeds = len(manifest["seeds"])
    known = [day for day in manifest["first_days"].values() if day]
    felt = f" First day on which a policy can be felt: {min(known)}." if known else " No policy can be felt."
    return (
        f"What happens from {manifest['start']} to {manifest['last_day']} under the policy that would not have "
        f"happened without it? {seeds} paired seed{'' if seeds == 1 else 's'}, {manifest['households']:,} households "
        f"standing for {manifest['households'] * manifest['weight'] / 1e6:,.0f} million people.{felt}"
    )


def _opening(rows: Sequence[Row]) -> str:
    """The numbers that matter."""
    return f'<div class="opening">{"".join(number_box(row) for row in rows)}</div>'


def number_box(row: Row) -> str:
    """One number with its interval, and what stands behind it; a question that does not arise has words alone."""
    told = '<div class="n">–</div>'
    if row["value"] is not None:
        told = f'<div class="n">{number(row["value"])} <small>{escape(row["unit"])}</small></div>'
        told += f'<div class="i">{_how_sure(row)}</div>'
    return f'<div><div class="q">{escape(row["question"])}</div>{told}<div class="w">{escape(row["words"])}</div></div>'


def _how_sure(row: Row) -> str:
    """The interval of a number; that of a single seed has no bounds, and that of equal seeds no width."""
    if math.isinf(row["high"] - row["low"]):
        return "in one seed alone: no interval"
    return "the same in every seed" if row["low"] == row["high"] else f"95 % {between(row['low'], row['high'])}"


def _doses(manifest: Mapping[str, Any], found: Tables) -> list[str]:
    """Levers varied, value by value: what the rule varied asks by itself, and what the policy's other rules ask."""
    if not found["dose"]:
        return []
    return [
        heading("Dose and response"),
        paragraph(manifest["dose_in_words"]),
        table(found["dose"], {
            "policy": "family", "lever": "path", "value": "value", "it asks alone, bn yuan": "must_move",
            "95 %": lambda r: between(r["must_move_low"], r["must_move_high"]),
            "the other rules ask": "other_rules",
            "95 % of these": lambda r: between(r["other_rules_low"], r["other_rules_high"]),
            "stops binding at": "binds_below", "farthest": "farthest",
        }),
    ]  # fmt: skip


def _policy_tables(policy: str, found: Tables, manifest: Mapping[str, Any]) -> list[str]:
    prefix = f"{policy}: " if policy else ""
    columns = {"group": "group", "outcome": "what", "unit": "unit", **PAIRED}
    outcomes, some = [row for row in found["outcomes"] if not nought(row)], some_lenders(found["outcomes"])
    if not some:
        outcomes = [row for row in outcomes if not row["outcome"].endswith("_other")]
    return [
        heading(f"{prefix}Outcomes"), paragraph(_WHY_PAIRED), "" if some else paragraph(_ALL_BOUND),
        table(outcomes, columns, clear=clear),
        *people_sections(found, manifest, prefix),
        heading(f"{prefix}Which rule binds whom"),
        paragraph(
            "In the month of the base in which least is left below each new limit; of capital, what is demanded stands "
            "against what is there. A cap in multiples of net assets stops binding at the multiple at which the "
            "institution stood when the policy became known; what binds instead are the rules already in force."
        ) if found["distance"] else "",
        table(found["distance"], {
            "institution": "institution", "rule": "rule", "month": "date", "stands at, bn yuan": "position",
            "limit": "limit", "left": "headroom", "% used": "used_percent",
            "times net assets": "times_net_assets", "cap": "multiple", "stops binding at": "binds_below",
            "bound in the base by": "bound_by",
        }, empty="The policy has no rule that institutions are measured against."),
        heading(f"{prefix}Where credit stands"),
        table(found["moves"], {"": "where", **PAIRED}, clear=clear),
        fold("Lender by lender", table(found["lenders"], {"lender": "lender", "": "what", **PAIRED}, clear=clear)),
    ]  # fmt: skip


def _side_by_side(found: Tables, names: Sequence[str]) -> str:
    """Each policy's difference in every outcome, policies in columns (the first few) or in rows."""
    rows = [row for row in found["outcomes"] if row["policy"] in names and not nought(row)]
    return table(rows, {"outcome": "what", "policy": "policy", "unit": "unit", **PAIRED}, clear=clear)


def _assumed(found: Tables, names: Sequence[str]) -> list[str]:
    """What the numbers rest on that nobody has printed."""
    rows = [row for row in found["assumed"] if row["policy"] in names]
    if not rows:
        return []
    columns = {name: name for name in ("policy", "path", "value", "range", "source")}
    return [
        heading("What is assumed"),
        paragraph(
            "No source prints these; the numbers above hang on them. Each can be set with --set or tried with --vary."
        ),
        table(rows, columns),
    ]


def _differences(found: Tables) -> str:
    rows = found["differences"][: MOST_LINES * MOST_IN_FULL]
    columns: dict[str, Any] = {"policy": "policy", "path": "path", "base": "base", "under the policy": "under_policy"}
    return table(rows, columns, empty="Nothing: the scenarios are the same.")


def _reproduction(manifest: Mapping[str, Any]) -> list[str]:
    """Versions, inputs, and the line to type."""
    told = ", ".join(f"{name} {version}" for name, version in manifest["versions"].items())
    seeds = manifest["seeds"]
    lines = (
        f"identity {manifest['identity']}",
        f"seeds {', '.join(map(str, seeds[:5]))}{' ...' if len(seeds) > 5 else ''} ({len(seeds)})",
        f"{told}; commit {manifest['commit'] or 'unknown'}",
    )
    return [
        heading("To get the same numbers again"), code(manifest["command"]),
        paragraph(
            "Same inputs, seeds and version give the same numbers, on any number of workers. The scenarios as they ran "
            "stand in this page's folder."
        ),
        code("\n".join(lines)),
    ]  # fmt: skip
