from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from worlds import SCENARIOS


@pytest.fixture(scope="session")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the shipped scenarios, and the tests' small market, below it."""
    folder = tmp_path_factory.mktemp("market")
    shutil.copytree(SCENARIOS, folder / "shipped")
    shutil.copy(Path(__file__).parents[1] / "markets" / "small_market.yaml", folder / "shipped" / "small_market.yaml")
    return folder
