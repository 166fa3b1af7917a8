"""From a template and its facts to a page: Jinja2, which stops at what is not there.

Everything that is put in is escaped; nothing may be marked as safe (a test looks). Static files are
read once, and named by what they hold, so that a browser keeps them until they change.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from admin.web.words import said

_HERE: Final = Path(__file__).parent
_KINDS: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
NONCE_OCTETS: Final = 16


class StaticFiles:
    """What browsers are given besides pages: by name, with kind and version."""

    def __init__(self, folder: Path = _HERE / "static") -> None:
        self._content = {
            one.name: (one.read_bytes(), _KINDS[one.suffix])
            for one in sorted(folder.iterdir())
            if one.suffix in _KINDS
        }

    def get(self, name: str) -> tuple[bytes, str] | None:
        return self._content.get(name)

    def version(self, name: str) -> str:
        return hashlib.sha256(self._content[name][0]).hexdigest()[:16]

    def path(self, name: str) -> str:
        return f"/static/{name}?v={self.version(name)}"


class Templates:
    def __init__(self, static: StaticFiles) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
        )
        self._environment.globals["static"] = static.path
        self._environment.filters["program"] = program

    def page(
        self, template: str, language: str, scripts: Sequence[str], facts: Mapping[str, object]
    ) -> tuple[str, str]:
        """The page, and the nonce of its scripts ("": it has none)."""
        nonce = secrets.token_urlsafe(NONCE_OCTETS) if scripts else ""
        text = self._environment.get_template(template).render(
            {
                "t": partial(said, language),
                "at": partial(local_time, language),
                "at_second": partial(local_second, language),
                "language": language,
                "nonce": nonce,
                "scripts": scripts,
                "zone": _zone(),
                "problems": (),
                **facts,
            }
        )
        return text, nonce


_DATES: Final = {"en": "%Y-%m-%d %H:%M", "ja": "%Y/%m/%d %H:%M"}


def local_time(language: str, at_us: int) -> str:
    """As the clock on this machine's wall: 2026-10-03 10:20."""
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone()
    return at.strftime(_DATES[language])


def local_second(language: str, at_us: int) -> str:
    """The same, to the second."""
    at = datetime.fromtimestamp(at_us / 1_000_000, UTC).astimezone()
    return at.strftime(f"{_DATES[language]}:%S")


# What a User-Agent names, the particular before what it pretends to be as well.
_PROGRAMS: Final = (
    *(("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("FxiOS/", "Firefox")),
    *(("CriOS/", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari")),
)
_SYSTEMS: Final = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)
_SHORT: Final = 40


def program(client: str) -> str:
    """ "Firefox, Windows"; what is not known, as it says of itself, cut short."""
    found = [
        next((name for mark, name in marks if mark in client), "")
        for marks in (_PROGRAMS, _SYSTEMS)
    ]
    return ", ".join(one for one in found if one) or client[:_SHORT] or "?"


def _zone() -> str:
    return datetime.now(UTC).astimezone().tzname() or "UTC"
