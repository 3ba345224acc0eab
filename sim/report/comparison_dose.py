"""Levers varied: the dose-response curve of one, the map of two, and the curve at net assets known only roughly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sim.report.drawing import LIMIT_COLOUR, PARTS, POLICY_COLOUR, Figure, canvas, keep

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]

NET_ASSETS_BN: Final = {
    "12 (BAL14: registered capital of Ant Micro Loan)": 12.0, "35.8 (ANT05, low confidence)": 35.8,
}  # fmt: skip
"""What is printed of the net assets of Ant's lending companies, which decide how much a cap in multiples of them moves,
bn yuan."""
RESPONSES: Final = {
    "must_move": "must move, bn yuan", "credit_bound": "credit of the lenders bound, bn yuan",
    "issued": "notes placed, bn yuan", "fewer": "people fewer who owe anything, million",
}  # fmt: skip
_ASKED: Final = {"must_move": "How much must move?", "fewer": "Who is cut off?"}
_BEHIND: Final = {"facecolor": "#111827", "alpha": 0.5, "linewidth": 0, "pad": 1.5}
_LEAST_BN = 0.005
"""What must move below this counts as nothing: the cap does not bind."""


def draw_dose(folder: Path, found: Tables, manifest: Mapping[str, Any]) -> list[Figure]:
    """The curve over one lever, or the map over two; more levers than that are left to the tables."""
    levers = {name: values for name, values in manifest["levers"].items() if values}
    paths = list(next(iter(levers.values())))
    if len(paths) == 1:
        figures = [_curve(folder, found, {name: values[paths[0]] for name, values in levers.items()}, paths[0])]
        if paths[0].endswith(".multiple"):
            figures.append(_against_net_assets(folder, found, sorted({v[paths[0]] for v in levers.values()})))
        return figures
    return [_map(folder, found, levers, paths[0], paths[1])] if len(paths) == 2 else []


def responses(found: Tables, policies: Sequence[str]) -> dict[str, list[Row]]:
    """By response: each policy's mean with interval, in order; differences from the base, and counts of people."""
    numbers: dict[str, list[Row]] = {name: [] for name in RESPONSES}
    for policy in policies:
        outcomes = {row["outcome"]: row for row in found["outcomes"] if row["policy"] == policy}
        mine = {row["question"]: row for row in found["headline"] if row["policy"] == policy}
        for name, question in _ASKED.items():
            row = mine[question]
            numbers[name].append({"mean": row["value"], "low": row["low"], "high": row["high"]})
        for name in ("credit_bound", "issued"):
            row = outcomes[name]
            numbers[name].append({"mean": row["difference"], "low": row["low"], "high": row["high"]})
    return numbers


def stops_binding(values: Sequence[float], must_move: Sequence[float]) -> float | None:
    """The smallest value of a rising cap at which nothing must move, interpolated between the values tried.

    None where something must move at every value. Both sequences in the order of rising values.

    >>> stops_binding([1, 2, 3, 4], [6.0, 3.0, 0.0, 0.0])
    3.0
    >>> stops_binding([2, 4], [4.0, 1.0]) is None
    True
    """
    open_ = [k for k, moved in enumerate(must_move) if moved > _LEAST_BN]
    if not open_:
        return float(values[0])
    last = open_[-1]
    if last == len(values) - 1:
        return None
    if last == 0 or must_move[last - 1] <= must_move[last]:
        return float(values[last + 1])
    slope = (must_move[last - 1] - must_move[last]) / (values[last] - values[last - 1])
    return float(min(values[last + 1], values[last] + must_move[last] / slope))


def _curve(folder: Path, found: Tables, doses: Mapping[str, float], path: str) -> Figure:
    names = sorted(doses, key=lambda name: doses[name])
    values, numbers = [doses[name] for name in names], responses(found, names)
    made, panels = canvas(2, 2, height=2.9)
    for panel, (name, title) in zip(panels, RESPONSES.items(), strict=True):
        rows = numbers[name]
        panel.plot(values, [row["mean"] for row in rows], "o-", color=POLICY_COLOUR, markersize=3)
        if all(abs(row["high"] - row["low"]) < float("inf") for row in rows):
            panel.fill_between(
                values, [r["low"] for r in rows], [r["high"] for r in rows], color=POLICY_COLOUR, alpha=0.15
            )
        panel.axhline(0, color="#111827", linewidth=0.6)
        panel.set_title(title)
        panel.set_xlabel(path)
    end = stops_binding(values, [row["mean"] for row in numbers["must_move"]])
    told = "It binds at every value tried."
    if end is not None:
        told = f"Nothing must move from {end:.3g} on."
        panels[0].axvline(end, color=LIMIT_COLOUR, linestyle="--", linewidth=1)
    caption = (
        f"Response to {path}: what must move, and differences from the base on the last day, mean and 95 % paired "
        f"interval. {told}"
    )
    return keep(made, folder, "dose", f"Dose and response: {path}", caption)


def _against_net_assets(folder: Path, found: Tables, values: Sequence[float]) -> Figure:
    """The same cap on the same funding, at other net assets: funding less multiple x net assets, where positive."""
    first = min((row["date"] for row in found["rules"]), default="")
    rows = [row for row in found["rules"] if row["date"] == first and row["institution"].startswith("originator:")]
    funding = {row["institution"].partition(":")[2]: row["position_base"] for row in rows}
    ant = {name: fen for name, fen in funding.items() if name.startswith("ant")} or funding
    policy = rows[0]["policy"] if rows else ""
    simulated = sum(
        row["base"] for row in found["lenders"]
        if (row["policy"], row["what"]) == (policy, "net assets, bn yuan") and row["lender"] in ant
    )  # fmt: skip
    total = sum(ant.values())
    made, panels = canvas()
    curves = {**NET_ASSETS_BN, f"{simulated:,.1f} (simulated, last day)": simulated}
    for colour, (label, net) in zip(PARTS, curves.items(), strict=False):
        moved = [max(0.0, total - k * net) for k in values]
        panels[0].plot(values, moved, "o-", color=colour, label=label, markersize=3)
    panels[0].set_xlabel("multiple of net assets")
    panels[0].set_ylabel("must move, bn yuan")
    panels[0].legend(title="net assets, bn yuan", fontsize=8)
    caption = (
        f"Net assets are known only roughly. The standardised funding of {', '.join(sorted(ant))} when the policy "
        f"became known, {total:,.1f} bn yuan in the base, against the cap at each of the printed figures."
    )
    return keep(made, folder, "dose-net-assets", "The same curve at other net assets", caption)


def _map(folder: Path, found: Tables, levers: Mapping[str, Mapping[str, float]], across: str, up: str) -> Figure:
    """Credit of the lenders bound and what must move, over two levers."""
    names = list(levers)
    xs, ys = (sorted({levers[name][path] for name in names}) for path in (across, up))
    numbers = responses(found, names)
    made, panels = canvas(1, 2, height=3.8)
    for panel, name in zip(panels, ("must_move", "credit_bound"), strict=True):
        cells = {(levers[n][across], levers[n][up]): row["mean"] for n, row in zip(names, numbers[name], strict=True)}
        grid = [[cells[x, y] for x in xs] for y in ys]
        shown = panel.imshow(grid, origin="lower", aspect="auto", cmap="viridis")
        for j, _ in enumerate(ys):
            for i, _ in enumerate(xs):
                panel.text(i, j, f"{grid[j][i]:.2g}", ha="center", va="center", fontsize=6, color="white", bbox=_BEHIND)
        panel.set_xticks(range(len(xs)), [f"{x:g}" for x in xs])
        panel.set_yticks(range(len(ys)), [f"{y:g}" for y in ys])
        panel.set_xlabel(across)
        panel.set_ylabel(up)
        panel.grid(visible=False)
        panel.set_title(RESPONSES[name])
        made.colorbar(shown, ax=panel)
    caption = "What must move, and the change of credit against the base on the last day; means over seeds."
    return keep(made, folder, "map", f"Map: {across} and {up}", caption)
