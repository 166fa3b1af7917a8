"""What the provider says of its quota (RFC 9208; RFC 2087 before it says the same).

Must never know whose quota it is. A server without the extension has no quota roots. Malformed
answers are left out: a number nobody can read is no reason to refuse anything.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from proxyd.domain.ports.upstream_rows import UpstreamQuota
from proxyd.imapwire import encode
from proxyd.imapwire.fetch_row import literal_octets
from proxyd.imapwire.response import Other, Response
from proxyd.upstream.command import UpstreamCommand, simple

# quota-root-name = astring
_NAME = re.compile(rb' ?(?:("(?:[^"\\\r\n]++|\\.)*+"|[^\s(){"]++)|\{([0-9]{1,9})\}\r\n)')
# quota-resource = resource-name SP resource-usage SP resource-limit
_RESOURCE = re.compile(rb"([A-Za-z0-9!#$&'*+,\-./:;<=>?@^_`|~]++) ([0-9]{1,19}) ([0-9]{1,19})")

MOST_ROOTS = 20  # of one folder; servers have one or two


def of_folder(wire_name: bytes) -> UpstreamCommand:
    """RFC 9208 §4.1.2."""
    return simple("GETQUOTAROOT", wire_name)


def of_root(root: str) -> UpstreamCommand:
    """RFC 9208 §4.1.1."""
    return simple("GETQUOTA", encode.astring(root.encode("utf-8", "surrogateescape")))


def quotas(untagged: Iterable[Response]) -> list[UpstreamQuota]:
    """All that was told, each root once, in the server's order; roots without numbers too."""
    resources: dict[str, tuple[tuple[str, int, int], ...]] = {}
    for one in untagged:
        if not isinstance(one, Other):
            continue
        if one.name == "QUOTAROOT":
            # quotaroot-list = "QUOTAROOT" SP mailbox *(SP quota-root-name)
            for root in _names(one.text)[1:]:
                resources.setdefault(root, ())
        elif one.name == "QUOTA":
            # quota-response = "QUOTA" SP quota-root-name SP quota-list
            for root in _names(one.text)[:1]:
                resources[root] = _resources(one.text)
    return [UpstreamQuota(root, told) for root, told in list(resources.items())[:MOST_ROOTS]]


def _names(text: bytes) -> list[str]:
    names: list[str] = []
    position = 0
    while len(names) <= MOST_ROOTS and (found := _NAME.match(text, position)) is not None:
        position = found.end()
        if found[2] is not None:
            raw = text[position : position + int(found[2])]
            position += int(found[2])
        else:
            raw = (literal_octets(found[1]) or b"") if found[1].startswith(b'"') else found[1]
        # What is no UTF-8 comes back as the same octets in GETQUOTA.
        names.append(raw.decode("utf-8", "surrogateescape"))
    return names


def _resources(text: bytes) -> tuple[tuple[str, int, int], ...]:
    listed = text[text.rfind(b"(") :].strip()
    if not listed.endswith(b")"):
        return ()
    found = _RESOURCE.findall(listed)
    return tuple((name.upper().decode(), int(usage), int(limit)) for name, usage, limit in found)
