"""A short run of what `python -m tests.fuzz.fuzz_publish` does for an hour."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.fuzz.bodies import Bodies
from tests.fuzz.fuzz_publish import fuzz

ROOT = Path(__file__).parents[2]


async def test_no_body_by_lot_is_read_otherwise_or_does_harm() -> None:
    done = await fuzz(Bodies(seed=1), most=4_000)
    # sense and nonsense both get their turn
    assert done.bodies == 4_000
    assert 1_000 < done.refused < 3_500
    assert done.values > 1_000
    assert done.events > 300
    assert done.gaps > 100
    assert done.ended > 10


def test_no_kernel_looks_beside_its_arrays() -> None:
    """As Python every index is checked; compiled none is."""
    command = [sys.executable, "-m", "tests.fuzz.fuzz_publish", "--bodies=700", "--seed=2"]
    environment = {**os.environ, "NUMBA_DISABLE_JIT": "1", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert re.search(r"^700 bodies", done.stdout, re.MULTILINE)
