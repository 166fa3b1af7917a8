"""Mask: no form of a secret gets through, wherever it stands in a provider's sentence."""

from __future__ import annotations

import base64
import html
import json
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxyd.imapwire import encode
from proxyd.imapwire.decode import decode
from proxyd.imapwire.provider_text import TEXT_LENGTH, ProviderText
from proxyd.imapwire.response import Status
from proxyd.upstream.mask import HIDDEN, PART, Mask
from tests.effort import effort_below

USER = "support@example.test"
# What is in no sentence by chance; shorter ones are the cases below.
passwords = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")),
    min_size=6,
    max_size=40,
).filter(lambda text: any(letter.isalnum() for letter in text))
words = st.text(st.sampled_from("qwxz 579"), max_size=20)


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


def forms(password: str) -> dict[str, str]:
    """Each way in which a provider may say it."""
    octets = password.encode()
    plain = f"\0{USER}\0{password}".encode()
    bearer = f"user={USER}\1auth=Bearer {password}\1\1".encode()
    encoded = b64(plain)
    return {
        "as it is": password,
        "quoted": encode.quoted(octets).decode() if password.isascii() else password,
        "base64": b64(octets),
        "PLAIN": encoded,
        "PLAIN, wrapped": "\r\n".join(encoded[i : i + 16] for i in range(0, len(encoded), 16)),
        "PLAIN, wrapped with spaces": " ".join(encoded),
        "PLAIN, the second half": encoded[len(encoded) // 2 :],
        "PLAIN, in capitals": encoded.upper(),
        "PLAIN, in small letters": encoded.lower(),
        "PLAIN, percent-encoded": quote(encoded, safe=""),
        "in an URL": quote(password, safe=""),
        "in a form": quote_plus(password),
        "each octet in an URL": "".join(f"%{octet:02X}" for octet in octets),
        "hexadecimal": octets.hex(),
        "hexadecimal with colons": octets.hex(":").upper(),
        "hexadecimal of PLAIN": plain.hex(),
        "XOAUTH2": b64(bearer),
        "URL-safe base64": base64.urlsafe_b64encode(plain).decode(),
        "base64 of a sentence": b64(b"the password is " + octets + b" you know"),
        "JSON": json.dumps(password)[1:-1],
        "HTML": html.escape(password),
        "C": "".join(f"\\x{octet:02x}" for octet in octets),
        "broken by controls": "\x00".join(password),
    }


@settings(max_examples=60, deadline=None)
@given(password=passwords, before=words, after=words)
def test_nothing_of_it_is_shown(password: str, before: str, after: str) -> None:
    mask = Mask(USER, password)
    for name, form in forms(password).items():
        said = f"{before} {form} {after}".encode("utf-8", "surrogatepass")
        shown = str(ProviderText(said, mask))
        assert HIDDEN in shown, name
        if name == "base64 of a sentence":
            continue  # the rest of the sentence is no secret
        squeezed = "".join(filter(str.isalnum, shown)).lower()
        for part in (password.lower(), "".join(filter(str.isalnum, form)).lower()):
            # What is left, if anything, is less than a part.
            pieces = [part[i : i + PART] for i in range(max(1, len(part) - PART + 1))]
            assert not [one for one in pieces if len(one) >= PART and one in squeezed], name


@pytest.mark.parametrize("password", ["hunter2", 'a"b\\c d', "päßwörd", "короткий", "pass%41word"])
def test_examples(password: str) -> None:
    mask = Mask(USER, password)
    for form in forms(password).values():
        shown = str(ProviderText(f"AUTH: {form} was wrong".encode(), mask))
        assert password not in shown
        assert form not in shown
        assert shown.startswith("AUTH: ")
        assert shown.endswith(" was wrong")
    assert mask("latin-1: " + password.encode().decode("latin-1")).endswith(HIDDEN)


def test_what_was_said_otherwise_stays() -> None:
    told = "550 5.7.1 <a@x.example>: not today; queued as 4XyZbG1234z1 (mx7.provider.example)"
    assert Mask(USER, "correct horse")(told) == told
    assert Mask(USER, "")(told) == told


def test_it_is_hidden_before_it_is_cut() -> None:
    for before in range(TEXT_LENGTH - 20, TEXT_LENGTH + 1):
        shown = str(
            ProviderText(b"x" * before + b"correct horse 42", Mask(USER, "correct horse 42"))
        )
        assert "corr" not in shown
        assert len(shown) <= TEXT_LENGTH


def test_a_status_shows_it_nowhere() -> None:
    mask = Mask(USER, "hunter2x")
    status = decode(b"* BYE [BADCHARSET (hunter2x)] no hunter2x\r here", mask)
    assert isinstance(status, Status)
    assert "hunter2x" not in f"{status!r} {status} {status.text} {status.text!r}"
    assert status.text.has("hunter2x"), "it can be looked for, and not be shown"


def test_its_own_looks_tell_nothing() -> None:
    assert "hunter2x" not in repr(Mask(USER, "hunter2x")) + repr(vars(Status))


def test_a_long_sentence_costs_little() -> None:
    mask = Mask(USER, "correct horse battery staple" * 10)
    with effort_below(2):
        for _ in range(10):
            str(ProviderText(b"%41&#65;\\x41 " * 4000, mask))
