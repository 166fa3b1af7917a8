"""The settings as Thunderbird, K-9, Evolution, KMail and others ask for them by mail domain.

Source: draft-ietf-mailmaint-autoconfig-06 (28 June 2026), which describes what is in use since 2009
(wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat). One document for a domain: it
says nothing that depends on which mailboxes or logins exist there.
"""

from __future__ import annotations

from typing import Final

from admin.client_setup.xml_text import Element, document, element, xml_text
from proxyd.domain.client_facts import ClientFacts, ClientServer

# Every client takes this one; 1.2 says nothing more about mail (§ "clientConfig").
_VERSION: Final = "1.1"
# § "displayName and displayShortName": they must not be longer.
_NAME: Final = 60
_SHORT_NAME: Final = 20
_SOCKETS: Final = {"tls": "SSL", "starttls": "STARTTLS"}


def autoconfig(facts: ClientFacts, domain: str) -> bytes:
    """config-v1.1.xml for the addresses of ``domain`` (in lower case, as ClientMailbox.domain)."""
    name = xml_text(facts.organisation) or domain
    children = [
        element("domain", domain),
        element("displayName", name[:_NAME]),
        element("displayShortName", name[:_SHORT_NAME]),
        _server("incomingServer", "imap", facts.imap),
        _server("outgoingServer", "smtp", facts.smtp),
    ]
    provider = element("emailProvider", children=children, id=domain)
    return document(element("clientConfig", children=[provider], version=_VERSION))


def _server(tag: str, protocol: str, server: ClientServer) -> Element:
    """The whole address is the user name: the password says who it is (domain/user_name.py)."""
    children = [
        element("hostname", server.host),
        element("port", str(server.port)),
        element("socketType", _SOCKETS[server.security]),
        element("authentication", "password-cleartext"),
        element("username", "%EMAILADDRESS%"),
    ]
    return element(tag, children=children, type=protocol)
