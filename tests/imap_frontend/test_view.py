"""The client's side of a view: numbers, notes, and what is told when."""

from __future__ import annotations

import re

import imap_fakes
import pytest
from hypothesis import given
from hypothesis import strategies as st

from imap_frontend import flag_texts
from imap_frontend.view import ALERTS_MAX, ClientView
from proxyd.imapwire.errors import BadSyntax
from proxyd.imapwire.numset import NumSet
from proxyd.service.api.rows import Block, MessageFacts

DATE = "17-Jul-1996 02:44:25 -0700"


class Opened:
    """The truth, as little of it as the client's view asks for."""

    keywords = ("$a",)
    recent_from = 100  # none is recent

    def __init__(self, rows: dict[int, tuple[str, ...]]) -> None:
        self.rows = rows
        self.highest_modseq = 10
        self.modseqs: dict[int, int] = {}

    def modseq(self, uid: int) -> int:
        return self.modseqs.get(uid, 1)

    def touch(self, uid: int) -> None:
        self.highest_modseq += 1
        self.modseqs[uid] = self.highest_modseq

    def uids(self) -> list[int]:
        return list(self.rows)

    def block(self, number: int) -> Block:
        return imap_fakes.block_of(self, number)

    def modseqs(self, number: int) -> list[int]:
        return [self.modseq(uid) for uid in self.block(number).uids]

    def facts(self, uid: int) -> MessageFacts | None:
        return MessageFacts(self.rows[uid], 1, DATE) if uid in self.rows else None


def open_view(*uids: int) -> ClientView:
    view = ClientView(lambda: None)
    view.attach(Opened(dict.fromkeys(uids, ())))  # type: ignore[arg-type]
    return view


def numbers(view: ClientView, text: bytes, *, uid: bool) -> list[int]:
    return view.uids_at(view.resolve(NumSet.parse(text), uid=uid))


@pytest.mark.parametrize(
    ("text", "uid", "expected"),
    [
        (b"1", False, [11]),
        (b"2:*", False, [12, 20]),
        (b"*:2", False, [12, 20]),
        (b"3,1,1:1", False, [11, 20]),
        (b"*", False, [20]),
        (b"12:19", True, [12]),
        (b"*", True, [20]),
        (b"99:*", True, [20]),
        (b"1:10,13:19,4294967295", True, []),
        (b"1:4294967295", True, [11, 12, 20]),
    ],
)
def test_resolves(text: bytes, uid: bool, expected: list[int]) -> None:
    assert numbers(open_view(11, 12, 20), text, uid=uid) == expected


@pytest.mark.parametrize("text", [b"4", b"1:4", b"4:*", b"4294967295"])
def test_numbers_that_are_not_there(text: bytes) -> None:
    with pytest.raises(BadSyntax):
        numbers(open_view(11, 12, 20), text, uid=False)


def test_empty_view() -> None:
    view = open_view()
    assert numbers(view, b"1:*", uid=False) == numbers(view, b"1:*", uid=True) == []
    assert view.uid_ranges(NumSet.parse(b"1:*"), uid=False) == ()
    assert view.uid_ranges(NumSet.parse(b"1:*"), uid=True) == ()
    with pytest.raises(BadSyntax):
        numbers(view, b"1", uid=False)


def test_ranges_for_criteria() -> None:
    view = open_view(11, 12, 20)
    assert view.uid_ranges(NumSet.parse(b"2:9"), uid=False) == ((12, 20),)
    assert view.uid_ranges(NumSet.parse(b"4"), uid=False) == ()
    assert view.uid_ranges(NumSet.parse(b"15:*"), uid=True) == ((15, 20),)


def test_expunges_descend_and_renumber() -> None:
    view = open_view(11, 12, 20)
    rows = view.opened.rows  # type: ignore[attr-defined]
    del rows[11], rows[20]
    view.gone([20, 11, 99])
    assert view.flush(expunge=False) == b""
    assert view.index(20) == 2
    assert view.flush(expunge=True) == b"* 3 EXPUNGE\r\n* 1 EXPUNGE\r\n"
    assert view.flush(expunge=True) == b""
    assert view.index(12) == 0 and view.index(20) is None and view.count == 1


def test_expunges_come_before_exists_and_flags() -> None:
    view = open_view(11, 12)
    rows = view.opened.rows  # type: ignore[attr-defined]
    del rows[11]
    rows.update({12: ("\\Seen",), 21: ()})
    view.arrived([21])
    view.changed([12])
    view.gone([11])
    assert view.flush(expunge=True) == (
        b"* 1 EXPUNGE\r\n* 2 EXISTS\r\n* 1 FETCH (UID 12 FLAGS (\\Seen))\r\n"
    )


def test_what_arrives_and_goes_is_never_told() -> None:
    view = open_view(11)
    view.arrived([12])
    view.changed([12])
    view.gone([12])
    assert view.flush(expunge=True) == b""


def test_arrivals_are_noted_once_and_only_forward() -> None:
    view = open_view(11)
    view.arrived([12])
    view.arrived([11, 12])
    assert view.flush(expunge=True) == b"* 2 EXISTS\r\n"
    view.arrived([12])
    assert view.flush(expunge=True) == b""


def test_flags_that_the_client_knows_are_not_told_again() -> None:
    view = open_view(11)
    rows = view.opened.rows  # type: ignore[attr-defined]
    view.changed([11])
    assert view.flush(expunge=True) == b"* 1 FETCH (UID 11 FLAGS ())\r\n"  # never told before
    view.changed([11])
    assert view.flush(expunge=True) == b""
    rows[11] = ("\\Seen",)
    view.changed([11])
    assert view.owes_flags(11)
    view.assume_flags(11, ("\\Seen",))
    assert not view.owes_flags(11)
    assert view.flush(expunge=True) == b""
    view.force([11])
    assert view.flush(expunge=True) == b"* 1 FETCH (UID 11 FLAGS (\\Seen))\r\n"


def test_notes_from_before_the_snapshot_are_part_of_it() -> None:
    view = ClientView(lambda: None)
    view.arrived([11])
    view.gone([7])
    view.changed([11])
    view.attach(Opened({11: ()}))  # type: ignore[arg-type]
    assert view.flush(expunge=True) == b""
    assert view.count == 1


def test_new_keywords_are_announced_before_they_are_used() -> None:
    view = open_view(11)
    view.opened.rows[11] = ("$a", "$b")  # type: ignore[attr-defined]
    view.changed([11])
    told = view.flush(expunge=True)
    assert told == (
        b"* FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $a $b)\r\n"
        b"* 1 FETCH (UID 11 FLAGS ($a $b))\r\n"
    )


def test_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    view = open_view(11)
    for number in range(2 * ALERTS_MAX):
        view.alert("taken", {"name": str(number)})
    assert len(view.alerts) == ALERTS_MAX
    monkeypatch.setattr(flag_texts, "FLAG_TEXTS_MAX", 10)
    for number in range(100):
        assert view.flags.text((f"$k{number}",)) == f"($k{number})"
    assert len(view.flags.texts) <= 10
    for _ in range(1000):
        view.changed([11, 12])
        view.gone([11, 12])
    assert len(view._changed) == len(view._gone) == 1


def test_alert_is_said_once() -> None:
    view = open_view(11)
    view.alert("taken", {"name": "x"})
    view.alert("taken", {"name": "x"})
    assert len(view.alerts) == 1


def test_lost_wakes_the_session() -> None:
    woken = []
    view = ClientView(lambda: woken.append(1))
    view.attach(Opened({}))  # type: ignore[arg-type]
    view.lost()
    assert view.is_lost and woken


# ---------------------------------------------------------------- the client's own bookkeeping

EVENTS = st.lists(
    st.tuples(
        st.sampled_from(["arrive", "remove", "flag", "flush", "flush-no-expunge"]),
        st.integers(0, 7),
    ),
    max_size=60,
)


@given(EVENTS)
def test_a_client_that_believes_every_line_knows_the_truth(events: list[tuple[str, int]]) -> None:
    """RFC 9051 §7.5.1: apply what is told, line by line, and in the end nothing differs."""
    opened = Opened({1: (), 2: ()})
    view = ClientView(lambda: None)
    view.attach(opened)  # type: ignore[arg-type]
    believed: list[list[object]] = [[1, None], [2, None]]
    uidnext = 3
    for what, number in [*events, ("flush", 0)]:
        uids = list(opened.rows)
        if what == "arrive":
            opened.rows[uidnext] = ()
            view.arrived([uidnext])
            uidnext += 1
        elif what == "remove" and uids:
            uid = uids[number % len(uids)]
            del opened.rows[uid]
            view.gone([uid])
        elif what == "flag" and uids:
            uid = uids[number % len(uids)]
            opened.rows[uid] = (f"$k{number}",)
            view.changed([uid])
        elif what.startswith("flush"):
            believe(believed, view.flush(expunge=what == "flush"))
    assert len(believed) == len(opened.rows)
    for (uid, flags), (true_uid, true_flags) in zip(believed, opened.rows.items(), strict=True):
        assert uid in (None, true_uid)
        assert flags is None or flags == "(" + " ".join(true_flags) + ")"


def believe(rows: list[list[object]], told: bytes) -> None:
    for line in told.decode().splitlines():
        found = re.fullmatch(r"\* (\d+) (\w+)(?: \(UID (\d+) FLAGS (.*)\))?", line)
        if found is None:
            assert line.startswith("* FLAGS (")
        elif found[2] == "EXPUNGE":
            del rows[int(found[1]) - 1]
        elif found[2] == "EXISTS":
            assert int(found[1]) >= len(rows)
            rows += [[None, None] for _ in range(int(found[1]) - len(rows))]
        else:
            row = rows[int(found[1]) - 1]
            assert row[0] in (None, int(found[3]))
            row[:] = [int(found[3]), found[4]]


async def test_the_list_of_keywords_does_not_grow_without_end(connect, world):
    client = connect()
    await client.login()
    await client.select()
    inbox = world.folders["INBOX"]
    inbox.rows[12].flags = ["x" * 5_000, *(f"k{number}" for number in range(3_000))]
    said = await client.send(b"a FETCH 2 FLAGS\r\n")
    (told,) = [line for line in said.split(b"\r\n") if line.startswith(b"* FLAGS")]
    assert b" k99)" in told
    assert b"k100" not in told
    assert b"xx" not in told
    assert b"k2999" in said  # the message itself is told as it is


def test_idle_reminds_once_of_mail_that_was_told_within_another_command() -> None:
    view = open_view(11)
    assert view.remind() == b""
    view.arrived([12])
    assert view.flush(expunge=False) == b"* 2 EXISTS\r\n"
    assert view.remind() == b"* 2 EXISTS\r\n"
    assert view.remind() == b""


def test_what_a_listening_client_was_told_needs_no_reminder() -> None:
    view = open_view(11)
    view.arrived([12])
    assert view.flush(expunge=True) == b"* 2 EXISTS\r\n"
    view.heeded()
    assert view.remind() == b""


def test_idle_reminds_of_mail_that_went_within_another_command() -> None:
    view = open_view(11, 12)
    view.gone([11])
    assert view.flush(expunge=False) == b""
    assert view.remind() == b""
    assert view.flush(expunge=True) == b"* 1 EXPUNGE\r\n"
    assert view.remind() == b"* 1 EXISTS\r\n"
