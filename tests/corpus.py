"""Realistic mail in any number, for tests and benchmarks: ``for raw, flags, date in mails(1000)``.

Seeded: the same arguments give the same octets. About 14 KB on average, log-normal between 2 and
60 KB of text, one in sixteen with an attachment of up to 1 MB; Japanese (ISO-2022-JP, UTF-8 as
base64, quoted-printable or 8bit, Shift_JIS) and English; threads whose References name replies that
are not in the folder; newsletters, automatic mail, forwarded messages, HTML alternatives.
Everything costly is made once and sliced, so that thousands of mails a second come out.
"""

from __future__ import annotations

import base64
import quopri
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from random import Random

ADDRESS = "support@example.test"
# 2026-06-01 00:00:00 UTC: the mails end here, so that a run can be repeated to the octet.
END = 1_780_272_000
MAIL_EVERY = 420  # seconds: about 200 mails a day
OPEN_THREADS = 40  # conversations which may still get a follow-up

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

_JA_NAMES = (
    "佐藤 花子",
    "鈴木 一郎",
    "高橋 美咲",
    "田中 健太",
    "伊藤 さくら",
    "渡辺 翔",
    "山本 陽子",
)
_EN_NAMES = ("Alice Moore", "Ben O'Hara", "Chloé Dubois", "David Kim", "Emma Schäfer", "Frank Li")
_COMPANIES = ("sakura", "hoshino", "northwind", "bluebird", "yamane", "lakeside", "tanpopo")
_JA_SUBJECTS = (
    "商品の在庫について",
    "【至急】納期の確認をお願いします",
    "請求書の再発行のお願い",
    "見積依頼",
    "返品・交換について",
    "ログインできません",
    "先日の打ち合わせの御礼",
    "注文番号 {n} の配送状況",
)
_EN_SUBJECTS = (
    "Question about my invoice",
    "Order {n} has not arrived",
    "Request for a quotation",
    "Cannot sign in since yesterday",
    "Wrong item delivered",
    "Thank you, and one more question",
)
_JA_TEXT = (
    "いつもお世話になっております。",
    "先日注文いたしました商品について、まだ発送のご連絡をいただいておりません。",
    "お手数をおかけいたしますが、状況をご確認のうえ、ご返信くださいますようお願い申し上げます。",
    "なお、納期につきましては今月末までを希望しておりますので、難しい場合はお知らせください。",
    "添付の資料もあわせてご覧ください。",
    "ご不明な点がございましたら、下記の連絡先までお問い合わせください。",
    "以上、よろしくお願いいたします。",
)
_EN_TEXT = (
    "Thank you for your quick answer last week.",
    "I ordered two of the small ones and one of the large ones, but only the large one came.",
    "Could you please check where the parcel is and tell me when to expect it?",
    'The tracking page has said "in transit" for five days now, which can\'t be right.',
    "We need the goods before the end of the month; a partial delivery would be fine too.",
    "Please find the order form attached, signed and dated.",
    "Best regards, and have a nice weekend.",
)

Mail = tuple[bytes, tuple[str, ...], str]


@dataclass
class _Thread:
    name: str
    sender: str
    subject: str
    japanese: bool
    ids: list[str] = field(default_factory=list)


def mails(count: int, seed: int = 1, *, address: str = ADDRESS, end: int = END) -> Iterator[Mail]:
    """``count`` mails, oldest first: octets with CRLF, flags, INTERNALDATE as on the wire."""
    random = Random(seed)
    threads: list[_Thread] = []
    for number in range(count):
        seconds = end - (count - number) * MAIL_EVERY + random.randrange(MAIL_EVERY)
        follow_up = bool(threads) and random.random() < 0.45
        thread = random.choice(threads) if follow_up else _new_thread(random)
        if not follow_up:
            threads.append(thread)
            del threads[:-OPEN_THREADS]
        yield (
            _mail(random, thread, number, seconds, address),
            _flags(random, number / count),
            internal_date(seconds),
        )


def internal_date(seconds: int) -> str:
    """``date-time`` (RFC 9051 §9) without its quotes; UTC."""
    day, (_, month, year), clock = _calendar(seconds)
    return f"{day:02d}-{_MONTHS[month]}-{year} {clock} +0000"


def _new_thread(random: Random) -> _Thread:
    japanese = random.random() < 0.65
    name = random.choice(_JA_NAMES if japanese else _EN_NAMES)
    host = f"{random.choice(_COMPANIES)}.example.{'net' if japanese else 'com'}"
    subject = random.choice(_JA_SUBJECTS if japanese else _EN_SUBJECTS)
    subject = subject.format(n=random.randrange(10_000, 99_999))
    return _Thread(name, f"user{random.randrange(400)}@{host}", subject, japanese)


def _flags(random: Random, age: float) -> tuple[str, ...]:
    """Old mail is read, much of it answered; some of the newest is still unread."""
    flags = []
    if random.random() < 1.15 - age * 0.4:
        flags.append("\\Seen")
        if random.random() < 0.5:
            flags.append("\\Answered")
    if random.random() < 0.04:
        flags.append("\\Flagged")
    if random.random() < 0.05:
        flags.append("$label1")
    return tuple(flags)


def _mail(random: Random, thread: _Thread, number: int, seconds: int, address: str) -> bytes:
    charset = _charset(random, thread)
    message_id = f"<{random.getrandbits(64):016x}.{number}@{thread.sender.partition('@')[2]}>"
    subject = ("Re: " if thread.ids else "") + thread.subject
    lines = _trace(random, thread, seconds, address)
    lines += [
        f"Date: {_rfc_date(seconds)}",
        f"From: {_word(thread.name, charset)} <{thread.sender}>",
        f"To: {address}",
        f"Subject: {_word(subject, charset)}",
        f"Message-ID: {message_id}",
    ]
    if thread.ids:
        reply = f"<reply.{random.getrandbits(48):012x}@{address.partition('@')[2]}>"
        thread.ids.append(reply)
        lines.append(f"In-Reply-To: {reply}")
        lines.append("References: " + "\r\n ".join(thread.ids[-12:]))
    thread.ids.append(message_id)
    kind = random.random()
    if kind > 0.97:
        lines.append("Auto-Submitted: auto-replied")
    elif kind > 0.92:
        lines.append(f"List-Id: News <news.{thread.sender.partition('@')[2]}>")
    lines.append("MIME-Version: 1.0")
    return "\r\n".join(lines).encode() + b"\r\n" + _content(random, charset, thread.japanese)


def _charset(random: Random, thread: _Thread) -> str:
    if not thread.japanese:
        return random.choice(("utf-8", "utf-8", "iso-8859-1", "us-ascii"))
    return random.choice(("utf-8", "utf-8", "iso-2022-jp", "iso-2022-jp", "shift_jis"))


def _trace(random: Random, thread: _Thread, seconds: int, address: str) -> list[str]:
    host = thread.sender.partition("@")[2]
    lines = [f"Return-Path: <{thread.sender}>", f"Delivered-To: {address}"]
    for hop in range(random.randrange(2, 5)):
        peer = f"192.0.2.{random.randrange(1, 255)}"
        lines.append(
            f"Received: from mx{hop}.{host} (mx{hop}.{host} [{peer}])\r\n"
            f"\tby relay{hop}.example.test with ESMTPS id {random.getrandbits(48):012x}\r\n"
            f"\tfor <{address}>; {_rfc_date(seconds - hop)}"
        )
    signature = f"{random.getrandbits(1024):0256x}"
    lines.append(
        f"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d={host}; s=s1;\r\n"
        "\th=from:to:subject:date:message-id:mime-version:content-type;\r\n\tb="
        + "\r\n\t ".join(signature[at : at + 64] for at in range(0, 256, 64))
    )
    return lines


def _content(random: Random, charset: str, japanese: bool) -> bytes:
    size = min(60_000, max(600, int(random.lognormvariate(8.6, 0.9))))
    text = _text_part(random, charset, japanese, size)
    kind = random.random()
    if kind < 0.55:
        return text
    boundary = b"=_%016x" % random.getrandbits(64)
    if kind < 0.9:
        html = _html_part(japanese, size)
        return _multipart(b"alternative", boundary, [text, html])
    if kind < 0.94:
        forwarded = b"Content-Type: message/rfc822\r\n\r\n" + _forwarded(random)
        return _multipart(b"mixed", boundary, [text, forwarded])
    return _multipart(b"mixed", boundary, [text, _attachment(random)])


def _multipart(subtype: bytes, boundary: bytes, parts: list[bytes]) -> bytes:
    head = b'Content-Type: multipart/%s;\r\n boundary="%s"\r\n\r\n' % (subtype, boundary)
    body = b"".join(b"--%s\r\n%s\r\n" % (boundary, part) for part in parts)
    return (
        head + b"This is a multi-part message in MIME format.\r\n" + body + b"--%s--\r\n" % boundary
    )


def _text_part(random: Random, charset: str, japanese: bool, size: int) -> bytes:
    if charset == "utf-8":
        encoding = random.choice(("8bit", "base64", "quoted-printable"))
    elif charset in ("iso-2022-jp", "us-ascii"):
        encoding = "7bit"
    else:
        encoding = "quoted-printable"
    lines = _lines(charset, encoding, japanese)
    start = random.randrange(len(lines) // 2)
    width = len(lines[0])
    body = b"".join(lines[start : start + max(3, size // max(width, 40))])
    head = f"Content-Type: text/plain; charset={charset}\r\nContent-Transfer-Encoding: {encoding}"
    return head.encode() + b"\r\n\r\n" + body


def _html_part(japanese: bool, size: int) -> bytes:
    paragraphs = b"".join(_html_lines(japanese)[: max(3, size // 120)])
    head = b"Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    return head + b"<html><body>\r\n" + paragraphs + b"</body></html>\r\n"


def _forwarded(random: Random) -> bytes:
    return (
        b"From: Someone Else <else@partner.example.org>\r\nTo: you@example.com\r\n"
        b"Subject: original %d\r\nMessage-ID: <fw.%x@partner.example.org>\r\n\r\n"
        b"The text of the message that was forwarded.\r\n"
    ) % (random.randrange(999), random.getrandbits(60))


def _attachment(random: Random) -> bytes:
    encoded = min(1_000_000, max(4_000, int(random.lognormvariate(11.2, 1.0))))
    name = random.choice(("order.pdf", "=?UTF-8?B?6KaL56mN5pu4LnBkZg==?=", "photo.jpg"))
    head = (
        f'Content-Type: application/octet-stream; name="{name}"\r\n'
        f'Content-Disposition: attachment; filename="{name}"\r\n'
        "Content-Transfer-Encoding: base64\r\n\r\n"
    )
    line = 78  # 76 characters and CRLF: attachments are cut at a line's end
    return head.encode() + _octets()[: encoded // line * line]


@cache
def _octets() -> bytes:
    data = Random(7).randbytes(800_000)
    return base64.encodebytes(data).replace(b"\n", b"\r\n")


@cache
def _lines(charset: str, encoding: str, japanese: bool) -> list[bytes]:
    """Enough encoded lines of text for the largest mail; any run of them is a valid body."""
    random = Random(f"{charset}{encoding}{japanese}")
    source = _JA_TEXT if japanese else _EN_TEXT
    made = [random.choice(source).encode(charset, "replace") for _ in range(3_000)]
    return [_encoded(text, encoding) for text in made]


def _encoded(line: bytes, encoding: str) -> bytes:
    if encoding == "base64":  # padded to whole quanta, so that encoded lines can be joined
        padded = line + b" " * (-(len(line) + 2) % 57) + b"\r\n"
        return base64.encodebytes(padded).replace(b"\n", b"\r\n")
    if encoding == "quoted-printable":
        return quopri.encodestring(line + b"\n").replace(b"\n", b"\r\n")
    return line + b"\r\n"


@cache
def _html_lines(japanese: bool) -> list[bytes]:
    random = Random(3)
    source = _JA_TEXT if japanese else _EN_TEXT
    return [f"<p>{random.choice(source)}</p>\r\n".encode() for _ in range(1_000)]


@cache
def _word(text: str, charset: str) -> str:
    """An encoded word (RFC 2047), in pieces of at most 75 characters; ASCII stays as it is."""
    if text.isascii():
        return text
    wire = "utf-8" if charset == "us-ascii" else charset
    pieces = [text[at : at + 10] for at in range(0, len(text), 10)]
    encoded = [base64.b64encode(piece.encode(wire, "replace")).decode() for piece in pieces]
    return "\r\n ".join(f"=?{wire.upper()}?B?{word}?=" for word in encoded)


def _calendar(seconds: int) -> tuple[int, tuple[int, int, int], str]:
    """(day of month, (weekday, month index, year), time of day); civil-from-days, no time zone."""
    days, rest = divmod(seconds, 86_400)
    era_day = days + 719_468
    era, in_era = divmod(era_day, 146_097)
    year_of_era = (in_era - in_era // 1460 + in_era // 36_524 - in_era // 146_096) // 365
    in_year = in_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted = (5 * in_year + 2) // 153
    day = in_year - (153 * shifted + 2) // 5 + 1
    month = (shifted + 2) % 12
    year = year_of_era + era * 400 + (1 if month <= 1 else 0)
    clock = f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"
    return day, ((days + 3) % 7, month, year), clock


def _rfc_date(seconds: int) -> str:
    day, (weekday, month, year), clock = _calendar(seconds)
    return f"{_DAYS[weekday]}, {day:02d} {_MONTHS[month]} {year} {clock} +0000"
