"""ENVELOPE of a message on the wire (RFC 9051 §7.5.2). Never raises; knows only header fields."""

from __future__ import annotations

from proxyd.imapwire.encode import nstring
from proxyd.mailtext.addresses import Address, addresses
from proxyd.mailtext.fields import Field, first

# Stand-ins for what an address lacks: a missing host would read as the mark of a group (RFC 9051
# §7.5.2). The words are Dovecot's.
_NO_MAILBOX = b"MISSING_MAILBOX"
_NO_HOST = b"MISSING_DOMAIN"


def envelope(fields: list[Field]) -> bytes:
    """``env-date SP env-subject SP env-from SP …`` in parentheses."""
    sender = _address_list(fields, b"FROM")
    parts = [
        nstring(first(fields, b"DATE")),
        nstring(first(fields, b"SUBJECT")),
        sender,
        _or(_address_list(fields, b"SENDER"), sender),
        _or(_address_list(fields, b"REPLY-TO"), sender),
        _address_list(fields, b"TO"),
        _address_list(fields, b"CC"),
        _address_list(fields, b"BCC"),
        nstring(first(fields, b"IN-REPLY-TO")),
        nstring(first(fields, b"MESSAGE-ID")),
    ]
    return b"(" + b" ".join(parts) + b")"


def _or(text: bytes, default: bytes) -> bytes:
    """RFC 9051 §7.5.2: an absent Sender or Reply-To is the From."""
    return default if text == b"NIL" else text


def _address_list(fields: list[Field], name: bytes) -> bytes:
    """Several fields of one name count as one: better than dropping recipients from view."""
    found = [a for field in fields if field.name == name for a in addresses(field.value)]
    return b"(" + b"".join(map(_address, found)) + b")" if found else b"NIL"


def _address(address: Address) -> bytes:
    mailbox = _NO_MAILBOX if address.mailbox == b"" else address.mailbox
    host = _NO_HOST if address.host == b"" else address.host
    texts = (address.name, address.route, mailbox, host)
    return b"(" + b" ".join(map(nstring, texts)) + b")"
