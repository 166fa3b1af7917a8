"""Servers as they are typed (service/admin/server_url.py)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.errors import BadInput
from proxyd.domain.types import Server
from proxyd.service.admin.server_url import (
    IMAP_SCHEMES,
    SMTP_SCHEMES,
    imap_server,
    is_loopback,
    smtp_server,
    url_of,
)


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("imaps://anna@mail.example.test", Server("mail.example.test", 993, "tls", "anna")),
        ("IMAPS://anna@Mail.Example.Test/", Server("mail.example.test", 993, "tls", "anna")),
        (
            "imaps://support@example.test@mail.example.test:1993",
            Server("mail.example.test", 1993, "tls", "support@example.test"),
        ),
        (
            "imaps://support%40example.test@mail.example.test",
            Server("mail.example.test", 993, "tls", "support@example.test"),
        ),
        ("imap+starttls://anna@mail.test", Server("mail.test", 143, "starttls", "anna")),
        ("imap://anna@127.0.0.1:1143", Server("127.0.0.1", 1143, "plain", "anna")),
        ("imap://anna@localhost", Server("localhost", 143, "plain", "anna")),
        ("imap://anna@[::1]:1143", Server("::1", 1143, "plain", "anna")),
        ("imaps://a%3Ab%E8%8A%B1@h", Server("h", 993, "tls", "a:b花")),
        (r"imaps://DOM\anna@h", Server("h", 993, "tls", r"DOM\anna")),
    ],
)
def test_imap(url, server):
    assert imap_server(url) == server
    assert imap_server(url_of(server, IMAP_SCHEMES)) == server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtps://anna@mail.test", Server("mail.test", 465, "tls", "anna")),
        ("smtp+starttls://anna@mail.test", Server("mail.test", 587, "starttls", "anna")),
        ("smtp://anna@127.0.0.1:2525", Server("127.0.0.1", 2525, "plain", "anna")),
        ("smtps://mail.test", Server("mail.test", 465, "tls", "imap-user")),
        ("smtps://mail.test:466", Server("mail.test", 466, "tls", "imap-user")),
    ],
)
def test_smtp(url, server):
    assert smtp_server(url, "imap-user") == server
    assert smtp_server(url_of(server, SMTP_SCHEMES), "") == server


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("", "begins with none of"),
        ("mail.example.test", "begins with none of"),
        ("https://a@h", "begins with none of"),
        ("smtps://a@h", "begins with none of"),
        ("imaps://mail.example.test", "names no user"),
        ("imaps://@mail.example.test", "names no user"),
        ("imaps://%FF@mail.example.test", "names no user"),
        ("imaps://a%0D%0Ab@mail.example.test", "names no user"),
        ("imaps://a@", "not a host name"),
        ("imaps://a@host name", "not a host name"),
        ("imaps://a@host/path", "not a host name"),
        ("imaps://a@[::1", "not a host name"),
        ("imaps://a@[::g]", "not a host name"),
        ("imaps://a@::1", "not a host name"),
        ("imaps://a@h:", "not a port"),
        ("imaps://a@h:0", "not a port"),
        ("imaps://a@h:65536", "not a port"),
        ("imaps://a@h:99999999999999999999", "not a port"),
        ("imaps://a@h:x", "not a port"),
        ("imaps://a@h:\u0661", "not a port"),
        ("imap://a@mail.example.test", "in clear"),
        ("imap://a@127.0.0.1.example.test", "in clear"),
        ("imap://a@10.0.0.1", "in clear"),
    ],
)
def test_what_is_wrong_is_named_with_what_to_write(url, problem):
    with pytest.raises(BadInput) as caught:
        imap_server(url)
    assert problem in caught.value.problem
    assert "imaps://" in caught.value.instead


def test_a_password_in_a_url_is_refused_and_not_repeated():
    with pytest.raises(BadInput) as caught:
        imap_server("imaps://anna:geheim@mail.example.test")
    assert "--password-stdin" in caught.value.instead
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "::1"])
def test_loopback(host):
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "localhost.example.test", "::", "192.0.2.1", "127.1"])
def test_not_loopback(host):
    assert not is_loopback(host)


@given(st.text(max_size=60) | st.text(max_size=40).map("imaps://a@".__add__))
def test_any_text_is_a_server_or_bad_input(text):
    try:
        server = imap_server(text)
    except BadInput:
        return
    assert server.host and server.user and 0 < server.port < 65536


@given(st.text(st.characters(exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30))
def test_any_user_can_be_written(user):
    server = Server("mail.example.test", 993, "tls", user)
    assert imap_server(url_of(server, IMAP_SCHEMES)) == server
