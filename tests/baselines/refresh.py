"""Expected results as a readable file: content hash and rows of every table of two small runs.

`python tests/baselines/refresh.py` (or `make baseline`) rewrites the file. A change of it needs a line "Regression:" in
CHANGELOG.md that says what moved and why.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

from worlds import SCENARIOS, market, run_to  # noqa: E402

from sim.records.tables import TABLES  # noqa: E402
from sim.records.writer import content_hash  # noqa: E402

FILE = HERE / "small_runs.yaml"
RUNS = {"huabei_2017": "2017-09-30", "jd_baitiao_12m": "2021-03-31"}
PEOPLE = {"population__households": 8_000, "population__weight": 5_000}


def measured() -> dict[str, dict[str, dict[str, Any]]]:
    """Rows and content hash of each table, by run."""
    found: dict[str, dict[str, dict[str, Any]]] = {}
    for name, end in RUNS.items():
        place = run_to(market(SCENARIOS / "deals" / f"{name}.yaml", end=end, **PEOPLE))
        tables = {t: place.recorder.table(t) for t, spec in TABLES.items() if not spec.on_request}
        found[name] = {
            t: {"rows": table.num_rows, "content": content_hash(table)} for t, table in tables.items() if table.num_rows
        }
    return found


if __name__ == "__main__":
    FILE.write_text(yaml.safe_dump(measured(), sort_keys=True), encoding="utf-8")
    print(f"{FILE} written")  # noqa: T201
