"""aerc, which says ``UID MOVE``. Its list is loaded row by row, and what is not loaded can't be
moved: each mail gets a program of its own, which begins once that mail's row is painted.
"""

from __future__ import annotations

import imaplib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

from proxyd.imapwire import mutf7
from tests.e2e.aerc_program import aerc
from tests.e2e.installation import Installation
from tests.e2e.moves.cells import Cell
from tests.e2e.programs import Terminal
from tests.patience import PATIENCE_S, until

ROWS, FRAME = 120, 5  # lines of the terminal, and of them those that are no mails
ATTEMPTS = 3
QUIET_S = 2.0  # without a stroke: rows that are there already are painted in pieces
_SERIAL = count(1)
_SUBJECT = re.compile(r"Hanako +\S* +(\w+-\w+)")


class Aerc:
    def __init__(self, proxy: Installation, directory: Path) -> None:
        self._proxy = proxy
        self._directory = directory

    def move(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._does(source, cell, f"move '{cell.target}'")

    def delete(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._does(source, cell, "delete-message")

    def copy(self, source: str, cells: Sequence[Cell]) -> None:
        for cell in cells:
            self._does(source, cell, f"copy '{cell.target}'", goes=False)

    def shown(self, views: Sequence[str], of: str) -> dict[str, set[str]]:
        """Subjects that begin with ``of``, by view."""
        return {view: self._shown(view, of) for view in views}

    def _shown(self, view: str, of: str) -> set[str]:
        with self._proxy.imap("anna") as anna:
            anna.select(f'"{mutf7.encode(view).decode()}"', readonly=True)
            awaited = len(anna.uid("SEARCH", "SUBJECT", f"{of}-")[1][0].split())
        own = re.compile(rf"\b{of}-\w+")
        with self._opened(view) as program:
            until(
                lambda: (program.paints(0.1), len(set(own.findall(program.shown()))) >= awaited)[1]
            )
            return set(own.findall(program.shown()))

    def _does(self, source: str, cell: Cell, command: str, *, goes: bool = True) -> None:
        """And waits until the server has done it: what it paints of that overlaps.

        On a busy machine aerc 0.14 now and then stands still for good while it loads its rows; what
        it was to do is done by another one then, if it was not.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(AssertionError):
                self._did(source, cell, command, goes=goes)
                return
            if self._is_done(source, cell, goes=goes):
                return
        self._did(source, cell, command, goes=goes)

    def _is_done(self, source: str, cell: Cell, *, goes: bool) -> bool:
        with self._proxy.imap("anna") as anna:
            anna.select(f'"{source if goes else cell.target}"', readonly=True)
            return bool(_found(anna, cell)) is not goes

    def _did(self, source: str, cell: Cell, command: str, *, goes: bool) -> None:
        with self._proxy.imap("anna") as anna, self._opened(source) as program:
            anna.select(f'"{source}"', readonly=True)
            uids = anna.uid("SEARCH", "ALL")[1][0].split()
            uid = _found(anna, cell)
            # While rows are loaded, what is typed may be of no effect.
            rows = min(len(uids), ROWS - FRAME)
            until(
                lambda: not program.paints(QUIET_S) or len(_subjects(program)) >= rows,
                lambda: f"{cell}: {len(_subjects(program))} of {rows}: {_tail(program)}",
                seconds=PATIENCE_S / ATTEMPTS,
            )
            # The newest is the first.
            row = len(uids) - 1 - uids.index(uid)
            if row:  # the first one is selected
                program.types(f":select-message {row}\r")
                own = re.compile(rf"\b{cell.subject}\b")
                until(
                    lambda: (program.paints(0.1), own.search(program.shown()))[1],
                    lambda: f"{cell}: {_tail(program)}",
                    seconds=PATIENCE_S / ATTEMPTS,
                )
            program.types(f":{command}\r")
            looked = source if goes else cell.target
            anna.select(f'"{looked}"', readonly=True)

            def done() -> bool:
                program.paints(0)  # else it would wait to paint
                return uid not in _found(anna, cell).split() if goes else bool(_found(anna, cell))

            until(
                done,
                lambda: f"{cell}: {_tail(program)} {self._proxy.log()[-2000:]}",
                seconds=PATIENCE_S / ATTEMPTS,
            )

    @contextmanager
    def _opened(self, view: str) -> Iterator[Terminal]:
        home = self._directory / f"aerc{next(_SERIAL)}"
        program = aerc(home, self._proxy, view, rows=ROWS)
        try:
            yield program
            program.types(":quit\r")
            program.ended()
        except BaseException:
            program.close()
            raise


def _subjects(program: Terminal) -> set[str]:
    return set(_SUBJECT.findall(program.shown()))


def _tail(program: Terminal) -> str:
    return program.shown()[:1000] + " … " + program.shown()[-3000:]


def _found(anna: imaplib.IMAP4, cell: Cell) -> bytes:
    """Its UIDs in the view that is open."""
    anna.noop()
    found: bytes = anna.uid("SEARCH", "HEADER", "Message-ID", cell.message_id)[1][0]
    return found
