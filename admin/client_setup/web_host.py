"""Names under which clients ask the web for their settings."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from proxyd.domain.client_facts import ClientFacts

HTTPS_PORT: Final = 443  # no other is asked by a client that knows a name alone

NAME_MOST: Final = 255  # RFC 1035 §2.3.4


def web_host(facts: ClientFacts) -> tuple[str, int]:
    """The host of facts.web in lower case, and its port; ("", 443) where there is none."""
    parts = urlsplit(facts.web)
    return (parts.hostname or "", parts.port or HTTPS_PORT)


def in_ascii(domain: str) -> str:
    """As DNS and HTTP write it (RFC 5890), in lower case; "" for what is no host name."""
    if len(domain) > NAME_MOST:  # punycode takes the square of it
        return ""
    try:
        return domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""


def names_of(facts: ClientFacts) -> dict[str, str]:
    """Each name that a client may ask, and the mail domain that it thereby asks for; "" for the web
    door's own name, unless that is one of a domain's.
    """
    names = {web_host(facts)[0]: ""} if facts.web else {}
    for domain in {mailbox.domain for mailbox in facts.mailboxes}:
        written = in_ascii(domain)
        if written:
            names |= dict.fromkeys(
                (written, f"autoconfig.{written}", f"autodiscover.{written}"), domain
            )
    return names
