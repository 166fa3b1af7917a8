"""Where mails lie at the provider, and how they stand: what is not as its cell says."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence

from tests.e2e.conftest import Company
from tests.e2e.keeping_copies import TUID
from tests.e2e.moves.cells import Cell, Standing

_SUBJECT = re.compile(rb"(?m)^Subject: (\S+)$")
_KEYWORD = re.compile(r"\$(status|assignee)-(\w+)")


def differences(office: Company, some: Sequence[Cell]) -> dict[str, str]:
    """What is not as it should be, by cell; octets first."""
    lying, standing = at_provider(office), stands(office, some)
    found: dict[str, str] = {}
    for cell in some:
        places = [folder for folder, _ in lying[cell.subject]]
        # Whoever stores a mail may write into it; mbsync does, wherever it stores one.
        octets = {TUID.sub(b"", octets) for _, octets in lying[cell.subject]}
        what = f"{cell.subject}: {cell.source} -> {cell.target}"
        if places != [cell.after.folder]:
            found[what] = f"lies in {places}"
        elif octets != {cell.mail().replace(b"\r\n", b"\n")}:
            found[what] = "has been altered"
        elif standing.get(cell.subject) != cell.after:
            found[what] = f"is {standing.get(cell.subject)}"
    return found


def at_provider(office: Company) -> dict[str, list[tuple[str, bytes]]]:
    """By subject: in which folders its mails lie, and their octets."""
    home = office.dovecot.maildir("INBOX")
    found: defaultdict[str, list[tuple[str, bytes]]] = defaultdict(list)
    for file in [*home.glob("**/cur/*"), *home.glob("**/new/*")]:
        octets = file.read_bytes()
        folder = file.parent.parent.name.removeprefix(".")
        subject = _SUBJECT.findall(octets)[0].decode()
        found[subject].append(("INBOX" if folder == "Maildir" else folder, octets))
    return found


def stands(office: Company, some: Sequence[Cell]) -> dict[str, Standing]:
    """What a colleague is told of each mail, by subject."""
    found: dict[str, Standing] = {}
    with office.proxy.imap("ben") as ben:
        for folder in sorted({cell.after.folder for cell in some}):
            assert ben.select(f'"{folder}"', readonly=True)[0] == "OK"
            rows = ben.fetch("1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1]
            for row in rows:
                if isinstance(row, tuple):
                    words = dict(_KEYWORD.findall(row[0].decode()))
                    subject = row[1].decode().split()[1]
                    status, assignee = words.get("status", ""), words.get("assignee", "")
                    found[subject] = Standing(folder, status, assignee)
    return found
