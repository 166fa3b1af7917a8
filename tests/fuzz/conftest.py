"""Makes the helpers beside these tests importable, and says how much was tried."""

from __future__ import annotations

import resource
import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

import budget


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if budget.TIMES == 1:
        return
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    for what, number in sorted(budget.tried.items()):
        terminalreporter.write_line(f"{number:>12,} {what}")
    terminalreporter.write_line(f"{sum(budget.tried.values()):>12,} inputs, at most {most} MiB")
