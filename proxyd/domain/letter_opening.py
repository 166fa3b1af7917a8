"""What Japanese business mails begin with alike: whom they are to, and a greeting.

In a list of mails that would be all that shows of each (RFC 8970 §3). Pure. Invariants: linear in
the text; of a mail that is nothing else nothing is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

# Lines of an address: a company, an office, a person.
_ADDRESS_LINES = 4
_ADDRESS_MOST = 40  # characters of such a line
_ADDRESSED = re.compile(
    r"(?:様|さま|御中|各位|殿|先生)(?:方)?(?:[、。,，:：へ]|[（(][^（）()]*[）)])?$"
)
_SENTENCE = re.compile(r"[。、！？!?]")

_GREETING = re.compile(
    r"(?:(?:いつも|毎度|平素より|平素は|大変|誠に|格別の|ご愛顧いただき|たいへん|お引き立て)[、\s]*)*"
    r"(?:お世話になっ(?:ており|てい)ます|お世話になります|お世話様です"
    r"|お疲れ(?:様|さま)(?:です|でございます)|はじめまして|初めまして|こんにちは|おはようございます)"
    r"(?:。|！|!|、|$|\s)"
)
_GREETINGS = 3  # one behind the other

# Written between characters of these no blank says anything.
_JAPANESE = r"\u3000-\u30ff\u3400-\u9fff\uff01-\uff60"
_ENDS_WIDE = re.compile(rf"[{_JAPANESE}]$")
_BEGINS_WIDE = re.compile(rf"^[{_JAPANESE}]")
# A line end of an HTML source, which means nothing.
BROKEN = re.compile(rf"(?<=[{_JAPANESE}])[ \t\r]*\n\s*(?=[{_JAPANESE}])")
_STOPS = tuple("。、！？」）")
_ITEM = "・●○■□◆◇※①②③④⑤⑥⑦⑧⑨"  # begins a line of a list
_FULL = 12  # characters: a shorter line was ended by its writer, and not broken by a program


def without_opening(lines: Sequence[str]) -> Sequence[str]:
    """The lines of a letter from its first that says something."""
    for number in range(_end_of_address(lines), len(lines)):
        if rest := _without_greetings(lines[number].strip()):
            return [rest, *lines[number + 1 :]]
    return lines


def _end_of_address(lines: Sequence[str]) -> int:
    """Behind the line that ends in 様; 0 where the first lines are no address."""
    seen = 0
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text:
            continue
        seen += 1
        if seen > _ADDRESS_LINES or len(text) > _ADDRESS_MOST:
            break
        if _ADDRESSED.search(text):
            return number
        if _SENTENCE.search(text):
            break
    return 0


def _without_greetings(line: str) -> str:
    for _ in range(_GREETINGS):
        match = _GREETING.match(line)
        if match is None:
            break
        line = line[match.end() :].lstrip()
    return line


def on_one_line(lines: Iterable[str]) -> str:
    """A blank where a line ended, but for one that was broken between two Japanese characters."""
    before, apart = "", False
    pieces: list[str] = []
    for line in lines:
        text = line.strip()
        if not text:
            apart = True
            continue
        apart = apart or line[0].isspace() or text[0] in _ITEM
        if before and not _continues(before, text, apart=apart):
            pieces.append(" ")
        pieces.append(text)
        before, apart = text, False
    return "".join(pieces)


def _continues(before: str, text: str, *, apart: bool) -> bool:
    if not _ENDS_WIDE.search(before) or not _BEGINS_WIDE.search(text):
        return False
    return before.endswith(_STOPS) or (len(before) >= _FULL and not apart)
