"""The customer of the demo: reads what the proxy sent out, and answers once.

Pure but for the clock: a mail in, an answer or nothing out. Never answers automatic mail (RFC 3834
§2), so that two machines can't talk to each other.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from hashlib import sha256

from proxyd.demo.composing import Letter, compose
from proxyd.demo.decoding import language
from proxyd.imapwire.mime import MimeMail
from proxyd.imapwire.mime_text import texts
from proxyd.mailtext.addresses import addresses, compared
from proxyd.mailtext.ids import message_ids, own_id
from proxyd.mailtext.words import decoded

_REPLY_PREFIX = re.compile(r"^(?:re|aw|sv|返信)\s*[:：]\s*", re.IGNORECASE)
_QUOTED_LINES = 6  # as people do who delete most of what they answer
_JAPAN = timezone(timedelta(hours=9))
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
_BULK = frozenset({b"bulk", b"list", b"junk"})

_ANSWERS = {
    "ja": (
        "早速のお返事ありがとうございます。\n内容を確認いたしました。こちらで進めてください。",
        "ご連絡ありがとうございます。承知いたしました。\nまた何かありましたら、よろしくお願いいたします。",
        "ご対応いただき助かりました。\n1点だけ確認です。いつ頃になりそうでしょうか。",
        "ありがとうございます。承知いたしました。\n届きましたら、あらためてご連絡いたします。",
    ),
    "en": (
        "Thank you for the quick answer. That sounds good, please go ahead.",
        "Thanks, that explains it. I will get back to you if anything else comes up.",
        "That helps a lot. One thing only: when can I expect it?",
        "Perfect, thank you. I'll let you know as soon as it has arrived.",
    ),
}
_GREETING = "お世話になっております。{surname}です。\n\n"
_DAYS = "月火水木金土日"


def conversation(mail: MimeMail) -> str | None:
    """The Message-ID that the thread of this mail began with; None for a mail without any."""
    for name in (b"REFERENCES", b"IN-REPLY-TO", b"MESSAGE-ID"):
        for found in message_ids(mail.root.value(name) or b""):
            return f"<{found}>"
    return None


def is_automatic(mail: MimeMail) -> bool:
    """RFC 3834 §5, RFC 2919 and the older signs of mail that nobody wrote by hand."""
    value = mail.root.value
    submitted = (value(b"AUTO-SUBMITTED") or b"no").split(b";")[0].strip().lower()
    return (
        submitted != b"no"
        or (value(b"PRECEDENCE") or b"").strip().lower() in _BULK
        or value(b"LIST-ID") is not None
        or value(b"X-AUTO-RESPONSE-SUPPRESS") is not None
    )


def answer(mail: MimeMail, recipient: str, mailbox: str, now_us: int) -> bytes:
    """What the person behind ``recipient`` writes back to ``mailbox``."""
    own_id = _message_id(mail)
    body = next(texts(mail), "")
    subject = _clean(decoded(mail.root.value(b"SUBJECT") or b""))
    lang = language(subject + body)
    date = datetime.fromtimestamp(now_us // 1_000_000, UTC).astimezone(_JAPAN)
    seed = sha256(own_id.encode("utf-8", "replace")).hexdigest()
    chosen = _ANSWERS[lang][int(seed[:8], 16) % len(_ANSWERS[lang])]
    name = _name(mail, recipient)
    thread = [f"<{one}>" for one in message_ids(_references(mail))]
    return compose(
        Letter(
            message_id=f"<answer.{seed[:24]}@{recipient.partition('@')[2]}>",
            date=date,
            sender=f'"{name}" <{recipient}>' if name else recipient,
            to=mailbox,
            subject="Re: " + _REPLY_PREFIX.sub("", subject),
            text=f"{_greeting(name, lang)}{chosen}\n\n{name or recipient}\n\n"
            f"{_quote(mail, body, lang, mailbox)}",
            references=(*(one for one in thread if one != own_id), own_id),
        )
    )


def _message_id(mail: MimeMail) -> str:
    found = own_id(mail.root.value(b"MESSAGE-ID") or b"")
    return f"<{found or sha256(mail.raw).hexdigest() + '@invalid'}>"


def _references(mail: MimeMail) -> bytes:
    return mail.root.value(b"REFERENCES") or mail.root.value(b"IN-REPLY-TO") or b""


def _name(mail: MimeMail, recipient: str) -> str:
    """The display name that the mail's writer gave the recipient."""
    for field in (b"TO", b"CC"):
        for one in addresses(mail.root.value(field) or b""):
            if one.text == compared(recipient):
                return re.sub(r'["\\<>]', "", _clean(decoded(one.name or b"")))
    return ""


def _greeting(name: str, lang: str) -> str:
    """As a Japanese business mail begins; the surname stands first."""
    if lang != "ja" or not name.strip():
        return ""
    return _GREETING.format(surname=name.split(maxsplit=1)[0])


def _clean(text: str) -> str:
    """One line that can be encoded: encoded words may hide line ends and half characters."""
    return _CONTROL.sub(" ", text.encode("utf-8", "replace").decode("utf-8"))


def _quote(mail: MimeMail, body: str, lang: str, mailbox: str) -> str:
    lines = [line for line in body.splitlines() if line.strip() and not line.startswith(">")]
    quoted = "\n".join(f"> {line}" for line in lines[:_QUOTED_LINES])
    return _introduction(mail, lang, mailbox) + quoted


def _introduction(mail: MimeMail, lang: str, mailbox: str) -> str:
    """Who wrote when, as mail programs of that language say it; "" for a mail without a date."""
    date = _clean(decoded(mail.root.value(b"DATE") or b""))
    if lang != "ja":
        return f"On {date}, {mailbox} wrote:\n" if date else ""
    try:
        at = parsedate_to_datetime(date).astimezone(_JAPAN)
    except (ValueError, OverflowError):
        return ""
    day = f"{at.year}年{at.month}月{at.day}日({_DAYS[at.weekday()]}) {at.hour}:{at.minute:02}"
    writer = next(iter(addresses(mail.root.value(b"FROM") or b"")), None)
    name = _clean(decoded(writer.name or b"")) if writer is not None else ""
    return f"{day} {name} <{mailbox}>:\n" if name else f"{day} <{mailbox}>:\n"
