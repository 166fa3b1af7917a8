"""How an upstream server is written on the command line: ``imaps://USER@HOST:PORT``.

USER is a mail address with most providers, so it may be percent-encoded or simply hold an ``@``:
the last one separates. Pure. A URL with a password in it is refused and not repeated: command lines
are read by others.
"""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import quote, unquote

from proxyd.domain.errors import BadInput
from proxyd.domain.types import Server

# scheme → (security, default port): RFC 8314 §3.2, §3.3 for implicit TLS; RFC 6409 §3.1 for 587.
IMAP_SCHEMES = {
    "imaps": ("tls", 993),
    "imap+starttls": ("starttls", 143),
    "imap": ("plain", 143),
}
SMTP_SCHEMES = {
    "smtps": ("tls", 465),
    "smtp+starttls": ("starttls", 587),
    "smtp": ("plain", 587),
}

_URL = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*)://(?P<rest>.*)", re.IGNORECASE)
_HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?(?:\.[a-z0-9_-]+)*\.?", re.I)


def imap_server(url: str) -> Server:
    return _server(url, "IMAP server", IMAP_SCHEMES, "imaps://USER@HOST:993", "")


def smtp_server(url: str, user: str) -> Server:
    """``user`` counts where the URL names none."""
    return _server(url, "SMTP server", SMTP_SCHEMES, "smtps://USER@HOST:465", user)


def url_of(server: Server, schemes: dict[str, tuple[str, int]]) -> str:
    """The URL that reads as ``server``."""
    scheme = next(word for word, (security, _) in schemes.items() if security == server.security)
    host = f"[{server.host}]" if ":" in server.host else server.host
    return f"{scheme}://{quote(server.user, safe='@+')}@{host}:{server.port}"


def is_loopback(host: str) -> bool:
    """Only what never leaves the machine, without asking a name server."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _server(
    url: str,
    what: str,
    schemes: dict[str, tuple[str, int]],
    example: str,
    fallback: str,
) -> Server:
    found = _URL.fullmatch(url.strip())
    if found is None or found["scheme"].lower() not in schemes:
        words = ", ".join(f"{scheme}://" for scheme in schemes)
        raise BadInput(what, "the URL begins with none of " + words, f"write {example}")
    security, default_port = schemes[found["scheme"].lower()]
    text, _, place = found["rest"].rpartition("@")
    user = _user(text, what, example) if text or not fallback else fallback
    host, port = _host_and_port(place, what, example, default_port)
    if security == "plain" and not is_loopback(host):
        first = next(iter(schemes))
        raise BadInput(
            what,
            f"{found['scheme']}:// sends the password in clear and is for this machine only",
            f"write {first}:// (TLS) or {found['scheme']}+starttls://",
        )
    return Server(host, port, security, user)


def _user(text: str, what: str, example: str) -> str:
    if ":" in text:
        raise BadInput(
            what,
            "the URL holds a password (or a user with a colon)",
            f"write {example} and give the password with --password-stdin (a colon as %3A)",
        )
    try:
        user = unquote(text, errors="strict")
    except UnicodeDecodeError:
        user = ""
    if not user or any(ord(char) < 0x20 or ord(char) == 0x7F for char in user):
        raise BadInput(what, "the URL names no user to sign in as", f"write {example}")
    return user


def _host_and_port(place: str, what: str, example: str, default: int) -> tuple[str, int]:
    place = place.removesuffix("/")
    if place.startswith("["):  # RFC 3986 §3.2.2: an IPv6 address
        host, closed, after = place[1:].partition("]")
        colon, digits = after[:1], after[1:]
        good = bool(closed) and colon in ("", ":") and _is_ipv6(host)
    else:
        host, colon, digits = place.partition(":")
        good = _HOST.fullmatch(host) is not None
    if not good:
        raise BadInput(what, f"{host!r} is not a host name", f"write {example}")
    if not colon:
        return host.lower(), default
    if not (digits.isascii() and digits.isdigit() and 0 < int(digits[:6]) <= 65535):
        raise BadInput(what, f"{digits!r} is not a port", f"write {example}")
    return host.lower(), int(digits)


def _is_ipv6(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False
