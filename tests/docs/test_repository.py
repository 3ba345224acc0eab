"""What the repository promises about itself: two commands, a gate that runs one of them, and no stray addresses."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

import sim
from sim.cli.commands import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
VENV = "python3 -m venv .venv && "
ALLOWED = {"LICENSE": {"www.apache.org"}, "sim/scenario/json_schema.py": {"json-schema.org"}}
"""Files that may name a host: the licence, and the dialect of JSON Schema, which is a name like an address."""


def shell_lines():
    return [line for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL) for line in block.strip().splitlines()]


def section(heading):
    return README.split(f"\n## {heading}\n")[1].split("\n## ")[0]


def test_the_readme_has_two_commands_each_one_line_that_makes_its_own_environment():
    runs, tests = shell_lines()
    assert runs.startswith(VENV)
    assert tests.startswith(VENV)
    assert runs.endswith(".venv/bin/sim run scenarios/baseline.yaml")
    assert tests.endswith(".venv/bin/python -m pytest -n 2 --dist loadfile")


def test_the_gate_runs_exactly_the_readme_test_command():
    gate = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    assert f"{{ {shell_lines()[1]}; }}" in gate
    for tool in ("ruff check .", "ruff format --check .", "mypy", "lint-imports --no-cache"):
        assert f".venv/bin/{tool}" in gate


def test_every_command_the_readme_names_exists():
    known = {command.name or command.callback.__name__ for command in app.registered_commands}
    assert set(re.findall(r"`sim ([a-z-]+)", README)) <= known


def test_every_file_the_readme_links_to_exists():
    links = re.findall(r"\]\(([^)#:]+)\)", README)
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_sections_the_catalogue_points_at_exist():
    catalogue = json.loads((ROOT / "PSL_catalog.json").read_text(encoding="utf-8"))
    for entry in catalogue.values():
        if entry["type"] == "github_file":
            text = "\n" + (ROOT / entry["source"]).read_text(encoding="utf-8")
            for header in (entry["start_header"], entry["end_header"]):
                assert header is None or f"\n{header}\n" in text


def test_one_version_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert project["version"] == citation["version"] == sim.__version__
    assert project["license"] == citation["license"] == "Apache-2.0"


def tracked_files():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("not a git checkout")
    return [name for name in listed.stdout.split("\0") if name and (ROOT / name).is_file()]


def test_no_tracked_file_names_a_host():
    for name in tracked_files():
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        hosts = set(re.findall(r"https?://([\w.-]+\.[a-z]{2,})", text))
        assert hosts <= ALLOWED.get(name, set()), f"{name} names {sorted(hosts)}"


def test_the_package_imports_without_the_engine():
    heavy = "{'mesa', 'numba', 'pyarrow', 'simpy', 'pandas'}"
    code = f"import sys, sim, sim.cli.commands; print(sorted({heavy} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert found.stdout.strip() == "[]"


def test_the_readme_test_line_installs_no_more_than_the_suite_needs():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert "'.[test]'" in shell_lines()[1]
    assert {re.split(r"[><=]", need)[0] for need in project["optional-dependencies"]["test"]} == {
        "pytest",
        "pytest-timeout",
        "pytest-xdist",
        "hypothesis",
    }


def test_section_on_limits_comes_before_the_reading_list():
    assert "no investment advice" in section("Limits")
    assert README.index("## Limits") < README.index("## Where to read on")
