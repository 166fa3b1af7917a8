"""Mail as it really lies in mailboxes: broken by spammers, old programs and converters.

By a name that says what is wrong; octets as in a Maildir's file. The same each time.
"""

from __future__ import annotations

from collections.abc import Iterator

MIB = 1024 * 1024
BIG = 50 * MIB
PARTS = 10_000
DEPTH = 200  # of parts in parts; Dovecot describes 100 levels


def malformed_mails() -> dict[str, bytes]:
    return dict(_headers()) | dict(_mime()) | dict(_sizes())


def _plain(*headers: bytes, body: bytes = b"hello\n") -> bytes:
    return b"".join(header + b"\n" for header in headers) + b"\n" + body


def _headers() -> Iterator[tuple[str, bytes]]:
    sender, subject = b"From: a@customer.example.org", b"Subject: odd"
    yield "empty", b""
    yield "one newline", b"\n"
    yield "body alone", b"\n\njust text\n"
    yield "no separator", b"From: a@customer.example.org\nSubject: all is header"
    yield "no newline at the end", _plain(sender, subject, body=b"no end")
    yield "text without any header", b"Dear all,\nthis was never a mail\n"
    for number, date in enumerate(
        (b"yesterday", b"Mon, 99 Foo 20226 25:61:61 +9999", b"", b"31 Feb 2026 00:00:00", b"\xff")
    ):
        yield f"bad date {number}", _plain(sender, subject, b"Date: " + date)
    text = "件名と名前"
    for charset in ("utf-8", "shift_jis", "euc-jp", "iso-2022-jp"):
        raw = text.encode(charset)
        yield (
            f"raw {charset} in the header",
            _plain(b"From: " + raw + b" <a@customer.example.org>", b"Subject: " + raw),
        )
    yield "raw latin-1", _plain(b"From: J\xfcrgen <j@x.example>", b"Subject: Gr\xfc\xdfe")
    yield "no UTF-8 at all", _plain(b"From: \xff\xfe\xfd", b"Subject: \xc3\x28\xed\xa0\x80")
    yield "bad encoded words", _plain(sender, b"Subject: =?utf-8?b?!!!?= =?x-none?q?=ZZ?= =?a?b?c")
    yield "NUL everywhere", _plain(b"From: a\0b@x.example", b"Subject: n\0l", body=b"\0\0\n\0")
    yield "bare CR", _plain(sender, b"Subject: a\rb", body=b"one\rtwo\r\rthree\n")
    yield "CRLF in the file", _plain(sender, subject, body=b"x\n").replace(b"\n", b"\r\n")
    yield "mixed line ends", _plain(sender, subject, body=b"a\r\nb\nc\rd\r\r\ne")
    yield "an mbox line first", b"From a@x Mon Nov 23 10:00:00 2026\n" + _plain(sender, subject)
    yield "odd header lines", _plain(b": nobody", b"Subject : spaced", b"Folded:\n\n", b"no colon")
    yield "folded to nothing", _plain(sender, b"Subject:\n \n\t\n x", b"To:\n a@x.example")
    yield "everything twice", _plain(sender, sender, subject, b"Subject: again", b"To: a", b"To: b")
    yield "broken addresses", _plain(b'From: "unclosed <a@x', b"To: (((, <>, @, a@, ;:;", b"Cc: \\")
    yield "groups", _plain(b"From: g:;", b"To: g: a@x.example, b@x.example; , h:;")
    same = b"Message-ID: <same@x.example>"
    yield "a Message-ID", _plain(sender, b"Subject: first", same)
    yield "the same Message-ID", _plain(sender, b"Subject: second", same, body=b"another\n")
    yield "bad Message-ID", _plain(sender, subject, b"Message-ID: <a <b> c@d", b"References: <<>>")
    yield "answers itself", _plain(sender, b"Message-ID: <me@x>", b"References: <me@x> <me@x>")
    yield (
        "control characters",
        _plain(sender, b"Subject: \x01\x07\x1b[31m\x7f", body=b"\x1b"),
    )


def _mime() -> Iterator[tuple[str, bytes]]:
    sender = b"From: a@customer.example.org"

    def typed(content_type: bytes, body: bytes) -> bytes:
        return _plain(sender, b"MIME-Version: 1.0", b"Content-Type: " + content_type, body=body)

    mixed = b'multipart/mixed; boundary="b"'
    yield "no boundary", typed(b"multipart/mixed", b"--b\n\nx\n--b--\n")
    yield "boundary that never comes", typed(mixed, b"nothing\n")
    yield "never closed", typed(mixed, b"--b\n\none\n--b\nContent-Type: text/html\n\n<p>two")
    yield "part without a body", typed(mixed, b"--b\nContent-Type: text/plain\n--b--\n")
    yield "empty parts", typed(mixed, b"--b\n--b\n--b--\n")
    yield (
        "boundary in the boundary",
        typed(mixed, b"--b\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b--\n--b--\n"),
    )
    yield (
        "inner never closed",
        typed(
            mixed, b"--b\nContent-Type: multipart/mixed; boundary=c\n\n--c\n\nx\n--b\n\ny\n--b--\n"
        ),
    )
    yield "bad content type", typed(b';;;="; charset', b"x\n")
    yield "unclosed parameter", typed(b'text/plain; charset="utf-8; name=x', b"x\n")
    yield "raw name", typed(b'image/png; name="\x89\xe6\x91\x9c.png"', b"x\n")
    encoded = b"Content-Transfer-Encoding: base64"
    yield "unknown encoding", _plain(sender, b"Content-Transfer-Encoding: rot13 x", body=b"uryyb\n")
    yield "bad base64", _plain(sender, encoded, body=b"!!=a=b\n===\n")
    inner = b"Subject: inner\n\nx\n"
    yield "mail in a mail", typed(b"message/rfc822", inner)
    yield "empty mail in a mail", typed(b"message/rfc822", b"")
    yield (
        "mail in base64",
        _plain(
            sender,
            b"Content-Type: message/rfc822",
            b"Content-Transfer-Encoding: base64",
            body=b"eHk=\n",
        ),
    )
    yield (
        "report",
        typed(b"multipart/report; boundary=b", b"--b\n\nx\n--b\nContent-Type: message/x\n\n--b--"),
    )


def _sizes() -> Iterator[tuple[str, bytes]]:
    sender = b"From: a@customer.example.org"
    yield "a header line of 1 MB", _plain(sender, b"Subject: " + b"long " * (MIB // 5))
    yield "a header word of 1 MB", _plain(sender, b"Subject: " + b"x" * MIB, b"Date: x")
    yield "10,000 header lines", _plain(sender, *(b"X-%d: y" % n for n in range(10_000)))
    addresses = b", ".join(b"a%d@x.example" % n for n in range(10_000))
    yield "10,000 addresses", _plain(sender, b"To: " + addresses)
    ids = b" ".join(b"<%d@x.example>" % n for n in range(10_000))
    yield "10,000 references", _plain(sender, b"References: " + ids)
    yield "a Message-ID of 100 KB", _plain(sender, b"Message-ID: <" + b"i" * 100_000 + b"@x>")
    parts = b"".join(b"--b\n\npart %d\n" % number for number in range(PARTS))
    yield (
        "10,000 parts",
        _plain(sender, b"Content-Type: multipart/mixed; boundary=b", body=parts + b"--b--\n"),
    )
    nested = b"Content-Type: text/plain\n\ndeep\n"
    for level in range(DEPTH):
        nested = b"Content-Type: multipart/mixed; boundary=n%d\n\n--n%d\n%b\n--n%d--\n" % (
            level,
            level,
            nested,
            level,
        )
    yield "200 levels of parts", sender + b"\n" + nested
    letters = b"Subject: innermost\n\nx\n"
    for _ in range(DEPTH):
        letters = b"Content-Type: message/rfc822\n\n" + letters
    yield "200 mails in mails", sender + b"\n" + letters
    yield "one line of 2 MB", _plain(sender, b"Subject: line", body=b"y" * (2 * MIB))


def big_mail() -> bytes:
    """50 MB of text."""
    line = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+/0123456789\n"
    return _plain(b"From: a@customer.example.org", b"Subject: big", body=line * (BIG // len(line)))
