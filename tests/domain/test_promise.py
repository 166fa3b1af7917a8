"""A text that says something is attached, and what counts as attached."""

from __future__ import annotations

import base64
import quopri

import pytest

from proxyd.domain.mail_content import Written, content_of
from proxyd.domain.promise import promise_in


def promise(mail: bytes) -> str:
    content = content_of(mail)
    return "" if content.attached else promise_in(content.written)


def plain(text: str, charset: str = "utf-8", encoding: str = "8bit") -> bytes:
    body = text.encode(charset)
    if encoding == "base64":
        body = base64.encodebytes(body)
    elif encoding == "quoted-printable":
        body = quopri.encodestring(body)
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode() + b"\r\n\r\n" + body


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("Please find the offer attached.", "attached"),
        ("ATTACHED: the offer", "ATTACHED"),
        ("See attachment", "attachment"),
        ("The enclosed offer", "enclosed"),
        ("Anbei das Angebot", "Anbei"),
        ("Das Angebot im Anhang", "im Anhang"),
        ("Angehängtes bitte prüfen", "Angehängtes"),
        ("Veuillez trouver ci-joint", "ci-joint"),
        ("En pièce jointe", "pièce jointe"),
        ("le adjunto la oferta", "adjunto"),
        ("in allegato", "in allegato"),
        ("見積書を添付いたします。", "添付"),
        ("请见附件", "附件"),
        ("unattached", ""),
        ("detached house", ""),
        ("Dear customer", ""),
        ("This e-mail and any attachments are confidential", ""),
        ("There is no attachment", ""),
        ("> attached", ""),
    ],
)
def test_words(text, word):
    assert promise_in([Written(text, is_html=False)]) == word


@pytest.mark.parametrize("charset", ["utf-8", "iso-2022-jp", "shift_jis", "euc-jp"])
@pytest.mark.parametrize("encoding", ["8bit", "base64", "quoted-printable"])
def test_in_any_charset_and_encoding(charset, encoding):
    assert promise(plain("見積書を添付いたします", charset, encoding)) == "添付"


def test_html_alone_and_beside_a_plain_text():
    html = b"Content-Type: text/html\r\n\r\n<p>see the <b>attached</b> file"
    assert promise(html) == "attached"
    assert promise(b"Content-Type: text/html\r\n\r\n<blockquote>attached</blockquote>") == ""
    both = multipart("alternative", plain("> attached"), html)
    assert promise(both) == "", "what the plain text says is what is written"


def multipart(kind: str, *parts: bytes) -> bytes:
    head = f"Content-Type: multipart/{kind}; boundary=b\r\n\r\n".encode()
    return head + b"".join(b"--b\r\n" + part + b"\r\n" for part in parts) + b"--b--\r\n"


TEXT = plain("attached")


@pytest.mark.parametrize(
    "part",
    [
        b"Content-Type: application/pdf\r\nContent-Disposition: attachment; filename=a\r\n\r\nx",
        b"Content-Type: application/pdf; name=a.pdf\r\n\r\nx",
        b"Content-Type: text/plain\r\nContent-Disposition: attachment\r\n\r\nx",
        b"Content-Type: text/plain\r\nContent-Disposition: inline; filename=n.txt\r\n\r\nx",
        b"Content-Type: image/jpeg\r\nContent-Disposition: inline; filename=p.jpg\r\n\r\nx",
        b"Content-Type: image/png\r\nContent-ID: <a@b>\r\nContent-Disposition: attachment\r\n\r\nx",
        b"Content-Type: message/rfc822\r\n\r\nFrom: c@x\r\n\r\nhello",
        b"Content-Type: application/ms-tnef; name=winmail.dat\r\n\r\nx",
        b"Content-Type: text/calendar\r\n\r\nx",
    ],
)
def test_what_is_attached(part):
    assert promise(multipart("mixed", TEXT, part)) == ""


@pytest.mark.parametrize(
    "part",
    [
        # The logo of a signature: Outlook's and Apple's form.
        b"Content-Type: image/png; name=logo.png\r\nContent-ID: <logo@x>\r\n"
        b"Content-Disposition: inline; filename=logo.png\r\n\r\nx",
        b"Content-Type: image/gif\r\nContent-ID: <logo@x>\r\n\r\nx",
        b"Content-Type: application/pgp-signature; name=signature.asc\r\n\r\nx",
        b"Content-Type: application/pkcs7-signature; name=smime.p7s\r\n"
        b"Content-Disposition: attachment; filename=smime.p7s\r\n\r\nx",
        b"Content-Type: text/vcard; name=anna.vcf\r\nContent-Disposition: attachment\r\n\r\nx",
    ],
)
def test_what_a_program_adds_is_not(part):
    assert promise(multipart("related", TEXT, part)) == "attached"


def test_an_empty_mail_and_a_long_one():
    assert promise(b"") == ""
    assert promise(plain("x " * 400_000 + "attached")) == "", "nobody writes so much before it"
