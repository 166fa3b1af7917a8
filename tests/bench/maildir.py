"""The corpus as the Maildir a provider's Dovecot has: written straight, 2,000 mails a second.

File names carry S= and W= as Dovecot's own delivery writes them. Flags are the corpus' own, except
that nothing is answered: an answered conversation is done, and a folder of all that is open is to
hold nearly all mails.
"""

from __future__ import annotations

import calendar
import os
import time
from pathlib import Path

from tests.corpus import mails

LETTERS = {"\\Seen": "S", "\\Flagged": "F"}


def fill(maildir: Path, count: int, seed: int = 1) -> int:
    """Write ``count`` mails into an empty Maildir; the octets of all, as IMAP counts them."""
    owner = maildir.stat()
    directory = maildir / "cur"
    octets = 0
    for number, (raw, flags, received) in enumerate(mails(count, seed)):
        text = raw.replace(b"\r\n", b"\n")
        when = calendar.timegm(time.strptime(received, "%d-%b-%Y %H:%M:%S +0000"))
        letters = "".join(sorted(LETTERS[flag] for flag in flags if flag in LETTERS))
        name = f"{when}.M{number:08d}P1.bench,S={len(text)},W={len(raw)}:2,{letters}"
        path = directory / name
        path.write_bytes(text)
        os.utime(path, (when, when))
        os.chown(path, owner.st_uid, owner.st_gid)
        octets += len(raw)
    return octets
