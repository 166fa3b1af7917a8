"""What is found of a note in what somebody sends (domain/note_leaks.py), and what is not."""

from __future__ import annotations

import quopri
from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP

import pytest

from proxyd.domain.note_leaks import How, Leak, Leaks, LookedThrough, ReadNote, leak_of
from proxyd.domain.thread import Headers, parse_headers
from tests.marks import MARK, MARKS

NOTE = "この件、20%値引きしても大丈夫でしょうか。前回の請求書と同じ条件でお願いしたいです。"
ENGLISH = "Can we give him a discount of twenty per cent? He complains about prices every time."
HEADLINE = f"Internal note {MARK}"


def mail(text: str, *, html: bool = False, id_: str = "a@pc") -> EmailMessage:
    made = EmailMessage(policy=SMTP)
    made["From"], made["To"], made["Message-ID"] = "support@x", "c@y", f"<{id_}>"
    made.set_content(text, subtype="html" if html else "plain")
    return made


def noted(*texts: str, html: bool = False) -> Leaks:
    leaks = Leaks()
    for number, text in enumerate(texts):
        note = mail(HEADLINE, id_=f"note{number}@x")
        if html:
            note.add_attachment(text, subtype="html", disposition="inline")
        else:
            note.set_content(HEADLINE + "\n\n" + text)
        leaks.know(ReadNote.of(bytes(note), MARKS))
    return leaks


def found(leaks: Leaks, made: EmailMessage) -> Leak | None:
    return found_in(leaks, bytes(made))


def found_in(leaks: Leaks, raw: bytes, passed_on: Sequence[str] = ()) -> Leak | None:
    return leak_of(LookedThrough(raw, parse_headers(raw), passed_on, MARKS), [leaks])


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
    text = "x" * offset + HEADLINE + "\n" + ENGLISH
    made.add_attachment(text.encode(), maintype="application", subtype="pdf", filename="a.pdf")
    assert found(noted(ENGLISH), made) == Leak(How.PASSED_ON)


def test_its_mark_as_quoted_printable() -> None:
    made = bytes(mail("x")).replace(
        b"\r\n\r\nx", b"\r\n\r\n" + quopri.encodestring(HEADLINE.encode())
    )
    leaks = noted(ENGLISH)
    assert found_in(leaks, made) == Leak(How.PASSED_ON)


def test_words_in_japanese_that_nobody_declares() -> None:
    raw = b"From: a@b\r\n\r\n" + NOTE.encode("iso2022_jp") + b"\r\n"
    assert found_in(noted(NOTE), raw) is not None


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
    assert found_in(leaks, raw, ["note0@x"]) == Leak(How.PASSED_ON)


def test_a_mark_is_known_also_where_no_note_is() -> None:
    assert found(Leaks(), mail(HEADLINE)) == Leak(How.PASSED_ON)
    assert leak_of(LookedThrough(bytes(mail(HEADLINE)), Headers(), (), MARKS), []) is not None
    assert found(Leaks(), mail(ENGLISH)) is None


@pytest.mark.parametrize("text", ["[[note:12ab34cd]]", "[[note:000000000000]]", "X-Proxyd-Note: x"])
def test_what_anybody_can_write_is_no_mark(text: str) -> None:
    assert found(noted(ENGLISH), mail(f"Sure\n> {text}")) is None


def test_a_whole_note_of_one_mailbox_counts_before_words_of_another() -> None:
    answer = mail(ENGLISH)
    answer["In-Reply-To"] = "<note0@x>"
    raw = bytes(answer)
    mine = LookedThrough(raw, parse_headers(raw), (), MARKS)
    other = Leaks()
    other.know(ReadNote("other@x", ReadNote.of(bytes(mail(ENGLISH)), MARKS).runs))
    assert leak_of(mine, [other, noted("hello")]) == Leak(How.ANSWERED)


def test_words_in_html_beside_a_plain_text_that_has_none() -> None:
    made = mail("hi")
    entities = "".join(f"&#{ord(each)};" for each in NOTE)
    made.add_alternative(f"<p>hi</p><blockquote>{entities}</blockquote>", subtype="html")
    assert found(noted(NOTE), made) is not None


@pytest.mark.parametrize("between", ["<wbr>", "&shy;<br>", "<b></b>", "</span><i>"])
def test_a_mark_as_html_shows_it(between: str) -> None:
    """Where nobody remembers the note."""
    markup = f"<p>{MARK.replace(':', between + '&#58;')}</p>"
    leak = found(Leaks(), mail(markup, html=True))
    assert leak is not None
    assert leak.how is How.PASSED_ON
    assert found(Leaks(), mail("<p>[[note<b>:</b>000000000000]]</p>", html=True)) is None


@pytest.mark.parametrize("to", ["note@support.x.invalid", "notes@support.x.invalid", "c@y"])
def test_a_draft_s_words_where_it_will_be_a_note(to: str) -> None:
    draft = mail(ENGLISH)
    draft.replace_header("To", to)
    leaks = Leaks()
    leaks.know(ReadNote.of_draft(bytes(draft), MARKS))
    leak = found(leaks, mail(f"> {ENGLISH}"))
    assert (leak is not None) == (to != "c@y")
    assert found(leaks, mail("Thank you, we send it today")) is None
