"""What the access log can be asked, as it is asked: the form in which the log has it. Pure.

Must never let a typing error pass as "nothing found": who reads an empty answer believes it.
"""

from __future__ import annotations

import ipaddress

from proxyd.domain.errors import BadInput


def logged_address(text: str) -> str:
    """As the log writes addresses; a network by its first address. Raises BadInput."""
    text = text.strip()
    try:
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise BadInput(
            "--address",
            f"{text!r} is neither an IP address nor a network",
            "write it as 192.0.2.7, 2001:db8::7 or 192.0.2.0/24",
        ) from None


def bare_id(message_id: str) -> str:
    """As the log writes it: without the brackets."""
    return message_id.strip().strip("<>")


def require_order(since_us: int | None, until_us: int | None, *, since: str, until: str) -> None:
    """``since``, ``until``: as they were typed. Raises BadInput where nothing lies between."""
    if since_us is not None and until_us is not None and since_us >= until_us:
        raise BadInput(
            "--until",
            f"{until!r} is not after --since {since!r}",
            "exchange them, or leave one out",
        )
