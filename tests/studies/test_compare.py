"""`sim.compare`: worlds that share a past and every draw, differences seed by seed, folders that can be resumed."""

from __future__ import annotations

import copy
import datetime
import json
import math
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from compare_worlds import ANNOUNCED, ANNOUNCED_ON, CAP, QUICK, SMALL, WORLD

import sim
from sim.calendar import day_of
from sim.cli.answers import assignments
from sim.errors import SimError, StoppedError
from sim.market import SecuritizationMarket
from sim.records.tables import TABLES
from sim.records.writer import Recorder, content_hash, read_table
from sim.scenario import load_scenario
from sim.studies import compare as comparing
from sim.studies.compare_command import Asked, command
from sim.studies.compare_headline import headline
from sim.studies.compare_outcomes import bound_lenders
from sim.studies.compare_plan import (
    ComparisonPlan,
    changed_parts,
    opening_in_words,
    plan_comparison,
)
from sim.studies.compare_pool import run_tasks
from sim.studies.compare_task import SeedTask, Snapshot, simulate_seed


@pytest.fixture(scope="module")
def plan() -> Any:
    return plan_comparison(SMALL, [CAP], overrides=QUICK)


@pytest.fixture(scope="module")
def result(plan: Any) -> dict[str, Any]:
    return simulate_seed(plan, 1)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> comparing.Comparison:
    out = tmp_path_factory.mktemp("compare")
    return sim.compare(SMALL, CAP, seeds=2, out=out, overrides=QUICK, keep_runs=True)


def run_through(market: SecuritizationMarket, last_day: int) -> SecuritizationMarket:
    while market.day <= last_day:
        market.step()
    return market


def test_a_policy_is_first_felt_on_the_day_it_is_announced(plan: Any) -> None:
    assert plan.policies[0].first_day == ANNOUNCED
    assert {path for _, path, *_ in [("", *row) for row in plan.differences()["four_times_cap"]]} >= {
        "policies.cap.multiple"
    }


@pytest.mark.parametrize(("file", "name"), [("four_times_cap", "cap"), ("disclosure_2019", "disclosure")])
def test_a_shared_past_changes_nothing(file: str, name: str) -> None:
    """Unbranched pairs: a world that leaves the base at the announcement ends as one under the policy all along, be it
    a rule or a lever."""
    dates = {f"policies.{name}.announced": "2019-02-11", f"policies.{name}.from": "2019-03-01"}
    refuse_a_past_that_matters(plan_comparison(SMALL, [f"scenarios/policies/{file}.yaml"], overrides=WORLD | dates))


def refuse_a_past_that_matters(plan: ComparisonPlan) -> None:
    """The pair branched on the policy's first day and the pair that was never branched have the same tables."""
    policy, last = plan.policies[0], day_of(datetime.date(2019, 3, 15))
    assert policy.first_day is not None
    base = run_through(SecuritizationMarket(plan.base, rng=3, recorder=Recorder()), policy.first_day - 1)
    branched = run_through(Snapshot(base).begin(policy.scenario, 3), last)
    alone = run_through(SecuritizationMarket(policy.scenario, rng=3), last)
    kept = [each.name for each in TABLES.values() if not each.on_request]
    for table in kept:
        one, other = branched.recorder.table(table), alone.recorder.table(table)
        assert content_hash(one) == content_hash(other), table
    assert (branched.accounts.columns.used == alone.accounts.columns.used).all()


def test_a_licence_is_not_offered_before_its_day(tmp_path: Path) -> None:
    """The offer has a date, as policies have: worlds share their past up to it."""
    offer = {"schema_version": 1, "regulators": {"conversion": {"offered_from": ANNOUNCED_ON}}}
    (tmp_path / "offer.yaml").write_text(yaml.safe_dump(offer))
    plan = plan_comparison(SMALL, [tmp_path / "offer.yaml"], overrides=WORLD)
    assert plan.policies[0].first_day == ANNOUNCED
    assert not changed_parts(plan.base, plan.policies[0].scenario)
    refuse_a_past_that_matters(plan)


FREEZE = "scenarios/stress/funding_freeze.yaml"
STRESSED: dict[str, Any] = {
    "shocks.investors.from": "2019-02-05", "shocks.investors.until": "2019-03-10", "shocks.lines.from": "2019-02-20",
}  # fmt: skip
"""Redemptions before the announcement and to the end of the span, lines withdrawn after it."""


def test_a_shared_past_under_stress_changes_nothing() -> None:
    """Shocks strike in both worlds, one before the policy is announced and one after."""
    plan = plan_comparison(FREEZE, [CAP], overrides=QUICK | STRESSED)
    assert plan.policies[0].first_day == ANNOUNCED
    refuse_a_past_that_matters(plan)


def test_a_policy_that_comes_with_a_shock_shares_the_past_until_the_first_of_both(tmp_path: Path) -> None:
    shock = {"shock": "redemptions", "from": "2019-02-05", "until": "2019-03-10", "monthly_ppm": 100_000}
    both = {**yaml.safe_load(Path(CAP).read_text()), "shocks": {"investors": shock}}
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(both, sort_keys=False))
    plan = plan_comparison(SMALL, [tmp_path / "both.yaml"], overrides=QUICK)
    assert plan.policies[0].first_day == day_of(datetime.date(2019, 2, 5))
    refuse_a_past_that_matters(plan)


def test_a_snapshot_lets_the_base_go_on_unchanged(plan: Any) -> None:
    base = run_through(SecuritizationMarket(plan.base, rng=3, recorder=Recorder()), ANNOUNCED - 1)
    other = run_through(SecuritizationMarket(plan.base, rng=3), ANNOUNCED - 1)
    branch = Snapshot(base).begin(plan.policies[0].scenario, 3)
    for market in (branch, base, other):
        run_through(market, ANNOUNCED + 20)
    assert content_hash(base.recorder.table("market_daily")) == content_hash(other.recorder.table("market_daily"))
    assert content_hash(base.recorder.table("notices")) != content_hash(branch.recorder.table("notices"))


def test_worlds_that_begin_at_one_snapshot_change_nothing_in_it(plan: Any) -> None:
    base = run_through(SecuritizationMarket(plan.base, rng=3, recorder=Recorder()), ANNOUNCED - 1)
    snapshot = Snapshot(base)
    one, other = (run_through(snapshot.begin(plan.base, 3), ANNOUNCED + 5) for _ in range(2))
    run_through(base, ANNOUNCED + 5)
    hashes = [content_hash(market.recorder.table("balance_sheets")) for market in (base, one, other)]
    assert hashes[0] == hashes[1] == hashes[2]
    assert (one.accounts.columns.used == base.accounts.columns.used).all()
    assert (other.accounts.columns.used == base.accounts.columns.used).all()


def test_worlds_without_a_difference_are_equal_to_the_last_fen() -> None:
    """A policy file that repeats the base: every outcome equal, nobody hit, and said to be so."""
    same = simulate_seed(plan_comparison(SMALL, [SMALL], overrides={**WORLD, "end": "2019-02-28"}), 1)
    (only,) = same["policies"].values()
    assert only["outcomes"]["base"] == only["outcomes"]["policy"]
    assert same["lenders"]["base"] == same["lenders"]["small_market"]
    everybody = only["groups"][0]
    assert everybody["default_only_policy"] == everybody["default_only_base"] == everybody["lost_credit"] == 0


def test_a_policy_without_a_rule_binds_whom_it_names_or_all() -> None:
    market = SecuritizationMarket(load_scenario(SMALL, WORLD))
    bound = {}
    for name in ("window_guidance_2021", "rating_reform"):
        terms = load_scenario(SMALL, WORLD, overlays=[f"scenarios/policies/{name}.yaml"]).policies.values()
        bound[name] = bound_lenders(market, market.rulebook, market.rulebook, ANNOUNCED, list(terms))
    kinds = {name: originator.terms.kind for name, originator in market.originators.items()}
    assert bound["rating_reform"] == list(kinds)
    named = {"microlender", "retailer", "platform"}
    assert bound["window_guidance_2021"] == [name for name, kind in kinds.items() if kind in named] != list(kinds)


def test_every_household_is_in_one_group_of_each_kind(result: dict[str, Any]) -> None:
    rows = result["policies"]["four_times_cap"]["groups"]
    sums: dict[str, list[int]] = {}
    for row in rows:
        kept = sums.setdefault(row["dimension"], [0, 0, 0])
        for k, name in enumerate(("people", "credit_base_fen", "credit_policy_fen")):
            kept[k] += row[name]
    assert sums["all"][0] == 20_000_000
    assert all(kept == sums["all"] for kept in sums.values())


def test_fifths_of_income_hold_different_credit(result: dict[str, Any]) -> None:
    rows = [row for row in result["policies"]["four_times_cap"]["groups"] if row["dimension"] == "income"]
    credit = [row["credit_base_fen"] / row["people"] for row in rows]
    assert credit == sorted(credit)
    assert credit[-1] > 2 * credit[0]


def test_defaults_only_under_the_policy_each_have_a_chain(result: dict[str, Any]) -> None:
    of = result["policies"]["four_times_cap"]
    assert sum(row["people"] for row in of["chains"]) == of["groups"][0]["default_only_policy"]
    only = [row for row in of["borrowers"] if row["defaults"] == "only under the policy"]
    assert sum(row["people"] for row in only) == of["groups"][0]["default_only_policy"]
    assert all(row["chain"] and row["default"] and not row["default_base"] for row in only)


def test_who_defaults_without_the_policy_or_in_both_worlds_is_listed_too(result: dict[str, Any]) -> None:
    of = result["policies"]["four_times_cap"]
    for kind, name in (("only without it", "default_only_base"), ("in both", "default_both")):
        mine = [row for row in of["borrowers"] if row["defaults"] == kind]
        assert sum(row["people"] for row in mine) == of["groups"][0][name]
        assert all(row["default_base"] and row["default_at_base"] and not row["chain"] for row in mine)
        assert all(bool(row["default"]) == (kind == "in both") for row in mine)
    assert of["groups"][0]["default_both"] > 0


def test_what_must_move_is_read_in_the_base_at_the_announcement(result: dict[str, Any]) -> None:
    of = result["policies"]["four_times_cap"]
    first = [row for row in of["rules"]["base"] if row["date"] == "2019-02-10"]
    assert of["outcomes"]["base"]["must_move"] == pytest.approx(sum(row["shortfall_fen"] for row in first) / 1e11)
    assert of["outcomes"]["policy"]["must_move"] == of["outcomes"]["base"]["must_move"] > 0
    assert set(of["bound"]) == {"wallet", "corner"}


def test_part_of_what_has_moved_is_told_within_0_and_100_per_cent(made: comparing.Comparison) -> None:
    """At half of net assets little has moved by the last day; one seed says nothing of how sure that is."""
    results = [json.loads((made.folder / "seeds" / f"{seed}.json").read_bytes()) for seed in (1, 2)]
    for result in results:
        result["policies"]["four_times_cap"]["outcomes"]["policy"]["excess"] = 1e6
    how_fast = headline(results, "four_times_cap")[1]
    assert (how_fast["unit"], how_fast["value"], how_fast["low"], how_fast["high"]) == ("%", 0, 0, 0)
    assert "in 2 more is beyond the limits than at first, so nothing has moved" in how_fast["words"]
    assert math.isinf(headline(results[:1], "four_times_cap")[1]["high"])
    values = [row[name] for row in made.rows("headline") for name in ("value", "low", "high")]
    assert not any(math.copysign(1, value) < 0 for value in values if value == 0)


def test_losses_to_come_stand_beside_losses_taken(result: dict[str, Any]) -> None:
    of = result["policies"]["four_times_cap"]
    for world in of["outcomes"].values():
        assert world["loss"] == pytest.approx(world["written_off"] + world["expected_loss"])
        parts = [world[f"expected_{holder}"] for holder in ("lenders", "pools", "banks")]
        assert min(parts) >= 0 < sum(parts) <= world["expected_loss"] * (1 + 1e-9)
        classes = [world[f"tranche_{name}"] for name in ("senior", "mezzanine", "subordinated")]
        assert sum(classes) == pytest.approx(world["tranche_loss"])
        assert world["network_impact"] > 0
        assert world["consumption"] < world["lent"]
    assert 60 <= of["write_off_days"][0] <= of["write_off_days"][1] <= 690


def test_what_policies_do_to_risk_is_an_opening_number(made: comparing.Comparison) -> None:
    row = made.rows("headline")[-1]
    assert row["question"] == "What does it do to risk?"
    assert row["low"] <= row["value"] <= row["high"]
    assert "days past due" in row["words"]


def test_limits_of_banks_have_a_number_of_their_own(result: dict[str, Any]) -> None:
    """One bank beyond a limit for banks, and a rule for lenders beside it."""
    of = copy.deepcopy(result["policies"]["four_times_cap"])
    eve = of["rules"]["base"][0]["date"]
    beyond = {"date": eve, "institution": "bank:a", "rule": "single_partner_limit", "counts": "funding",
              "position_fen": 5 * 10**11, "limit_fen": 3 * 10**11, "shortfall_fen": 2 * 10**11}  # fmt: skip
    of["rules"]["base"].append(beyond)
    for world in of["outcomes"].values():
        world |= {"banks_must_move": 2.0, "banks_excess": 1.5}
    changed = {**result, "policies": {"four_times_cap": of}}
    row = next(row for row in headline([changed], "four_times_cap") if row["question"] == "How much must banks move?")
    assert row["value"] == 2
    assert "1 bank beyond single_partner_limit" in row["words"]
    assert "1.50 bn is left" in row["words"]
    assert not [row for row in headline([result], "four_times_cap") if "banks" in row["question"]]


def test_a_market_opened_later_than_its_scenario_says_so() -> None:
    late = plan_comparison(SMALL, [CAP], overrides={**QUICK, "end": "2019-06-30"}, first="2019-02-01")
    assert "opens anew on 2019-02-01, later than the scenario's start, 2019-01-01" in opening_in_words(late)
    assert not opening_in_words(plan_comparison(SMALL, [CAP], overrides=QUICK))
    same = plan_comparison(SMALL, [CAP], overrides=QUICK, first="2019-01-01")
    assert not opening_in_words(same)
    assert same.identity == plan_comparison(SMALL, [CAP], overrides=QUICK).identity


def test_a_comparison_leaves_tables_figures_and_a_page(made: comparing.Comparison) -> None:
    names = {path.name for path in made.figures}
    assert {
        f"{name}.{kind}" for name in ("leverage", "credit", "funding", "who", "losses") for kind in ("png", "svg")
    } <= names
    outcomes = made.table("outcomes").to_pylist()
    assert all(row["low"] <= row["difference"] <= row["high"] for row in outcomes)
    assert [row["question"] for row in made.rows("headline")] == [
        "How much must move?", "How fast?", "Where does it go?", "Who is cut off?", "What does it do to risk?",
    ]  # fmt: skip
    page = made.page.read_text()
    assert "How much must move?" in page
    assert page.count("<svg") == 5
    assert not re.findall(r"<script|<link|<img|src=|@import|url\(['\"]?http", page), "the page fetches nothing"
    assert made.manifest["seeds"] == [1, 2]
    resolved = yaml.safe_load((made.folder / "four_times_cap.yaml").read_text())
    assert resolved["policies"]["cap"]["multiple"] == 0.5


def test_the_page_says_what_to_type_to_get_the_same_numbers(made: comparing.Comparison) -> None:
    """The comparison was made from Python, which has no command line of its own."""
    line = made.manifest["command"]
    assert line.startswith(f"sim compare {SMALL} {CAP} --seeds 2 --set population.households=4000 --set")
    assert f"<pre>{line}</pre>" in made.page.read_text()
    words = line.split()
    sets = dict(assignments([words[k + 1] for k, word in enumerate(words) if word == "--set"]))
    again = plan_comparison(words[2], [words[3]], overrides=sets)
    assert made.folder.name == again.folder_name


def test_what_the_command_cannot_say_is_told_as_a_call(made: comparing.Comparison, plan: Any) -> None:
    given = Asked(SMALL, [CAP], [], QUICK, None, None)
    assert "--set seed=5" in command(given, plan, [5, 6])
    assert command(given, plan, [5, 9]).startswith(f"sim.compare('{SMALL}', ['{CAP}'], seeds=[5, 9], overrides={{")
    objects = Asked(plan.base, [plan.policies[0].scenario], [], {}, None, "2019-03-20")
    line = command(objects, plan, [1, 2])
    assert line == (
        'sim.compare(sim.load_scenario("base.yaml"), [sim.load_scenario("four_times_cap.yaml")], seeds=[1, 2], '
        "until='2019-03-20')"
    )
    kept = [sim.load_scenario(made.folder / f"{name}.yaml") for name in ("base", "four_times_cap")]
    again, given_objects = (
        plan_comparison(base, [policy], until="2019-03-20")
        for base, policy in (kept, (plan.base, plan.policies[0].scenario))
    )
    assert again.identity == given_objects.identity


def test_a_stopped_comparison_goes_on_with_the_missing_seeds(
    made: comparing.Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The file of a seed that is damaged or gone is made again, the others are not, and more seeds can be added."""
    before = {path.name: path.read_bytes() for path in (made.folder / "seeds").iterdir()}
    (made.folder / "seeds" / "2.json").write_bytes(before["2.json"][:1000])
    asked: list[int] = []

    def counting(tasks: list[SeedTask], workers: int, progress: bool) -> dict[int, str]:
        asked.extend(task.seed for task in tasks)
        return run_tasks(tasks, workers, progress)

    monkeypatch.setattr(comparing, "run_tasks", counting)
    again = sim.compare(SMALL, CAP, seeds=[1, 2], out=made.folder.parent, overrides=QUICK)
    assert asked == [2]
    assert (again.folder / "seeds" / "2.json").read_bytes() == before["2.json"]
    assert again.rows("outcomes") == made.rows("outcomes")


def test_two_workers_write_the_same_bytes_as_one(made: comparing.Comparison, tmp_path: Path) -> None:
    """Everything but when and where: results of seeds, scenarios, tables, figures and the page."""
    sim.compare(SMALL, CAP, seeds=2, workers=2, out=tmp_path, overrides=QUICK)
    (folder,) = tmp_path.iterdir()
    untimed = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    untimed = [path for path in untimed if path.name not in (comparing.MANIFEST, "lock")]
    assert len([path for path in untimed if path.parts[0] == "seeds"]) == 2
    for path in untimed:
        assert (folder / path).read_bytes() == (made.folder / path).read_bytes(), path
    timed = ("ended", "seconds")
    one, two = (
        {k: v for k, v in of.items() if k not in timed} for of in (made.manifest, comparing.Comparison(folder).manifest)
    )
    assert one == two


def test_runs_are_kept_on_request_and_share_their_past(made: comparing.Comparison) -> None:
    runs = made.folder / "runs"
    assert {path.name for path in runs.iterdir()} == {f"{w}-s{k}" for w in ("base", "four_times_cap") for k in (1, 2)}
    base, capped = (
        read_table(runs / f"{world}-s1", "market_daily").to_pylist() for world in ("base", "four_times_cap")
    )
    before = [row["date"] < datetime.date(2019, 2, 11) for row in base]
    assert sum(before) == 41
    assert [row for row, kept in zip(base, before, strict=True) if kept] == [
        row for row, kept in zip(capped, before, strict=True) if kept
    ]


def test_an_interrupted_comparison_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: Any) -> dict[int, str]:
        raise KeyboardInterrupt

    monkeypatch.setattr(comparing, "run_tasks", interrupted)
    with pytest.raises(StoppedError, match="0 of 3 seeds done; type the command again") as stopped:
        sim.compare(SMALL, CAP, seeds=3, out=tmp_path, overrides=QUICK)
    assert stopped.value.exit_code == 130


def failing(task: SeedTask) -> None:
    if task.seed == 2:
        raise SimError("out of luck")
    task.path.parent.mkdir(parents=True, exist_ok=True)
    task.path.write_text("{}")


def test_a_failed_seed_is_told_and_spoils_no_other(plan: Any, tmp_path: Path) -> None:
    tasks = [SeedTask(plan, seed, tmp_path / f"{seed}.json") for seed in (1, 2, 3)]
    assert run_tasks(tasks, 1, False, failing) == {2: "SimError: out of luck"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1.json", "3.json"]


def test_results_are_json_that_other_tools_read(made: comparing.Comparison) -> None:
    found = json.loads((made.folder / "seeds" / "1.json").read_text())
    values = found["policies"]["four_times_cap"]["outcomes"]["policy"].values()
    assert all(math.isfinite(value) for value in values)
