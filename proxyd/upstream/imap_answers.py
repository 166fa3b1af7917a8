"""Which answers of an IMAP server are believed: one table, and all others end the connection.

    when                    what may come                          from
    first of all            untagged OK or BYE                     RFC 9051 §7.1
    to any command          tagged OK, NO, BAD, with its own tag   §7.1
        OK                  only when all of the command was sent: literals and
                            SASL steps for which "+" was awaited   §4.3, §6.2.2, §6.3.12
                            (IDLE ends when the server likes)      RFC 2177
    "+"                     where a literal, a SASL step or IDLE waits for it; in answer to
                            AUTHENTICATE, which cancels a step too many; and where a literal went
                            unasked (RFC 7888), which some servers ask for all the same
    to STARTTLS             OK, and not one octet behind it        §6.2.1
    PREAUTH                 never: somebody is signed in, not us, and STARTTLS is out of reach
    any other untagged one  after the greeting

An OK that was not to be believed leaves the command without an answer: what it changes is
not known to be changed, and not known not to be.
"""

from __future__ import annotations

from proxyd.imapwire.provider_text import Hide
from proxyd.imapwire.response import BadResponse, Junk, Response, Status

# RFC 9051 §7.1: of a tagged answer.
TAGGED = frozenset({"OK", "NO", "BAD"})
GREETINGS = frozenset({"OK", "BYE"})
ENDS_UNASKED = frozenset({"IDLE"})

# What servers offer and we know: never taken for somebody's password.
_KNOWN = """IMAP4REV1 IMAP4REV2 LITERAL+ LITERAL- SASL-IR LOGINDISABLED STARTTLS AUTH=PLAIN
    AUTH=LOGIN IDLE UIDPLUS MOVE CONDSTORE QRESYNC ENABLE UNSELECT NAMESPACE SPECIAL-USE
    LIST-EXTENDED LIST-STATUS ESEARCH BINARY MULTIAPPEND QUOTA ID CHILDREN SORT UTF8=ACCEPT
    OBJECTID"""
KNOWN_WORDS = frozenset(_KNOWN.split())


def check_greeting(answer: Response) -> None:
    """Of the first thing a server says. Raises BadResponse."""
    if isinstance(answer, Junk) and answer.text:
        raise BadResponse(answer.text)
    if not isinstance(answer, Status) or answer.tag is not None:
        raise BadResponse("something else than a greeting")
    check_condition(answer)
    if answer.condition not in GREETINGS:
        raise BadResponse(f"a greeting that says {answer.condition}")


def check_condition(status: Status) -> None:
    """Of an untagged one. Raises BadResponse."""
    if status.condition == "PREAUTH":
        raise BadResponse("a PREAUTH greeting")


def check_tagged(status: Status, name: str | None, *, unsent: bool) -> None:
    """``name`` is the command's, None for one that was not sent; ``unsent``: parts of it wait.

    Raises BadResponse.
    """
    if name is None:
        raise BadResponse("an answer to a command that was not sent")
    if status.condition not in TAGGED:
        raise BadResponse(f"{status.condition} in answer to {name}")
    if status.ok and unsent and name not in ENDS_UNASKED:
        raise BadResponse(f"OK to {name} before all of it was sent")


def check_continuation(*, may_come: bool) -> None:
    """Raises BadResponse."""
    if not may_come:
        raise BadResponse("a continuation that nobody waits for")


def offered(words: frozenset[str], hide: Hide) -> frozenset[str]:
    """Capabilities, without words that tell a secret: what is offered is shown to admins."""
    return frozenset(word for word in words if word in KNOWN_WORDS or hide(word) == word)
