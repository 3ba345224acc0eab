"""`sim.compare`: what a policy does, against the same market without it, seed by seed on common random numbers.

The folder of a comparison `outputs/compare-<base>-<policy>-<hash8>/`:

comparison.json          inputs, seeds, versions, what failed, the command to reproduce it
base.yaml, <policy>.yaml the scenarios as they ran, defaults included
seeds/<seed>.json        what one seed shows; a comparison that was stopped goes on with the seeds that are missing
tables/<name>.csv        outcomes, people, moves, lenders, groups, chains, borrowers, rules, differences, headline
figures/*.png, *.svg     and report.html, the page with all of it
"""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from sim.calendar import date_of
from sim.errors import ScenarioError, SimError, StoppedError
from sim.records.files import locked, write_file
from sim.records.provenance import code, commit, now, versions
from sim.studies import compare_months as months
from sim.studies import compare_tables as tables
from sim.studies.compare_assumed import assumed_table
from sim.studies.compare_command import Asked, command
from sim.studies.compare_distance import distance_table, in_words, way_on
from sim.studies.compare_dose import dose_table
from sim.studies.compare_headline import headline
from sim.studies.compare_plan import (
    BASE,
    ComparisonPlan,
    changed_parts,
    dates_in_words,
    lifted_rules,
    multiples_of,
    opening_in_words,
    plan_comparison,
    slug,
)
from sim.studies.compare_pool import run_tasks
from sim.studies.compare_task import SeedTask
from sim.studies.plans import checked_seed, dumped

MANIFEST = "comparison.json"
PAGE = "report.html"
MOST_SEEDS = 10_000


class PartlyFailedError(SimError):
    """Some seeds of a comparison failed; the others are complete and compared (exit code 4)."""

    exit_code = 4


class InterruptedComparisonError(StoppedError):
    """The user stopped it; the seeds that were done are kept (exit code 130, as a shell's)."""

    exit_code = 130

    def __init__(self, folder: Path, plan: ComparisonPlan, seeds: Sequence[int]) -> None:
        done = sum(_result(folder, plan, seed) is not None for seed in seeds)
        super().__init__(f"{folder}: stopped with {done} of {len(seeds)} seeds done; type the command again to go on")


class Comparison:
    """A comparison on disk: its folder, manifest, tables, figures and page."""

    def __init__(self, folder: Path) -> None:
        """Open the folder of a finished comparison; raises ScenarioError where there is none."""
        self.folder = folder
        try:
            self.manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_bytes())
            self._rows: dict[str, list[dict[str, Any]]] = json.loads((folder / "tables" / "all.json").read_bytes())
        except (OSError, ValueError) as fault:
            raise ScenarioError(f"{folder}: is not the folder of a comparison: {fault}") from fault

    @property
    def tables(self) -> list[str]:
        """Names of the tables."""
        return list(self._rows)

    def rows(self, name: str) -> list[dict[str, Any]]:
        """A table as a list of rows; raises SimError for an unknown name."""
        if name not in self._rows:
            raise SimError(f"a comparison has no table '{name}'; it has {', '.join(self._rows)}")
        return self._rows[name]

    def table(self, name: str) -> pa.Table:
        """A table as Arrow; raises SimError for an unknown name."""
        return pa.Table.from_pylist(self.rows(name))

    @property
    def page(self) -> Path:
        """The self-contained page."""
        return self.folder / PAGE

    @property
    def figures(self) -> list[Path]:
        """Every figure, as PNG and as SVG."""
        return sorted((self.folder / "figures").iterdir())

    @property
    def failed(self) -> dict[str, str]:
        """What went wrong, by seed."""
        failed: dict[str, str] = self.manifest["failed"]
        return failed


def compare(
    base: Any,
    policies: Any,
    *,
    seeds: int | Sequence[int],
    out: str | Path = "outputs",
    workers: int = 1,
    vary: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    first: str | None = None,
    until: str | None = None,
    progress: bool = False,
    force: bool = False,
    keep_runs: bool = False,
) -> Comparison:
    """Compare policies with a base over paired seeds that share households, shocks and tempers.

    `base` is a scenario file or object, `policies` one or several files merged over it (or scenario objects); `vary`,
    `overrides`, `first` and `until` as in `sim.studies.compare_plan.plan_comparison`. `seeds` is how many, counted
    from the base's own seed, or which. `workers` is the number of processes. Seeds found finished in the folder are not
    simulated again, unless `force`. `keep_runs` also writes all
    tables of every world, to `runs/<world>-s<seed>/`.

    Raises:
        ScenarioError: the input is wrong; nothing has been simulated.
        SimError: every seed failed; the message tells why. Where only some did, `Comparison.failed` has them.
    """
    several = policies if isinstance(policies, list | tuple) else [policies]
    plan = plan_comparison(base, several, vary=vary, overrides=overrides, first=first, until=until)
    numbers = _numbers(plan, seeds)
    if workers < 1:
        raise ScenarioError(f"workers: must be at least 1, got {workers}")
    folder = Path(out) / plan.folder_name
    with locked(folder / "lock"):
        begun = time.monotonic()
        runs = folder / "runs" if keep_runs else None
        missing = [seed for seed in numbers if force or not _is_done(folder, plan, seed, runs)]
        tasks = [SeedTask(plan, seed, _seed_file(folder, seed), runs) for seed in missing]
        try:
            failed = run_tasks(tasks, min(workers, max(1, len(tasks))), progress)
        except KeyboardInterrupt:
            raise InterruptedComparisonError(folder, plan, numbers) from None
        results = [
            found for seed in numbers if seed not in failed and (found := _result(folder, plan, seed)) is not None
        ]
        if not results:
            raise SimError("every seed failed\n" + "\n".join(f"seed {seed}: {why}" for seed, why in failed.items()))
        asked = Asked(base, several, vary, overrides or {}, first, until)
        _write(folder, plan, results, failed, command(asked, plan, numbers), time.monotonic() - begun)
    return Comparison(folder)


def _numbers(plan: ComparisonPlan, seeds: int | Sequence[int]) -> list[int]:
    """The seeds, in order and each once."""
    if isinstance(seeds, int) and not isinstance(seeds, bool):
        if not 1 <= seeds <= MOST_SEEDS:
            raise ScenarioError(f"seeds: must be 1 to {MOST_SEEDS:,}, got {seeds}")
        return [plan.base.seed + k for k in range(seeds)]
    if isinstance(seeds, bool) or not seeds:
        raise ScenarioError(f"seeds: give how many, or a list of seeds, not {seeds!r}")
    return sorted({checked_seed(seed) for seed in seeds})


def _seed_file(folder: Path, seed: int) -> Path:
    return folder / "seeds" / f"{seed}.json"


def _result(folder: Path, plan: ComparisonPlan, seed: int) -> dict[str, Any] | None:
    """What a seed showed, if it was simulated under the same inputs by the same code."""
    try:
        found: dict[str, Any] = json.loads(_seed_file(folder, seed).read_bytes())
    except (OSError, ValueError):
        return None
    same = found.get("identity") == plan.identity and found.get("code") == code()
    return found if same else None


def _is_done(folder: Path, plan: ComparisonPlan, seed: int, runs: Path | None) -> bool:
    """Whether a seed's result is there, and its tables where they shall be kept."""
    last = plan.policies[-1].name
    kept = runs is None or (runs / f"{slug(last)}-s{seed}").exists()
    return kept and _result(folder, plan, seed) is not None


def _write(
    folder: Path,
    plan: ComparisonPlan,
    results: list[dict[str, Any]],
    failed: dict[int, str],
    again: str,
    seconds: float,
) -> None:
    """Tables, figures, page and manifest of the seeds there are."""
    from sim.report.comparison_dose import dose_in_words  # noqa: PLC0415 - matplotlib is slow to load
    from sim.report.comparison_figures import draw_figures  # noqa: PLC0415
    from sim.report.comparison_page import comparison_page  # noqa: PLC0415
    from sim.report.comparison_rows import differs  # noqa: PLC0415

    found = tabulate(plan, results)
    for name, scenario in ((BASE, plan.base), *((policy.name, policy.scenario) for policy in plan.policies)):
        write_file(folder / f"{slug(name)}.yaml", dumped(scenario).encode())
    for name, rows in found.items():
        if rows:
            write_file(folder / "tables" / f"{name}.csv", _csv(rows).encode())
    write_file(folder / "tables" / "all.json", json.dumps(found).encode())
    distances = {p.name: [row for row in found["distance"] if row["policy"] == p.name] for p in plan.policies}
    manifest = {
        "base": plan.base.name, "title": plan.base.title, "policies": [policy.name for policy in plan.policies],
        "identity": plan.identity, "seeds": [result["seed"] for result in results],
        "failed": {str(seed): why for seed, why in sorted(failed.items())},
        "start": plan.base.start.isoformat(), "last_day": date_of(plan.last_day).isoformat(),
        "first_days": {p.name: p.first_day and date_of(p.first_day).isoformat() for p in plan.policies},
        "households": plan.base.population.households, "weight": plan.base.population.weight,
        "levers": {policy.name: dict(policy.levers) for policy in plan.policies},
        "families": {policy.name: policy.family for policy in plan.policies},
        "distance_in_words": {name: in_words(rows) for name, rows in distances.items()},
        "no_difference_in_words": {
            p.name: way_on(distances[p.name], lifted_rules(plan.base, p.scenario)) for p in plan.policies
            if not any(differs(row) for row in found["outcomes"] if row["policy"] == p.name)
        },
        "opening_in_words": opening_in_words(plan),
        "dates_in_words": {p.name: dates_in_words(plan, p) for p in plan.policies},
        "dose_in_words": dose_in_words(found),
        "other_worlds": {p.name: changed_parts(plan.base, p.scenario) for p in plan.policies},
        "versions": versions(), "commit": commit(), "ended": now(), "seconds": round(seconds, 1), "command": again,
    }  # fmt: skip
    figures = draw_figures(folder / "figures", found, manifest)
    write_file(folder / PAGE, comparison_page(manifest, found, figures).encode())
    write_file(folder / MANIFEST, json.dumps(manifest, indent=1).encode())


def tabulate(plan: ComparisonPlan, results: Sequence[Mapping[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    """Every table of a comparison, by name; rows of all policies in their order."""
    makers = {
        "headline": headline, "outcomes": tables.outcome_table, "people": tables.people_table,
        "moves": tables.move_table, "groups": tables.group_table, "lenders": tables.lender_table,
        "months": months.months_table, "rules": months.rule_table, "binding": months.binding_table,
        "losses": months.loss_table, "chains": tables.chain_table, "borrowers": tables.borrower_table,
    }  # fmt: skip
    found = {name: [row for p in plan.policies for row in make(results, p.name)] for name, make in makers.items()}
    found["distance"] = [
        row for p in plan.policies for row in distance_table(results, p.name, multiples_of(p.scenario))
    ]
    found["dose"] = [
        {"family": p.family, **row}
        for p in plan.policies
        for row in dose_table(results, p.name, p.levers, multiples_of(p.scenario))
    ]
    found["assumed"] = [row for p in plan.policies for row in assumed_table(plan.base, p.scenario, p.name)]
    found["differences"] = [
        {"policy": name, "path": path, "base": _text(ours), "under_policy": _text(theirs)}
        for name, changes in plan.differences().items()
        for path, ours, theirs in changes
    ]
    return found


def _text(value: Any) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)


def _csv(rows: Sequence[Mapping[str, Any]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()
