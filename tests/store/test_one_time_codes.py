"""RFC 6238 as apps do it (store/one_time_codes.py)."""

from __future__ import annotations

import base64

import pytest

from proxyd.store.one_time_codes import OneTimeCodes

# RFC 6238, appendix B: the secret for SHA-1, and the last six of the eight digits there.
SECRET = base64.b32encode(b"12345678901234567890").decode()
VECTORS = {
    59: "287082",
    1111111109: "081804",
    1111111111: "050471",
    1234567890: "005924",
    2000000000: "279037",
    20000000000: "353130",
}


@pytest.mark.parametrize(("seconds", "code"), VECTORS.items())
def test_the_vectors_of_the_rfc(seconds, code):
    codes = OneTimeCodes()
    at_us = seconds * 1_000_000
    step = seconds // 30
    assert codes.step_of(SECRET, code, at_us, after=0) == step
    for drift in (-30, 30):  # one step, either way
        assert codes.step_of(SECRET, code, at_us + drift * 1_000_000, after=0) == step
    for drift in (-90, 90):
        assert codes.step_of(SECRET, code, at_us + drift * 1_000_000, after=0) is None
    assert codes.step_of(SECRET, code, at_us, after=step) is None  # used up
    assert codes.step_of(SECRET, code[::-1], at_us, after=0) in (None, step)


def test_secrets_and_recovery_codes_are_long_and_never_the_same():
    codes = OneTimeCodes()
    secrets = {codes.new_secret() for _ in range(50)}
    assert len(secrets) == 50 and {len(base64.b32decode(one)) for one in secrets} == {20}
    recovery = {codes.new_recovery_code() for _ in range(50)}
    assert len(recovery) == 50 and {len(one) for one in recovery} == {24}


def test_the_address_names_who_and_where():
    address = OneTimeCodes().address(SECRET, "anna", "mail.example.com")
    assert address.startswith("otpauth://totp/mail.example.com:anna?")
    assert f"secret={SECRET}" in address and "issuer=mail.example.com" in address
