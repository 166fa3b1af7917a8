"""One ``* n FETCH (…)`` row (RFC 9051 §7.5.2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from proxyd.demo.mailbox import DemoMailbox, DemoMessage
from proxyd.imapwire.encode import NIL, flag_list, literal, quoted
from proxyd.imapwire.fetch_attribute import BODY_SECTION, FetchAttribute
from proxyd.imapwire.mime import MimeMail

_FACTS: dict[str, Callable[[DemoMessage], bytes]] = {
    "UID": lambda message: b"%d" % message.uid,
    "FLAGS": lambda message: flag_list(message.flags),
    "INTERNALDATE": lambda message: quoted(message.date.encode("ascii")),
    "RFC822.SIZE": lambda message: b"%d" % message.size,
}
_DESCRIPTIONS: dict[str, Callable[[MimeMail], bytes]] = {
    "ENVELOPE": MimeMail.envelope,
    "BODY": partial(MimeMail.bodystructure, extended=False),
    "BODYSTRUCTURE": partial(MimeMail.bodystructure, extended=True),
}
# RFC 3501 §6.4.5: each is a section of BODY[...] under another label.
_RFC822 = {"RFC822": b"", "RFC822.HEADER": b"HEADER", "RFC822.TEXT": b"TEXT"}


def is_known(attribute: FetchAttribute) -> bool:
    """Is it an attribute without extensions?"""
    name = attribute.name
    return name == BODY_SECTION or any(name in kind for kind in (_FACTS, _DESCRIPTIONS, _RFC822))


def row(
    mailbox: DemoMailbox, number: int, message: DemoMessage, attributes: Sequence[FetchAttribute]
) -> bytes:
    pairs = [one.label + b" " + _value(mailbox, message, one) for one in attributes]
    return b"* %d FETCH (%b)\r\n" % (number, b" ".join(pairs))


def _value(mailbox: DemoMailbox, message: DemoMessage, attribute: FetchAttribute) -> bytes:
    fact = _FACTS.get(attribute.name)
    if fact is not None:
        return fact(message)
    description = _DESCRIPTIONS.get(attribute.name)
    if description is not None:
        return description(mailbox.mail(message))
    section = _RFC822.get(attribute.name, attribute.section or b"")
    octets = mailbox.mail(message).section(section, attribute.partial)
    return NIL if octets is None else literal(octets)
