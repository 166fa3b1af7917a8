"""Mutt and NeoMutt, which know no MOVE: *save* is COPY, ``\\Deleted`` and, when synchronised,
EXPUNGE.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from tests.e2e.installation import PASSWORD, Installation
from tests.e2e.moves.cells import Cell
from tests.e2e.programs import on_terminal

SETTINGS = """\
set ssl_force_tls=yes certificate_file="{ca}" ssl_ca_certificates_file="{ca}"
set imap_user="anna" imap_pass="{password}" imap_authenticators="plain:login"
set folder="imaps://localhost:{port}/" spoolfile="+INBOX"
set header_cache="" message_cachedir="" sort=mailbox-order mail_check=3600 timeout=3600
set wait_key=no pipe_decode=no quit=yes delete=yes mark_old=no
set confirmappend=no confirmcreate=no trash=""
push "{keys}"
"""
_SUBJECT = re.compile(rb"(?m)^Subject: (\S+)$")


class Mutt:
    def __init__(self, proxy: Installation, directory: Path, program: str = "mutt") -> None:
        self._proxy = proxy
        self._directory = directory
        self._program = program

    def move(self, source: str, cells: Sequence[Cell]) -> None:
        saved = (self._on(cell, f"<save-message>={_typed(cell.target)}<enter>") for cell in cells)
        self._run(source, [*saved, "<sync-mailbox><exit>"])

    def copy(self, source: str, cells: Sequence[Cell]) -> None:
        copied = (self._on(cell, f"<copy-message>={_typed(cell.target)}<enter>") for cell in cells)
        self._run(source, [*copied, "<exit>"])

    def delete(self, source: str, cells: Sequence[Cell]) -> None:
        gone = (self._on(cell, "<delete-message>") for cell in cells)
        self._run(source, [*gone, "<sync-mailbox><exit>"])

    def shown(self, views: Sequence[str], of: str) -> dict[str, set[str]]:
        """Subjects that begin with ``of``, by view."""
        files = {view: self._directory / f"shown{n}" for n, view in enumerate(views)}
        look = (
            f"<change-folder>={_typed(view)}<enter><tag-pattern>~s {of}<enter>"
            f"<tag-prefix><pipe-message>cat > {file}<enter>"
            for view, file in files.items()
        )
        self._run("Drafts", [*look, "<exit>"])
        return {
            view: {one.decode() for one in _SUBJECT.findall(file.read_bytes())}
            for view, file in files.items()
        }

    @staticmethod
    def _on(cell: Cell, keys: str) -> str:
        untag = "<untag-pattern>~A<enter>"
        return f"{untag}<tag-pattern>~s {cell.subject}<enter><tag-prefix>{keys}"

    def _run(self, view: str, keys: Sequence[str]) -> None:
        rc = self._directory / "rc"
        rc.write_text(
            SETTINGS.format(
                ca=self._proxy.certificates.ca,
                password=PASSWORD,
                port=self._proxy.ports["imap-tls"],
                keys="".join(keys),
            )
        )
        on_terminal([self._program, "-F", str(rc), "-f", f"={view}"])


def _typed(folder: str) -> str:
    """A space alone goes to the next folder with new mail."""
    return folder.replace(" ", "<quote-char><space>")
