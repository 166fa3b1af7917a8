"""How mail clients reach this installation, as the settings say or as follows from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from proxyd.domain.client_facts import ClientServer
from proxyd.service.admin.client_setup import Reached
from proxyd.settings import Settings
from proxyd.settings_values import Listen

_TLS_PORTS = (993, 465)


def reached(settings: Settings, ports: Mapping[str, int] | None = None) -> Reached:
    """``ports``: of the doors that are open, by name; where the system was to choose one, the
    settings don't tell. Raises OSError where the authority's file can't be read. PEM is ASCII: what
    else stands there is a comment.
    """
    clients, imap, smtp = settings.clients, settings.imap, settings.smtp
    host = settings.server.hostname
    return Reached(
        organisation=clients.organisation,
        imap=_server(clients.imap, host, *_open("imap", imap.tls, imap.starttls, ports or {})),
        smtp=_server(clients.smtp, host, *_open("smtp", smtp.tls, smtp.starttls, ports or {})),
        web=clients.web,
        ca_pem=clients.ca_file.read_text("ascii", "ignore") if clients.ca_file else "",
    )


def _open(
    door: str, tls: Listen | None, starttls: Listen | None, ports: Mapping[str, int]
) -> tuple[Listen | None, Listen | None]:
    """The two, with the ports that they got."""
    return (
        tls and replace(tls, port=ports.get(f"{door}-tls", tls.port)),
        starttls and replace(starttls, port=ports.get(f"{door}-starttls", starttls.port)),
    )


def _server(given: str, host: str, tls: Listen | None, starttls: Listen | None) -> ClientServer:
    """A given port is as the listener with that number; else it is TLS where there is such a door,
    because nothing else is to be recommended (RFC 8314 §3).
    """
    if given:
        name, _, port = given.rpartition(":")
        explicit = starttls is not None and int(port) in (starttls.port, 143, 587)
        if tls is not None and int(port) in (tls.port, *_TLS_PORTS):
            explicit = False
        return ClientServer(name, int(port), "starttls" if explicit else "tls")
    if tls is not None:
        return ClientServer(host, tls.port, "tls")
    return ClientServer(host, starttls.port if starttls else 0, "starttls")
