"""Whether what somebody sends, or files at the provider, has a note in it.

By what a note says of itself (the field in its header, the mark in its text), by its Message-ID
(answered, or attached), and by a run of its words. Knows the notes of one mailbox; a note that was
removed is still known until the next start, since who has read it has it still.
"""

from __future__ import annotations

import binascii
import quopri
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum

from proxyd.domain import notes
from proxyd.domain.mail_content import MailContent, content_of
from proxyd.domain.own_words import LOOKED_AT, own_words, own_words_of_html
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.word_runs import KnownRuns, Runs, runs_of

MOST_ENCODED = 2_000_000  # octets of attached files in which a mark is looked for

_ENCODED = re.compile(rb"(?:[A-Za-z0-9+/]{24,76}\r?\n)*[A-Za-z0-9+/]{24,76}={0,2}")
MOST_INTRODUCING = 3  # lines in front of what is quoted, wrapped
_QUOTES = (">", "＞", "|")
_INTRODUCES = (
    ":",
    "：",
    ">",
    "＞",
    "wrote",
    "書きました",
    "書きました。",
    "のメール",
    "のメッセージ",
)
_JAPANESE = b"\x1b$"  # ISO-2022-JP, also where nobody says so
_FIELD = notes.FIELD.lower() + b":"


class How(StrEnum):
    """How a note would get out."""

    ANSWERED = "answered"  # the mail names it as what it answers
    PASSED_ON = "passed-on"  # it is in the mail as a whole
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Leak:
    how: How
    words: str = ""


@dataclass(frozen=True, slots=True)
class ReadNote:
    """What a note is known by."""

    id: str
    runs: Runs

    @classmethod
    def of(cls, note: bytes) -> ReadNote:
        return cls(parse_headers(note).message_id, runs_of(_without_mark(written(note))))


@dataclass(slots=True)
class Leaks:
    """Of one mailbox."""

    ids: set[str] = field(default_factory=set)
    runs: KnownRuns = field(default_factory=KnownRuns)

    def know(self, *notes: ReadNote) -> None:
        for note in notes:
            self.ids.add(note.id)
            self.runs.add(note.runs)

    def found(self, message: bytes, headers: Headers, passed_on: Iterable[str]) -> Leak | None:
        """In a mail that is about to go out."""
        if not self.ids.isdisjoint(headers.answered_ids):
            return Leak(How.ANSWERED)
        if not self.ids.isdisjoint(passed_on):
            return Leak(How.PASSED_ON)
        return self._in_text(message)

    def is_one(self, message: bytes) -> bool:
        """Whether what is to be filed at the provider is one, or has one in it."""
        headers = parse_headers(message)
        return headers.message_id in self.ids or self._in_text(message) is not None

    def _in_text(self, message: bytes) -> Leak | None:
        if not self.ids:
            return None
        content = content_of(message)
        texts = _texts(content)
        if _JAPANESE in message:
            texts.append(message.decode("iso2022_jp", "replace"))
        if _FIELD in message.lower() or any(map(notes.has_mark, texts)) or _encoded_mark(message):
            return Leak(How.PASSED_ON)
        words = self.runs.said_in(texts)
        return Leak(How.WORDS, words) if words else None


def written(message: bytes) -> str:
    """What its writer has written: without what is quoted, passed on or signed."""
    own = [
        own_words_of_html(each.text) if each.is_html else own_words(_before_quotes(each.text))
        for each in content_of(message).written
    ]
    return "\n\n".join(map(_without_last_introduction, own))


def _before_quotes(text: str) -> str:
    """Without the lines that introduce what is quoted: "On Monday Hanako wrote:". Every answer to
    that mail has them.
    """
    kept: list[str] = []
    in_quote = False
    for line in text[:LOOKED_AT].replace("\r\n", "\n").split("\n"):
        is_quoted = line.lstrip().startswith(_QUOTES)
        if is_quoted and not in_quote:
            _drop_introduction(kept)
        in_quote = is_quoted
        kept.append(line)
    return "\n".join(kept)


def _without_last_introduction(text: str) -> str:
    """Where the quotes behind it are gone already."""
    lines = text.split("\n")
    _drop_introduction(lines)
    return "\n".join(lines)


def _drop_introduction(lines: list[str]) -> None:
    while lines and not lines[-1].strip():
        lines.pop()
    if lines and lines[-1].rstrip().endswith(_INTRODUCES):
        for _ in range(MOST_INTRODUCING):
            if lines and lines[-1].strip():
                lines.pop()


def _texts(content: MailContent) -> list[str]:
    """As they stand there, and HTML as it shows: with what is quoted in it."""
    shown = [*content.texts]
    shown += [re.sub(r"<[^<>]*>", "", each.text) for each in content.written if each.is_html]
    shown += [own_words_of_html(each.text) for each in content.written if each.is_html]
    return shown


def _without_mark(text: str) -> str:
    lines = (line for line in text.splitlines() if not notes.has_mark(line))
    return notes.without_mentions("\n".join(lines))


def _encoded_mark(message: bytes) -> bool:
    """In what is attached as a file: a note that was saved, and attached."""
    if _says(message):
        return True
    left = MOST_ENCODED
    for block in _ENCODED.finditer(message):
        if left <= 0:
            return False
        octets = block[0].translate(None, b"\r\n")[:left]
        left -= len(octets)
        try:
            plain = binascii.a2b_base64(octets[: len(octets) // 4 * 4])
        except (binascii.Error, ValueError):
            continue
        if _FIELD in plain.lower() or _says(plain):
            return True
    return False


def _says(octets: bytes) -> bool:
    if b"=5B" in octets or b"=\r\n" in octets:
        octets = quopri.decodestring(octets)
    return b"[[note:" in octets and notes.has_mark(octets.decode("utf-8", "replace"))
