"""Commands about the session itself: signing in, idling, asking what the server can do."""

from __future__ import annotations

from proxyd.demo.session import DemoRefusal, DemoSession, Invalid
from proxyd.imapwire.command import (
    Authenticate,
    Capability,
    Check,
    Enable,
    Id,
    Idle,
    Login,
    Logout,
    Namespace,
    Noop,
    StartTls,
    decode_base64,
)
from proxyd.imapwire.errors import BadSyntax

CAPABILITIES = " ".join(
    (
        "IMAP4rev1",  # RFC 3501
        "LITERAL+",  # RFC 7888
        "SASL-IR",  # RFC 4959
        "AUTH=PLAIN",  # RFC 4616
        "ID",  # RFC 2971
        "IDLE",  # RFC 2177
        "NAMESPACE",  # RFC 2342
        "UIDPLUS",  # RFC 4315
        "UNSELECT",  # RFC 3691
        "MOVE",  # RFC 6851
        "CHILDREN",  # RFC 3348
        "SPECIAL-USE",  # RFC 6154
        "LIST-EXTENDED",  # RFC 5258
        "LIST-STATUS",  # RFC 5819
        "ESEARCH",  # RFC 4731
        "STATUS=SIZE",  # RFC 8438
    )
)
_MAX_FAILURES = 3  # then the connection is closed


async def capability(session: DemoSession, _: Capability) -> str:
    session.send(b"CAPABILITY " + CAPABILITIES.encode("ascii"))
    return "CAPABILITY completed"


async def noop(_session: DemoSession, _: Noop | Check) -> str:
    return "Completed"


async def logout(session: DemoSession, _: Logout) -> str:
    session.ended = True
    session.send(b"BYE Logging out")
    return "LOGOUT completed"


async def identify(session: DemoSession, _: Id) -> str:
    session.send(b'ID ("name" "demo provider")')
    return "ID completed"


async def enable(session: DemoSession, _: Enable) -> str:
    session.send(b"ENABLED")
    return "ENABLE completed"


async def namespace(session: DemoSession, _: Namespace) -> str:
    session.send(b'NAMESPACE (("" "/")) NIL NIL')
    return "NAMESPACE completed"


async def start_tls(_session: DemoSession, _: StartTls) -> str:
    raise Invalid("There is no TLS here: this server listens on loopback only")


async def idle(session: DemoSession, _: Idle) -> str:
    line = await session.idle()
    if line is None or line.upper() != b"DONE":
        raise Invalid("Expected DONE")
    return "IDLE completed"


async def login(session: DemoSession, command: Login) -> str:
    return _sign_in(session, command.user, command.password)


async def authenticate(session: DemoSession, command: Authenticate) -> str:
    if command.mechanism != "PLAIN":
        raise DemoRefusal("Only PLAIN is known here", "CANNOT")
    response = command.initial
    if response is None:
        session.line.write(b"+ \r\n")
        await session.line.drain()
        response = _response(await session.line.read_line())
    # message = [authzid] NUL authcid NUL passwd (RFC 4616 §2)
    pieces = response.split(b"\0")
    if len(pieces) != 3:
        raise Invalid("Expected a PLAIN response")
    return _sign_in(session, pieces[1], pieces[2])


def _response(line: bytes | None) -> bytes:
    if line is None or line == b"*":
        raise Invalid("AUTHENTICATE cancelled")
    try:
        return decode_base64(line)
    except BadSyntax as error:
        raise Invalid(error.text) from None


def _sign_in(session: DemoSession, user: bytes, password: bytes) -> str:
    if session.signed_in:
        raise Invalid("Signed in already")
    if not session.credentials_match(user, password):
        session.failures += 1
        session.ended = session.failures >= _MAX_FAILURES
        raise DemoRefusal("Wrong user or password", "AUTHENTICATIONFAILED")
    session.signed_in = True
    return f"[CAPABILITY {CAPABILITIES}] Signed in"
