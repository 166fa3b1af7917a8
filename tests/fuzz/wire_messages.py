"""Draws commands about messages: adding, reading, changing and finding them."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from wire_keys import Keys
from wire_words import MODSEQ, Words, Written, joined

from proxyd.imapwire import command as imap
from proxyd.imapwire.command.search import RETURN_OPTIONS
from proxyd.imapwire.command.sort import SORT_KEYS
from proxyd.imapwire.frame import Literal

CHARSETS = ["UTF-8", "US-ASCII"]


def append(words: Words) -> Written[Any]:
    mailbox, name = words.mailbox()
    wires, messages = words.several(lambda: _message(words), 1, 3)
    return joined(mailbox, *wires), imap.Append(name, tuple(messages))


def _message(words: Words) -> Written[imap.AppendMessage]:
    listed, flags = words.maybe(words.flags, ())
    day, date = words.maybe(words.date_time, None)
    kind = words.draw(st.sampled_from(["whole", "utf8", "catenate"]))
    if kind == "catenate":
        wires, parts = words.several(lambda: _part(words), 1, 3)
        wire = words.word("CATENATE") + b" (" + joined(*wires) + b")"
        value = imap.AppendMessage(flags, date, tuple(parts), catenate=True)
    elif kind == "utf8":
        wire, literal = _utf8(words)
        value = imap.AppendMessage(flags, date, (literal,), utf8=True)
    else:
        wire, literal = words.message()
        value = imap.AppendMessage(flags, date, (literal,))
    return joined(listed, day, wire), value


def _utf8(words: Words) -> Written[Literal]:
    data = words.draw(st.binary(max_size=20))
    wire = words.word("UTF8") + b" (" + words.literal(data, binary=True) + b")"
    return wire, Literal(data, len(data), binary=True)


def _part(words: Words) -> Written[Literal | imap.UrlPart]:
    kind = words.draw(st.sampled_from(["TEXT", "URL", "UTF8"]))
    if kind == "UTF8":
        return _utf8(words)
    if kind == "TEXT":
        wire, literal = words.message()
        return words.word("TEXT") + b" " + wire, literal
    url = words.draw(st.from_regex(rb"/[!-~]{0,20}", fullmatch=True))
    return words.word("URL") + b" " + words.astring(url), imap.UrlPart(url.decode())


def fetch(words: Words, *, uid: bool) -> Written[Any]:
    (wire, numbers), (listed, values) = words.messages(), words.listed(words.attribute, 1, 4)
    since = words.draw(st.none() | MODSEQ)
    vanished = since is not None and uid and words.draw(st.booleans())
    modifiers = b""
    if since is not None:
        modifiers = words.word("CHANGEDSINCE") + b" %d" % since
        modifiers = joined(words.word("VANISHED") if vanished else b"", modifiers)
        modifiers = b"(" + modifiers + b")"
    value = imap.Fetch(uid, numbers, tuple(dict.fromkeys(values)), since, vanished)
    return joined(wire, listed, modifiers), value


def store(words: Words, *, uid: bool) -> Written[Any]:
    (wire, numbers), (listed, flags) = words.messages(), words.flags()
    since = words.draw(st.none() | MODSEQ)
    modifier = b"" if since is None else b"(" + words.word("UNCHANGEDSINCE") + b" %d)" % since
    mode, silent = words.draw(st.sampled_from("+-=")), words.draw(st.booleans())
    item = mode.strip("=").encode() + words.word("FLAGS.SILENT" if silent else "FLAGS")
    value = imap.Store(uid, numbers, mode, silent, flags, since)
    return joined(wire, modifier, item, listed), value


def copy(words: Words, *, uid: bool, make: type[imap.Copy] | type[imap.Move]) -> Written[Any]:
    (wire, numbers), (mailbox, name) = words.messages(), words.mailbox()
    return joined(wire, mailbox), make(uid, numbers, name)


def expunge(words: Words, *, uid: bool) -> Written[Any]:
    if not uid:
        return b"", imap.Expunge(None)
    wire, numbers = words.messages()
    return wire, imap.Expunge(numbers)


def _search_returns(words: Words) -> Written[frozenset[str] | None]:
    wire, options = words.maybe(
        lambda: words.listed(lambda: words.one_of(sorted(RETURN_OPTIONS)), 0, 3), None
    )
    if options is None:
        return b"", None
    return words.word("RETURN") + b" " + wire, frozenset(options or ["ALL"])


def search(words: Words, *, uid: bool) -> Written[Any]:
    returns, options = _search_returns(words)
    charset, name = words.maybe(lambda: words.one_of(CHARSETS), None)
    program, key = Keys(words).program()
    charset = charset and words.word("CHARSET") + b" " + charset
    return joined(returns, charset, program), imap.Search(uid, key, name, options)


def sort(words: Words, *, uid: bool) -> Written[Any]:
    def criterion() -> Written[imap.SortKey]:
        (wire, by), reverse = words.one_of(sorted(SORT_KEYS)), words.draw(st.booleans())
        return joined(words.word("REVERSE") if reverse else b"", wire), imap.SortKey(by, reverse)

    returns, options = _search_returns(words)
    wire, listed = words.listed(criterion, 1, 4)
    first = {one.by: one for one in reversed(listed)}
    keys = tuple(dict.fromkeys(first[one.by] for one in listed))
    (charset, name), (program, key) = words.one_of(CHARSETS), Keys(words).program()
    return joined(returns, wire, charset, program), imap.Sort(uid, keys, name, key, options)


def thread(words: Words, *, uid: bool) -> Written[Any]:
    wire, algorithm = words.one_of(["REFERENCES", "ORDEREDSUBJECT"])
    (charset, name), (program, key) = words.one_of(CHARSETS), Keys(words).program()
    return joined(wire, charset, program), imap.Thread(uid, algorithm, name, key)
