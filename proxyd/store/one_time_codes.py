"""Codes of authenticator apps over pyotp (ports.second_factors.OneTimeCodes), RFC 6238.

Must never keep, log or show a secret. SHA-1, six digits, 30 s: what all apps do, whatever the
address in the QR code asks for.
"""

from __future__ import annotations

import hmac

import pyotp

from proxyd.domain.second_factor import (
    CODE_DIGITS,
    DRIFT_STEPS,
    RECOVERY_CODE_CHARACTERS,
    STEP_S,
)

SECRET_CHARACTERS = 32  # base32: 160 bits (RFC 4226 §4, R6)


class OneTimeCodes:
    def new_secret(self) -> str:
        return pyotp.random_base32(SECRET_CHARACTERS)

    def new_recovery_code(self) -> str:
        return pyotp.random_base32(32)[:RECOVERY_CODE_CHARACTERS]

    def step_of(self, secret: str, code: str, at_us: int, after: int) -> int | None:
        now = at_us // 1_000_000 // STEP_S
        codes = pyotp.HOTP(secret, digits=CODE_DIGITS)  # RFC 6238 §4: HOTP of the time step
        found = None
        for step in range(max(0, now - DRIFT_STEPS), now + DRIFT_STEPS + 1):
            fits = hmac.compare_digest(codes.at(step), code)  # each, whatever fitted before
            if fits and step > after and found is None:
                found = step
        return found

    def address(self, secret: str, login: str, issuer: str) -> str:
        return pyotp.TOTP(secret).provisioning_uri(name=login, issuer_name=issuer)
