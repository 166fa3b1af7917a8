"""A reminder leaves with nothing, whoever asks how often; what it quotes is nobody's secret."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.note_marks import Marks, mark
from proxyd.service.api.submission import Guarded
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, answer_mail, digest_of, make_bench

ID = "reminder.20261130T000000Z.1@support.example.test.invalid"
SUBJECT = "Your invoice of November for the seven blue chairs"
MARKS = Marks(digest_of)
MARK = mark(MARKS.token("12ab"))
TEXT = f'A reminder {MARK}\r\n\r\n- since Fri 27 Nov 10:00: Kunde\r\n  "{SUBJECT}"'
REMINDER = f"Message-ID: <{ID}>\r\nX-Proxyd-Note: support {MARK}\r\n\r\n{TEXT}\r\n"


@pytest.fixture
async def reminded(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    bench.conversations.leaks.know(ReadNote.of_reminder(REMINDER.encode(), MARKS))
    yield bench
    await bench.submission.close()


def attached(id_: str) -> bytes:
    """Without its field and its mark, as some programs attach: the id alone tells."""
    head, _, _ = answer_mail(id_).partition(b"\r\n\r\n")
    inner = f"Message-ID: <{ID}>\r\n\r\nas it was"
    return (
        head
        + b'\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
        + b"Content-Type: message/rfc822\r\n\r\n"
        + inner.encode()
        + b"\r\n--b--\r\n"
    )


WAYS = {
    "inline": lambda id_: answer_mail(id_, TEXT),
    "as the original": lambda id_: answer_mail(id_, REMINDER),
    "reply all": lambda id_: answer_mail(id_, answers=ID),
    "attached": attached,
}


@pytest.mark.parametrize("way", WAYS)
async def test_it_is_refused_and_no_pause_helps(reminded: Bench, way: str) -> None:
    for number in range(3):
        with pytest.raises(Guarded) as stopped:
            await reminded.send(reminded.anna, WAYS[way](f"r{number}@pc"))
        assert (stopped.value.guard, stopped.value.facts["how"]) == ("note", "")
        reminded.clock.advance(seconds=21)
    assert reminded.relay.sent == []


async def test_an_answer_that_quotes_a_subject_it_names_goes(reminded: Bench) -> None:
    text = f"About {SUBJECT}: they left on Friday.\r\n> {SUBJECT}"
    await reminded.send(reminded.anna, answer_mail(text=text, subject=f"Re: {SUBJECT}"))
    assert len(reminded.relay.sent) == 1
