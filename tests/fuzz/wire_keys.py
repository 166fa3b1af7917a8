"""Draws search programs: the octets, and the tree that must be read from them."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st
from wire_words import MODSEQ, NUMBER, Words, Written

from proxyd.imapwire import search_key as keys
from proxyd.imapwire.numset import SavedResult

DAYS = {
    "BEFORE": keys.KBefore,
    "ON": keys.KOn,
    "SINCE": keys.KSince,
    "SAVEDBEFORE": keys.KSavedBefore,
    "SAVEDON": keys.KSavedOn,
    "SAVEDSINCE": keys.KSavedSince,
}
CONSTANTS = {
    "ALL": keys.KAll(),
    "NEW": keys.KAnd((keys.KRecent(), keys.KFlag("\\Seen", present=False))),
    "SEEN": keys.KFlag("\\Seen", present=True),
    "UNDELETED": keys.KFlag("\\Deleted", present=False),
    "SAVEDATESUPPORTED": keys.KSaveDateSupported(),
}
TEXTS = ["BCC", "BODY", "CC", "FROM", "SUBJECT", "TEXT", "TO"]
DEPTH = 3


class Keys:
    def __init__(self, words: Words) -> None:
        self._words = words
        self._draw = words.draw

    def program(self, depth: int = 0) -> Written[keys.SearchKey]:
        wires, trees = self._words.several(lambda: self.key(depth), 1, 3)
        return b" ".join(wires), trees[0] if len(trees) == 1 else keys.KAnd(tuple(trees))

    def key(self, depth: int) -> Written[keys.SearchKey]:
        simple: list[Callable[[], Written[keys.SearchKey]]] = [
            *(self._constant, self._numbers, self._keyword, self._day, self._sent, self._number),
            *(self._text, self._header, self._modseq, self._object),
        ]
        nested = [self._not, self._or, self._list]
        write = self._draw(st.sampled_from(simple if depth >= DEPTH else [*simple, *nested]))
        return write(depth + 1) if write in nested else write()

    def _not(self, depth: int) -> Written[keys.SearchKey]:
        wire, tree = self.key(depth)
        return self._words.word("NOT") + b" " + wire, keys.KNot(tree)

    def _or(self, depth: int) -> Written[keys.SearchKey]:
        (left, first), (right, second) = self.key(depth), self.key(depth)
        return b" ".join([self._words.word("OR"), left, right]), keys.KOr(first, second)

    def _list(self, depth: int) -> Written[keys.SearchKey]:
        wire, tree = self.program(depth)
        return b"(" + wire + b")", tree

    def _constant(self) -> Written[keys.SearchKey]:
        wire, name = self._words.one_of(sorted(CONSTANTS))
        return wire, CONSTANTS[name]

    def _numbers(self) -> Written[keys.SearchKey]:
        wire, numbers = self._words.messages()
        uid = self._draw(st.booleans())
        wire = self._words.word("UID") + b" " + wire if uid else wire
        if isinstance(numbers, SavedResult):
            return wire, keys.KSaved()
        return wire, keys.KUid(numbers) if uid else keys.KSeq(numbers)

    def _keyword(self) -> Written[keys.SearchKey]:
        present = self._draw(st.booleans())
        flag = self._draw(st.sampled_from(["$status-done", "x=20y", "a"]))
        wire = self._words.word("KEYWORD" if present else "UNKEYWORD") + b" " + flag.encode()
        return wire, keys.KFlag(flag, present=present)

    def _day(self) -> Written[keys.SearchKey]:
        (wire, name), (text, day) = self._words.one_of(sorted(DAYS)), self._words.day()
        return wire + b" " + text, DAYS[name](day)

    def _sent(self) -> Written[keys.SearchKey]:
        (wire, name), (text, _) = self._words.one_of(["SENTON", "SENTSINCE"]), self._words.day()
        return wire + b" " + text, keys.KText(name, text.strip(b'"'))

    def _number(self) -> Written[keys.SearchKey]:
        wire, name = self._words.one_of(["LARGER", "SMALLER", "OLDER", "YOUNGER"])
        number = self._draw(NUMBER.filter(bool))
        made = {
            "LARGER": keys.KLarger(number),
            "SMALLER": keys.KSmaller(number),
            "OLDER": keys.KWithin(number, older=True),
            "YOUNGER": keys.KWithin(number, older=False),
        }
        return wire + b" %d" % number, made[name]

    def _text(self) -> Written[keys.SearchKey]:
        (wire, name), (text, data) = self._words.one_of(TEXTS), self._words.text()
        return wire + b" " + text, keys.KText(name, data)

    def _header(self) -> Written[keys.SearchKey]:
        field = self._draw(st.from_regex(rb"[!-~]{1,9}", fullmatch=True))
        text, data = self._words.text()
        wire = b" ".join([self._words.word("HEADER"), self._words.astring(field), text])
        return wire, keys.KText("HEADER", data, field)

    def _modseq(self) -> Written[keys.SearchKey]:
        number = self._draw(MODSEQ)
        entry = self._draw(st.sampled_from([b"", b'"/flags/\\\\Seen" all ', b'"/flags/$x" PRIV ']))
        return self._words.word("MODSEQ") + b" " + entry + b"%d" % number, keys.KModSeq(number)

    def _object(self) -> Written[keys.SearchKey]:
        wire, name = self._words.one_of(["EMAILID", "THREADID"])
        known = self._draw(st.from_regex(r"[A-Za-z0-9_-]{1,255}", fullmatch=True))
        made = keys.KEmailId if name == "EMAILID" else keys.KThreadId
        return wire + b" " + known.encode(), made(known)
