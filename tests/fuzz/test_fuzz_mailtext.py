"""Whatever a header holds: values, printable and bounded, and no other sender than was checked."""

from __future__ import annotations

import tracemalloc
from contextlib import suppress
from datetime import UTC, datetime

import budget
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.domain.errors import CannotDo
from proxyd.domain.header_facts import header_facts
from proxyd.domain.thread import parse_headers
from proxyd.imapwire.mime import MimeMail
from proxyd.mailtext.addresses import addresses, texts
from proxyd.mailtext.authors import Ambiguous, authors
from proxyd.mailtext.cutting import CannotCut, cut, text_of
from proxyd.mailtext.dates import sent_day, sent_us
from proxyd.mailtext.fields import Header, fields, header_end
from proxyd.mailtext.ids import answered_ids, message_ids, own_id
from proxyd.mailtext.parameters import valued
from proxyd.mailtext.words import MAX_TEXT, decoded
from proxyd.service.sending.outgoing import Stamp, prepare
from proxyd.service.sending.override_mark import without_mark
from tests.mailtext.corpora import FORGERIES, HONEST

STAMP = Stamp("anna", datetime(2026, 5, 3, tzinfo=UTC), "t0k3n")
OURS = "support@example.test"
BITS = [
    *(
        b"From",
        b"Sender",
        b"Subject",
        b"References",
        b"In-Reply-To",
        b"Date",
        b"Content-Type",
        b":",
    ),
    *(b"\r\n", b"\r\n ", b"\n", b"\r", b"\0", b"\t", b" ", b"\x1b$B", b"\x1b(B", b"\x1b", b"\xff"),
    *(
        b"support@example.test",
        b"boss@example.test",
        b"<",
        b">",
        b"@",
        b",",
        b";",
        b'"',
        b"\\",
        b"(",
    ),
    *(
        b")",
        b"=?utf-8?Q?",
        b"=?iso-2022-jp?B?",
        b"=?utf-7?Q?",
        b"?=",
        b"GyRC",
        b"=40",
        b"+AEA-",
        b".",
    ),
    *(
        b"!send!",
        "！ｓｅｎｄ！".encode(),
        "佐藤".encode(),
        "佐藤".encode("cp932"),
        b"Mon, 1 Jun 2026",
    ),
    *(b"[", b"]", b"xn--", "\u202e".encode(), "\u200b".encode(), "\u2028".encode(), b"Re:", b"a"),
]
NOISE = st.lists(st.sampled_from(BITS), max_size=24).map(b"".join) | st.binary(max_size=80)
KNOWN = st.sampled_from([*FORGERIES.values(), *HONEST.values()])
# A known trick with something done to it, or anything at all.
HEADERS = NOISE | st.builds(
    lambda known, at, noise: known[: at % len(known)] + noise + known[at % len(known) :],
    KNOWN,
    st.integers(0, 10_000),
    NOISE,
)


@settings(max_examples=budget.examples(400), deadline=None)
@given(HEADERS)
def test_every_reader_of_a_value(value: bytes) -> None:
    budget.tried["values of header fields"] += 1
    for text in (*texts([value]), *message_ids(value), *answered_ids(value), own_id(value)):
        assert text.isprintable()
    assert len(decoded(value)) <= MAX_TEXT
    for _ in addresses(value):
        pass
    sent_us(value), sent_day(value), valued(value)
    with suppress(Ambiguous):
        assert authors(value)
    with suppress(CannotCut):
        size = min(4, len(text_of(value)))
        assert text_of(cut(value, 0, size)).strip() == text_of(value)[size:].strip()


@settings(max_examples=budget.examples(400), deadline=None)
@given(HEADERS)
def test_every_reader_of_a_header(raw: bytes) -> None:
    budget.tried["headers"] += 1
    header = Header(raw)
    for field in fields(raw[: header_end(raw)]):
        assert not field.name or field.name in header
    parse_headers(raw), header_facts(raw)
    mail = MimeMail(raw)
    mail.envelope(), mail.bodystructure(extended=True)


@settings(max_examples=budget.examples(400), deadline=None)
@given(HEADERS)
def test_what_goes_out_is_from_who_was_checked(raw: bytes) -> None:
    budget.tried["mails sent"] += 1
    marked = without_mark(raw, "!send!")
    for mail in (raw, marked or b""):
        try:
            outgoing = prepare(mail + b"\r\nx\r\n", OURS, ("a@b.example",), STAMP)
        except CannotDo as refusal:
            assert refusal.reason in ("malformed", "unclear-sender")
            continue
        read = Header(outgoing.message)
        assert set(texts(read.all(b"FROM"))) <= set(outgoing.authors)
        assert set(parse_headers(outgoing.message).from_addresses) <= set(outgoing.authors)
        if set(outgoing.authors) == {OURS}:
            head = outgoing.message[: header_end(outgoing.message)]
            assert b"boss@example.test" not in b" ".join(read.all(b"FROM"))
            assert head.count(b"\r") == head.count(b"\n") == head.count(b"\r\n")


def test_a_megabyte_of_anything_takes_some_of_it() -> None:
    """Memory, which no time limit shows: a header is cut before it is taken apart."""
    for bit in (b"(", b'"\\', b"\\\\", b",", b"=?", b"a@b,", b"<a@b> ", b"=?a?q?x?= ", b"x:y\r\n"):
        raw = b"From: " + bit * (1_000_000 // len(bit))
        tracemalloc.start()
        try:
            parse_headers(raw), header_facts(raw)
            assert tracemalloc.get_traced_memory()[1] < 8 * len(raw)
        finally:
            tracemalloc.stop()
