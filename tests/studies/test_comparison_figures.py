"""Which positions against limits the figure of leverage shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.report.comparison_figures import _mark_binding, draw_figures
from sim.report.drawing import canvas, days


def rules(institution: str, rule: str, position: float) -> list[dict[str, Any]]:
    """Two months of an institution under a rule, bn yuan."""
    return [
        {"policy": "it", "date": date, "institution": f"originator:{institution}", "rule": rule, "counts": "funding",
         "position_base": position, "limit_base": 40.0, "position_policy": position, "limit_policy": 40.0}
        for date in ("2020-09-30", "2020-10-31")
    ]  # fmt: skip


def test_caps_come_before_larger_positions_and_no_picture_comes_twice(tmp_path: Path) -> None:
    """Joint loans are many times what a cap counts; two rules on the same share are one picture."""
    rows = [row for lender, size in (("big", 500.0), ("small", 300.0))
            for rule in ("joint_share", "partner_share") for row in rules(lender, rule, size)]  # fmt: skip
    rows += rules("big", "cap", 27.0) + rules("small", "cap", 21.0)
    months = [
        {"policy": "it", "world": world, "date": date, "place": place, "mean": 1.0, "low": 1.0, "high": 1.0}
        for world in ("base", "policy", "difference") for date in ("2020-09-30", "2020-10-31")
        for place in ("bound", "all", "pooled", "partners", "own", "elsewhere")
    ]  # fmt: skip
    losses = [
        {"policy": "it", "world": world, "month": "2020-10", "of": of, "mean": 0.0, "low": 0.0, "high": 0.0}
        for world in ("base", "policy") for of in ("notes", "banks")
    ]  # fmt: skip
    found: dict[str, list[dict[str, Any]]] = {
        "rules": rows, "months": months, "losses": losses, "groups": [], "binding": [], "outcomes": [],
        "distance": [{"policy": "it", "rule": "cap", "multiple": 4.0}],
    }  # fmt: skip
    manifest = {"policies": ["it"], "levers": {"it": {}}, "families": {"it": "it"}, "first_days": {"it": "2020-09-16"}}
    leverage = draw_figures(tmp_path, found, manifest)[0]
    titles = ["big: cap", "small: cap", "big: joint_share, partner_share", "small: joint_share, partner_share"]
    places = [leverage.svg.index(f">{title}<") for title in titles]
    assert places == sorted(places)
    assert leverage.svg.count("joint_share") == 2


def test_a_rule_that_begins_to_bind_late_is_told_within_its_panel() -> None:
    """Its name had begun at the last month and run past the edge of the figure."""
    made, panels = canvas(1, 2)
    when = days(["2018-01-31", "2018-06-30", "2018-12-31"])
    panels[0].plot(when, [1.0, 2.0, 3.0])
    late = {"rule": "small_loan_shareholder_funding", "date": "2018-12-31", "world": "policy", "share_of_seeds": 1.0}
    _mark_binding(panels[0], [late])
    made.canvas.draw()
    (label,) = panels[0].texts
    assert label.get_window_extent().x1 <= panels[0].get_window_extent().x1 + 1
