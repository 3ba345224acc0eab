"""What `extends` may reach: files of the scenario folder and the shipped scenarios, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_market import GOOD, Market

from sim.errors import ScenarioError
from sim.scenario import files
from sim.scenario.loading import load

SECRET = GOOD.replace("seed: 7", "seed: 666")


@pytest.fixture(autouse=True)
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A scenarios folder with two floors, and a secret outside it."""
    (tmp_path / "secret.yaml").write_text(SECRET)
    deals = tmp_path / "scenarios" / "deals"
    deals.mkdir(parents=True)
    (tmp_path / "scenarios" / "base.yaml").write_text(GOOD)
    (tmp_path / "scenarios" / "to_secret.yaml").symlink_to(tmp_path / "secret.yaml")
    (tmp_path / "scenarios" / "to_base.yaml").symlink_to(tmp_path / "scenarios" / "base.yaml")
    (tmp_path / "scenarios" / "out").symlink_to(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def overlay(word: str) -> Path:
    path = Path("scenarios/deals/mine.yaml")
    path.write_text(f"schema_version: 1\nextends: {word}\nname: mine\n")
    return path


@pytest.mark.parametrize("word", ["../base.yaml", "../deals/../base.yaml", "../to_base.yaml", "./../base.yaml"])
def test_files_of_the_scenario_folder_are_reached(word: str) -> None:
    loaded = load(overlay(word), model=Market)
    assert (loaded.value.name, loaded.value.seed) == ("mine", 7)


@pytest.mark.parametrize(
    "word",
    [
        "../../secret.yaml",
        "../../scenarios/../secret.yaml",
        "../../../../../../../../etc/passwd",
        "/etc/passwd",
        "{house}/secret.yaml",
        "../to_secret.yaml",
        "../out/secret.yaml",
        "'..\\..\\secret.yaml'",
        "C:/secret.yaml",
        '"../../secret.yaml\\0"',
        "file:///etc/passwd",
        "~/secret.yaml",
        "$HOME/secret.yaml",
        "../base.yaml/",
        "../base",
        "''",
        ".",
        "..",
        "../*.yaml",
        "../" + "x" * 300 + ".yaml",
        "../" * 2_000 + "secret.yaml",
    ],
)
def test_everything_else_is_refused(word: str, house: Path) -> None:
    before = sorted(house.rglob("*"))
    path = overlay(word.replace("{house}", str(house)))
    with pytest.raises(ScenarioError, match=r"^scenarios/deals/mine\.yaml:2:1: extends: ") as caught:
        load(path, model=Market)
    assert "666" not in str(caught.value)
    assert sorted(house.rglob("*")) == sorted({*before, house / path})


def test_a_scenario_that_is_itself_a_link_out_is_refused(house: Path) -> None:
    with pytest.raises(ScenarioError, match="is a link that leaves the scenario folder"):
        load(house / "scenarios" / "to_secret.yaml", model=Market)


def test_without_a_scenarios_folder_the_own_folder_is_the_limit(house: Path) -> None:
    (house / "below").mkdir()
    Path("below/mine.yaml").write_text("schema_version: 1\nextends: ../secret.yaml\n")
    with pytest.raises(ScenarioError, match="leaves the scenario folder"):
        load("below/mine.yaml", model=Market)


def test_the_topmost_scenarios_folder_is_the_limit(tmp_path: Path) -> None:
    inner = tmp_path / "scenarios" / "deals" / "scenarios"
    assert files.scenario_root(inner) == tmp_path / "scenarios"


def test_shipped_scenarios_are_found_from_anywhere(house: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "shipped_root", lambda: house / "scenarios")
    (house / "elsewhere").mkdir()
    monkeypatch.chdir(house / "elsewhere")
    assert load("base.yaml", model=Market).value.name == "good"
    assert load("scenarios/base.yaml", model=Market).value.name == "good"
    Path("mine.yaml").write_text("schema_version: 1\nextends: base.yaml\nseed: 9\n")
    assert load("mine.yaml", model=Market).value.seed == 9
    with pytest.raises(ScenarioError, match=r"no such file; did you mean 'base.yaml'"):
        load("bass.yaml", model=Market)
    with pytest.raises(ScenarioError, match="no such file"):
        load("../elsewhere/base.yaml", model=Market)


def test_many_files_are_refused_and_a_diamond_is_read_once(house: Path) -> None:
    for number in range(70):
        below = f"extends: chain-{number + 1}.yaml\n" if number < 69 else ""
        Path(f"chain-{number}.yaml").write_text("schema_version: 1\n" + below)
    with pytest.raises(ScenarioError, match="more than 64 files"):
        load("chain-0.yaml", model=Market)
    Path("level-0.yaml").write_text(GOOD)
    for number in range(1, 30):
        twice = f"[level-{number - 1}.yaml, level-{number - 1}.yaml]"
        Path(f"level-{number}.yaml").write_text(f"schema_version: 1\nextends: {twice}\n")
    assert load("level-29.yaml", model=Market).value.seed == 7


def test_a_shipped_scenario_is_suggested_by_its_file_name_and_never_the_file_itself() -> None:
    Path("small_markets.yaml").write_text("schema_version: 1\nextends: small_market.yaml\nname: mine\n")
    told = r"there is no file 'small_market\.yaml'; did you mean 'studies/small_market\.yaml'\?"
    with pytest.raises(ScenarioError, match=told):
        load("small_markets.yaml", model=Market)


def test_a_file_that_extends_nothing_and_lacks_the_rest_is_told_so() -> None:
    Path("mine.yaml").write_text("schema_version: 1\nname: mine\n")
    with pytest.raises(ScenarioError, match=r"missing: .* The file extends no other; .* extends: baseline\.yaml"):
        load("mine.yaml", model=Market)
