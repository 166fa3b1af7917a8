"""What follows the name of an untagged response, by that name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.strict.cursor import Cursor, Ranges
from tests.strict.fetch_items import fetch_items


@dataclass(frozen=True, slots=True)
class Listed:
    attributes: tuple[str, ...]
    delimiter: bytes | None
    name: bytes
    extended: tuple[tuple[bytes, object], ...]


@dataclass(frozen=True, slots=True)
class Found:
    """SEARCH, SORT and ESEARCH. ``tag`` and ``items`` only of ESEARCH."""

    numbers: tuple[int, ...] = ()
    modseq: int | None = None
    tag: bytes | None = None
    uid: bool = False
    items: tuple[tuple[str, object], ...] = ()


def _nothing(_cursor: Cursor) -> None:
    return None


def _words(cursor: Cursor) -> tuple[str, ...]:
    words: list[str] = []
    while cursor.skip(b" "):
        words.append(cursor.atom())
    return tuple(words)


def _flags(cursor: Cursor) -> tuple[str, ...]:
    cursor.sp()
    return cursor.flags()


def _items(cursor: Cursor) -> dict[str, object]:
    cursor.sp()
    return fetch_items(cursor)


def _modseq_in_parentheses(cursor: Cursor) -> int:
    cursor.eat(b"(MODSEQ ")
    modseq = cursor.number64(least=1)
    cursor.eat(b")")
    return modseq


def _found(cursor: Cursor) -> Found:
    """RFC 7162 §7: [SP number ...] [SP "(MODSEQ" SP number ")"]"""
    numbers: list[int] = []
    modseq = None
    while modseq is None and cursor.skip(b" "):
        if cursor.ahead(b"("):
            modseq = _modseq_in_parentheses(cursor)
        else:
            numbers.append(cursor.number(least=1))
    return Found(tuple(numbers), modseq)


def _esearch(cursor: Cursor) -> Found:
    tag, items = None, []
    if cursor.skip(b" (TAG "):
        tag = cursor.string()
        cursor.eat(b")")
    uid = cursor.skip(b" UID")
    while cursor.skip(b" "):
        name = cursor.atom()
        cursor.sp()
        items.append((name, _esearch_value(cursor, name)))
    if len({name for name, _ in items}) < len(items):
        raise cursor.fail("each result once")
    return Found(tag=tag, uid=uid, items=tuple(items))


def _esearch_value(cursor: Cursor, name: str) -> object:
    if name in ("MIN", "MAX"):
        return cursor.number(least=1)
    if name == "COUNT":
        return cursor.number()
    if name == "MODSEQ":
        return cursor.number64(least=1)
    if name == "ALL":
        return cursor.set()
    raise cursor.fail("a result option of RFC 4731")


def _thread(cursor: Cursor) -> list[object]:
    """RFC 5256 §5 thread-data: * THREAD (2)(3 6 (4 23)(44 7 96))"""
    if not cursor.skip(b" "):
        return []
    threads = []
    while cursor.ahead(b"("):
        threads.append(_thread_list(cursor))
    if not threads:
        raise cursor.fail("a thread")
    return threads


def _thread_list(cursor: Cursor) -> list[object]:
    cursor.eat(b"(")
    members: list[object] = []
    while not cursor.skip(b")"):
        if cursor.ahead(b"("):
            members.append(_thread_list(cursor))
            continue
        if members:
            cursor.sp()
        members.append(cursor.number(least=1))
        if cursor.ahead(b" ("):  # thread-nested follows after one space
            cursor.sp()
    return members


def _vanished(cursor: Cursor) -> tuple[bool, Ranges]:
    """RFC 7162 §3.2.10"""
    cursor.sp()
    earlier = cursor.skip(b"(EARLIER) ")
    return earlier, cursor.set()


# ---------------------------------------------------------------- folders

_ATTRIBUTES = {
    *("\\noinferiors", "\\noselect", "\\marked", "\\unmarked", "\\haschildren", "\\hasnochildren"),
    *("\\nonexistent", "\\subscribed", "\\remote", "\\all", "\\archive", "\\drafts", "\\flagged"),
    *("\\junk", "\\sent", "\\trash", "\\important"),
}


def _listed(cursor: Cursor) -> Listed:
    cursor.sp()
    attributes = cursor.flags()
    lower = {attribute.lower() for attribute in attributes}
    if not lower <= _ATTRIBUTES or {"\\haschildren", "\\hasnochildren"} <= lower:
        raise cursor.fail("attributes of a folder")
    cursor.sp()
    delimiter = cursor.nstring()
    if delimiter is not None and len(delimiter) != 1:
        raise cursor.fail("one character between levels")
    cursor.sp()
    name = cursor.mailbox()
    extended: list[tuple[bytes, object]] = []
    if cursor.skip(b" ("):
        while not cursor.skip(b")"):
            if extended:
                cursor.sp()
            key = cursor.astring()
            cursor.sp()
            extended.append((key, _strings(cursor)))
    return Listed(attributes, delimiter, name, tuple(extended))


def _strings(cursor: Cursor) -> tuple[bytes, ...]:
    """ "(" astring *(SP astring) ")" of CHILDINFO (RFC 5258 §3.5) and OLDNAME (RFC 5465 §5.4)."""
    cursor.eat(b"(")
    found = [cursor.astring()]
    while not cursor.skip(b")"):
        cursor.sp()
        found.append(cursor.astring())
    return tuple(found)


def _status_items(cursor: Cursor) -> tuple[bytes, dict[str, object]]:
    cursor.sp()
    name = cursor.mailbox()
    cursor.sp()
    cursor.eat(b"(")
    items: dict[str, object] = {}
    while not cursor.skip(b")"):
        if items:
            cursor.sp()
        key = cursor.atom()
        cursor.sp()
        if key in items:
            raise cursor.fail("each item once")
        items[key] = _status_value(cursor, key)
    return name, items


def _status_value(cursor: Cursor, key: str) -> object:
    if key in ("MESSAGES", "UNSEEN", "RECENT", "DELETED"):
        return cursor.number()
    if key in ("UIDNEXT", "UIDVALIDITY"):
        return cursor.number(least=1)
    if key in ("SIZE", "HIGHESTMODSEQ"):
        return cursor.number64()
    if key == "APPENDLIMIT":
        return None if cursor.skip(b"NIL") else cursor.number()
    if key == "MAILBOXID":
        cursor.eat(b"(")
        name = cursor.atom()
        cursor.eat(b")")
        return name
    raise cursor.fail("an item of STATUS")


def _namespace(cursor: Cursor) -> tuple[object, ...]:
    """RFC 2342 §5: personal, other users', shared."""
    kinds: list[object] = []
    for _ in range(3):
        cursor.sp()
        if cursor.skip(b"NIL"):
            kinds.append(())
            continue
        cursor.eat(b"(")
        prefixes = []
        while not cursor.skip(b")"):
            cursor.eat(b"(")
            prefix = cursor.string()
            cursor.sp()
            prefixes.append((prefix, cursor.nstring()))
            cursor.eat(b")")
        if not prefixes:
            raise cursor.fail("a namespace")
        kinds.append(tuple(prefixes))
    return tuple(kinds)


def _id(cursor: Cursor) -> dict[bytes, bytes | None]:
    """RFC 2971 §4"""
    cursor.sp()
    fields: dict[bytes, bytes | None] = {}
    if cursor.skip(b"NIL"):
        return fields
    cursor.eat(b"(")
    while not cursor.skip(b")"):
        if fields:
            cursor.sp()
        key = cursor.string()
        cursor.sp()
        fields[key] = cursor.nstring()
    return fields


# ---------------------------------------------------------------- rights, quota, annotations


def _quota(cursor: Cursor) -> tuple[bytes, dict[str, tuple[int, int]]]:
    """RFC 9208 §5: "QUOTA" SP quota-root-name SP quota-list"""
    cursor.sp()
    root = cursor.astring()
    cursor.sp()
    cursor.eat(b"(")
    resources: dict[str, tuple[int, int]] = {}
    while not cursor.skip(b")"):
        if resources:
            cursor.sp()
        key = cursor.atom()
        cursor.sp()
        usage = cursor.number64()
        cursor.sp()
        resources[key] = (usage, cursor.number64())
    return root, resources


def _astrings(cursor: Cursor) -> tuple[bytes, ...]:
    cursor.sp()
    words = [cursor.mailbox()]
    while cursor.skip(b" "):
        words.append(cursor.astring())
    return tuple(words)


def _metadata(cursor: Cursor) -> tuple[bytes, object]:
    """RFC 5464 §5: entry-values / entry-list"""
    cursor.sp()
    name = cursor.mailbox()
    cursor.sp()
    if not cursor.skip(b"("):
        entries = [cursor.astring()]
        while cursor.skip(b" "):
            entries.append(cursor.astring())
        return name, tuple(entries)
    values: dict[bytes, bytes | None] = {}
    while not cursor.skip(b")"):
        if values:
            cursor.sp()
        key = cursor.astring()
        cursor.sp()
        values[key] = cursor.nstring8()
    return name, values


OF_A_NUMBER: dict[str, Callable[[Cursor], object]] = {
    "EXISTS": _nothing,
    "RECENT": _nothing,
    "EXPUNGE": _nothing,
    "FETCH": _items,
    "UIDFETCH": _items,  # RFC 9586 §3.3: the number is the UID
}
OF_NO_NUMBER: dict[str, Callable[[Cursor], object]] = {
    "CAPABILITY": _words,
    "ENABLED": _words,
    "FLAGS": _flags,
    "SEARCH": _found,
    "SORT": _found,
    "ESEARCH": _esearch,
    "THREAD": _thread,
    "VANISHED": _vanished,
    "LIST": _listed,
    "LSUB": _listed,
    "STATUS": _status_items,
    "NAMESPACE": _namespace,
    "ID": _id,
    "QUOTA": _quota,
    "QUOTAROOT": _astrings,
    "ACL": _astrings,
    "MYRIGHTS": _astrings,
    "LISTRIGHTS": _astrings,
    "METADATA": _metadata,
}
