"""Response codes: ``[UIDNEXT 5]`` → name and value. A code no RFC of ours knows is a violation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.strict.cursor import Cursor, Ranges, Violation, numbers_in


@dataclass(frozen=True, slots=True)
class Code:
    name: str
    value: object = None


@dataclass(frozen=True, slots=True)
class CopyUid:
    uidvalidity: int
    pairs: tuple[tuple[int, int], ...]


def _nothing(_cursor: Cursor) -> None:
    return None


def _number(cursor: Cursor) -> int:
    cursor.sp()
    return cursor.number(least=1)


def _modseq(cursor: Cursor) -> int:
    cursor.sp()
    return cursor.number64(least=1)


def _flags(cursor: Cursor) -> tuple[str, ...]:
    cursor.sp()
    return cursor.flags()


def _set(cursor: Cursor) -> Ranges:
    cursor.sp()
    return cursor.set()


def _words(cursor: Cursor) -> tuple[str, ...]:
    words: list[str] = []
    while cursor.skip(b" "):
        words.append(cursor.atom())
    return tuple(words)


def _charsets(cursor: Cursor) -> tuple[bytes, ...]:
    if not cursor.skip(b" "):
        return ()
    cursor.eat(b"(")
    names = [cursor.astring()]
    while not cursor.skip(b")"):
        cursor.sp()
        names.append(cursor.astring())
    return tuple(names)


def _appenduid(cursor: Cursor) -> tuple[int, tuple[int, ...]]:
    validity = _number(cursor)
    cursor.sp()
    return validity, tuple(numbers_in(cursor.set()))


def _copyuid(cursor: Cursor) -> CopyUid:
    validity = _number(cursor)
    cursor.sp()
    sources = numbers_in(cursor.set())
    cursor.sp()
    targets = numbers_in(cursor.set())
    if len(sources) != len(targets):
        raise cursor.fail("as many new UIDs as old ones (RFC 4315 §3)")
    if len(set(sources)) < len(sources) or len(set(targets)) < len(targets):
        raise cursor.fail("each UID once")
    return CopyUid(validity, tuple(zip(sources, targets, strict=True)))


def _object_id(cursor: Cursor) -> str:
    cursor.sp()
    cursor.eat(b"(")
    name = object_id(cursor)
    cursor.eat(b")")
    return name


def object_id(cursor: Cursor) -> str:
    """RFC 8474 §7: 1*255(ALPHA / DIGIT / "_" / "-")"""
    name = cursor.atom()
    if len(name) > 255 or not name.replace("_", "").replace("-", "").isalnum():
        raise cursor.fail("an object's id")
    return name


def _progress(cursor: Cursor) -> object:
    """RFC 9585 §7: ( tag-string / nil  SP  progress / nil  SP  goal / nil )"""
    if not cursor.skip(b" "):
        return None
    cursor.eat(b"(")
    tag = cursor.nstring()
    numbers: list[int | None] = []
    for _ in range(2):
        cursor.sp()
        numbers.append(None if cursor.skip(b"NIL") else cursor.number())
    cursor.eat(b")")
    return tag, *numbers


def _metadata(cursor: Cursor) -> object:
    """RFC 5464 §4.2.1, §4.3"""
    cursor.sp()
    word = cursor.atom()
    if word in ("LONGENTRIES", "MAXSIZE"):
        cursor.sp()
        return word, cursor.number()
    if word not in ("TOOMANY", "NOPRIVATE"):
        raise cursor.fail("a code of RFC 5464")
    return word


def _url(cursor: Cursor) -> bytes:
    """RFC 4469 §3: "BADURL" SP url-resp-text, up to the closing bracket."""
    cursor.sp()
    end = cursor.data.find(b"]", cursor.at)
    text, cursor.at = cursor.data[cursor.at : end], end
    return text


_BARE = (
    # RFC 9051 §7.1, RFC 5530
    *("ALERT", "PARSE", "READ-ONLY", "READ-WRITE", "TRYCREATE", "UIDNOTSTICKY", "CLOSED", "INUSE"),
    *("UNAVAILABLE", "AUTHENTICATIONFAILED", "AUTHORIZATIONFAILED", "EXPIRED", "PRIVACYREQUIRED"),
    *("CONTACTADMIN", "NOPERM", "EXPUNGEISSUED", "CORRUPTION", "SERVERBUG", "CLIENTBUG", "CANNOT"),
    *("LIMIT", "OVERQUOTA", "ALREADYEXISTS", "NONEXISTENT", "HASCHILDREN", "NOTSAVED"),
    # RFC 7162, 3516, 4469 and 7889, 4978, 6154, 5465, 9586
    *("NOMODSEQ", "UNKNOWN-CTE", "TOOBIG", "COMPRESSIONACTIVE", "USEATTR"),
    *("NOTIFICATIONOVERFLOW", "UIDREQUIRED"),
)
_CODES: dict[str, Callable[[Cursor], object]] = {
    **dict.fromkeys(_BARE, _nothing),
    "BADCHARSET": _charsets,
    "CAPABILITY": _words,
    "PERMANENTFLAGS": _flags,
    "UIDNEXT": _number,
    "UIDVALIDITY": _number,
    "UNSEEN": _number,
    "APPENDUID": _appenduid,
    "COPYUID": _copyuid,
    "HIGHESTMODSEQ": _modseq,
    "MODIFIED": _set,
    "MAILBOXID": _object_id,
    "INPROGRESS": _progress,
    "METADATA": _metadata,
    "BADURL": _url,
}


def read_code(cursor: Cursor) -> Code:
    """What stands between the brackets."""
    name = cursor.atom()
    if name == "BADEVENT":  # RFC 5465 §5: the events that are supported
        cursor.sp()
        cursor.eat(b"(")
        end = cursor.data.find(b")", cursor.at)
        value: object = cursor.data[cursor.at : end]
        cursor.at = end + 1
        return Code(name, value)
    if name not in _CODES:
        raise Violation(f"no RFC of ours has the code {name!r}: {cursor.data!r}")
    return Code(name, _CODES[name](cursor))
