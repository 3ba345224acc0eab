"""Every sign of the whole market over twenty seeds: an hour of one core, by hand or at night; `-k NAME` runs
only the worlds that the chosen signs need."""

from __future__ import annotations

from typing import Any

import pytest

from sim.studies.signs import paired_signs
from sim.studies.signs_market import SIGNS

pytestmark = pytest.mark.slow
FIRST_SEED = 101
"""The pairs were made while looking at lower ones."""


@pytest.fixture(scope="module")
def rows(request: pytest.FixtureRequest) -> dict[str, dict[str, Any]]:
    asked = {item.name.partition("[")[2].rstrip("]") for item in request.session.items}
    signs = [sign for sign in SIGNS if sign.name in asked]
    return {row["sign"]: row for row in paired_signs(signs, 20, FIRST_SEED, workers=None)}


@pytest.mark.parametrize("name", [sign.name for sign in SIGNS])
def test_a_sign_holds_over_twenty_seeds(rows: dict[str, dict[str, Any]], name: str) -> None:
    row = rows[name]
    assert row["holds"], f"{row['difference']} in [{row['low']}, {row['high']}], expected {row['expected']}"
