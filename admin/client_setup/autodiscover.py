"""The settings as Outlook and old mobile clients ask for them: Autodiscover in plain old XML.

Source: [MS-OXDSCLI] §2.2.3 and §2.2.4, and "POX Autodiscover XML elements for Exchange". What comes
in is a stranger's XML: no document type, so no entities, and nothing is fetched.
"""

from __future__ import annotations

from typing import Final
from xml.parsers import expat

from admin.client_setup.xml_text import Element, document, element
from proxyd.domain.client_facts import ClientFacts, ClientServer

_SCHEMAS: Final = "http://schemas.microsoft.com/exchange/autodiscover/"
_ENVELOPE: Final = _SCHEMAS + "responseschema/2006"
_SETTINGS: Final = _SCHEMAS + "outlook/responseschema/2006a"
_SOCKETS: Final = {"tls": "SSL", "starttls": "TLS"}  # Outlook's word for STARTTLS is TLS

# As Exchange numbers them.
INVALID_REQUEST: Final = 600
NO_SUCH_SCHEMA: Final = 601
_MESSAGES: Final = {INVALID_REQUEST: "Invalid Request", NO_SUCH_SCHEMA: "Unknown response schema"}


class NotAsked(ValueError):
    """A request that can't be answered; ``code`` is what Exchange would say."""

    def __init__(self, code: int) -> None:
        super().__init__(_MESSAGES[code])
        self.code = code


def autodiscover(facts: ClientFacts, address: str) -> bytes:
    """``address``: as it was typed. It becomes the user name, whether it exists or not."""
    account = [
        element("AccountType", "email"),
        element("Action", "settings"),
        _protocol("IMAP", facts.imap, address),
        _protocol("SMTP", facts.smtp, address),
    ]
    inner = [element("Account", children=account)]
    return _answer(element("Response", children=inner, xmlns=_SETTINGS))


def _protocol(kind: str, server: ClientServer, address: str) -> Element:
    # Encryption overrides SSL where a client knows it; an older one knows SSL alone.
    children = [
        element("Type", kind),
        element("Server", server.host),
        element("Port", str(server.port)),
        element("LoginName", address),
        element("DomainRequired", "off"),
        element("SPA", "off"),
        element("SSL", "on"),
        element("Encryption", _SOCKETS[server.security]),
        element("AuthRequired", "on"),
    ]
    if kind == "SMTP":  # UsePOPAuth means: sign in as for reading
        children += [element("UsePOPAuth", "on"), element("SMTPLast", "off")]
    return element("Protocol", children=children)


def refusal(code: int) -> bytes:
    """[MS-OXDSCLI] §2.2.4.1.1.2: an Error. Its Time and Id are for a support line that we are not;
    they must be there.
    """
    told = [element("ErrorCode", str(code)), element("Message", _MESSAGES[code])]
    error = element("Error", children=told, Time="00:00:00.0000000", Id="0")
    return _answer(element("Response", children=[error]))


def _answer(response: Element) -> bytes:
    return document(element("Autodiscover", children=[response], xmlns=_ENVELOPE))


def asked_address(body: bytes) -> str:
    """The address that a request is about. Raises NotAsked."""
    reader = _Reader()
    try:
        reader.parser.Parse(body, True)  # noqa: FBT003 - expat's
    except (expat.ExpatError, ValueError, LookupError):  # no XML, or in no encoding that there is
        raise NotAsked(INVALID_REQUEST) from None
    schema = reader.found.get("AcceptableResponseSchema", _SETTINGS).strip()
    if schema.rpartition("/autodiscover/")[2] != _SETTINGS.rpartition("/autodiscover/")[2]:
        raise NotAsked(NO_SUCH_SCHEMA)  # ActiveSync, which is not here
    address = reader.found.get("EMailAddress", "").strip()
    if not address:
        raise NotAsked(INVALID_REQUEST)
    return address


class _Reader:
    """The texts of a request's elements, by local name.

    A document type is refused: entities are declared in one, and no client sends it.
    """

    def __init__(self) -> None:
        self.found: dict[str, str] = {}
        self._open = ""
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._refuse
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text

    def _refuse(self, *_: object) -> None:
        raise NotAsked(INVALID_REQUEST)

    def _start(self, tag: str, _attributes: object) -> None:
        self._open = tag.rpartition(" ")[2]
        self.found[self._open] = ""

    def _end(self, _tag: str) -> None:
        self._open = ""

    def _text(self, text: str) -> None:
        if self._open:
            self.found[self._open] += text
