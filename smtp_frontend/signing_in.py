"""AUTH (RFC 4954): the exchange of challenges, and one call of the accounts service.

Never says why a sign-in failed: unknown login, wrong password and disabled account sound the same.
Only who gave the right password hears that there is nothing to send from, no mail at all, or that
mail wants another password.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from proxyd.domain.errors import (
    Busy,
    NeedsAppPassword,
    NoMailboxYet,
    NothingToSendFrom,
    ReadsNoMail,
    SignInFailed,
    StoreUnavailable,
)
from proxyd.domain.types import Account, Origin
from proxyd.service.api.sign_in import SignIn
from smtp_frontend.credentials import BadCredentials, Credentials, from_base64, pair, plain

# Sends a challenge; the client's line, or None where it was too long.
Ask = Callable[[bytes], Awaitable[bytes | None]]


class NotSignedIn(Exception):
    """``key`` names the reply; ``attempt``: it counts as one of the few that a client has."""

    def __init__(self, key: str, *, attempt: bool) -> None:
        super().__init__(key)
        self.key = key
        self.attempt = attempt


async def sign_in(arg: str | None, ask: Ask, service: SignIn, origin: Origin) -> Account:
    """Carry out ``AUTH arg``. Raises NotSignedIn."""
    mechanism, _, initial = (arg or "").partition(" ")
    exchange = {"PLAIN": _plain, "LOGIN": _login}.get(mechanism.upper())
    if exchange is None:
        raise NotSignedIn("unknown-mechanism", attempt=False)
    try:
        given = await exchange(ask, initial.strip())
        return await service.sign_in(given.login, given.password, origin)
    except BadCredentials as bad:
        raise NotSignedIn(bad.key, attempt=True) from None
    except (NothingToSendFrom, NoMailboxYet):
        raise NotSignedIn("nothing-to-send-from", attempt=True) from None
    except ReadsNoMail:
        raise NotSignedIn("reads-no-mail", attempt=True) from None
    except NeedsAppPassword:
        raise NotSignedIn("needs-app-password", attempt=True) from None
    except SignInFailed:
        raise NotSignedIn("sign-in-failed", attempt=True) from None
    except (Busy, StoreUnavailable):
        raise NotSignedIn("sign-in-busy", attempt=False) from None


async def _plain(ask: Ask, initial: str) -> Credentials:
    return plain(await _answer(ask, b"", initial))


async def _login(ask: Ask, initial: str) -> Credentials:
    login = await _answer(ask, b"Username:", initial)
    password = await _answer(ask, b"Password:", "")
    return pair(login, password)


async def _answer(ask: Ask, challenge: bytes, initial: str) -> bytes:
    """The initial response where there is one (RFC 4954 §4: "=" is an empty one), else ask."""
    if initial:
        if initial == "=":
            return b""
        return from_base64(initial.encode("utf-8", "surrogateescape"))
    line = await ask(challenge)
    if line is None:
        raise BadCredentials("auth-too-long")
    return from_base64(line)
