"""What the recorder writes does not depend on hash seed, time zone, language or working folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import hashlib, pathlib, sys
from sim.records.checkpoint import save
from sim.records.writer import Recorder, content_hash
import numpy as np
folder = pathlib.Path(sys.argv[1])
recorder = Recorder(folder)
for day in range(31):
    for party in {"investor:花", "investor:b", "investor:c"}:
        if party.endswith("b"):
            recorder.add("holdings", date=day, deal="d", tranche="a", holder=party, nominal_fen=day)
recorder.add("events", date=1, hour=2, deal="d", institution="", family="f", event="e", detail="花呗", effect="")
print(content_hash(recorder.table("holdings")), content_hash(recorder.table("events")))
print([part.sha256 for part in recorder.close_month(201001)])
print(save(folder / "c.npz", {"arrays": {"a": np.arange(5)}, "json": {"b": "花"}}))
"""


def test_same_bytes_everywhere(tmp_path: Path) -> None:
    answers = set()
    variants = [
        {},
        {"PYTHONHASHSEED": "7", "TZ": "Asia/Shanghai"},
        {"PYTHONHASHSEED": "8", "TZ": "America/New_York", "LC_ALL": "C"},
    ]
    for number, variant in enumerate(variants):
        folder = tmp_path / str(number)
        folder.mkdir()
        answer = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(folder)],
            env=os.environ | {"PYTHONPATH": str(ROOT)} | variant,
            cwd=folder,
            capture_output=True,
            check=True,
        )
        answers.add(answer.stdout)
    assert len(answers) == 1
    assert answers.pop().strip()


def test_the_public_face_loads_nothing_heavy() -> None:
    program = (
        "import sim, sys; heavy = {'mesa', 'numba', 'pyarrow', 'numpy', 'pydantic'} & set(sys.modules);"
        "assert not heavy, heavy; assert 'run' in dir(sim); sim.nothing"
    )
    answer = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert answer.stderr.strip().endswith("AttributeError: module 'sim' has no attribute 'nothing'")
