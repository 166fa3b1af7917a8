"""Does a page of ours ask? The first of two walls against foreign pages (the second: forms.py).

Browsers say it themselves (Fetch Metadata); older ones name the page's origin with a form.
"""

from __future__ import annotations

from collections.abc import Mapping


def is_same_origin(headers: Mapping[str, str], origin: str) -> bool:
    """Whether a page of ``origin`` led here; not known is no."""
    site = headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    return headers.get("origin") == origin


def may_ask(method: str, headers: Mapping[str, str], origin: str) -> bool:
    """A form must be ours. A link may lead here from anywhere, into a window of its own; nothing
    of ours is a part of a foreign page.
    """
    if method not in ("GET", "HEAD"):
        return is_same_origin(headers, origin)
    site = headers.get("sec-fetch-site", "none")
    if site in ("same-origin", "none"):
        return True
    return headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") in (
        None,
        "document",
    )
