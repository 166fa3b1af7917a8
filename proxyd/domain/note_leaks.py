"""Whether what somebody sends, or files at the provider, has a note in it.

By its mark, which is known whatever notes there are (note_marks.py); by its Message-ID (answered,
or attached); and by a run of its words. ``Leaks`` knows the notes of one mailbox; one that was
removed is still known until the next start, since who has read it has it still.
"""

from __future__ import annotations

import html
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from proxyd.domain import notes
from proxyd.domain.mail_content import MailContent, content_of
from proxyd.domain.note_marks import Marks, looks_marked
from proxyd.domain.note_words import note_words, note_words_of_html
from proxyd.domain.own_words import own_words_of_html
from proxyd.domain.thread import Headers, parse_headers
from proxyd.domain.word_runs import KnownRuns, Runs, SaidText, runs_of
from proxyd.mailtext.addresses import compared

_TAG = re.compile(r"<[^<>]*>")
_NOT_SHOWN = {0xAD: None, 0xA0: " "}  # a soft hyphen; a space that breaks no line
_HTML = re.compile(rb"text/html", re.IGNORECASE)
_JAPANESE = b"\x1b$"  # ISO-2022-JP, also where nobody says so


class How(StrEnum):
    """How a note would get out."""

    ANSWERED = "answered"  # the mail names it as what it answers
    PASSED_ON = "passed-on"  # it is in the mail as a whole
    WORDS = "words"


@dataclass(frozen=True, slots=True)
class Leak:
    how: How
    words: str = ""


class LookedThrough:
    """A mail that is about to leave, read once for all who know notes."""

    def __init__(
        self, message: bytes, headers: Headers, passed_on: Collection[str], marks: Marks
    ) -> None:
        """``passed_on``: Message-IDs of the mails that are attached to it."""
        self.answered = headers.answered_ids
        self.passed_on = passed_on
        self._message = message
        self.marked = marks.among(message)
        if not self.marked and _HTML.search(message):
            markup = (each.text for each in self._content.written if each.is_html)
            shown = "\n".join(map(_as_shown, markup))
            self.marked = marks.among(shown.encode("utf-8", "replace"))

    @cached_property
    def _content(self) -> MailContent:
        return content_of(self._message)

    @cached_property
    def texts(self) -> Sequence[SaidText]:
        """Costs as much as all the rest, and is asked for where words are known only."""
        texts = _texts(self._content)
        if _JAPANESE in self._message:
            texts.append(self._message.decode("iso2022_jp", "replace"))
        return [SaidText.of(text) for text in dict.fromkeys(texts)]


@dataclass(frozen=True, slots=True)
class ReadNote:
    """What a note, or a reminder, is known by."""

    id: str
    runs: Runs
    marked: frozenset[str] = frozenset()

    @classmethod
    def of(cls, note: bytes, marks: Marks) -> ReadNote:
        runs = runs_of(_without_mark(written(note)))
        return cls(parse_headers(note).message_id, runs, marks.among(note))

    @classmethod
    def of_draft(cls, draft: bytes, marks: Marks) -> ReadNote:
        """Of what is not written to its end: its words, where it is going to be a note. Who answers
        a customer with words of one has written the rest for the customer.
        """
        is_note = _is_for_colleagues(parse_headers(draft))
        return cls("", runs_of(_without_mark(written(draft))) if is_note else Runs())

    @classmethod
    def of_reminder(cls, reminder: bytes, marks: Marks) -> ReadNote:
        """Its words are customers' subjects, which any answer may have."""
        return cls(parse_headers(reminder).message_id, Runs(), marks.among(reminder))


@dataclass(slots=True)
class Leaks:
    """Of one mailbox."""

    ids: set[str] = field(default_factory=set)
    marked: set[str] = field(default_factory=set)
    runs: KnownRuns = field(default_factory=KnownRuns)

    def know(self, *notes: ReadNote) -> None:
        for note in notes:
            self.ids |= {note.id} - {""}
            self.marked |= note.marked
            self.runs.add(note.runs)

    def found(self, mail: LookedThrough) -> Leak | None:
        """By what this mailbox knows."""
        if not self.ids.isdisjoint(mail.answered):
            return Leak(How.ANSWERED)
        if not self.ids.isdisjoint(mail.passed_on):
            return Leak(How.PASSED_ON)
        if not self.marked.isdisjoint(mail.marked):
            return Leak(How.PASSED_ON)
        words = self.runs.said_in(mail.texts) if self.runs else ""
        return Leak(How.WORDS, words) if words else None


def _is_for_colleagues(headers: Headers) -> bool:
    recipients = [notes.plain_address(compared(each)) for each in headers.recipients]
    return bool(recipients) and all(map(notes.goes_nowhere, recipients))


def leak_of(mail: LookedThrough, known: Iterable[Leaks]) -> Leak | None:
    """A whole note before words, of which consent is possible."""
    if mail.marked:
        return Leak(How.PASSED_ON)
    found = [leak for leak in (leaks.found(mail) for leaks in known) if leak is not None]
    return min(found, key=lambda leak: leak.how is How.WORDS, default=None)


def written(message: bytes) -> str:
    """What the writer of a note has written: without what is quoted, passed on or signed."""
    return "\n\n".join(
        note_words_of_html(each.text) if each.is_html else note_words(each.text)
        for each in content_of(message).written
    )


def _as_shown(markup: str) -> str:
    """HTML without its tags: a mark may have some among its letters."""
    return html.unescape(_TAG.sub("", markup)).translate(_NOT_SHOWN)


def _texts(content: MailContent) -> list[str]:
    """As they stand there, and HTML as it shows: with what is quoted in it."""
    shown = [*content.texts]
    for each in content.written:
        if each.is_html:
            # Of words that a tag divides, and of words that only a tag holds apart.
            shown += [html.unescape(_TAG.sub(by, each.text)) for by in ("", " ")]
            shown.append(own_words_of_html(each.text))
    return shown


def _without_mark(text: str) -> str:
    lines = (line for line in text.splitlines() if not looks_marked(line))
    return notes.without_mentions("\n".join(lines))
