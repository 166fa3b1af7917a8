"""The DNS records by which clients find a mail domain's servers, to be copied into its zone.

RFC 6186 and RFC 8314 §5.1 (SRV; a target of "." says that there is no such service), names that
Thunderbird and Outlook try by themselves (CNAME), and Outlook's own SRV.
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address
from typing import Final

from admin.client_setup.web_host import HTTPS_PORT, in_ascii, web_host
from proxyd.domain.client_facts import ClientFacts, ClientServer

_TTL_S: Final = 3600
_READING: Final = {"tls": "_imaps", "starttls": "_imap"}
_SENDING: Final = {"tls": "_submissions", "starttls": "_submission"}
_POP: Final = ("_pop3s", "_pop3")


def dns_records(facts: ClientFacts, domain: str) -> str:
    """Master file lines (RFC 1035 §5.1), each with a comment above; whole names, so that it does
    not matter where they are put. "" for a domain that DNS can't have.
    """
    zone = in_ascii(domain)
    if not zone:
        return ""
    lines = [
        *_services(zone, facts.imap, _READING, "Reading mail"),
        *_services(zone, facts.smtp, _SENDING, "Sending mail"),
        *_none(zone, _POP, "There is no POP3"),
        *_web(zone, *web_host(facts)),
    ]
    return "\n".join(lines) + "\n"


def _services(zone: str, server: ClientServer, labels: dict[str, str], what: str) -> Iterator[str]:
    words = {"tls": "TLS from the start", "starttls": "STARTTLS"}
    if _is_address(server.host):
        yield f"; {what}: give {server.host} a name and write it into [clients]; DNS takes no"
        yield "; address here"
        return
    yield f"; {what}, {words[server.security]}"
    yield _srv(zone, labels[server.security], 0, 1, server.port, server.host)
    others = [label for security, label in labels.items() if security != server.security]
    yield from _none(zone, others, f"{what}: in no other way")


def _none(zone: str, labels: list[str] | tuple[str, ...], why: str) -> Iterator[str]:
    for label in labels:
        yield f"; {why}"
        yield _srv(zone, label, 0, 0, 0, "")


def _web(zone: str, host: str, port: int) -> Iterator[str]:
    if not host or _is_address(host):
        return
    for name, who in (("autoconfig", "Thunderbird and others"), ("autodiscover", "Outlook")):
        if host == f"{name}.{zone}":
            yield f"; {host}, asked by {who}, needs an address (A, AAAA) of its own"
        elif port == HTTPS_PORT:
            yield f"; Asked for the settings by {who}"
            yield f"{name}.{zone}. {_TTL_S} IN CNAME {host}."
    yield "; Asked by Outlook, where autodiscover has no certificate"
    yield _srv(zone, "_autodiscover", 0, 0, port, host)


def _srv(zone: str, label: str, priority: int, weight: int, port: int, target: str) -> str:
    """RFC 2782."""
    return f"{label}._tcp.{zone}. {_TTL_S} IN SRV {priority} {weight} {port} {target.rstrip('.')}."


def _is_address(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
