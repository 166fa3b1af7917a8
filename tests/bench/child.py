"""A helper process of the bench: prints its ports when it is ready, and ends with its input."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STOP_S = 5.0


@dataclass(frozen=True)
class Child:
    ports: tuple[int, ...]
    process: subprocess.Popen[str]

    def ask(self) -> list[str]:
        """One line to it, one line from it."""
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return self.process.stdout.readline().split()


@contextmanager
def child(module: str, *words: object) -> Iterator[Child]:
    process = subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", module, *map(str, words)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None
    try:
        ports = tuple(int(word) for word in process.stdout.readline().split())
        if not ports:
            raise RuntimeError(f"{module} does not start")
        yield Child(ports, process)
    finally:
        process.stdin.close()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
