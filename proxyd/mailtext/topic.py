"""What a subject is about, whatever language a mail program answers and passes on in.

RFC 5256 (``base_subject``) knows "Re:" and "Fwd:" alone, and SORT and THREAD must know no more.
Programs of people write AW, SV, 返信, "Re[2]:", "RE:2", in full width, one in front of the other,
with the tag of a list before or behind. Takes a decoded subject. Invariants: any text gives an
answer, in time linear in its length; the topic of a topic is itself; a prefix in front changes
none.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# What programs put in front, as it is after NFKC and case folding. Danish "VS" passes on, Finnish
# "VS" answers: it counts as the latter, since no more follows than that somebody is asked.
ANSWERS = (
    "re|res|resp|ref|rif|r|aw|antw|antwort|sv|vs|odp|ynt|yan|atb|bls|vá|eft|απ|отв|ответ|hơi"
    "|返信|返事|回复|回覆|答复|答覆|回信|답장|회신|رد|תגובה|השב|ตอบ"
)
FORWARDS = (
    "fwd?|wg|tr|rv|enc|i|vl|vb|pd|doorst|ilt|i̇lt|továbbítás|πρθ|σχετ|пер|пересл"
    "|転送|转发|轉寄|轉發|전달|إعادة توجيه|הועבר|ส่งต่อ"
)
_SPACE = re.compile(r"\s+")
_TAG = r"\[[^\[\]]*+\] ?"
COUNT = r"(?:\[\d{1,4}\]|\(\d{1,4}\)|[\^*]?\d{1,4})?+"
# "RE:2 Order" is a count too; "Re: 2 orders" and "Re:2月分" are none.
_LEADER = re.compile(
    rf"(?:{_TAG})*+(?:(?P<answer>{ANSWERS})|{FORWARDS}) ?{COUNT} ?(?:{_TAG})?+[:∶]"
    r"(?:\d{1,2}(?=[ :]):?)?+ ?"
)
_TAGS = re.compile(rf"(?:{_TAG})*+")
_COLON = re.compile("[:：]")
_FORMS = 4  # prefixes in front of each other
_TRAILER, _WRAPPED, _WRAP_END = "(fwd)", "[fwd:", "]"


@dataclass(frozen=True, slots=True)
class Topic:
    text: str  # compared as it is, and for nothing else; "" says nothing
    is_answer: bool = False  # what stands first says that it answers
    is_forward: bool = False  # or that it passes something on

    @property
    def key(self) -> str:
        """Programs that fold a subject put a space where it is cut."""
        return self.text.replace(" ", "")


def topic(subject: str) -> Topic:
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", subject).casefold())
    text = _SPACE.sub(" ", folded).strip()
    first = ""
    start, end = 0, len(text)
    while True:
        at, stop, found = _peeled(text, start, end)
        first = first or found
        if (at, stop) == (start, end):
            break
        start, end = at, stop
    return Topic(text[start:end], first == "answer", first == "forward")


def _peeled(text: str, start: int, end: int) -> tuple[int, int, str]:
    """One layer less: where it is now, and what the layer said ("answer", "forward" or "")."""
    if match := _LEADER.match(text, start, end):
        return match.end(), end, "answer" if match["answer"] else "forward"
    if text.startswith(_WRAPPED, start, end) and text.endswith(_WRAP_END, start, end):
        return _trimmed(text, start + len(_WRAPPED), end - len(_WRAP_END), "forward")
    if text.endswith(_TRAILER, start, end):
        return _trimmed(text, start, end - len(_TRAILER), "forward")
    tags = _TAGS.match(text, start, end)
    if tags and tags.end() > start:
        # Of tags alone the last is what it is about (RFC 5256 §2.1 subj-blob).
        at = tags.end() if tags.end() < end else text.rindex("[", start, end)
        if at > start:
            return at, end, ""
    return _trimmed(text, start, end, "")


def _trimmed(text: str, start: int, end: int, found: str) -> tuple[int, int, str]:
    while start < end and text[start] == " ":
        start += 1
    while end > start and text[end - 1] == " ":
        end -= 1
    return start, end, found


def forms(subject: str) -> list[str]:
    """How what a subject answers may have been written, letter by letter: for mails of which
    nothing but a digest of the whole subject is known.
    """
    found = [subject.strip()]
    rest = subject
    for _ in range(_FORMS):
        colon = _COLON.search(rest)
        if colon is None:
            break
        rest = rest[colon.end() :]
        found += [rest.strip(), f"Re: {rest.strip()}", f"RE: {rest.strip()}"]
    return list(dict.fromkeys(form for form in found if form))
