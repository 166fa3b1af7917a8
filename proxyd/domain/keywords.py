"""How many keywords mail may have, and how long they are.

IMAP sets no bound (RFC 9051 §2.3.2), and a folder's keywords are told with every SELECT and kept by
every client: one that makes them up without end would slow everybody for good. Counts what clients
add; the workflow's own keywords are counted by statuses and people, and what the provider has is
its business.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator

from proxyd.domain.errors import CannotDo

SYSTEM = ("\\Answered", "\\Flagged", "\\Deleted", "\\Seen", "\\Draft")

KEYWORD_CHARS = 100  # Dovecot takes 50; Thunderbird makes keys of tag names, cut at 80
PER_MESSAGE = 100  # tags of one mail that nobody reads any more
PER_FOLDER = 200  # different ones; Cyrus keeps 128
TOLD = 300  # in one FLAGS line, which is 30 kB then at most: what a provider brings may be more
ASKED_OCTETS = 4_000  # of flags in one command to the provider (RFC 2683 §3.2.1.5: lines of 8000)


def keywords_in(flags: Iterable[str]) -> set[str]:
    """In lower case: keywords are the same in any case."""
    return {flag.lower() for flag in flags if flag not in SYSTEM}


def check_message(present: Collection[str], add: Iterable[str], remove: Iterable[str] = ()) -> None:
    """Whether one message may get these. ``present``: its flags of now. Raises CannotDo."""
    new = keywords_in(add)
    if any(len(keyword) > KEYWORD_CHARS for keyword in new):
        raise CannotDo("keyword-too-long", most=str(KEYWORD_CHARS))
    if new and len((keywords_in(present) - keywords_in(remove)) | new) > PER_MESSAGE:
        raise _too_many()


def check_folder(present: set[str], add: Iterable[str]) -> None:
    """Whether a folder whose messages have the keywords ``present`` may get these too."""
    new = keywords_in(add) - present
    if new and len(present) + len(new) > PER_FOLDER:
        raise _too_many()


def _too_many() -> CannotDo:
    return CannotDo("too-many-keywords", mail=str(PER_MESSAGE), folder=str(PER_FOLDER))


def can_be_told(keyword: str) -> bool:
    """Whether it has a place in a FLAGS line; a longer one is only told with its message."""
    return len(keyword) <= KEYWORD_CHARS


def in_parts(flags: Iterable[str]) -> Iterator[list[str]]:
    """Flags cut into lists that fit a command; one that is longer by itself stands alone."""
    part: list[str] = []
    octets = 0
    for flag in flags:
        if part and octets + len(flag) >= ASKED_OCTETS:
            yield part
            part, octets = [], 0
        part.append(flag)
        octets += len(flag) + 1
    if part:
        yield part
