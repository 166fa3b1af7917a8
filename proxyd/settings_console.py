"""The console's listener: does it fit where it is reached, and is what it is called usable?

Looks only. Each finding is (key, what is wrong, what to write instead).
"""

from __future__ import annotations

from collections.abc import Iterator

from proxyd.domain.errors import BadInput
from proxyd.domain.networks import parsed_networks
from proxyd.settings import Settings

Finding = tuple[str, str, str]


def console_faults(settings: Settings) -> Iterator[Finding]:
    console = settings.console
    if console.listen is None:
        return
    try:
        proxies = parsed_networks(console.proxies.split())
    except BadInput as error:
        yield "console.proxies", error.problem, error.instead
        return
    outside = console.public_url.startswith("https://")
    if outside and console.listen.loopback and not proxies:
        yield (
            "console.proxies",
            "is empty, so everybody would seem to sign in from this machine",
            'name where the web server in front asks from, for example "127.0.0.1"',
        )
    if not outside and console.public_url and not console.listen.loopback:
        yield (
            "console.public_url",
            f"{console.public_url} has no TLS, and {console.listen} can be reached from outside",
            'write it with "https://", or listen on 127.0.0.1',
        )
