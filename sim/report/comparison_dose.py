"""Levers varied: the dose-response curve of one, the map of two, and the curve at net assets known only roughly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sim.report.drawing import BASE_COLOUR, LIMIT_COLOUR, PARTS, POLICY_COLOUR, Figure, canvas, keep
from sim.report.markup import between

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
_MUST_MOVE: Final = "How much must move?"
_BEHIND: Final = {"facecolor": "#111827", "alpha": 0.5, "linewidth": 0, "pad": 1.5}
_LEAST_BN = 0.005
"""What must move below this counts as nothing: the cap does not bind."""


def draw_dose(folder: Path, found: Tables, manifest: Mapping[str, Any]) -> list[Figure]:
    """For each policy file, the curve over one lever or the map over two; more levers are left to the tables."""
    families: dict[str, dict[str, Mapping[str, float]]] = {}
    for name, values in manifest["levers"].items():
        if values:
            families.setdefault(manifest["families"][name], {})[name] = values
    figures = []
    for number, (family, levers) in enumerate(families.items(), start=1):
        prefix, title = (f"{number}-", f"{family}: ") if len(families) > 1 else ("", "")
        figures += _draw_family(folder, found, levers, prefix, title)
    return figures


def _draw_family(
    folder: Path, found: Tables, levers: Mapping[str, Mapping[str, float]], prefix: str, title: str
) -> list[Figure]:
    """The figures of the worlds of one file; `prefix` and `title` tell them from those of another."""
    paths = list(next(iter(levers.values())))
    if len(paths) == 2:
        return [_map(folder, found, levers, prefix, title)]
    if len(paths) > 2:
        return []
    doses = sorted((row for row in found["dose"] if row["policy"] in levers), key=lambda row: row["value"])
    values = {name: of[paths[0]] for name, of in levers.items()}
    figures = [_curve(folder, found, values, paths[0], doses, prefix, title)]
    if doses and doses[0]["binds_below"] is not None:
        figures.append(_against_net_assets(folder, found, doses, prefix, title))
    return figures


def dose_in_words(found: Tables) -> str:
    """Lever by lever of each policy file, from which value on the rule varied asks nothing, what the policy's other
    rules ask all the same, and what binds the farthest institution in the base; nothing where no rule was varied."""
    levers: dict[tuple[str, str], list[Row]] = {}
    for row in sorted(found["dose"], key=lambda row: row["value"]):
        levers.setdefault((row["family"], row["path"]), []).append(row)
    several = len({family for family, _ in levers}) > 1
    return " ".join(
        (f"{family}: " if several else "") + _lever_in_words(found, doses) for (family, _), doses in levers.items()
    )


def _lever_in_words(found: Tables, doses: Sequence[Row]) -> str:
    row, end = doses[0], _end(doses)
    told = f"By itself {row['rule']} asks something at every value tried."
    idle = [dose["value"] for dose in doses if dose["must_move"] <= _LEAST_BN]
    if end is None and idle:  # a share demanded asks more the higher it is
        told = f"By itself {row['rule']} asks nothing up to {max(idle):g}; read in the base on {row['date']}."
    elif end is not None:
        told = f"By itself {row['rule']} asks nothing from {end:.3g} on"
        if row["binds_below"] is not None:
            ends = between(row["binds_below_low"], row["binds_below_high"])
            sure = f" (mean over seeds, 95 % {ends})" if row["binds_below_high"] < float("inf") else ""
            told += f", where {row['farthest']} stands{sure}"
        told += f"; read in the base on {row['date']}."
        asked = [dose["value"] for dose in doses if dose["must_move"] > _LEAST_BN and dose["value"] >= end]
        if asked:
            told += f" In single seeds it still asks something at {max(asked):g}."
    others = sorted(dose["other_rules"] for dose in doses)
    if others[-1] - others[0] > _LEAST_BN:
        told += f" The policy's other rules ask {others[0]:,.2f} to {others[-1]:,.2f} bn yuan, by what they are set to."
    elif others[-1] > _LEAST_BN:
        told += f" The policy's other rules ask {others[-1]:,.2f} bn yuan at every value."
    bound = [r for r in found["distance"] if (r["policy"], r["institution"]) == (row["policy"], row["farthest"])]
    instead = next((r["bound_by"] for r in bound if r["bound_by"]), "")
    return f"{told} Rules already in force that bind {row['farthest']} in the base: {instead}." if instead else told


def _end(doses: Sequence[Row]) -> float | None:
    """The value from which on a rule asks nothing: exact for a multiple of net assets, else between those tried."""
    if doses[0]["binds_below"] is not None:
        return float(doses[0]["binds_below"])
    by_value = {row["value"]: row["must_move"] for row in doses}  # a second lever repeats each value
    return stops_binding(list(by_value), list(by_value.values()))


def responses(found: Tables, policies: Sequence[str]) -> dict[str, list[Row]]:
    """By response: each policy's mean with interval, in order; differences from the base, and counts of people."""
    numbers: dict[str, list[Row]] = {name: [] for name in RESPONSES}
    for policy in policies:
        outcomes = {row["outcome"]: row for row in found["outcomes"] if row["policy"] == policy}
        must = next(row for row in found["headline"] if (row["policy"], row["question"]) == (policy, _MUST_MOVE))
        numbers["must_move"].append({"mean": must["value"], "low": must["low"], "high": must["high"]})
        owing = outcomes["debtors"]
        numbers["fewer"].append({"mean": -owing["difference"], "low": -owing["high"], "high": -owing["low"]})
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


def _curve(
    folder: Path,
    found: Tables,
    values_of: Mapping[str, float],
    path: str,
    doses: Sequence[Row],
    prefix: str,
    title: str,
) -> Figure:
    names = sorted(values_of, key=lambda name: values_of[name])
    values, numbers = [values_of[name] for name in names], responses(found, names)
    made, panels = canvas(2, 2, height=2.9)
    for panel, (name, response) in zip(panels, RESPONSES.items(), strict=True):
        if name == "must_move" and doses:
            _rule_alone(panel, values, numbers[name], doses)
        else:
            _line(panel, values, numbers[name])
        panel.axhline(0, color="#111827", linewidth=0.6)
        panel.set_title(response)
        panel.set_xlabel(path)
    caption = (
        f"Response to {path}: what must move, and differences from the base on the last day, mean and 95 % paired "
        f"interval. {dose_in_words({**found, 'dose': list(doses)})}"
    )
    return keep(made, folder, f"{prefix}dose", f"{title}Dose and response: {path}", caption)


def _rule_alone(panel: Any, values: Sequence[float], together: Sequence[Row], doses: Sequence[Row]) -> None:
    """What the rule varied asks by itself, and all rules of the policy together where they ask more."""
    alone = [{"mean": r["must_move"], "low": r["must_move_low"], "high": r["must_move_high"]} for r in doses]
    _line(panel, values, alone, f"{doses[0]['rule']} alone")
    if any(abs(one["mean"] - all_["mean"]) > _LEAST_BN for one, all_ in zip(alone, together, strict=True)):
        panel.plot(values, [row["mean"] for row in together], "--", color=BASE_COLOUR, label="all caps of the policy")
    if (end := _end(doses)) is not None and values[0] <= end <= values[-1]:
        panel.axvline(end, color=LIMIT_COLOUR, linestyle="--", linewidth=1, label=f"asks nothing from {end:.3g} on")
    panel.legend(fontsize=8)


def _line(panel: Any, values: Sequence[float], rows: Sequence[Row], label: str = "") -> None:
    """Means within their interval; that of a single seed has no bounds and is left out."""
    panel.plot(values, [row["mean"] for row in rows], "o-", color=POLICY_COLOUR, markersize=3, label=label)
    if all(abs(row["high"] - row["low"]) < float("inf") for row in rows):
        lows, highs = [row["low"] for row in rows], [row["high"] for row in rows]
        panel.fill_between(values, lows, highs, color=POLICY_COLOUR, alpha=0.15)


def _against_net_assets(folder: Path, found: Tables, doses: Sequence[Row], prefix: str, title: str) -> Figure:
    """The same cap on the same funding, at other net assets: funding less multiple x net assets, where positive."""
    dose = doses[0]
    every = [row for row in found["rules"]
             if (row["policy"], row["rule"], row["date"]) == (dose["policy"], dose["rule"], dose["date"])]  # fmt: skip
    ant = [row for row in every if row["institution"].startswith("originator:ant")] or every
    total, simulated = (sum(row[name] for row in ant) for name in ("position_base", "limit_base"))
    simulated /= dose["value"]
    curves = {**NET_ASSETS_BN, f"{simulated:,.1f} (simulated, {dose['date']})": simulated}
    made, panels = canvas()
    low, high = doses[0]["value"], doses[-1]["value"]
    values = sorted({low + (high - low) * k / 200 for k in range(201)})
    for colour, (label, net) in zip(PARTS, curves.items(), strict=False):
        moved = [max(0.0, total - k * net) for k in values]
        panels[0].plot(values, moved, color=colour, label=f"{label}, funding {total / net:.2f} times these")
    panels[0].set_xlabel("multiple of net assets")
    panels[0].set_ylabel("must move, bn yuan")
    panels[0].legend(title="net assets, bn yuan", fontsize=8)
    names = ", ".join(row["institution"].partition(":")[2] for row in ant)
    caption = (
        f"Net assets are known only roughly. What {dose['rule']} counts at {names} taken together on {dose['date']}, "
        f"{total:,.1f} bn yuan in the base, against the cap at each of the printed figures. Taken together they need "
        "less than one by one, as one's room is not another's: the cap stops binding where the farthest of them "
        f"stands, {dose['binds_below']:.3g} times its net assets."
    )
    return keep(made, folder, f"{prefix}dose-net-assets", f"{title}The same curve at other net assets", caption)


def _cell(value: float) -> str:
    """A number of the map with two figures; what counts as nothing is nought."""
    return f"{value:.2g}" if abs(value) > _LEAST_BN else "0"


def _map(folder: Path, found: Tables, levers: Mapping[str, Mapping[str, float]], prefix: str, title: str) -> Figure:
    """Credit of the lenders bound and what must move, over two levers."""
    names = list(levers)
    across, up = levers[names[0]]
    xs, ys = (sorted({levers[name][path] for name in names}) for path in (across, up))
    numbers = responses(found, names)
    made, panels = canvas(1, 2, height=3.8)
    for panel, name in zip(panels, ("must_move", "credit_bound"), strict=True):
        cells = {(levers[n][across], levers[n][up]): row["mean"] for n, row in zip(names, numbers[name], strict=True)}
        grid = [[cells[x, y] for x in xs] for y in ys]
        shown = panel.imshow(grid, origin="lower", aspect="auto", cmap="viridis")
        for j, _ in enumerate(ys):
            for i, _ in enumerate(xs):
                panel.text(i, j, _cell(grid[j][i]), ha="center", va="center", fontsize=6, color="white", bbox=_BEHIND)
        panel.set_xticks(range(len(xs)), [f"{x:g}" for x in xs])
        panel.set_yticks(range(len(ys)), [f"{y:g}" for y in ys])
        panel.set_xlabel(across)
        panel.set_ylabel(up)
        panel.grid(visible=False)
        panel.set_title(RESPONSES[name])
        made.colorbar(shown, ax=panel)
    caption = "What must move, and the change of credit against the base on the last day; means over seeds."
    return keep(made, folder, f"{prefix}map", f"{title}Map of {across} and {up}", caption)
