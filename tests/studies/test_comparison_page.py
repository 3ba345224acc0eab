"""What the page of a comparison says of its numbers: how sure they are, and whether anything differs at all."""

from __future__ import annotations

from typing import Any

import pytest

from sim.report.comparison_page import number_box
from sim.report.comparison_people import people_sections
from sim.report.comparison_rows import differs, first_of_each, nought, some_lenders
from sim.studies.compare_tables import difference, interval


def box(values: tuple[float | None, float | None, float | None]) -> str:
    mean, low, high = values
    return number_box(
        {"question": "How much?", "value": mean, "low": low, "high": high, "unit": "bn yuan", "words": "so"}
    )


@pytest.mark.parametrize(
    ("values", "told"),
    [
        (interval([3.0]), "in one seed alone: no interval"),
        ((3.0, 0.0, float("inf")), "in one seed alone: no interval"),  # an amount that is never negative
        ((3.0, float("-inf"), 100.0), "in one seed alone: no interval"),  # a share
        (interval([3.0, 3.0]), "the same in every seed"),
        (interval([2.0, 4.0]), "95 % ["),
    ],
)
def test_a_number_is_told_with_how_sure_it_is(values: tuple[float, float, float], told: str) -> None:
    assert f'3.00 <small>bn yuan</small></div><div class="i">{told}' in box(values)


def test_a_question_that_does_not_arise_has_words_alone() -> None:
    shown = box((None, None, None))
    assert "–" in shown
    assert 'class="i"' not in shown
    assert "so</div>" in shown


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([(1.0, 1.0)], False), ([(1.0, 2.0)], True), ([(1.0, 1.0), (3.0, 3.0)], False),
        ([(1.0, 2.0), (2.0, 1.0)], True), ([(1.0, 2.0), (2.0, 3.0)], True),
    ],
)  # fmt: skip
def test_worlds_differ_where_any_seed_differs(pairs: list[tuple[float, float]], told: bool) -> None:
    assert differs(difference(pairs)) is told


def test_some_lenders_are_bound_where_others_lend() -> None:
    other = {"outcome": "credit_other", "base": 0.0, "under_policy": 0.0}
    assert not some_lenders([{"outcome": "credit", "base": 1.0, "under_policy": 1.0}, other])
    assert some_lenders([{**other, "base": 1.0}])
    assert some_lenders([{**other, "under_policy": 1.0}])


PEOPLE = {"limit_cut": 90_000.0, "lost_credit": 20_000.0, "gained_credit": 0.0, "default_only_policy": 25_000.0,
          "default_only_base": 0.0, "default_both": 1_000.0}  # fmt: skip


def people_of(borrowers: list[dict[str, Any]]) -> str:
    """The sections of people for two seeds at 1,000 people a household."""
    ends = {f"{name}_{end}": value for name, value in PEOPLE.items() for end in ("low", "high")}
    found: dict[str, list[dict[str, Any]]] = {
        "people": [{"outcome": k, "what": k, "mean": v, "low": v, "high": v} for k, v in PEOPLE.items()],
        "groups": [{"dimension": "age", "group": "18-25", "people": 1e6, **difference([(5.0, 4.0), (5.0, 4.5)]),
                    **PEOPLE, **ends}],
        "chains": [], "borrowers": borrowers,
    }  # fmt: skip
    return "".join(people_sections(found, {"seeds": [1, 2], "weight": 1_000}, ""))


def listed(defaults: str, chain: str, seed: int = 1) -> dict[str, Any]:
    steps = dict.fromkeys(("cut", "cut_at", "refused", "refused_for"), "")
    return {
        "seed": seed, "household": 7, "people": 1_000, "age": "18-25", "region": "west", "income_fen": 500_000,
        "defaults": defaults, "chain": chain, **steps, "default": "2020-11", "default_at": "a",
        "default_base": "2020-12", "default_at_base": "b",
    }  # fmt: skip


def test_counts_that_rest_on_few_households_are_marked() -> None:
    """90,000 people on average are 180 households of two seeds; 1,000 are 2."""
    shown = people_of([])
    assert ">180<" in shown
    assert ">2*<" in shown
    assert "1,000* [1,000, 1,000]" in shown
    assert "90,000 [90,000, 90,000]" in shown
    assert "fewer than 30 households over all seeds" in shown


def test_the_page_says_how_many_households_are_listed() -> None:
    """52 households default; one of each kind is listed here."""
    shown = people_of([listed("only under the policy", "credit cut, default"), listed("in both", "")])
    assert "52 households default in one world or both, over all seeds; 2 of them, the first of each kind" in shown
    assert "Households that default only without it, or in both worlds" in shown
    assert "2020-12 b" in shown
    assert "all of them are in tables/borrowers.csv" in people_of([listed("in both", "")] * 52)


def test_of_each_file_whose_levers_are_varied_the_first_value_is_told_in_full() -> None:
    """Of two files with two values each only worlds of the first had had figures."""
    names = ["cap multiple=1", "cap multiple=2", "share minimum=0.2", "share minimum=0.3"]
    manifest = {"policies": names, "levers": {name: {"x": 1.0} for name in names},
                "families": {name: name.split()[0] for name in names}}  # fmt: skip
    assert first_of_each(manifest) == ["cap multiple=1", "share minimum=0.2"]
    plain = {"policies": names, "levers": {name: {} for name in names}, "families": dict.fromkeys(names, "one")}
    assert first_of_each(plain) == names


def test_what_is_nought_in_both_worlds_is_left_out() -> None:
    assert nought(difference([(0.0, 0.0), (0.0, 0.0)]))
    assert not nought(difference([(0.0, 1.0), (0.0, -1.0)]))
    assert not nought(difference([(2.0, 2.0), (2.0, 2.0)]))
