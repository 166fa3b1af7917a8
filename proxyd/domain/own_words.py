"""What of a text its writer has written: without what is quoted, passed on or signed.

By the ways in which mail programs mark it; what none marks counts as written. Pure. Invariants:
any text gives an answer, in time linear in its length, of which ``LOOKED_AT`` is looked at.
"""

from __future__ import annotations

import html
import re
from itertools import takewhile

LOOKED_AT = 200_000  # characters of one text: people write what matters at its beginning

DASHES = "-_=*~―─"
LEAST = 3  # of them before, and behind, "Original Message"
_LONGEST = 100  # characters of such a line
RULE = 20  # underscores by which Outlook sets apart what it quotes
FROM = r"(?:From|Von|De|Da|Van|Fra|Från|Od|差出人|发件人|寄件者|보낸 사람)"
THEN = (
    r"(?:Sent|Date|To|Subject|Gesendet|Datum|An|Betreff|Envoyé|À|Objet|Enviado|Para|Inviato|Data|A"
    r"|Verzonden|Aan|Sendt|Til|Skickat|Till|Wysłano|Do|送信日時|日付|宛先|件名|发送时间|收件人|寄件日期"
    r"|收件者|보낸 날짜|받는 사람)"
)
# Outlook writes the header of what it quotes, and no marks in front of its lines.
BOLD = r"[ \t*]*+"
_HEADER = rf"{BOLD}{FROM}{BOLD}[:：][^\n]*+\n{BOLD}{THEN}{BOLD}[:：]"
SIGNATURE = r"-- ?$"  # RFC 3676 §4.3; some programs take the space away
_END = re.compile(rf"^(?:{_HEADER}|{SIGNATURE})", re.MULTILINE)
_QUOTED = (">", "＞", "|")

NOT_SHOWN = re.compile(r"<(/?)(?:blockquote|style|script|head|title)\b[^<>]*>", re.IGNORECASE)
_QUOTE_BEGINS = re.compile(
    r"<\w[^<>]*\b(?:gmail_quote|divRplyFwdMsg|appendonsend|moz-forward-container|yahoo_quoted"
    r"|OutlookMessageHeader|protonmail_quote|reply-intro)\b",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<(?:br|hr|/p|/div|/tr|/li|/h\d)\b[^<>]*>", re.IGNORECASE)
_TAG = re.compile(r"<[^<>]*>")


def own_words(text: str) -> str:
    """Of a plain text."""
    shown = text[:LOOKED_AT].replace("\r\n", "\n")
    end = _END.search(shown)
    lines = (shown[: end.start()] if end else shown).split("\n")
    before = takewhile(lambda line: not _separates(line.strip()), lines)
    return "\n".join(line for line in before if not line.lstrip().startswith(_QUOTED))


def _separates(line: str) -> bool:
    """-----Original Message-----, ----- 元のメッセージ -----, and a line of underscores."""
    if not line or line[0] not in DASHES or line[-1] not in DASHES or len(line) > _LONGEST:
        return False
    ahead, behind = (len(line) - len(rest) for rest in (line.lstrip(DASHES), line.rstrip(DASHES)))
    if ahead == len(line):
        return len(line) >= RULE and set(line) == {"_"}
    return min(ahead, behind) >= LEAST


def own_words_of_html(source: str) -> str:
    """As plain text."""
    shown = _without_quotes(source[:LOOKED_AT])
    begins = _QUOTE_BEGINS.search(shown)
    shown = shown[: begins.start()] if begins else shown
    return own_words(as_shown(shown))


def as_shown(source: str) -> str:
    """HTML as plain text."""
    text = _TAG.sub(" ", _BREAK.sub("\n", re.sub(r"\s+", " ", source)))
    return "\n".join(map(str.strip, html.unescape(text).split("\n")))


def _without_quotes(source: str) -> str:
    """Without quoted blocks, one in the other or never closed, and without what nobody sees."""
    kept: list[str] = []
    depth = at = 0
    for tag in NOT_SHOWN.finditer(source):
        if depth == 0:
            kept.append(source[at : tag.start()])
        depth = max(0, depth - 1) if tag[1] else depth + 1
        at = tag.end()
    if depth == 0:
        kept.append(source[at:])
    return " ".join(kept)
