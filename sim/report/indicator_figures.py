"""The figures of the indicators: the index of a run over time, ROC curves, and how early warnings came."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sim.report.drawing import BASE_COLOUR, LIMIT_COLOUR, PARTS, POLICY_COLOUR, Figure, canvas, days, keep, time_axis

Row = dict[str, Any]
GROUPS: Final = {
    "index_macro": "macroeconomy", "index_banks": "banks", "index_securities": "securities market",
    "index_abroad": "abroad",
}  # fmt: skip
SCOPES: Final = {"on_balance": (BASE_COLOUR, "balance sheets"), "with_off_balance": (POLICY_COLOUR, "with off balance")}


def draw_index(folder: Path, rows: Sequence[Row], failures: Sequence[Row]) -> Figure:
    """The index in both scopes with its network variant, and its four groups; failures as marks below."""
    made, panels = canvas(1, 2)
    for scope, (colour, label) in SCOPES.items():
        mine = [row for row in rows if row["scope"] == scope]
        when = days([row["date"].isoformat() for row in mine])
        panels[0].plot(when, _line(mine, "index"), color=colour, label=label)
        panels[0].plot(when, _line(mine, "index_with_network"), color=colour, linestyle="--", label=f"{label}, network")
        if scope == "with_off_balance":
            for name, group_colour in zip(GROUPS, PARTS, strict=True):
                panels[1].plot(when, _line(mine, name), color=group_colour, label=GROUPS[name])
    fallen = days([row["date"].isoformat() for row in failures])
    panels[0].plot(
        fallen, [0.02] * len(fallen), "v", color=LIMIT_COLOUR, markersize=5,
        transform=panels[0].get_xaxis_transform(), label="failures" if fallen else None,
    )  # fmt: skip
    for panel, title in zip(panels, ("index of systemic risk", "its groups, with off balance"), strict=True):
        panel.axhline(0, color="#111827", linewidth=0.6)
        panel.set_title(title)
        panel.set_ylabel("standard deviations, positive is risk")
        panel.legend(fontsize=8)
        time_axis(panel)
    caption = "Scores against each month's own past; nothing is drawn before the twelfth month."
    return keep(made, folder, "index", "Index of systemic risk", caption)


def _line(rows: Sequence[Row], name: str) -> list[float]:
    return [float("nan") if row[name] is None else float(row[name]) for row in rows]


def draw_roc(folder: Path, points: Sequence[Row], lead: Sequence[Row]) -> Figure | None:
    """ROC curves by set of worlds: a colour a signal, full lines without and dashed ones with off-balance assets."""
    sets = list(dict.fromkeys(row["worlds_set"] for row in points))
    if not sets:
        return None
    signals = list(dict.fromkeys(row["signal"] for row in points))
    area = {(row["worlds_set"], row["signal"], row["scope"]): row["area"] for row in lead}
    made, panels = canvas(1, len(sets), height=3.6, width=3.6 * len(sets))
    for panel, which in zip(panels, sets, strict=True):
        for colour, signal in zip(PARTS, signals, strict=False):
            for scope, style in (("on_balance", "-"), ("with_off_balance", "--")):
                mine = [
                    row for row in points
                    if (row["worlds_set"], row["signal"], row["scope"]) == (which, signal, scope)
                ]  # fmt: skip
                if mine:
                    label = f"{signal}{' *' if style == '--' else ''} {area[which, signal, scope]:.2f}"
                    panel.plot(
                        [row["false_alarms"] for row in mine], [row["hits"] for row in mine], style, color=colour,
                        linewidth=1.3, label=label,
                    )  # fmt: skip
        panel.plot([0, 1], [0, 1], color=BASE_COLOUR, linewidth=0.6)
        panel.set_title(which)
        panel.set_xlabel("false alarms")
        panel.set_ylabel("hits")
        panel.legend(fontsize=7, loc="lower right")
    caption = "Share of warning months called against share of calm months called; areas beside. * with off balance."
    return keep(made, folder, "roc", "ROC curves", caption)


def draw_lead(folder: Path, times: Sequence[Row]) -> Figure | None:
    """How many months before distress the first alarm came, by set of worlds, of the index without and with."""
    sets = list(dict.fromkeys(row["worlds_set"] for row in times))
    if not sets:
        return None
    made, panels = canvas(1, len(sets), height=3.0, width=3.6 * len(sets))
    for panel, which in zip(panels, sets, strict=True):
        for shift, (scope, (colour, label)) in zip((-0.2, 0.2), SCOPES.items(), strict=True):
            mine = [row for row in times if (row["worlds_set"], row["signal"], row["scope"]) == (which, "index", scope)]
            where = [row["months"] + shift for row in mine]
            panel.bar(where, [row["distresses"] for row in mine], width=0.4, color=colour, label=label)
        panel.set_title(which)
        panel.set_xlabel("months of lead; 0: not seen")
        panel.set_ylabel("distresses")
    panels[0].legend(fontsize=8)
    caption = "First alarm of the index within the horizon, by a threshold chosen on other seeds."
    return keep(made, folder, "leads", "Lead of the index", caption)
