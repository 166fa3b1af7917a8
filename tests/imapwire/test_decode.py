"""One response of a server to its value (RFC 9051 §7)."""

from __future__ import annotations

import pytest

from proxyd.imapwire.decode import decode
from proxyd.imapwire.numset import NumSet
from proxyd.imapwire.provider_text import ProviderText
from proxyd.imapwire.response import (
    Capability,
    Continuation,
    Count,
    Fetch,
    Junk,
    ListItem,
    Other,
    Search,
    Status,
    StatusItem,
    Vanished,
)

VALUES = {
    b"a1 OK done": Status(b"a1", "OK", "", b"", "done"),
    b"a1 OK": Status(b"a1", "OK", "", b"", ""),
    b"a1 no [TRYCREATE] no such folder": Status(b"a1", "NO", "TRYCREATE", b"", "no such folder"),
    b"a1 BAD [broken": Status(b"a1", "BAD", "", b"", "[broken"),
    b"* OK [UIDVALIDITY 3857529045] UIDs valid": Status(
        None, "OK", "UIDVALIDITY", b"3857529045", "UIDs valid"
    ),
    b"* OK [PERMANENTFLAGS (\\Seen \\*)] x": Status(
        None, "OK", "PERMANENTFLAGS", b"(\\Seen \\*)", "x"
    ),
    b'a1 NO [BADCHARSET (UTF-8 "x]y")] no': Status(
        b"a1", "NO", "BADCHARSET", b'(UTF-8 "x]y")', "no"
    ),
    b"a1 OK [COPYUID 1 2:3 4:5]": Status(b"a1", "OK", "COPYUID", b"1 2:3 4:5", ""),
    b"* BYE idle for too long": Status(None, "BYE", "", b"", "idle for too long"),
    b"* PREAUTH hello": Status(None, "PREAUTH", "", b"", "hello"),
    b"+ idling": Continuation(b"idling"),
    b"+": Continuation(b""),
    b"* CAPABILITY IMAP4rev1 idle": Capability(frozenset({"IMAP4REV1", "IDLE"})),
    b"* 12 EXISTS": Count(12, "EXISTS"),
    b"* 3 expunge": Count(3, "EXPUNGE"),
    b"* 3 FETCH (UID 4)": Fetch(3, {b"UID": b"4"}),
    b'* LIST (\\HasNoChildren \\Sent) "/" "Sent Items"': ListItem(
        frozenset({"\\hasnochildren", "\\sent"}), "/", b"Sent Items"
    ),
    b'* LIST () "\\\\" a\\b': ListItem(frozenset(), "\\", b"a\\b"),
    b'* LIST () "." "a\\"b" ("CHILDINFO" ("SUBSCRIBED"))': ListItem(frozenset(), ".", b'a"b'),
    b"* LIST () NIL {5}\r\na b c": ListItem(frozenset(), "", b"a b c"),
    b'* LSUB () "" &MN8w-': ListItem(frozenset(), "", b"&MN8w-"),
    b"* STATUS blurdybloop (MESSAGES 231 UIDNEXT 44292)": StatusItem(
        b"blurdybloop", {"MESSAGES": 231, "UIDNEXT": 44292}
    ),
    b"* STATUS {3}\r\na b (MESSAGES 1)": StatusItem(b"a b", {"MESSAGES": 1}),
    b"* STATUS x ()": StatusItem(b"x", {}),
    b"* SEARCH": Search(()),
    b"* SEARCH 2 84 882": Search((2, 84, 882)),
    b"* SEARCH 2 5 (MODSEQ 917162500)": Search((2, 5)),
    b"* VANISHED (EARLIER) 1:3,9": Vanished(True, NumSet(((1, 3), (9, 9)))),
    b"* VANISHED 5": Vanished(False, NumSet(((5, 5),))),
    b"* FLAGS (\\Seen)": Other("FLAGS", b"(\\Seen)"),
    b"* ENABLED CONDSTORE": Other("ENABLED", b"CONDSTORE"),
    b"* X-NEW-THING": Other("X-NEW-THING", b""),
    # What servers write who mean the same.
    b"*  12  EXISTS": Count(12, "EXISTS"),
    b"* 12 exists ": Count(12, "EXISTS"),
    b"*  OK  [UIDNEXT 5]  next": Status(None, "OK", "UIDNEXT", b"5", "next"),
    b"a1  OK done": Status(b"a1", "OK", "", b"", "done"),
    b"*  3  fetch  (uid 4)": Fetch(3, {b"UID": b"4"}),
    b"* LIST () / INBOX": ListItem(frozenset(), "/", b"INBOX"),
    b'* LIST () "/" Sent Items': ListItem(frozenset(), "/", b"Sent Items"),
    b'*  LIST  ()  "/"  "a"': ListItem(frozenset(), "/", b"a"),
    b'* STATUS x (messages "3"  uidnext 4 )': StatusItem(b"x", {"MESSAGES": 3, "UIDNEXT": 4}),
    b"* SEARCH 1 x 3 99999999999": Search((1, 3), readable=False),
}


@pytest.mark.parametrize("line", VALUES)
def test_value_of(line: bytes) -> None:
    assert decode(line) == VALUES[line]


@pytest.mark.parametrize(
    "line",
    [
        b"*",
        b"* ",
        b"* ***",
        b"HTTP/1.1 400 Bad Request",
        b"220 mail.example.test ESMTP",
        b"\x16\x03\x01\x00",
        b"* LIST x",
        b"* LIST () / ",
        b"* STATUS x",
        b"* STATUS x MESSAGES 1",
        b"* VANISHED (EARLIER)",
        b"* VANISHED x",
        b"* 1 FETCH",
        b"* 99999999999 FETCH (UID 7",
        b'in the middle of a name") NIL NIL)',
    ],
)
def test_what_is_no_imap_is_junk_with_its_text(line: bytes) -> None:
    junk = decode(line)
    assert isinstance(junk, Junk | Other)
    if isinstance(junk, Junk):
        assert junk.text.endswith(str(ProviderText(line)))


@pytest.mark.parametrize("line", [b"", b" ", b"\t"])
def test_blank_lines_say_nothing(line: bytes) -> None:
    assert decode(line) == Junk("")


def test_sentences_are_bounded_and_harmless() -> None:
    assert str(ProviderText(b"a\r\nb\x00c\x1b[31md\xe2\x80\xaee")) == "a b c [31md e"
    assert str(ProviderText("送信".encode())) == "送信"
    assert str(ProviderText(b"\xff\xfe")) == "ÿþ"
    assert len(str(ProviderText(b"x" * 100_000))) == 300
