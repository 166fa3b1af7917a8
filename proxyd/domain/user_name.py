"""What a person may type as user name and password; pure.

Clients offer the mail address as the user name, and find their settings by it alone. So whoever
types the shared mailbox's address and a password that begins with the own login and a colon is that
person, in that mailbox: two fields, and the address from which the client sends is right.

    hanako                 secret          all of hanako's mailboxes
    hanako*support         secret          one of them
    hanako@example.com     secret          as the login alone, whatever stands behind the "@"
    support@example.com    hanako:secret   the mailbox that has this address

Where a file has named the person already, the password from the sheet works as it stands there:
after a user name with "hanako", "hanako:secret" may mean "secret". It may also be a password that
begins so. Both are tried, for a login that there is as for one that there isn't.

A Japanese keyboard writes hanako：abc－def as easily, and whoever copies takes a blank or the end
of the line along. No password that proxyd makes has such: where the one typed does, it is tried as
it stands first, and then without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from proxyd.domain.login import LOGIN

_COLON: Final = re.compile("[:\uff1a]")
# Of full width: what ASCII has, in its order. Not NFKC, which takes long for long input.
_HALF_WIDTH: Final = {code: code - 0xFF00 + 0x20 for code in range(0xFF01, 0xFF5F)}


@dataclass(frozen=True, slots=True)
class SigningIn:
    login: str  # in lower case; "" for what doesn't look like one
    passwords: tuple[str, ...] = field(repr=False)  # what may be meant; the likelier one first
    mailbox: str  # the name of the one that is asked for; "" for all


def signing_in(name: str, password: str, mailbox_at: Mapping[str, str]) -> SigningIn:
    """``mailbox_at``: address in lower case → name of the shared mailbox.

    A mailbox's address always means the mailbox, also where a person has a login like its left
    part. What does not look like a login may be a password that was typed into the wrong field: it
    goes neither into the log nor anywhere else.
    """
    chosen = chosen_mailbox(name, mailbox_at)
    colon = _COLON.search(password)
    named, rest = (password[: colon.start()], password[colon.end() :]) if colon else ("", password)
    named = _bare(named.translate(_HALF_WIDTH))
    meant = [rest]
    if _bare(name) in mailbox_at:
        # Without a colon it is a password alone, which must not be taken for a login and logged.
        login = named
    else:
        login = _bare(name).partition("*")[0].partition("@")[0].strip()
        meant = [rest, password] if colon and named == login else [password]
    meant.insert(1, meant[0].translate(_HALF_WIDTH).strip())
    passwords = tuple(dict.fromkeys(meant))
    return SigningIn(login if LOGIN.fullmatch(login) else "", passwords, chosen)


def chosen_mailbox(name: str, mailbox_at: Mapping[str, str]) -> str:
    """The mailbox that the user name asks for; "" for all that the person has."""
    name = _bare(name)
    return mailbox_at.get(name) or name.partition("*")[2]


def _bare(name: str) -> str:
    return name.strip().lower()
