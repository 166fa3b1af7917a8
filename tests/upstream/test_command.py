"""Commands before they are sent: literals, sets, and secrets that stay inside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.ports.upstream_rows import AppendedMail
from proxyd.domain.types import BytesBlob
from proxyd.imapwire import encode
from proxyd.imapwire.numset import NumSet
from proxyd.upstream import command
from proxyd.upstream.command import CommandLiteral


def flat(parts: tuple[object, ...]) -> list[object]:
    return [
        b"".join(one.octets.chunks()) if isinstance(one, CommandLiteral) else one for one in parts
    ]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        (b"SUBJECT x", [b"SUBJECT x"]),
        (b"SUBJECT {3}\r\na\nb", [b"SUBJECT ", b"a\nb"]),
        (b"OR BODY {1+}\r\nx TO {2}\r\nyz ALL", [b"OR BODY ", b"x", b" TO ", b"yz", b" ALL"]),
        (b'SUBJECT "{3}\r\nabc"', [b'SUBJECT "{3}\r\nabc"']),
        (b'SUBJECT "a\\"{3}" X', [b'SUBJECT "a\\"{3}" X']),
        (b"BODY {7}\r\n{1}\r\nab", [b"BODY ", b"{1}\r\nab"]),
        (b"", []),
    ],
)
def test_literals_are_found_where_they_are(text: bytes, parts: list[bytes]) -> None:
    assert flat(tuple(command.parts(text))) == parts


@given(st.lists(st.binary(max_size=30), max_size=5))
def test_any_strings_survive(words: list[bytes]) -> None:
    text = b" ".join(encode.quote_or_literal(word) for word in words)
    pieces = command.parts(text)
    joined = b"".join(
        encode.literal(b"".join(one.octets.chunks())) if isinstance(one, CommandLiteral) else one
        for one in pieces
    )
    assert joined == text


@given(st.sets(st.integers(1, 2**32 - 1), max_size=300), st.integers(12, 200))
def test_sets_are_cut_and_lose_nothing(uids: set[int], octets: int) -> None:
    pieces = list(command.uid_sets(uids, octets))
    assert all(len(piece) <= max(octets, 21) for piece in pieces)
    found = [
        uid
        for piece in pieces
        for low, high in NumSet.parse(piece).ranges
        for uid in range(low, high + 1)
    ]
    assert found == sorted(uids)


def test_nothing_to_do_is_no_command() -> None:
    assert command.uid_command("STORE", [], b"+FLAGS", b"(\\Seen)") == []


def test_append_says_what_is_given() -> None:
    blob = BytesBlob(b"mail")
    mail = AppendedMail(("\\Seen", "$x"), "01-Feb-2024 03:04:05 +0900", blob)
    full = command.append(b"Sent", [mail])
    assert flat(full.parts) == [
        b'APPEND Sent (\\Seen $x) "01-Feb-2024 03:04:05 +0900" ',
        b"mail",
    ]
    assert full.changes
    bare = AppendedMail((), None, blob)
    assert flat(command.append(b"Sent", [bare]).parts) == [b"APPEND Sent ", b"mail"]
    several = command.append(b"{2+}\r\n\xe5\x85", [bare, mail, bare]).parts
    assert flat(several) == [
        *(b"APPEND ", b"\xe5\x85", b" ", b"mail"),
        *(b' (\\Seen $x) "01-Feb-2024 03:04:05 +0900" ', b"mail"),
        *(b" ", b"mail"),
    ]


def test_arguments_are_in_no_repr() -> None:
    for one in (
        command.login("anna", "hunter2"),
        command.authenticate_plain("anna", "hunter2", initial=True),
    ):
        assert "anna" not in repr(one)
        assert "hunter2" not in repr(one)
