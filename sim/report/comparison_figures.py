"""The figures of a comparison, drawn from its tables."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sim.report.comparison_dose import draw_dose
from sim.report.comparison_rows import differs, first_of_each, some_lenders
from sim.report.drawing import (
    BASE_COLOUR,
    LIMIT_COLOUR,
    PARTS,
    POLICY_COLOUR,
    Figure,
    announced,
    band,
    canvas,
    days,
    keep,
    time_axis,
)

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

MOST_CAPS = 4
MOST_PANELS = 6
"""Positions against limits that are drawn: caps in multiples of net assets first, then others."""
MOST_POLICIES = 4
"""Policies with figures of their own; of more (levers varied) the curve or map is drawn."""
_MIX: Final = {"pooled": "pools of notes", "partners": "partner banks", "own": "own books", "elsewhere": "others"}
_TITLE_LETTERS: Final = 44
"""Width of a panel's title: longer ones are broken."""
_STRIP: Final = 0.1
"""Height of the strip of a rule that binds, of its panel."""
_SHOWN: Final = ("position_base", "limit_base", "position_policy", "limit_policy")
_DIMENSIONS: Final = ("score class", "age", "income", "region")


def draw_figures(folder: Path, found: Tables, manifest: Mapping[str, Any]) -> list[Figure]:
    """Draw every figure into a folder, those of each policy and, where levers were varied, the curve or the map."""
    names = manifest["policies"]
    drawn = draw_dose(folder, found, manifest) if any(manifest["levers"].values()) else []
    for policy in first_of_each(manifest)[:MOST_POLICIES]:
        prefix = f"{names.index(policy) + 1}-" if len(names) > 1 else ""
        mine = {name: [row for row in rows if row.get("policy") == policy] for name, rows in found.items()}
        first = manifest["first_days"][policy]
        for draw in (_leverage, _credit, _mix, _who, _losses):
            figure = draw(folder, prefix, policy, mine, first)
            if figure is not None:
                drawn.append(figure)
    return drawn


def _leverage(folder: Path, prefix: str, policy: str, found: Tables, first: str | None) -> Figure | None:
    """Positions against the new rules' limits, institution by institution, and which rules leave no headroom."""
    rows = found["rules"]
    caps = {row["rule"] for row in found["distance"] if row["multiple"] is not None}
    largest = _largest(rows, caps)
    if not largest:
        return None
    made, panels = canvas((len(largest) + 1) // 2, 2 if len(largest) > 1 else 1, height=3.1)
    for panel, (institution, rules) in zip(panels, largest, strict=False):
        mine = [row for row in rows if (row["institution"], row["rule"]) == (institution, rules[0])]
        when, demanded = days([row["date"] for row in mine]), mine[0]["counts"] == "capital"
        limit, stands = ("position", "limit") if demanded else ("limit", "position")
        panel.plot(when, [r[f"{limit}_policy"] for r in mine], color=LIMIT_COLOUR, linestyle="--", label="limit")
        panel.plot(
            when, [r[f"{stands}_base"] for r in mine], color=BASE_COLOUR, linewidth=3, label="without the policy"
        )
        panel.plot(when, [r[f"{stands}_policy"] for r in mine], color=POLICY_COLOUR, label="under the policy")
        title = f"{institution.partition(':')[2]}: {', '.join(rules)}{' (least)' if demanded else ''}"
        panel.set_title("\n".join(textwrap.wrap(title, _TITLE_LETTERS)), fontsize=9)
        panel.set_ylabel("bn yuan")
        _mark_binding(panel, [row for row in found["binding"] if row["institution"] == institution])
        announced(panel, first)
        time_axis(panel)
    spans = [panel.get_xlim() for panel in panels[: len(largest)]]
    for panel in panels[: len(largest)]:
        panel.set_xlim(min(low for low, _ in spans), max(high for _, high in spans))
    for panel in panels[len(largest) :]:
        panel.set_axis_off()
    made.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3, fontsize=8)
    caption = (
        "What each new rule counts, in both worlds, against its limit under the policy, or the least it demands; "
        "means over seeds. Below each: the rules that leave the lender no headroom at the month's end in most seeds, "
        "under the policy."
    )
    return keep(made, folder, f"{prefix}leverage", f"Leverage against the cap: {policy}", caption)


def _largest(rows: Sequence[Row], caps: set[str]) -> list[tuple[str, list[str]]]:
    """Institutions and rules with the largest positions, caps in multiples of net assets before others; rules under
    which an institution stands alike (the same position and limit in every month) are one picture."""
    series: dict[tuple[str, str], list[tuple[Any, ...]]] = {}
    most: dict[tuple[str, str], float] = {}
    for row in rows:
        key = (row["institution"], row["rule"])
        series.setdefault(key, []).append((row["date"], *(row[name] for name in _SHOWN)))
        most[key] = max(most.get(key, 0.0), row["position_base"])
    alike: dict[tuple[Any, ...], list[str]] = {}
    for key in sorted((key for key, size in most.items() if size > 0), key=lambda key: (-most[key], key)):
        alike.setdefault((key[0], *series[key]), []).append(key[1])
    pictures = [(key[0], rules) for key, rules in alike.items()]
    of_caps = [picture for picture in pictures if caps & set(picture[1])][:MOST_CAPS]
    others = [picture for picture in pictures if not caps & set(picture[1])]
    return of_caps + others[: (MOST_PANELS if of_caps else MOST_CAPS) - len(of_caps)]


def _mark_binding(panel: Any, rows: Sequence[Row]) -> None:
    """A strip of squares below nought for each rule that binds under the policy in most seeds."""
    often = [row for row in rows if row["world"] == "policy" and row["share_of_seeds"] >= 0.5]
    rules = sorted({row["rule"] for row in often})
    top, strips = panel.get_ylim()[1], len(rules) * _STRIP
    panel.set_ylim(-top * strips / (1 - strips), top)
    panel.set_yticks([tick for tick in panel.get_yticks() if 0 <= tick <= top])
    panel.axhline(0, color="#111827", linewidth=0.6)
    for line, rule in enumerate(rules):
        when = days([row["date"] for row in often if row["rule"] == rule])
        place = _STRIP * (line + 0.25)
        panel.plot(when, [place] * len(when), "s", color=PARTS[2], markersize=4, transform=panel.get_xaxis_transform())
        low, high = panel.get_xlim()
        late = panel.convert_xunits(when[0]) > (low + high) / 2  # what begins late is told from the edge inwards
        panel.annotate(
            f"binds: {rule}", (high if late else when[0], place), xycoords=panel.get_xaxis_transform(), fontsize=7,
            va="bottom", ha="right" if late else "left", xytext=(0, 3), textcoords="offset points",
        )  # fmt: skip


def _credit(folder: Path, prefix: str, policy: str, found: Tables, first: str | None) -> Figure | None:
    titles = {"all": "all lenders"}
    if some_lenders(found["outcomes"]):
        titles = {"bound": "lenders the policy binds"} | titles
    made, panels = canvas(len(titles), 2, height=2.8)
    for k, (place, title) in enumerate(titles.items()):
        mine = [row for row in found["months"] if row["place"] == place]
        for world, colour, label in (("base", BASE_COLOUR, "without"), ("policy", POLICY_COLOUR, "under the policy")):
            band(panels[2 * k], [row for row in mine if row["world"] == world], colour, label)
        band(panels[2 * k + 1], [row for row in mine if row["world"] == "difference"], POLICY_COLOUR, "difference")
        panels[2 * k + 1].axhline(0, color="#111827", linewidth=0.8)
        for panel, told in ((panels[2 * k], title), (panels[2 * k + 1], f"{title}: difference")):
            panel.set_title(told)
            panel.set_ylabel("bn yuan")
            announced(panel, first)
            time_axis(panel)
    panels[0].legend()
    caption = (
        "Left: credit outstanding in both worlds, mean and 95 % interval of each by itself over seeds. Right: the "
        "paired difference, seed by seed: both worlds share their people and shocks."
    )
    return keep(made, folder, f"{prefix}credit", f"Credit outstanding: {policy}", caption)


def _mix(folder: Path, prefix: str, policy: str, found: Tables, first: str | None) -> Figure | None:
    made, panels = canvas(1, 2)
    for panel, (world, title) in zip(panels, (("base", "without the policy"), ("policy", policy)), strict=True):
        rows = [row for row in found["months"] if row["world"] == world]
        parts = {name: [row for row in rows if row["place"] == name] for name in _MIX}
        when = days([row["date"] for row in parts["own"]])
        whole = [sum(row["mean"] for row in month) or 1.0 for month in zip(*parts.values(), strict=True)]
        shares = [[100 * row["mean"] / of for row, of in zip(part, whole, strict=True)] for part in parts.values()]
        panel.stackplot(when, shares, labels=list(_MIX.values()), colors=PARTS, alpha=0.85, linewidth=0)
        panel.set_title(title)
        panel.set_ylim(0, 100)
        announced(panel, first)
        time_axis(panel)
    panels[0].set_ylabel("% of credit")
    made.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(_MIX), fontsize=8)
    whose = "the lenders the policy binds" if some_lenders(found["outcomes"]) else "all lenders"
    caption = f"Who funds the credit of {whose}; means over seeds."
    return keep(made, folder, f"{prefix}funding", f"Funding mix: {policy}", caption)


def _who(folder: Path, prefix: str, policy: str, found: Tables, _first: str | None) -> Figure | None:
    rows = [row for row in found["groups"] if row["percent"] is not None]
    made, panels = canvas(2, 2, height=2.9)
    for panel, dimension in zip(panels, _DIMENSIONS, strict=True):
        mine = [row for row in rows if row["dimension"] == dimension]
        at = list(range(len(mine)))[::-1]
        colours = [LIMIT_COLOUR if row["percent"] < 0 else POLICY_COLOUR for row in mine]
        panel.barh(at, [row["percent"] for row in mine], color=colours, alpha=0.75)
        if all(abs(row["percent_high"]) < float("inf") for row in mine):
            whiskers = [
                [row["percent"] - row["percent_low"] for row in mine],
                [row["percent_high"] - row["percent"] for row in mine],
            ]
            panel.errorbar(
                [row["percent"] for row in mine], at, xerr=whiskers, fmt="none", ecolor="#111827", elinewidth=0.8
            )
        panel.set_yticks(at, [row["group"] for row in mine], fontsize=7)
        panel.axvline(0, color="#111827", linewidth=0.8)
        panel.set_title(dimension)
        panel.set_xlabel("% of credit", fontsize=8)
        if not any(differs(row) for row in mine):
            panel.set_xlim(-1, 1)
            panel.text(0.02, 0.5, "no difference in any seed", transform=panel.transAxes, color=BASE_COLOUR, fontsize=9)
    whose = "a lender it binds" if some_lenders(found["outcomes"]) else "any lender"
    caption = (
        "Change of credit outstanding on the last day by group of people, with 95 % paired intervals. Score class: the "
        f"best an account has, without the policy, at {whose}."
    )
    return keep(made, folder, f"{prefix}who", f"Who is cut: {policy}", caption)


def _losses(folder: Path, prefix: str, policy: str, found: Tables, _first: str | None) -> Figure | None:
    made, panels = canvas(1, 2)
    titles = {"notes": "losses on notes", "banks": "losses of banks in this market"}
    for panel, (of, title) in zip(panels, titles.items(), strict=True):
        for world, colour, label in (("base", BASE_COLOUR, "without"), ("policy", POLICY_COLOUR, "under the policy")):
            rows = [row for row in found["losses"] if row["of"] == of and row["world"] == world]
            band(panel, rows, colour, label, key="month")
        panel.set_title(title)
        panel.set_ylabel("bn yuan, summed up")
        time_axis(panel)
    panels[0].legend()
    caption = "Losses from the policy's first day on, mean and 95 % interval of each world over seeds."
    return keep(made, folder, f"{prefix}losses", f"Losses: {policy}", caption)
