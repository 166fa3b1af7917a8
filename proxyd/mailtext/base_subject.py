"""What a subject is about, without "Re:", "[list]" and "(fwd)" (RFC 5256 §2.1).

Takes a decoded subject. Invariants: any text gives an answer, in time linear in its length; the
base subject of a base subject is itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_SPACE = re.compile(r"[ \t\r\n]+")
# subj-blob = "[" *BLOBCHAR "]" *WSP ; BLOBCHAR is anything but brackets
_BLOB = r"\[[^\[\]]*+\] *+"
# subj-refwd = ("re" / ("fw" ["d"])) *WSP [subj-blob] ":"
_BLOBS_REFWD = re.compile(rf"(?:{_BLOB})*+(?:re|fwd?) *+(?:{_BLOB})?+:", re.IGNORECASE)
_ONE_BLOB = re.compile(_BLOB)
_TRAILER, _FWD_HEADER, _FWD_TRAILER = "(fwd)", "[fwd:", "]"


@dataclass(frozen=True, slots=True)
class BaseSubject:
    text: str
    is_answer: bool  # "Re:", "Fwd:", "(fwd)" or "[Fwd: …]" was taken away: a reply or a forward


def base_subject(subject: str) -> BaseSubject:
    text = _SPACE.sub(" ", subject)  # step 1, the decoding of which has been done
    lowered = _lowered(text)
    start, end, is_answer = 0, len(text), False
    while True:
        end, trailed = _without_trailers(lowered, start, end)
        start, led = _without_leaders(text, start, end)
        is_answer = is_answer or trailed or led
        # step 6; what is inside the brackets begins anew
        forwarded = lowered.startswith(_FWD_HEADER, start, end)
        if not (forwarded and lowered.endswith(_FWD_TRAILER, start, end)):
            return BaseSubject(text[start:end], is_answer)
        start, end, is_answer = start + len(_FWD_HEADER), end - len(_FWD_TRAILER), True


def _lowered(text: str) -> str:
    """Of the same length: "İ" in lower case are two characters."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower()[:1] for c in text)


def _without_trailers(lowered: str, start: int, end: int) -> tuple[int, bool]:
    """Step 2: subj-trailer = "(fwd)" / WSP."""
    found = False
    while end > start:
        if lowered[end - 1] == " ":
            end -= 1
        elif lowered.endswith(_TRAILER, start, end):
            end, found = end - len(_TRAILER), True
        else:
            break
    return end, found


def _without_leaders(text: str, start: int, end: int) -> tuple[int, bool]:
    """Steps 3 to 5: every subj-leader = (*subj-blob subj-refwd) / WSP, then blobs alone."""
    found = False
    while True:
        while start < end and text[start] == " ":
            start += 1
        match = _BLOBS_REFWD.match(text, start, end)
        if match is None:
            return _without_blobs(text, start, end), found
        start, found = match.end(), True


def _without_blobs(text: str, start: int, end: int) -> int:
    """Step 4, repeated: a blob goes if something is left. Behind these stands no subj-refwd."""
    while (match := _ONE_BLOB.match(text, start, end)) is not None and match.end() < end:
        start = match.end()
    return start
