"""Words of an internal note may be there by chance: consent is possible, and on record. A note
itself has none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from proxyd.domain.errors import CannotDo
from proxyd.domain.note_leaks import ReadNote
from proxyd.domain.note_marks import Marks, mark
from proxyd.service.api.submission import Guarded
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, answer_mail, digest_of, make_bench

WORDS = "He complains about prices every time we meet"
MARKS = Marks(digest_of)
MARK = mark(MARKS.token("12ab"))
NOTE = f"Message-ID: <n@x>\r\n\r\n{MARK}\r\n{WORDS}\r\n".encode()


@pytest.fixture
async def noted(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    bench.conversations.leaks.know(ReadNote.of(NOTE, MARKS))
    yield bench
    await bench.submission.close()


async def test_of_words_consent_after_the_pause_is_on_record(noted: Bench) -> None:
    mail = answer_mail(text=f"As I said: {WORDS}.")
    with pytest.raises(Guarded) as stopped:
        await noted.send(noted.anna, mail)
    assert stopped.value.guard == "note-words"
    assert stopped.value.facts["how"] == "pause"
    noted.clock.advance(seconds=21)
    again = answer_mail("r2@pc", f"As I said: {WORDS}.", date="Mon, 1 Jan 2024 10:01:00 +0900")
    await noted.send(noted.anna, again)
    assert ("override", "ok", "anna") in await noted.log_words()


async def test_a_mark_is_known_where_no_note_is(database: Database, clock: FakeClock) -> None:
    bench = await make_bench(database, clock)
    with pytest.raises(Guarded, match="note"):
        await bench.send(bench.anna, answer_mail(text=f"> {MARK}"))
    await bench.send(bench.anna, answer_mail(text="> [[note:12ab34cd]] X-Proxyd-Note: x"))
    await bench.submission.close()


async def test_of_a_note_there_is_none(noted: Bench) -> None:
    for number in range(3):
        mail = answer_mail(f"r{number}@pc", f"Look: {MARK}")
        with pytest.raises(Guarded) as stopped:
            await noted.send(noted.anna, mail)
        assert (stopped.value.guard, stopped.value.facts["how"]) == ("note", "")
        noted.clock.advance(seconds=21)


NOTE_ADDRESS = "note@support.example.test.invalid"


@pytest.mark.parametrize("form", ["note@", '"note"@', "NOTE@"])
@pytest.mark.parametrize("dot", ["", "."])
async def test_the_note_address_in_any_form_is_it(noted: Bench, form: str, dot: str) -> None:
    address = NOTE_ADDRESS.replace("note@", form) + dot
    await noted.send(noted.anna, answer_mail(), recipients=(address,))
    assert len(noted.conversations.noted) == 1
    assert noted.relay.sent == []


@pytest.mark.parametrize(
    ("recipients", "why"),
    [
        (("notes@support.example.test.invalid",), "no-note-address"),
        (("c@x.test", "anybody@x.INVALID"), "no-note-address"),
        ((NOTE_ADDRESS, "notes@support.example.test.invalid"), "no-note-address"),
        ((NOTE_ADDRESS, "c@x.test"), "note-and-others"),
        (("note@suport.example.test.invalid",), "note-and-others"),
    ],
)
async def test_what_goes_nowhere_is_not_relayed(
    noted: Bench, recipients: tuple[str, ...], why: str
) -> None:
    with pytest.raises(CannotDo, match=why):
        await noted.send(noted.anna, answer_mail(), recipients=recipients)
    assert noted.relay.sent == []
    assert noted.conversations.noted == []
    assert ("send", "refused", "anna") in await noted.log_words()
