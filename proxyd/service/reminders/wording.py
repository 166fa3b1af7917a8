"""A reminder as a mail: what it says, in the mailbox's language. Pure.

It is from and to the mailbox's note address, and has a note's field and mark: so it leaves with
nothing that is sent (docs/design.md §3 "Notes").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from email.utils import format_datetime, formataddr

from proxyd.domain import notes
from proxyd.domain.note_marks import mark
from proxyd.service.notes.pieces import field, subject_field, text_part

MOST_LINES = 50  # of a chapter; nobody reads more in a mail
FEW_LINES = 10  # of what is on hold


@dataclass(frozen=True, slots=True)
class Item:
    """``subject`` None: the provider could not be asked; ``who``: "" for nobody."""

    at_us: int
    sender: str
    subject: str | None
    who: str
    away: bool = False


@dataclass(frozen=True, slots=True)
class Chapter:
    """``items``: as many as are written out of ``total``, the rest is in ``folder``."""

    total: int
    items: Sequence[Item]
    folder: str


@dataclass(frozen=True, slots=True)
class ReminderFacts:
    """``at_us``: for which instant; ``remembered``: see listing.py; ``token``: its
    mark's; ``address``: the note address.
    """

    mailbox: str
    mailbox_id: int
    address: str
    language: str
    tz: tzinfo
    at_us: int
    now_us: int
    token: str
    overdue: Chapter
    due: Chapter
    held: Chapter
    closes_us: int | None
    remembered: str

    @property
    def message_id(self) -> str:
        return notes.reminder_id(self.address, self.mailbox_id, self.at_us)


def made(facts: ReminderFacts) -> bytes:
    words = _JAPANESE if facts.language == "ja" else _ENGLISH
    now = datetime.fromtimestamp(facts.now_us / 1_000_000, facts.tz)
    text = "\r\n".join((f"{words.headline} {mark(facts.token)}", *_lines(facts, words, now)))
    head = (
        field("From", formataddr((facts.mailbox, facts.address))),
        field("To", facts.address),
        subject_field(_subject(facts, words)),
        field("Date", format_datetime(now)),
        field("Message-ID", f"<{facts.message_id}>"),
        field("Auto-Submitted", "auto-generated"),
        field(notes.FIELD.decode(), f"{facts.mailbox} {mark(facts.token)}"),
        _folded(notes.REMINDS_OF.decode(), facts.remembered),
        b"MIME-Version: 1.0\r\n",
    )
    return b"".join(head) + text_part(text + "\r\n")


def _folded(name: str, value: str) -> bytes:
    """A word a line where there are many: no line of a mail is longer than 998 octets."""
    return field(name, value.replace(" ", "\r\n ")) if value else b""


def _subject(facts: ReminderFacts, words: _Words) -> str:
    if facts.overdue.total:
        return _counted(words.overdue_subject, facts.overdue.total)
    if facts.due.total:
        return _counted(words.due_subject, facts.due.total)
    return _counted(words.held_subject, facts.held.total)


def _counted(forms: tuple[str, str], number: int) -> str:
    return forms[number > 1].format(number)


def _lines(facts: ReminderFacts, words: _Words, now: datetime) -> Iterator[str]:
    closes = words.time(_local(facts.closes_us or facts.now_us, now), now)
    chapters = (
        (facts.overdue, words.overdue, words.since),
        (facts.due, words.due.format(closes), words.until),
        (facts.held, words.held, words.since),
    )
    for chapter, title, at in chapters:
        if chapter.total:
            yield from ("", words.title.format(title, chapter.total), "")
            for item in chapter.items:
                yield from _item(item, words, at, now)
            if (left := chapter.total - len(chapter.items)) > 0:
                yield words.more.format(left, chapter.folder)
    yield from ("", words.end)


def _item(item: Item, words: _Words, at: str, now: datetime) -> Iterator[str]:
    subject = words.unreachable if item.subject is None else item.subject or words.no_subject
    who = words.away.format(item.who) if item.away else item.who
    when = at.format(words.time(_local(item.at_us, now), now))
    yield words.first_line.format(when, item.sender or words.no_sender)
    yield words.second_line.format(subject)
    yield words.third_line.format(who or words.nobody)


def _local(at_us: int, now: datetime) -> datetime:
    return datetime.fromtimestamp(at_us / 1_000_000, now.tzinfo)


@dataclass(frozen=True, slots=True)
class _Words:
    """Subjects: of one, of more."""

    overdue_subject: tuple[str, str]
    due_subject: tuple[str, str]
    held_subject: tuple[str, str]
    headline: str
    overdue: str
    due: str
    held: str
    title: str
    since: str
    until: str
    first_line: str
    second_line: str
    third_line: str
    away: str
    nobody: str
    no_sender: str
    no_subject: str
    unreachable: str
    more: str
    end: str
    days: Sequence[str]
    is_japanese: bool = False

    def time(self, at: datetime, now: datetime) -> str:
        """To the minute; the year where it is another one."""
        day, clock = self.days[at.weekday()], f"{at.hour}:{at.minute:02}"
        if self.is_japanese:
            year = "" if at.year == now.year else f"{at.year}年"
            return f"{year}{at.month}月{at.day}日（{day}） {clock}"
        year = "" if at.year == now.year else f" {at.year}"
        return f"{day} {at.day} {_MONTHS[at.month - 1]}{year} {clock}"


_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_ENGLISH = _Words(
    overdue_subject=("{} mail is overdue", "{} mails are overdue"),
    due_subject=("{} mail is due today", "{} mails are due today"),
    held_subject=("{} mail has been on hold for a week", "{} mails have been on hold for a week"),
    headline="A reminder, for colleagues only: it can't be sent outside",
    overdue="Overdue, the oldest first",
    due="Due before the office closes ({})",
    held="On hold without a date for more than 7 days",
    title="{0}: {1}",
    since="since {}",
    until="due {}",
    first_line="- {0}: {1}",
    second_line='  "{}"',
    third_line="  {}",
    away="{} (away)",
    nobody="nobody has it",
    no_sender="(no sender)",
    no_subject="(no subject)",
    unreachable="(the provider can't be reached: subject not known)",
    more="and {0} more: see folder {1}",
    end="This mail goes by itself, when all of that is done or with the next reminder.",
    days=("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
)
_JAPANESE = _Words(
    overdue_subject=("期限を過ぎたメールが{}件あります",) * 2,
    due_subject=("本日が返信期限のメールが{}件あります",) * 2,
    held_subject=("1週間以上保留中のメールが{}件あります",) * 2,
    headline="社内向けのリマインダーです。社外には送信できません。",
    overdue="期限を過ぎたメール（古い順）",
    due="営業時間の終了（{}）までに返信期限を迎えるメール",
    held="7日を超えて、期日を決めずに保留しているメール",
    title="■ {0}：{1}件",
    since="{}から",
    until="期限：{}",
    first_line="・{0}　{1}",
    second_line="　「{}」",
    third_line="　担当者：{}",
    away="{}（不在）",
    nobody="なし",
    no_sender="（差出人なし）",
    no_subject="（件名なし）",
    unreachable="（メールサーバーに接続できないため、件名を表示できません）",
    more="ほか{0}件は、「{1}」フォルダーをご覧ください。",
    end="このメールは、記載したメールの対応がすべて済むか、次のリマインダーが届くと、自動的に消えます。",
    days=("月", "火", "水", "木", "金", "土", "日"),
    is_japanese=True,
)
