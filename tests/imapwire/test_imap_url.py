"""Relative IMAP URLs (RFC 5092) as CATENATE has them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.imapwire.imap_url import ImapUrl, parse_url
from proxyd.imapwire.numset import MAX_NUMBER


@pytest.mark.parametrize(
    ("text", "url"),
    [
        # RFC 4469 §4
        (
            "/Drafts;UIDVALIDITY=385759045/;UID=20/;section=HEADER",
            ImapUrl("Drafts", 385759045, 20, b"HEADER"),
        ),
        (
            "/Drafts;UIDVALIDITY=385759045/;UID=30/;section=1.MIME",
            ImapUrl("Drafts", 385759045, 30, b"1.MIME"),
        ),
        ("/INBOX/;UID=1", ImapUrl("INBOX", None, 1)),
        ("/inbox/;uid=1", ImapUrl("INBOX", None, 1)),
        ("/Shared/sales/INBOX/;UID=7", ImapUrl("Shared/sales/INBOX", None, 7)),
        ("/%E9%A1%A7%E5%AE%A2/;UID=7", ImapUrl("顧客", None, 7)),
        ("/a%2Fb/;UID=7", ImapUrl("a/b", None, 7)),
        ("/&AOk-/;UID=7", ImapUrl("&AOk-", None, 7)),  # §4: no modified UTF-7 in a URL
        ("/;UID=7", ImapUrl(None, None, 7)),
        (";UID=7/;SECTION=1.2", ImapUrl(None, None, 7, b"1.2")),
        ("/x/;UID=7/;PARTIAL=0.1024", ImapUrl("x", None, 7, b"", (0, 1024))),
        ("/x/;UID=7/;PARTIAL=10", ImapUrl("x", None, 7, b"", (10, MAX_NUMBER))),
        (
            "/x/;UID=7/;SECTION=HEADER.FIELDS%20(subject)/;PARTIAL=1.2",
            ImapUrl("x", None, 7, b"HEADER.FIELDS (SUBJECT)", (1, 2)),
        ),
    ],
)
def test_what_a_url_names(text: str, url: ImapUrl) -> None:
    assert parse_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "/",
        "/INBOX",
        "/INBOX/",
        "/INBOX;UIDVALIDITY=1",
        "/INBOX?SUBJECT%20x",
        "/INBOX/;UID=0",
        "/INBOX/;UID=99999999999",
        "/INBOX/;UID=4294967296",
        "/INBOX;UIDVALIDITY=0/;UID=1",
        "/INBOX/;UID=1/",
        "/INBOX/;UID=1/;SECTION=",
        "/INBOX/;UID=1/;SECTION=BODY",
        "/INBOX/;UID=1/;SECTION=1]%20BODY[2",
        "/INBOX/;UID=1/;SECTION=1%5D<0.5>",
        "/INBOX/;UID=1/;SECTION=1%0D%0Aa%20LOGOUT",
        "/INBOX/;UID=1/;PARTIAL=1.0",
        "/INBOX/;UID=1;URLAUTH=anonymous",
        "/INBOX/;UID=1/;SECTION=1;URLAUTH=user+anna:internal:00",
        "//example.test/INBOX/;UID=1",
        "imap://example.test/INBOX/;UID=1",
        "http://example.test/",
        "/%zz/;UID=1",
        "/%ff%fe/;UID=1",
        "/a%0Ab/;UID=1",
        "INBOX/;UID=1",
    ],
)
def test_what_is_none_or_none_of_ours(text: str) -> None:
    assert parse_url(text) is None


@given(st.text(st.sampled_from("/;UIDSECTION=1.%2F[]<>() "), max_size=60))
def test_any_text(text: str) -> None:
    url = parse_url(text)
    assert url is None or url.uid > 0
