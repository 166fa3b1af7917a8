"""Whether a text has a run of another one's words, however it was wrapped, quoted or put into HTML.

Only letters and digits count, in one case and one width: so spaces, line ends, marks of quoting and
most of what a translation of line ends does are none. A run begins where a word does, or at any
character of a script without spaces, and is some six words, or fourteen such characters. A short
text is one run as a whole. What everybody writes at the beginning and end of a business letter is
no run, and nor is what is quoted or signed (own_words.py; who calls takes that away). Pure; linear.
"""

from __future__ import annotations

import re
import unicodedata
from array import array
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b

# A letter weighs 7, a character of a script without spaces 15: so a run is thirty letters, or
# fourteen characters of Japanese, of which polite endings alone have twelve.
LETTER, CHARACTER = 7, 15
WEIGHT = 210
LEAST = 105  # of a text that is a run as a whole
LOOKED_AT = 200_000  # characters of one text
LATEST = 20_000  # runs that are not in order yet

# Han, kana, bopomofo, hangul; not their punctuation.
_SCRIPTS = (
    "\u2e80-\u2fdf\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f"
    "\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_WIDE = re.compile(f"[{_SCRIPTS}]")
_WORD = re.compile(rf"[{_SCRIPTS}]|[^\W_{_SCRIPTS}]+")
_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060-\u2064\ufeff]")
_USUAL = re.compile(
    "|".join(
        (
            r"(?:いつも|大変|平素より)*(?:格別の)?お世話になって(?:おります|います)",
            r"(?:何卒|どうぞ)*(?:宜|よろ)しく(?:お願い|御願い)(?:いた|致)?(?:します|申し上げます|申しあげます)",
            r"お疲れ(?:様|さま)です",
            r"(?:誠に|まことに|大変|どうも)*(?:有難う|ありがとう)ございま(?:す|した)",
            r"(?:ご|御)(?:連絡|返信|確認|回答|返事)(?:ありがとう|いただ|下さ|くださ|のほど|ほど)\w{0,8}",
            r"お(?:問い合わせ|問合せ)(?:いただ|ありがとう)\w{0,8}",
            r"(?:please )?let me know(?: if(?: you have)?(?: any(?: further)? questions)?)?",
            r"if you have any(?: further| other)? questions",
            r"(?:please )?(?:do not|don't|feel free to) (?:hesitate to )?contact (?:us|me)",
            r"(?:many )?thank(?:s| you)(?: very much| so much)?(?: in advance)?(?: for your"
            r" (?:mail|e-?mail|message|reply|patience|order|inquiry))?",
            r"(?:i |we )?look(?:ing)? forward to hearing from you",
            r"(?:best|kind|warm) regards|yours sincerely",
            r"(?:i |we )?hope this (?:helps|e?mail finds you well)",
        )
    ),
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Runs:
    """Digests of the runs of a text, or the letters of one that is a run as a whole."""

    digests: frozenset[int] = frozenset()
    whole: str = ""

    def __bool__(self) -> bool:
        return bool(self.digests or self.whole)


def runs_of(text: str) -> Runs:
    """Those of a text that somebody has written, without what everybody writes."""
    parts = [part for part in _words(_USUAL.sub(" \u00b6 ", _shown(text))) if part]
    digests = {digest("".join(part[start:end])) for part in parts for start, end in _runs(part)}
    if digests:
        return Runs(frozenset(digests))
    whole = "".join(word for part in parts for word in part)
    return Runs(whole=whole) if _weight(whole) >= LEAST else Runs()


@dataclass(frozen=True, slots=True)
class SaidText:
    """A text in which runs are looked for, read once however many know some."""

    words: Sequence[str]
    letters: str
    runs: Mapping[int, tuple[int, int]]  # by digest, where it stands among the words

    @classmethod
    def of(cls, text: str) -> SaidText:
        words = _WORD.findall(_shown(text))
        runs = {digest("".join(words[start:end])): (start, end) for start, end in _runs(words)}
        return cls(words, "".join(words), runs)


class KnownRuns:
    """Those of many texts: eight octets each, in order, and the latest beside them."""

    def __init__(self) -> None:
        self._in_order = array("Q")
        self._latest: set[int] = set()
        self._whole: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._in_order or self._latest or self._whole)

    def add(self, runs: Runs) -> None:
        if runs.whole:
            self._whole.add(runs.whole)
        self._latest |= runs.digests
        if len(self._latest) > LATEST:
            self._in_order = array("Q", sorted({*self._in_order, *self._latest}))
            self._latest = set()

    def said_in(self, texts: Iterable[SaidText]) -> str:
        """The first words of one of them that one of the texts has, "" for none."""
        for text in texts:
            for whole in tuple(self._whole):  # in a thread, while more become known
                if whole in text.letters:
                    return whole
            for number, (start, end) in text.runs.items():
                if self._has(number):
                    return _told(text.words[start:end])
        return ""

    def _has(self, number: int) -> bool:
        if number in self._latest:
            return True
        at = bisect_left(self._in_order, number)
        return at < len(self._in_order) and self._in_order[at] == number


def digest(run: str) -> int:
    octets = blake2b(run.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(octets, "big")


def _shown(text: str) -> str:
    seen = _UNSEEN.sub("", text[:LOOKED_AT])
    return unicodedata.normalize("NFKC", seen).casefold()


def _words(text: str) -> Iterator[list[str]]:
    """Of each part between what everybody writes."""
    for part in text.split("\u00b6"):
        yield _WORD.findall(part)


def _runs(words: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where each stands; two hands go along the words, so that it is linear."""
    weights = [_weight(word) for word in words]
    end = weight = 0
    for start in range(len(words)):
        while weight < WEIGHT and end < len(words):
            weight += weights[end]
            end += 1
        if weight < WEIGHT:
            return
        yield start, end
        weight -= weights[start]


def _weight(text: str) -> int:
    wide = len(_WIDE.findall(text))
    return wide * CHARACTER + (len(text) - wide) * LETTER


def _told(words: Collection[str]) -> str:
    joined = ""
    for word in words:
        spaced = joined and not (_WIDE.match(word) or _WIDE.match(joined[-1]))
        joined += (" " if spaced else "") + word
    return joined
