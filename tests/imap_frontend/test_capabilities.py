"""What is announced is there, and nothing else."""

from __future__ import annotations

from imap_frontend.capabilities import (
    CAPABILITIES,
    COMPRESS,
    LOGINDISABLED,
    MECHANISMS,
    STARTTLS,
    announced,
)
from imap_frontend.table import TABLE

ROWS = (*CAPABILITIES, COMPRESS, *MECHANISMS, STARTTLS, LOGINDISABLED)


def test_each_row_names_its_rfc_and_commands_of_the_table() -> None:
    for row in ROWS:
        assert row.rfc.startswith(("RFC ", "draft-"))
        assert set(row.commands) <= set(TABLE)


def test_before_sign_in_in_clear() -> None:
    words = announced(signed_in=False, may_sign_in=False, tls_offered=True, append_limit=7).split()
    assert words[0] == b"IMAP4rev1"
    assert {b"STARTTLS", b"LOGINDISABLED"} <= set(words)
    assert not any(word.startswith(b"AUTH=") for word in words)


def test_before_sign_in_on_loopback_without_tls() -> None:
    words = announced(signed_in=False, may_sign_in=True, tls_offered=True, append_limit=7).split()
    assert {b"STARTTLS", b"AUTH=PLAIN", b"AUTH=LOGIN"} <= set(words)
    assert b"LOGINDISABLED" not in words


def test_compression_is_announced_while_it_can_be_turned_on() -> None:
    for may in (True, False):
        words = announced(
            signed_in=True, may_sign_in=True, tls_offered=False, append_limit=7, may_compress=may
        ).split()
        assert (b"COMPRESS=DEFLATE" in words) is may
    before = announced(
        signed_in=False, may_sign_in=True, tls_offered=False, append_limit=7, may_compress=True
    )
    assert b"COMPRESS" not in before


def test_after_sign_in() -> None:
    words = announced(signed_in=True, may_sign_in=True, tls_offered=False, append_limit=7).split()
    names = {row.name.encode() for row in CAPABILITIES}
    assert set(words) == names - {b"APPENDLIMIT"} | {b"APPENDLIMIT=7"}
    for absent in (b"STARTTLS", b"LOGINDISABLED", b"AUTH=PLAIN"):
        assert absent not in words
