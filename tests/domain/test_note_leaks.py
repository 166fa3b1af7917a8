"""What is found of a note in what somebody sends (domain/note_leaks.py), and what is not."""

from __future__ import annotations

import quopri
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from proxyd.domain.note_leaks import How, Leak, Leaks, ReadNote
from proxyd.domain.thread import parse_headers

NOTE = "この件、20%値引きしても大丈夫でしょうか。前回の請求書と同じ条件でお願いしたいです。"
ENGLISH = "Can we give him a discount of twenty per cent? He complains about prices every time."
MARK = "Internal note [[note:12ab34cd]]"


def mail(text: str, *, html: bool = False, id_: str = "a@pc") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Message-ID"] = "support@x", "c@y", f"<{id_}>"
    made.set_content(text, subtype="html" if html else "plain")
    return made


def noted(*texts: str, html: bool = False) -> Leaks:
    leaks = Leaks()
    for number, text in enumerate(texts):
        note = mail(MARK, id_=f"note{number}@x")
        if html:
            note.add_attachment(text, subtype="html", disposition="inline")
        else:
            note.set_content(MARK + "\n\n" + text)
        leaks.know(ReadNote.of(bytes(note)))
    return leaks


def found(leaks: Leaks, made: EmailMessage) -> Leak | None:
    raw = bytes(made)
    return leaks.found(raw, parse_headers(raw), ())


@pytest.mark.parametrize("text", [NOTE, ENGLISH])
@pytest.mark.parametrize("html", [False, True])
def test_its_words_however_it_was_written(text: str, *, html: bool) -> None:
    leaks = noted(f"<p>{text}</p>" if html else text, html=html)
    for made in (mail(text), mail(f"<p>{text}</p>", html=True), mail(f"> {text}")):
        leak = found(leaks, made)
        assert leak is not None
        assert leak.how is How.WORDS
    assert found(leaks, mail("Thank you, we send it today")) is None


@pytest.mark.parametrize("offset", range(64))
def test_its_mark_in_an_attached_file_wherever_it_stands(offset: int) -> None:
    made = mail("see the file")
    text = "x" * offset + MARK + "\n" + ENGLISH
    made.add_attachment(text.encode(), maintype="application", subtype="pdf", filename="a.pdf")
    assert found(noted(ENGLISH), made) == Leak(How.PASSED_ON)


def test_its_mark_as_quoted_printable() -> None:
    made = bytes(mail("x")).replace(b"\r\n\r\nx", b"\r\n\r\n" + quopri.encodestring(MARK.encode()))
    leaks = noted(ENGLISH)
    assert leaks.found(made, parse_headers(made), ()) == Leak(How.PASSED_ON)


def test_words_in_japanese_that_nobody_declares() -> None:
    raw = b"From: a@b\r\n\r\n" + NOTE.encode("iso2022_jp") + b"\r\n"
    assert noted(NOTE).found(raw, parse_headers(raw), ()) is not None


def test_words_with_what_nobody_sees_between_them() -> None:
    assert found(noted(ENGLISH), mail("\u200b".join(ENGLISH))) is not None


INTRODUCTIONS = (
    "On 11/23/26 10:00, Hanako Yamada wrote:",
    "On Mon, Nov 23, 2026 at 10:00 AM Hanako Yamada <hanako@customer.example.org>\nwrote:",
    "2026年11月23日(月) 10:00 Hanako Yamada <hanako@customer.example.org>:",
    "2026/11/23 10:00、Hanako Yamada <hanako@customer.example.org>のメール:",
    "2026/11/23 10:00、Hanako Yamadaさんは書きました：",
    "Am 23.11.26 um 10:00 schrieb Hanako Yamada:",
    "Le lun. 23 nov. 2026 à 10:00, Hanako Yamada <hanako@customer.example.org> a écrit :",
    "----- Original Message -----\nFrom: Hanako Yamada\nDate: 2026/11/23",
)


@pytest.mark.parametrize("introduction", INTRODUCTIONS)
def test_the_line_above_what_is_quoted_is_none_of_its_words(introduction: str) -> None:
    quoted = "> Could the forty blue pens of my last order come a little sooner?\n"
    leaks = noted(f"@ben いけそう?\n\n{introduction}\n{quoted}")
    assert found(leaks, mail(f"Yes, tomorrow.\n\n{introduction}\n{quoted}")) is None
    assert found(leaks, mail(f"<p>Yes</p><div>{introduction}</div>", html=True)) is None


def test_what_answers_it_and_what_has_it_attached() -> None:
    leaks, answer = noted(ENGLISH), mail("Yes")
    answer["In-Reply-To"] = "<note0@x>"
    assert found(leaks, answer) == Leak(How.ANSWERED)
    raw = bytes(mail("see"))
    assert leaks.found(raw, parse_headers(raw), ("note0@x",)) == Leak(How.PASSED_ON)


def test_without_notes_nothing_is_looked_at() -> None:
    assert found(Leaks(), mail(MARK)) is None
