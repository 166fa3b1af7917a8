"""What a mail says, whatever the program makes of the envelope around it."""

from __future__ import annotations

from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxyd.domain.mail_content import MAX_DEPTH, MailContent, content_of
from tests.effort import effort_below


def composed(boundary: str, *, text: str = "Grüße, 山田様", name: str = "a.bin") -> bytes:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail["Message-ID"] = f"<{boundary}@x>"
    mail.set_content(text)
    mail.add_alternative(f"<p>{text}<img src='cid:{boundary}'></p>", subtype="html")
    mail.add_attachment(b"\0\1\2" * 100, "application", "octet-stream", filename=name)
    mail.set_boundary(boundary)
    return mail.as_bytes()


def test_boundaries_and_ids_do_not_matter():
    first, second = content_of(composed("one")), content_of(composed("=_two?"))
    assert first == second
    assert [text.strip() for text in first.texts] == ["Grüße, 山田様"]
    assert len(first.files) == 1


def test_text_and_attachments_matter():
    first = content_of(composed("one"))
    assert content_of(composed("one", text="Anders")).texts != first.texts
    changed = composed("one").replace(b"AAEC", b"AAED", 1)
    assert content_of(changed).files != first.files


@pytest.mark.parametrize("encoding", ["7bit", "quoted-printable", "base64"])
def test_the_encoding_does_not_matter(encoding):
    mail = EmailMessage()
    mail.set_content("a plain = text\n", cte=encoding)
    assert [text.split() for text in content_of(mail.as_bytes()).texts] == [
        ["a", "plain", "=", "text"]
    ]


def test_japanese_as_old_programs_write_it():
    raw = b"Content-Type: text/plain; charset=ISO-2022-JP\r\n\r\n" + "拝啓".encode("iso-2022-jp")
    assert content_of(raw).texts == ("拝啓",)


def test_html_alone_is_read_without_its_tags():
    raw = b"Content-Type: text/html\r\n\r\n<p>a &amp; b<br>c</p><"
    assert content_of(raw).texts[0].split() == ["a", "&", "b", "c", "<"]


@pytest.mark.parametrize(
    ("raw", "texts"),
    [
        (b"", ("",)),
        (b"Subject: x\n\nhello", ("hello",)),
        (b"\r\nhello", ("hello",)),
        (b"Content-Type: multipart/mixed\r\n\r\nno boundary", ()),
        (b"Content-Type: multipart/mixed; boundary=x\r\n\r\nnothing", ()),
        (b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n--x\r\n\r\nopen', ("open",)),
        (b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nlf\n--x--\nafter", ("lf",)),
    ],
)
def test_odd_mails(raw, texts):
    assert content_of(raw).texts == texts


def test_an_attached_text_is_a_file():
    raw = b"Content-Type: text/plain\r\nContent-Disposition: attachment; filename=a\r\n\r\nx"
    assert content_of(raw).texts == ()
    assert len(content_of(raw).files) == 1


def test_nesting_beyond_all_reason():
    raw = b"text"
    for level in range(MAX_DEPTH * 20):
        raw = b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n%s\n--%d--\n" % (
            level, level, raw, level,
        )  # fmt: skip
    with effort_below(2):
        assert isinstance(content_of(raw), MailContent)


@pytest.mark.parametrize("unit", [b"--x\n\n", b"<", b"&", b"=", b"\n"])
def test_hostile_bodies_take_linear_time(unit):
    head = b"Content-Type: multipart/mixed; boundary=x\n\n--x\nContent-Type: text/html\n\n"
    with effort_below(3):
        content_of(head + unit * 200_000)
        content_of(b"Content-Transfer-Encoding: quoted-printable\n\n" + unit * 200_000)


@given(st.binary(max_size=400))
def test_any_bytes(raw):
    assert content_of(raw) == content_of(raw)


def test_the_last_octets_of_a_base64_text_count():
    """They stand in the quartet that is padded."""
    head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    codes = (b"YWI=", b"YWM=", b"YQ==", b"YWJj", b"YWJjZ")
    texts = [content_of(head + code).texts for code in codes]
    assert texts == [("ab",), ("ac",), ("a",), ("abc",), ("abc",)]
