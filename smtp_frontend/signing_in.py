"""AUTH (RFC 4954): the exchange of challenges, and one call of the accounts service.

Never says why a sign-in failed: unknown login, wrong password and disabled account sound the same.
Only who gave the right password hears that there is nothing to send from.
"""

from __future__ import annotations

from base64 import b64encode
from typing import TYPE_CHECKING

from proxyd.domain.errors import Busy, NothingToSendFrom, SignInFailed, StoreUnavailable
from smtp_frontend.credentials import BadCredentials, Credentials, from_base64, pair, plain
from smtp_frontend.replies import reply

if TYPE_CHECKING:
    from smtp_frontend.connection import Connection


async def sign_in(connection: Connection, arg: str | None) -> None:
    """Carry out ``AUTH arg`` and reply."""
    mechanism, _, initial = (arg or "").partition(" ")
    exchange = {"PLAIN": _plain, "LOGIN": _login}.get(mechanism.upper())
    if exchange is None:
        await connection.push(reply("unknown-mechanism"))
        return
    try:
        given = await exchange(connection, initial.strip())
    except BadCredentials as bad:
        await _refuse(connection, bad.key)
        return
    try:
        account = await connection.service.sign_in(given.login, given.password, connection.origin)
    except NothingToSendFrom:
        await _refuse(connection, "nothing-to-send-from")
    except SignInFailed:
        await _refuse(connection, "sign-in-failed")
    except (Busy, StoreUnavailable):
        await connection.push(reply("sign-in-busy"))
    else:
        connection.signed_in(account)
        await connection.push(reply("signed-in"))


async def _refuse(connection: Connection, key: str) -> None:
    connection.failures += 1
    await connection.push(reply(key))
    if connection.failures >= connection.options.login_failures:
        connection.say_goodbye("too-many-logins")


async def _plain(connection: Connection, initial: str) -> Credentials:
    return plain(await _answer(connection, b"", initial))


async def _login(connection: Connection, initial: str) -> Credentials:
    login = await _answer(connection, b"Username:", initial)
    password = await _answer(connection, b"Password:", "")
    return pair(login, password)


async def _answer(connection: Connection, challenge: bytes, initial: str) -> bytes:
    """The initial response where there is one (RFC 4954 §4: "=" is an empty one), else ask."""
    if initial:
        if initial == "=":
            return b""
        return from_base64(initial.encode("utf-8", "surrogateescape"))
    await connection.push(b"334 " + b64encode(challenge))
    line = await connection.read_line()
    if line is None:
        raise BadCredentials("auth-too-long")
    return from_base64(line)
