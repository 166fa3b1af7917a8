"""A note is written, shows in the thread to all who have the grant, and no provider has it."""

from __future__ import annotations

import asyncio
import base64

import pytest

from proxyd.domain.errors import CannotDo, NotPermitted
from proxyd.domain.notes import MOST_OCTETS, note_address
from proxyd.domain.types import BytesBlob, Right
from proxyd.service.api.appending import AppendResult, NewMessage
from proxyd.service.api.changing import FlagMode
from proxyd.service.api.open_view import OpenView
from proxyd.service.api.reading import Reading
from tests.service.conftest import Watcher, World, mail
from tests.service.mail.test_expunging import DELETED, inbox, there

NOTES, MENTIONS = "Status/Notes", "Status/Mentions"
FROM = b"From: Support <support@example.test>\r\n"
TO = b"To: " + note_address("support@example.test").encode() + b"\r\n"


def note(text: str = "Can we give him a discount?", to: str = "m1@x", id_: str = "n1@pc") -> bytes:
    return (
        FROM
        + TO
        + f"Subject: Re: pens\r\nMessage-ID: <{id_}>\r\nIn-Reply-To: <{to}>\r\n"
        f"Content-Type: text/plain; charset=utf-8\r\n\r\n{text}\r\n".encode()
    )


async def write(world: World, raw: bytes, login: str = "anna", name: str = NOTES) -> object:
    person = await world.enter(login)
    return await person.append(name, [NewMessage((), None, BytesBlob(raw))])


async def opened(world: World, login: str, name: str) -> tuple[OpenView, Watcher]:
    return await world.open(login, name)


async def text_of(view: OpenView, uid: int) -> bytes:
    async for rows in view.fetch([uid], [b"BODY.PEEK[]"], Reading.LIST):
        for row in rows:
            for value in row.values.values():
                return value if isinstance(value, bytes) else b"".join(value.chunks())
    raise AssertionError(uid)


async def shown(world: World, login: str, name: str) -> int:
    view, _ = await opened(world, login, name)
    return len(view.uids())


def nowhere(world: World) -> bool:
    every = [m.raw for folder in world.upstream.folders.values() for m in folder.mails.values()]
    words = (b"discount", b"note", b"complains")
    return not any(word in raw.lower() for raw in every for word in words)


async def test_it_shows_in_the_thread_to_everybody(world: World) -> None:
    _, told = await inbox(world, 2, "ben")
    await write(world, note())
    assert told.told[-1] == ("arrived", [3])
    for login in ("anna", "ben", "mara", "rita"):
        for name in ("INBOX", "Status/Open", "Status/Unassigned"):
            assert await shown(world, login, name) == 3
        assert await shown(world, login, NOTES) == 1
    assert await shown(world, "anna", "Status/Done") == 0
    assert nowhere(world)


async def test_it_says_what_it_is_and_who_wrote_it(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    view, _ = await opened(world, "ben", "INBOX")
    raw = await text_of(view, 2)
    assert b"From: Anna Sato <note@support.example.test.invalid>\r\n" in raw
    assert b"To: note@support.example.test.invalid\r\n" in raw
    assert b"Subject: [Note] Re: pens\r\n" in raw
    assert b"In-Reply-To: <m1@x>\r\n" in raw
    assert b"X-Proxyd-Note: support [[note:" in raw
    facts = view.facts(2)
    assert facts is not None
    assert "\\Seen" not in facts.flags
    own, _ = await opened(world, "anna", "INBOX")
    assert "\\Seen" in own.facts(2).flags  # type: ignore[union-attr]
    assert own.facts(2).flags == ("\\Seen", "$status-open")  # type: ignore[union-attr]


async def test_it_goes_where_its_conversation_goes(world: World) -> None:
    view, _ = await inbox(world, 2)
    await write(world, note())
    await view.move([1], "Status/Done")
    assert await shown(world, "ben", "Status/Done") == 2
    uid = next(u for u in view.uids() if u not in (2, 3))
    await view.move([uid], "Archive")
    assert await shown(world, "ben", "Archive") == 2
    assert await shown(world, "ben", "INBOX") == 1
    assert nowhere(world)


async def test_it_survives_a_restart_and_a_provider_that_is_down(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    await world.restart()
    assert await shown(world, "ben", "INBOX") == 2
    world.upstream.down = True
    await write(world, note("And one more, please", id_="n2@pc"))
    view, _ = await opened(world, "ben", NOTES)
    assert len(view.uids()) == 2
    body = (await text_of(view, 2)).split(b"\r\n\r\n", 1)[1]
    assert b"[[note:" in base64.b64decode(body)


async def test_who_is_named_finds_it_in_mentions(world: World) -> None:
    await inbox(world, 1)
    await write(world, note("@ben @rita @nobody どう思いますか?"))
    assert await shown(world, "ben", MENTIONS) == 1
    assert await shown(world, "rita", MENTIONS) == 1
    assert await shown(world, "anna", MENTIONS) == 0
    view, _ = await opened(world, "ben", MENTIONS)
    assert "$mention-ben" in view.facts(1).flags  # type: ignore[union-attr]
    await view.store([1], FlagMode.REMOVE, ["$mention-ben"])
    assert await shown(world, "ben", MENTIONS) == 0
    hers, _ = await opened(world, "rita", MENTIONS)  # who may only read
    with pytest.raises(NotPermitted):
        await hers.store([1], FlagMode.ADD, ["$mention-ben"])
    await hers.store([1], FlagMode.REMOVE, ["$mention-rita"])
    assert await shown(world, "rita", MENTIONS) == 0


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (note(to="unknown@x"), "note-answers-none"),
        (note().replace(b"In-Reply-To: <m1@x>\r\n", b""), "note-answers-none"),
        (note().replace(b"support@example.test", b"hanako@customer.test"), "note-not-ours"),
        (note("x" * MOST_OCTETS), "note-too-big"),
    ],
)
async def test_what_is_no_note_is_refused(world: World, raw: bytes, why: str) -> None:
    await inbox(world, 1)
    with pytest.raises(CannotDo, match=why):
        await write(world, raw)
    assert await shown(world, "anna", NOTES) == 0


async def test_who_only_reads_writes_none(world: World) -> None:
    await inbox(world, 1)
    with pytest.raises(NotPermitted):
        await write(world, note(), "rita")


async def test_a_conversation_of_another_mailbox_is_none(world: World) -> None:
    """Whether there is one, nobody learns by it."""
    sales = await world.second("sales")
    sales.upstream.deliver(mail("s1@x"))
    await sales.synced()
    with pytest.raises(CannotDo, match="note-answers-none"):
        await write(world, note(to="s1@x"))


async def test_sent_again_it_is_there_once(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    await write(world, note())
    assert await shown(world, "anna", NOTES) == 1
    await write(world, note(), "ben")
    assert await shown(world, "anna", NOTES) == 2, "somebody else's is another"


async def test_sent_on_several_lines_at_once_it_is_there_once(world: World) -> None:
    await inbox(world, 1)
    await asyncio.gather(*(write(world, note()) for _ in range(5)))
    assert await shown(world, "anna", NOTES) == 1


async def test_another_text_under_its_message_id_is_another_note(world: World) -> None:
    await inbox(world, 1)
    await write(world, note("the first version"))
    for _ in range(2):
        await write(world, note("the CORRECTED one"))
    assert await shown(world, "anna", NOTES) == 2
    view, _ = await opened(world, "ben", NOTES)
    texts = [
        base64.b64decode((await text_of(view, uid)).split(b"\r\n\r\n", 1)[1]) for uid in (1, 2)
    ]
    assert [b"CORRECTED" in text for text in texts] == [False, True]


HTML = b"Content-Type: text/html\r\n\r\n<p>Can we give him</p><p>a discount?</p>\r\n"


@pytest.mark.parametrize(
    "raw",
    [note(), note().replace(b"; charset=utf-8", b""), note().partition(b"Content-Type")[0] + HTML],
)
async def test_a_copy_of_it_that_a_client_stores_again_is_that_note(
    world: World, raw: bytes
) -> None:
    """mbsync, after a change of UIDVALIDITY: it stays Anna's, whoever does it."""
    await inbox(world, 1)
    await write(world, raw)
    view, _ = await opened(world, "ben", NOTES)
    whole = await text_of(view, 1)
    for login in ("ben", "anna"):
        result = await write(world, whole, login)
        assert result.uids == (1,)  # type: ignore[attr-defined]
    assert await shown(world, "ben", NOTES) == 1
    changed = whole.replace(b"X-Proxyd-Note: support [[note:", b"X-Proxyd-Note: support [[note:0")
    await write(world, changed, "ben")
    assert await shown(world, "ben", NOTES) == 2, "what has no mark of ours is what Ben writes"


async def test_of_several_that_are_stored_at_once_all_or_none_are(world: World) -> None:
    await inbox(world, 1)
    person = await world.enter("anna")
    both = [note(id_="a@pc"), note(to="unknown@x", id_="b@pc")]
    with pytest.raises(CannotDo, match="note-answers-none"):
        await person.append(NOTES, [NewMessage((), None, BytesBlob(raw)) for raw in both])
    assert await shown(world, "anna", NOTES) == 0


# ---------------------------------------------------------------- it stays


@pytest.mark.parametrize("name", ["copy", "move"])
async def test_it_gets_into_no_real_folder(world: World, name: str) -> None:
    view, _ = await inbox(world, 1)
    await write(world, note())
    with pytest.raises(CannotDo, match="note-stays"):
        await getattr(view, name)([2], "Archive")
    result = await getattr(view, name)([1, 2], "Archive")
    assert [uid for uid, _ in result.pairs] == [1]
    assert there(world, "Archive") == ["m1@x"]
    assert await shown(world, "ben", "Archive") == 2, "it came along"
    assert nowhere(world)


async def test_what_a_client_stores_of_it_gets_to_no_provider(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    view, _ = await opened(world, "ben", "INBOX")
    raw = await text_of(view, 2)
    for name in ("Archive", "INBOX", "Status/Done", "Sent"):
        with pytest.raises(CannotDo, match="note-stays"):
            await write(world, raw.replace(b"<n1@pc>", b"<other@pc>"), "ben", name)
    assert nowhere(world)


async def test_its_copy_in_sent_is_the_note(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    result = await write(world, note(), name="Sent")
    assert result.uids == ()  # type: ignore[attr-defined]
    assert nowhere(world)
    assert await shown(world, "anna", NOTES) == 1


@pytest.mark.parametrize("id_", [b"Message-ID: <n1@pc>\r\n", b""])
async def test_a_copy_in_sent_before_it_is_sent_is_a_draft(world: World, id_: bytes) -> None:
    await inbox(world, 1)
    raw = note().replace(b"Message-ID: <n1@pc>\r\n", id_)
    result = await write(world, raw, name="Sent")
    assert result.uids == ()  # type: ignore[attr-defined]
    assert await shown(world, "anna", "Drafts") == 1
    assert nowhere(world)


async def test_nor_into_another_mailbox_of_the_same_person(world: World) -> None:
    sales = await world.second("sales")
    await world.grant("ben", sales.mailbox, Right.RESPOND)
    await inbox(world, 1)
    await write(world, note("He complains about prices every time we meet"))
    view, _ = await opened(world, "ben", "INBOX")
    raw = await text_of(view, 2)
    words = note("He complains about prices every time we meet").replace(TO, b"To: c@x.test\r\n")
    for name in ("Shared/sales/INBOX", "Shared/sales/Archive", "Shared/sales/Status/Done"):
        for each in (raw, words):
            with pytest.raises(CannotDo, match="note-stays"):
                await write(world, each, "ben", name)
    assert nowhere(world)
    assert nowhere(sales)


@pytest.mark.parametrize("name", ["Shared/sales/Drafts", "Shared/sales/Sent"])
async def test_nor_among_the_note_drafts_of_another_mailbox(world: World, name: str) -> None:
    """Its colleagues would read it there."""
    sales = await world.second("sales")
    await world.grant("ben", sales.mailbox, Right.RESPOND)
    await inbox(world, 1)
    await write(world, note("He complains about prices every time we meet"))
    raw = await text_of((await opened(world, "ben", "INBOX"))[0], 2)
    words = note("As he complains about prices every time").replace(TO, b"To: c@x.test\r\n")
    answer = note("ok", to="n1@pc").replace(TO, b"To: c@x.test\r\n")
    for each in (raw, words, answer, note("hello")):
        with pytest.raises(CannotDo, match="note-stays"):
            await write(world, each, "ben", name)
    if name.endswith("Drafts"):
        own = note("half a question", id_="d9@pc").replace(b"support", b"sales")
        await write(world, own, "ben", name)
    assert nowhere(world)
    assert nowhere(sales)


async def test_a_note_is_known_by_its_mark_when_nobody_remembers_it(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    view, _ = await opened(world, "anna", NOTES)
    raw = await text_of(view, 1)
    await view.store([1], FlagMode.ADD, DELETED)
    await view.expunge(None)
    await world.restart()
    for name in (*REAL, "Drafts"):
        with pytest.raises(CannotDo, match="note-stays"):
            await write(world, raw, "ben", name)
    assert nowhere(world)


REAL = ("Archive", "INBOX", "Sent", "Status/Open")


@pytest.mark.parametrize("how", ["rfc822", "text", "utf-8", "utf-16"])
@pytest.mark.parametrize("name", [*REAL, "Drafts"])
async def test_behind_a_photo_it_stays_too(world: World, name: str, how: str) -> None:
    await inbox(world, 1)
    await write(world, note("half a sent"))
    raw = await text_of((await opened(world, "ben", "INBOX"))[0], 2)
    text = base64.b64decode(raw.split(b"\r\n\r\n", 1)[1]).decode()
    parts = {
        "rfc822": b"Content-Type: message/rfc822\r\n\r\n" + raw,
        "text": b"Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.encode(),
        "utf-8": FILE + base64.encodebytes(text.encode()),
        "utf-16": FILE + base64.encodebytes(text.encode("utf-16")),
    }
    photo = b"Content-Type: image/jpeg\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    photo += base64.encodebytes(bytes(2_400_000))
    mixed = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\n'
    head = FROM + b"To: c@x.test\r\nMessage-ID: <big@pc>\r\n" + mixed
    mail_ = head + photo + b"\r\n--b\r\n" + parts[how] + b"\r\n--b--\r\n"
    if name == "Drafts":
        assert (await write(world, mail_, name=name)).uids == (1,)  # type: ignore[attr-defined]
    else:
        with pytest.raises(CannotDo, match="note-stays"):
            await write(world, mail_, name=name)
    assert nowhere(world)
    assert there(world, "Drafts") == []


FILE = (
    b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=note.txt\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\n"
)


async def test_its_draft_shows_in_drafts_and_is_kept_here(world: World) -> None:
    await inbox(world, 1)
    result = await write(world, note("half a sent"), name="Drafts")
    assert result.uids == (1,)  # type: ignore[attr-defined]
    assert nowhere(world)
    await world.restart()
    view, _ = await opened(world, "anna", "Drafts")
    assert list(view.uids()) == [1]
    assert "\\Draft" in view.facts(1).flags  # type: ignore[union-attr]
    assert b"half a sent" in await text_of(view, 1)
    result = await view.move([1], NOTES)
    assert list(view.uids()) == []
    assert await shown(world, "ben", NOTES) == 1
    assert nowhere(world)


@pytest.mark.parametrize("restarts", [False, True])
async def test_what_a_colleague_s_draft_of_a_note_says_stays_too(
    world: World, restarts: bool
) -> None:
    """Everybody reads it in Drafts."""
    await inbox(world, 1)
    said = "He complains about prices every time we meet"
    await write(world, note(said), name="Drafts")
    if restarts:
        await world.restart()
    to_customer = note(f"> {said}", id_="a1@pc").replace(TO, b"To: hanako@customer.test\r\n")
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, to_customer, login="ben", name="Archive")
    assert nowhere(world)


async def test_a_draft_to_the_customer_with_words_of_a_note_shows_who_is_replying(
    world: World,
) -> None:
    await inbox(world, 1)
    await write(world, note("He complains about prices every time we meet"))
    text = "I told Ben that he complains about prices every time"
    draft = note(text, id_="d1@pc").replace(TO, b"To: hanako@customer.test\r\n")
    await write(world, draft, name="Drafts")
    view, _ = await opened(world, "ben", "INBOX")
    assert {"$replying", "$assignee-anna"} <= set(view.facts(1).flags)  # type: ignore[union-attr]
    own, _ = await opened(world, "anna", "Drafts")
    await own.store([1], FlagMode.ADD, DELETED)
    await own.expunge(None)
    assert "$replying" not in view.facts(1).flags  # type: ignore[union-attr]
    await write(world, note("half a question", id_="d2@pc"), name="Drafts")
    assert "$replying" not in view.facts(1).flags  # type: ignore[union-attr]
    assert nowhere(world)


async def test_a_draft_at_the_provider_is_dropped_into_the_notes(world: World) -> None:
    await inbox(world, 1)
    draft = note("Is he a good customer?").replace(TO, b"To: hanako@customer.test\r\n")
    await write(world, draft, name="Drafts")
    assert len(there(world, "Drafts")) == 1
    view, _ = await opened(world, "anna", "Drafts")
    await view.move([1], NOTES)
    assert there(world, "Drafts") == []
    assert await shown(world, "ben", NOTES) == 1
    with pytest.raises(CannotDo, match="note-not-ours"):
        await (await opened(world, "anna", "INBOX"))[0].move([1], NOTES)


async def test_deleted_where_the_mails_are_it_stays(world: World) -> None:
    view, told = await inbox(world, 1)
    await write(world, note())
    await view.store([2], FlagMode.ADD, DELETED)
    await view.expunge(None)
    assert ("gone", [2]) in told.told
    assert ("arrived", [3]) in told.told
    assert await shown(world, "ben", NOTES) == 1
    assert there(world, "Trash") == []


@pytest.mark.parametrize(("login", "may"), [("anna", True), ("mara", True), ("ben", False)])
async def test_who_wrote_it_or_manages_deletes_it_for_good(
    world: World, login: str, *, may: bool
) -> None:
    await inbox(world, 1)
    await write(world, note())
    await world.restart()
    view, _ = await opened(world, login, NOTES)
    await view.store([1], FlagMode.ADD, DELETED)
    if may:
        await view.expunge(None)
    else:
        with pytest.raises(CannotDo, match="destroy"):
            await view.expunge(None)
    assert await shown(world, "anna", "INBOX") == (1 if may else 2)
    assert there(world, "Trash") == []


async def test_it_is_searched_like_any_mail(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    view, _ = await opened(world, "ben", "INBOX")
    from proxyd.domain import search as s

    assert await view.search(s.Provider(b'TEXT "[Note]"')) == [2]
    assert await view.search(s.Provider(b'TEXT "discount"')) == [2]
    assert await view.search(s.Provider(b'TEXT "nothing of it"')) == []


async def test_it_changes_nobodys_turn(world: World) -> None:
    view, _ = await inbox(world, 1)
    await view.move([1], "Status/Done")
    await write(world, note())
    assert await shown(world, "ben", "Status/Done") == 2
    records = await world.log(action="append")
    assert [(r.record.detail.get("what"), r.record.outcome) for r in records] == [("note", "ok")]


async def test_it_stays_in_the_thread_when_the_provider_numbers_anew(world: World) -> None:
    await inbox(world, 2)
    await write(world, note())
    world.upstream.folders["INBOX"].uidvalidity += 100
    await world.synced()
    assert await shown(world, "ben", "INBOX") == 3
    assert await shown(world, "ben", NOTES) == 1
    await world.restart()
    assert await shown(world, "ben", "INBOX") == 3


async def test_of_two_conversations_that_become_one_the_notes_are_in_both_places(
    world: World,
) -> None:
    await inbox(world, 2)
    await write(world, note())
    await write(world, note("And this one?", to="m2@x", id_="n2@pc"))
    one, other = (world.room.state.threads[id_] for id_ in ("m1@x", "m2@x"))
    await world.room.change(lambda change: change.join(one, other))
    view, _ = await opened(world, "ben", "INBOX")
    await view.move([1], "Archive")
    assert await shown(world, "ben", "Archive") == 3, "a mail of theirs is there"
    assert await shown(world, "ben", "INBOX") == 3, "and one is here"


async def test_a_draft_that_answers_a_note_is_kept_here(world: World) -> None:
    await inbox(world, 1)
    await write(world, note())
    answer = note("fine", to="n1@pc", id_="d1@pc").replace(TO, b"To: hanako@customer.test\r\n")
    assert (await write(world, answer, name="Drafts")).uids == (1,)  # type: ignore[attr-defined]
    for name in REAL:
        with pytest.raises(CannotDo, match="note-stays"):
            await write(world, answer, name=name)
    assert there(world, "Drafts") == []
    assert nowhere(world)


# ---------------------------------------------------------------- what is no leak


async def test_the_copy_in_sent_of_what_went_out_with_words_of_a_note_is_its_double(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its sender has consented, and the client files its copy by itself."""
    await inbox(world, 1)
    await write(world, note("He complains about prices every time we meet"))
    text = "As he complains about prices every time"
    went = note(text, id_="s1@pc").replace(TO, b"To: hanako@customer.test\r\n")
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, went, name="Sent")

    async def fold(message_id: str, *_: object) -> AppendResult:
        assert message_id == "s1@pc"
        return AppendResult(7, (3,))

    monkeypatch.setattr(world.counter.sent, "fold", fold)
    assert (await write(world, went, name="Sent")).uids == (3,)  # type: ignore[attr-defined]
    assert nowhere(world)
    view, _ = await opened(world, "ben", "INBOX")
    raw = (await text_of(view, 2)).replace(b"<n1@pc>", b"<s1@pc>")
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, raw, "ben", "Sent")  # a whole note is none


@pytest.mark.parametrize("name", ["Archive", "INBOX", "Status/Open"])
async def test_a_customer_s_mail_whose_words_a_note_quotes_is_filed_as_ever(
    world: World, name: str
) -> None:
    await inbox(world, 1)
    text = "Could the forty blue pens of my last order come sooner?"
    await write(world, note(f"He says: {text}"))
    theirs = note(text, id_="old@c", to="older@c").replace(TO, b"To: support@example.test\r\n")
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, theirs, name=name)  # ours may say what a colleague said
    theirs = theirs.replace(b"From: Support <support@", b"From: Hanako <hanako@")
    await write(world, theirs, name=name)
    view, _ = await opened(world, "ben", NOTES)
    marked = theirs + (await text_of(view, 1))
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, marked, name=name)
    answer = theirs.replace(b"<older@c>", b"<n1@pc>")
    with pytest.raises(CannotDo, match="note-stays"):
        await write(world, answer, name=name)  # it answers a note
