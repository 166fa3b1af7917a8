"""Words of an internal note may be there by chance: consent is possible, and on record. A note
itself has none.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from proxyd.domain.note_leaks import ReadNote
from proxyd.service.api.submission import Guarded
from proxyd.store.database import Database
from tests.conftest import FakeClock
from tests.service.sending.sending_bench import Bench, answer_mail, make_bench

WORDS = "He complains about prices every time we meet"
NOTE = f"Message-ID: <n@x>\r\n\r\n[[note:12ab34cd]]\r\n{WORDS}\r\n".encode()


@pytest.fixture
async def noted(database: Database, clock: FakeClock) -> AsyncIterator[Bench]:
    bench = await make_bench(database, clock)
    bench.conversations.leaks.know(ReadNote.of(NOTE))
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


async def test_of_a_note_there_is_none(noted: Bench) -> None:
    for number in range(3):
        mail = answer_mail(f"r{number}@pc", "Look: [[note:12ab34cd]]")
        with pytest.raises(Guarded) as stopped:
            await noted.send(noted.anna, mail)
        assert (stopped.value.guard, stopped.value.facts["how"]) == ("note", "")
        noted.clock.advance(seconds=21)
