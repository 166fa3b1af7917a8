"""Alpine, whose c-client says COPY by number, then ``STORE`` of that number, then EXPUNGE."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.moves.cells import Cell
from tests.e2e.programs import Terminal

SETTINGS = """\
personal-name=Support
user-domain=example.test
inbox-path={host}INBOX
folder-collections=all {host}[]
default-fcc=
feature-list=quit-without-confirm,expunge-without-confirm,expunge-without-confirm-everywhere,
 disable-busy-alarm,disable-password-file-saving
last-version-used=6.26
mail-check-interval=0
"""
ROWS = 190  # it draws at most 200: a whole folder is on the screen
_MOVEMENT = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_SUBJECT = re.compile(r"(?<!\S)\w+-\w+(?!\S)")
NO_DELETE, REDRAW = "\x12", "\x0c"


class Alpine:
    def __init__(self, proxy: Installation, directory: Path) -> None:
        self._home = directory
        port = proxy.ports["imap-tls"]
        host = f"{{localhost:{port}/ssl/novalidate-cert/user=anna}}"
        (directory / "rc").write_text(SETTINGS.format(host=host))

    def move(self, source: str, cells: Sequence[Cell]) -> None:
        with self._opened(source) as program:
            for cell in cells:
                self._save(program, cell)
            program.types("x")

    def copy(self, source: str, cells: Sequence[Cell]) -> None:
        with self._opened(source) as program:
            for cell in cells:
                self._save(program, cell, NO_DELETE)

    def delete(self, source: str, cells: Sequence[Cell]) -> None:
        with self._opened(source) as program:
            for cell in cells:
                self._find(program, cell)
                program.types("d")
            program.types("x")

    def shown(self, views: Sequence[str], of: str) -> dict[str, set[str]]:
        """Subjects that begin with ``of``, by view."""
        found: dict[str, set[str]] = {}
        with self._opened("Drafts") as program:
            for view in views:
                program.types("g")
                program.sees("GOTO folder")
                program.types(f"{view}\r")
                program.sees("opened with", "DONE]")  # its own messages hide each other
                program.types(REDRAW)
                program.sees("Forward")  # the last that it draws
                subjects = _SUBJECT.findall(_MOVEMENT.sub(" ", program.shown()))
                found[view] = {one for one in subjects if one.startswith(f"{of}-")}
        return found

    @contextmanager
    def _opened(self, view: str) -> Iterator[Terminal]:
        command = ["alpine", "-p", str(self._home / "rc"), "-i", "-f", view]
        program = Terminal(command, {"HOME": str(self._home)}, rows=ROWS)
        try:
            program.sees("ENTER PASSWORD")
            program.types(f"{PASSWORD}\r")
            program.sees("Forward")
            yield program
            program.types("q")
            program.ended()
        except BaseException:
            program.close()
            raise

    def _save(self, program: Terminal, cell: Cell, how: str = "") -> None:
        self._find(program, cell)
        program.types("s")
        program.sees("SAVE Msg")
        program.types(f"{how}{cell.target}\r")

    @staticmethod
    def _find(program: Terminal, cell: Cell) -> None:
        """Goes on when it is done with what was asked before: its own messages hide each other."""
        program.types("w")
        program.sees("Word to search for")
        program.types(f"{cell.subject}\r")
