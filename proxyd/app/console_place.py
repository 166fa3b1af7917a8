"""Where the console is, from the settings and the port that it got."""

from __future__ import annotations

from admin.web.place import Place
from proxyd.domain.networks import parsed_networks
from proxyd.settings import Settings

_HTTPS = 443


def console_place(settings: Settings, port: int) -> Place:
    """Raises BadInput for what ``proxyd check`` refuses."""
    proxies = parsed_networks(settings.console.proxies.split())
    return Place(public_origin(settings, port), proxies, settings.server.language)


def public_origin(settings: Settings, port: int) -> str:
    """What is typed in a browser: as it is set, or as it follows from where is listened."""
    console = settings.console
    if console.public_url:
        return console.public_url
    if console.listen is None or console.listen.loopback:
        return f"http://localhost:{port}"
    place = "" if port == _HTTPS else f":{port}"
    return f"https://{settings.server.hostname}{place}"
