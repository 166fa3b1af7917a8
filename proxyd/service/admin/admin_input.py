"""What logins, names, passwords and addresses may look like: one rule each, said in plain words.

Pure. Everything raised is BadInput: what it is, what is wrong with it, what to write instead; a
password is never repeated.
"""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Callable, Iterable

from proxyd.domain.alike_names import single_spaced
from proxyd.domain.app_passwords import name_problem
from proxyd.domain.errors import BadInput
from proxyd.domain.login import LOGIN
from proxyd.domain.made_password import made_password
from proxyd.mailtext.addresses import compared
from proxyd.mailtext.authors import Ambiguous, authors
from proxyd.service.actor import Actor
from proxyd.service.admin.guessable import is_common, unguessed

# Names of mailboxes become folder names (Shared/<name>) and part of a login (<login>*<name>): no
# delimiter, no wildcard, nothing to quote.
MAILBOX_NAME = re.compile(r"\w(?:[\w .-]{0,61}[\w.-])?")

# What a list of colleagues can show in a line.
NAME_LIMIT = 80

# NIST SP 800-63B §5.1.1.2: at least eight, no rules of composition. The upper end is the hasher's
# bound divided by what Unicode normalisation may add.
PASSWORD_MIN = 8
PASSWORD_MAX = 200

_ANOTHER = "write several words that have nothing to do with each other, or let proxyd make one"

PASSWORD_GROUPS = 3  # 18 of 31 letters: 89 bits

# RFC 5321 §4.5.3.1: a path has at most 256 octets with its brackets.
ADDRESS_LIMIT = 254

# Format characters that names of people need (Persian, Indic scripts, emoji).
_JOINERS = "\u200c\u200d"


def checked_login(text: str) -> str:
    login = text.strip().lower()
    if not LOGIN.fullmatch(login):
        raise BadInput(
            "login",
            f"{text!r} is not one",
            "write 1 to 63 of a-z 0-9 . _ - beginning with a letter or digit, such as hanako.sato",
        )
    return login


def check_other(login: str, by: Actor) -> None:
    """Nobody shuts themselves out, nor makes themselves more or less than they are: that takes
    another admin, or who types commands on the machine. Raises BadInput.
    """
    if by.name.lower() == login.strip().lower():
        raise BadInput(f"user {by.name.lower()}", "it is you", "ask another admin")


def checked_name(text: str) -> str:
    """A person's name as colleagues see it, in any script."""
    name = unicodedata.normalize("NFC", single_spaced(text))
    if not name:
        raise BadInput("name", "it is empty", 'write the name colleagues know, such as "佐藤花子"')
    if len(name) > NAME_LIMIT:
        raise BadInput("name", f"it has {len(name)} characters", f"write at most {NAME_LIMIT}")
    if not _printable(name):
        raise BadInput("name", f"{name!r} has characters that cannot be seen", "leave them out")
    return name


def checked_device(text: str) -> str:
    """What an application password is called."""
    name, problem, instead = name_problem(text)
    if problem:
        raise BadInput("name", problem, instead)
    return name


def checked_mailbox_name(text: str) -> str:
    name = unicodedata.normalize("NFC", text.strip())
    if not MAILBOX_NAME.fullmatch(name):
        raise BadInput(
            "mailbox name",
            f"{text!r} is not one",
            "write 1 to 63 letters, digits, spaces or . _ - such as support",
        )
    return name


def checked_password(text: str, words: Iterable[str] = ()) -> str:
    """``words``: what is known of the person and the place (guessable.words_in). No character is
    asked for and none forbidden that can be typed: length counts, and that no list has it.
    """
    if len(text) < PASSWORD_MIN:
        raise BadInput("password", "it is too short", f"write at least {PASSWORD_MIN} characters")
    if len(text) > PASSWORD_MAX:
        raise BadInput("password", "it is too long", f"write at most {PASSWORD_MAX} characters")
    if not _printable(text):
        raise BadInput(
            "password", "it has characters that cannot be seen or typed", "leave them out"
        )
    if is_common(text):
        raise BadInput("password", "it is in every list of stolen ones", _ANOTHER)
    if unguessed(text, words) < PASSWORD_MIN:
        problem = "it is little more than a name or word that everybody here would try"
        raise BadInput("password", problem, _ANOTHER)
    return text


def checked_address(text: str) -> str:
    address = text.strip()
    if len(address) > ADDRESS_LIMIT or not _is_address(address) or not _printable(address):
        raise BadInput(
            "address", f"{text!r} is not a mail address", "write one such as support@example.test"
        )
    return address


def _is_address(text: str) -> bool:
    """One that can be written from: read as the From of a mail is read."""
    try:
        found = [author.address for author in authors(text.encode("utf-8", "replace"))]
    except Ambiguous:
        return False
    return found == [compared(text)]


def generated_password(choose: Callable[[str], str] = secrets.choice) -> str:
    return made_password(PASSWORD_GROUPS, choose)


def _printable(text: str) -> bool:
    """No control, format, surrogate, private, unassigned character, no line separator."""
    return all(
        char in _JOINERS or unicodedata.category(char) not in _UNSEEN_CATEGORIES for char in text
    )


_UNSEEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
