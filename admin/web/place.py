"""Where the console is: what it is called from outside, and what follows from that.

The address that is typed decides over cookies, over which Host is ours, and over what another
origin is (docs/decisions/059-web-door.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from proxyd.domain.networks import Network, admits

_FORWARDED = b"x-forwarded-for"


@dataclass(frozen=True, slots=True)
class Place:
    """``origin``: "https://console.example.com", or "http://localhost:8025" on this machine.
    ``proxies``: whose word for a client's address is taken.
    """

    origin: str
    proxies: tuple[Network, ...] = ()
    language: str = "en"

    @property
    def secure(self) -> bool:
        return self.origin.startswith("https://")

    @property
    def host(self) -> str:
        """As it stands in ``Host``: without the port that the scheme implies."""
        return urlsplit(self.origin).netloc.lower()

    def cookie(self, name: str) -> str:
        """A name that no neighbour can plant one under; on this machine's http browsers take none
        with that prefix.
        """
        return f"__Host-{name}" if self.secure else name

    def client_address(self, peer: str, headers: Sequence[tuple[bytes, bytes]]) -> str:
        """Of who asks: the last one named that is no proxy of ours; else the peer itself."""
        if not self.is_proxy(peer):
            return peer
        told = b",".join(value for name, value in headers if name.lower() == _FORWARDED)
        for text in reversed([one.strip() for one in told.decode("latin-1").split(",")]):
            if not _is_address(text):
                return peer
            if not self.is_proxy(text):
                return text
        return peer

    def is_proxy(self, address: str) -> bool:
        """Whether it is a web server of ours, which asks for everybody."""
        return bool(self.proxies) and admits(self.proxies, address)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
