"""What of an internal note its writer has written: what is in doubt counts, because a word that is
taken for quoted could leave, and one that is not costs the sender a consent.

So only what mail programs write is taken for quoting (own_words.py takes more for it): their lines
with "Original Message", their headers of From, Sent and To, and ">" behind a line that says who
wrote when. A heading between dashes, a row of a table, and ">" in front of a list are the writer's.
Pure; linear; of a text ``LOOKED_AT`` is looked at.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from proxyd.domain.own_words import (
    BOLD,
    FROM,
    LEAST,
    LOOKED_AT,
    NOT_SHOWN,
    RULE,
    SIGNATURE,
    THEN,
    as_shown,
)

MOST_INTRODUCING = 3  # lines in front of what is quoted, wrapped
_QUOTED = (">", "＞")
_CUT = "\0"  # a line, where a quoted block of HTML was

_FROM = re.compile(rf"{BOLD}{FROM}{BOLD}[:：]")
_THEN = re.compile(rf"{BOLD}{THEN}{BOLD}[:：]")
_SIGNATURE = re.compile(SIGNATURE)
_SEPARATES = re.compile(
    rf"[-*_=]{{{LEAST},}}+[ \t]*+(?:"
    r"Original Message|Forwarded (?:Message|by\b)|Begin forwarded message|Reply Message"
    r"|(?:Ursprüngliche|Originale?|Weitergeleitete) ?Nachricht"
    r"|Message (?:d'origine|original|transféré)"
    r"|Mensaje (?:original|reenviado)|Messaggio (?:originale|inoltrato)"
    r"|(?:Oorspronkelijk|Doorgestuurd) bericht|Mensagem (?:original|encaminhada)"
    r"|Ursprungligt meddelande|Oprindelig meddelelse|Opprinnelig melding|Wiadomość oryginalna"
    r"|元のメッセージ|元のメール|転送(?:された|する|元)?(?:メッセージ|メール)|原始邮件|转发(?:的)?邮件|原始郵件"
    r"|轉寄的?郵件|원본 ?메시지|전달된 ?메시지)",
    re.IGNORECASE,
)
_WROTE = re.compile(
    r"\b(?:wrote|schrieb|a écrit|escribió|ha scritto|escreveu|schreef|skrev|napisał)"
    r"|Begin forwarded message|書きました|写道|寫道|작성",
    re.IGNORECASE,
)
_NAMES_MAIL = re.compile(r"[^\s<@]@[^\s<@]+\.[^\s<@]|のメール|のメッセージ")
_DATE = re.compile(r"\d{1,4} ?[/.年-] ?\d{1,2}|\d{1,2}[:：]\d{2}|\b\d{4}\b")
_ENDS = re.compile(r"(?:[:：>＞]|wrote|書きました。?)\s*$")


def note_words(text: str) -> str:
    """Of a plain text."""
    lines = text[:LOOKED_AT].replace("\r\n", "\n").split("\n")
    kept: list[str] = []
    introduced = in_quote = False
    for at, line in enumerate(lines):
        if _SIGNATURE.match(line):
            break
        if _passes_on(lines, at):
            _drop_introduction(kept)
            break
        is_quoted = line.lstrip().startswith(_QUOTED)
        if line == _CUT or (is_quoted and not in_quote):
            # Behind the first one, people answer between the lines.
            introduced = _drop_introduction(kept) or introduced
        in_quote = is_quoted
        if line != _CUT and not (is_quoted and introduced):
            kept.append(line)
    return "\n".join(kept)


def note_words_of_html(source: str) -> str:
    """As plain text; what it says it quotes, it quotes."""
    return note_words(as_shown(_without_quotes(source[:LOOKED_AT])))


def _passes_on(lines: Sequence[str], at: int) -> bool:
    """Whether all from there on is another mail."""
    line = lines[at].strip()
    if _SEPARATES.match(line):
        return True
    if len(line) >= RULE and set(line) == {"_"}:
        return any(map(_FROM.match, lines[at + 1 : at + 3]))
    if not _FROM.match(line):
        return False
    behind = lines[at + 1 : at + 3]
    return len(behind) == 2 and all(map(_THEN.match, behind))


def _drop_introduction(lines: list[str]) -> bool:
    """The line above a quote, which every answer to that mail has; whether there was one."""
    last = len(lines)
    while last and not lines[last - 1].strip():
        last -= 1
    start = 0
    for count in range(1, min(MOST_INTRODUCING, last) + 1):
        if not lines[last - count].strip():
            break
        said = " ".join(lines[last - count : last])
        if _introduces(said):
            start = count
            if _DATE.search(said):
                break
    if start:
        del lines[last - start :]
    return start > 0


def _introduces(said: str) -> bool:
    if not _ENDS.search(said[-20:]):
        return False
    return bool(_WROTE.search(said) or (_DATE.search(said) and _NAMES_MAIL.search(said)))


def _without_quotes(source: str) -> str:
    """Without quoted blocks, one in the other, and without what nobody sees; one that is never
    closed is the writer's.
    """
    kept: list[str] = []
    depth = at = 0
    for tag in NOT_SHOWN.finditer(source):
        if depth == 0:
            kept += [source[at : tag.start()], f"<br>{_CUT}<br>"]
            at = tag.end()
        depth = max(0, depth - 1) if tag[1] else depth + 1
        if depth == 0:
            at = tag.end()
    kept.append(source[at:])
    return " ".join(kept)
