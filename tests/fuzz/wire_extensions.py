"""Draws commands about rights, quota, annotations, and what a client wants to hear of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from wire_words import MODSEQ, NUMBER, Words, Written, joined

from proxyd.imapwire import command as imap

Draw = Callable[[Words], Written[Any]]
ENTRIES = ["/shared/comment", "/private/comment", "/shared/vendor/a b", "/private"]
EVENTS = st.lists(st.sampled_from(["MESSAGENEW", "FLAGCHANGE", "X-ODD"]), min_size=1, unique=True)


def who(make: Callable[[str, str], Any]) -> Draw:
    def draw(words: Words) -> Written[Any]:
        (mailbox, name), (label, identifier) = words.mailbox(), words.label()
        return joined(mailbox, label), make(name, identifier)

    return draw


def set_acl(words: Words) -> Written[Any]:
    (mailbox, name), (label, identifier) = words.mailbox(), words.label()
    rights = words.draw(st.from_regex(rb"[+-]?[a-z0-9]{0,8}", fullmatch=True))
    wire = joined(mailbox, label, words.astring(rights))
    return wire, imap.SetAcl(name, identifier, rights.decode())


def get_quota(words: Words) -> Written[Any]:
    wire, root = words.label()
    return wire, imap.GetQuota(root)


def set_quota(words: Words) -> Written[Any]:
    def limit() -> Written[tuple[str, int]]:
        (wire, name), (number, most) = words.one_of(["STORAGE", "X"]), words.number(MODSEQ)
        return joined(wire, number), (name, most)

    (wire, root), (listed, limits) = words.label(), words.listed(limit, 0, 3)
    return joined(wire, listed), imap.SetQuota(root, tuple(limits))


def _entry(words: Words) -> Written[str]:
    entry = words.draw(st.sampled_from(ENTRIES))
    return words.astring(words.word(entry)), entry


def get_metadata(words: Words) -> Written[Any]:
    most = words.draw(st.none() | NUMBER)
    depth = words.draw(st.sampled_from([None, "0", "1", "infinity"]))
    options = joined(
        b"" if most is None else words.word("MAXSIZE") + b" %d" % most,
        b"" if depth is None else words.word("DEPTH") + b" " + words.word(depth),
    )
    options = options and b"(" + options + b")"
    (mailbox, name), before = words.mailbox(), words.draw(st.booleans())
    listed, entries = words.listed(lambda: _entry(words), 1, 3)
    wire = joined(options, mailbox, listed) if before else joined(mailbox, options, listed)
    return wire, imap.GetMetadata(name, tuple(dict.fromkeys(entries)), most, depth or "0")


def set_metadata(words: Words) -> Written[Any]:
    entries = words.draw(st.lists(st.sampled_from(ENTRIES), min_size=1, unique=True))
    wires: list[bytes] = []
    changes: list[tuple[str, bytes | None]] = []
    for entry in entries:
        value = words.draw(st.none() | st.binary(max_size=12))
        text = words.word("NIL") if value is None else words.literal(value, binary=True)
        if value is not None and b"\0" not in value and words.draw(st.booleans()):
            text = words.string(value)
        wires.append(joined(words.astring(entry.encode()), text))
        changes.append((entry, value))
    mailbox, name = words.mailbox()
    return mailbox + b" (" + joined(*wires) + b")", imap.SetMetadata(name, tuple(changes))


def notify(words: Words) -> Written[Any]:
    if words.draw(st.integers(0, 5)) == 0:
        return words.word("NONE"), imap.Notify(status=False, groups=None)
    asked, status = words.maybe(lambda: (words.word("STATUS"), True), False)
    wires, groups = words.several(lambda: _group(words), 1, 3)
    if words.draw(st.booleans()):
        wire, group = _selected(words)
        wires, groups = [wire, *wires], [group, *groups]
    value = imap.Notify(status, tuple(groups))
    return joined(words.word("SET"), asked, *wires), value


def _group(words: Words) -> Written[imap.EventGroup]:
    kind, name = words.one_of(["INBOXES", "PERSONAL", "SUBSCRIBED", "SUBTREE", "MAILBOXES"])
    mailboxes, names = b"", list[str]()
    if name in ("SUBTREE", "MAILBOXES"):
        many = words.draw(st.booleans())
        if many:
            mailboxes, names = words.listed(words.mailbox, 1, 3)
        else:
            mailboxes, name_of_one = words.mailbox()
            names = [name_of_one]
    chosen = words.draw(st.none() | EVENTS)
    listed = b"NONE" if chosen is None else b"(" + joined(*map(words.word, chosen)) + b")"
    events = None if chosen is None else tuple(map(imap.NotifyEvent, chosen))
    value = imap.EventGroup(name, tuple(dict.fromkeys(names)), events)
    return b"(" + joined(kind, mailboxes, listed) + b")", value


def _selected(words: Words) -> Written[imap.EventGroup]:
    kind, name = words.one_of(["SELECTED", "SELECTED-DELAYED"])
    listed, values = words.maybe(lambda: words.listed(words.attribute, 1, 3), [])
    new = joined(words.word("MESSAGENEW"), listed)
    wire = b"(" + joined(words.word("MESSAGEEXPUNGE"), new, words.word("FLAGCHANGE")) + b")"
    events = (
        imap.NotifyEvent("MESSAGEEXPUNGE"),
        imap.NotifyEvent("MESSAGENEW", tuple(dict.fromkeys(values))),
        imap.NotifyEvent("FLAGCHANGE"),
    )
    return b"(" + joined(kind, wire) + b")", imap.EventGroup(name, (), events)
