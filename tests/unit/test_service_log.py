"""What a service leaves behind for whoever looks into a failure."""

import subprocess
import sys

FAILS = """
import structlog
from gridops.bootstrap.service import _log_to_stderr
_log_to_stderr()
try:
    1 / 0
except ZeroDivisionError:
    structlog.get_logger().exception("no view could be made")
"""


def test_a_failure_is_told_with_where_it_happened() -> None:
    done = subprocess.run([sys.executable, "-c", FAILS], capture_output=True, text=True, check=True)
    assert done.stdout == ""
    assert "no view could be made" in done.stderr
    assert "ZeroDivisionError: division by zero" in done.stderr
    assert "line 6" in done.stderr
