"""Draws commands of signing in and of mailboxes."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from wire_words import MODSEQ, Words, Written, joined

from proxyd.imapwire import command as imap
from proxyd.imapwire.command.status import STATUS_ITEMS

Draw = Callable[[Words], Written[Any]]
MECHANISMS = ["PLAIN", "LOGIN", "X-TOKEN"]


def authenticate(words: Words) -> Written[Any]:
    wire, mechanism = words.one_of(MECHANISMS)
    initial = words.draw(st.none() | st.binary(max_size=20))
    if initial is not None:
        wire += b" " + (base64.b64encode(initial) or b"=")
    return wire, imap.Authenticate(mechanism, initial)


def login(words: Words) -> Written[Any]:
    user, password = (words.draw(st.from_regex(rb"[^\0]{1,12}", fullmatch=True)) for _ in "12")
    return joined(words.astring(user), words.astring(password)), imap.Login(user, password)


def identify(words: Words) -> Written[Any]:
    def pair() -> Written[tuple[bytes, bytes | None]]:
        (name, key), (text, value) = words.text(), words.maybe(words.text, None)
        return joined(name, text or b"NIL"), (key, value)

    wire, pairs = words.maybe(lambda: words.listed(pair, 0, 3), None)
    return wire or words.word("NIL"), imap.Id(None if pairs is None else tuple(pairs))


def enable(words: Words) -> Written[Any]:
    wires, names = words.several(
        lambda: words.one_of(["CONDSTORE", "QRESYNC", "UTF8=ACCEPT"]), 1, 3
    )
    return joined(*wires), imap.Enable(tuple(dict.fromkeys(names)))


def compress(words: Words) -> Written[Any]:
    wire, name = words.one_of(["DEFLATE", "X-ODD"])
    return wire, imap.Compress(name)


def select(words: Words, *, read_only: bool) -> Written[Any]:
    wire, name = words.mailbox()
    asked, condstore = words.maybe(lambda: (words.word("CONDSTORE"), True), False)
    resync, qresync = words.maybe(lambda: _qresync(words), None)
    if asked or resync:
        wire += b" (" + joined(asked, resync) + b")"
    return wire, imap.Select(name, read_only, condstore, qresync)


def _qresync(words: Words) -> Written[imap.QresyncParameter]:
    uidvalidity, modseq = words.draw(st.integers(1, 2**32 - 1)), words.draw(MODSEQ)
    known, numbers = words.maybe(lambda: words.numset(star=False), None)
    pairs = words.draw(st.none() | st.dictionaries(st.integers(1, 99), st.just(0), min_size=1))
    match: tuple[imap.NumSet, imap.NumSet] | None = None
    if pairs is not None:
        match = imap.NumSet.of(pairs), imap.NumSet.of(3 * number for number in pairs)
    wire = joined(
        *(b"%d %d" % (uidvalidity, modseq), known),
        b"(%b %b)" % (bytes(match[0]), bytes(match[1])) if match else b"",
    )
    value = imap.QresyncParameter(uidvalidity, modseq, numbers, match)
    return words.word("QRESYNC") + b" (" + wire + b")", value


def create(words: Words) -> Written[Any]:
    wire, name = words.mailbox()
    uses = [None, "\\Sent", "\\Junk", "\\Archive", "\\Important"]
    use = words.draw(st.sampled_from(uses))
    if use is not None:
        wire += b" (" + words.word("USE") + b" (" + words.word(use) + b"))"
    return wire, imap.Create(name, use)


def one_mailbox(make: Callable[[str], Any]) -> Draw:
    def draw(words: Words) -> Written[Any]:
        wire, name = words.mailbox()
        return wire, make(name)

    return draw


def two_mailboxes(words: Words) -> Written[Any]:
    (first, name), (second, to) = words.mailbox(), words.mailbox()
    return joined(first, second), imap.Rename(name, to)


def lsub(words: Words) -> Written[Any]:
    (first, reference), (second, pattern) = words.mailbox(), words.mailbox()
    return joined(first, second), imap.Lsub(reference, pattern)


def listing(words: Words) -> Written[Any]:
    selection, chosen = words.maybe(
        lambda: words.listed(lambda: words.one_of(["SUBSCRIBED", "SPECIAL-USE"]), 0, 2), None
    )
    reference, root = words.mailbox()
    many = words.draw(st.booleans())
    pattern, patterns = words.listed(words.mailbox, 1, 3) if many else _single(words)
    options, returns = words.maybe(lambda: _returns(words), None)
    extended = many or chosen is not None or returns is not None
    value = imap.List(
        *(root, tuple(patterns), frozenset(chosen or ()), frozenset((returns or ((), ()))[0])),
        *((returns or ((), ()))[1], extended),
    )
    return joined(selection, reference, pattern, options), value


def _single(words: Words) -> Written[list[str]]:
    wire, name = words.mailbox()
    return wire, [name]


def _returns(words: Words) -> Written[tuple[list[str], tuple[str, ...]]]:
    wires, names = words.several(
        lambda: words.one_of(["SUBSCRIBED", "CHILDREN", "SPECIAL-USE", "MYRIGHTS"]), 0, 3
    )
    items, asked = words.maybe(lambda: _items(words), ())
    if items:
        wires.append(words.word("STATUS") + b" " + items)
    return words.word("RETURN") + b" (" + joined(*wires) + b")", (names, asked)


def _items(words: Words) -> Written[tuple[str, ...]]:
    wire, items = words.listed(lambda: words.one_of(sorted(STATUS_ITEMS)), 1, 5)
    return wire, tuple(dict.fromkeys(items))


def status(words: Words) -> Written[Any]:
    (wire, name), (listed, items) = words.mailbox(), _items(words)
    return joined(wire, listed), imap.Status(name, items)
