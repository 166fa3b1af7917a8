"""What the writer of a mail that did not leave is told, in an internal note: one sentence why, and
where the mail is now. English and Japanese; pure.

What a mail, a person or a provider wrote stands on one line, without what could steer a screen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from proxyd.domain.honorific import with_honorific
from proxyd.domain.one_line import one_line

WORDS_MOST = 300  # of a provider

_WHY: Mapping[str, tuple[str, str]] = {
    "answered": (
        "{name} has answered in the meantime.",
        "その間に{called}が返信しました。",
    ),
    "answered-outside": (
        "It was answered in the meantime, outside proxyd (in webmail, for example).",
        "その間に、proxyd を通さない返信（Webメールなど）がありました。",
    ),
    "sending": (
        "{name} is sending an answer as well.",
        "{called}も返信を送信しようとしています。",
    ),
    "perhaps-answered": (
        "{name} may have answered in the meantime: the connection broke at the last moment.",
        "その間に{called}が返信した可能性があります（送信完了の直前に接続が切れました）。",
    ),
    "hold": (
        "The mail that it answers is on hold now.",
        "返信先のメールが保留になりました。",
    ),
    "done": (
        "The mail that it answers is marked as done now.",
        "返信先のメールが対応済みになりました。",
    ),
    "claimed": (
        "{name} is in charge of the mail that it answers now.",
        "返信先のメールの担当者が{called}になりました。",
    ),
    "note": (
        "It has an internal note in it, which must not leave.",
        "社内メモが含まれています。社内メモは社外に送信できません。",
    ),
    "note-words": (
        "Its text has words of an internal note that was written in the meantime.",
        "その間に書かれた社内メモと同じ文が本文にあります。",
    ),
    "wrote-again": (
        "A new mail came in the conversation while yours waited for approval. Read it, and send "
        "yours again where it still fits.",
        "承認待ちの間に、このやり取りに新しいメールが届きました。内容を確認し、"
        "必要であればもう一度送信してください。",
    ),
    "provider": (
        "The mail server refused it: {text}",
        "メールサーバーで受け付けられませんでした（メールサーバーの応答： {text}）。",
    ),
    "given-up": (
        "The mail server has not taken it for days: {text}",
        "数日たってもメールサーバーが受け付けませんでした（メールサーバーの応答： {text}）。",
    ),
    "uncertain": (
        "It may have been sent all the same: the connection broke at the last moment. Look in "
        "Sent, or ask the recipient, before you send it again.",
        "すでに送信された可能性があります（送信完了の直前に接続が切れました）。もう一度送信する前に、"
        "送信済みトレイを見るか、宛先の方に確認してください。",
    ),
    "restored": (
        "The server was restored from a backup, and nobody knows whether the mail was sent before. "
        "Look in Sent, or ask the recipient, before you send it again.",
        "サーバーがバックアップから復元されたため、すでに送信されたかどうか確認できません。"
        "もう一度送信する前に、送信済みトレイを見るか、宛先の方に確認してください。",
    ),
    "writer-gone": (
        "The login of its writer was removed before it could leave.",
        "送信される前に、書いた方のログインが削除されました。",
    ),
    "taken-back": (
        "{name} took it back before it left.",
        "{called}が送信を取り消しました。",
    ),
    "given-back": (
        "{name} has not approved it.",
        "{called}が承認しませんでした。",
    ),
    "other": (
        "Something stood in the way ({guard}).",
        "送信できない理由がありました（{guard}）。",
    ),
}
_HEAD = ("This mail was not sent: “{subject}”.", "このメールは送信されませんでした：「{subject}」")
_HEAD_PERHAPS = (
    "Nobody knows whether this mail was sent: “{subject}”.",
    "このメールが送信されたかどうか、確認できません：「{subject}」",
)
_WHERE: Mapping[str, tuple[str, str]] = {
    "drafts": ("It is in Drafts.", "メールは下書きにあります。"),
    "trash": ("It is in Trash.", "メールはごみ箱にあります。"),
}
_NO_SUBJECT = ("(no subject)", "（件名なし）")
_SUBJECT = ("Not sent: {subject}", "送信されませんでした： {subject}")
_DOUBTFUL = frozenset({"uncertain", "restored"})


@dataclass(frozen=True, slots=True)
class ComeBack:
    """``why``: of domain/held.py, ``into`` likewise; ``told``: the logins of those it is for."""

    language: str
    subject: str
    into: str
    told: Sequence[str]
    why: Mapping[str, str]

    def title(self) -> str:
        return self._said(_SUBJECT)

    def text(self) -> str:
        key = self.why.get("why", "other")
        head = _HEAD_PERHAPS if key in _DOUBTFUL else _HEAD
        lines = [head, _WHY.get(key, _WHY["other"]), _WHERE[self.into]]
        people = " ".join(f"@{login}" for login in self.told)
        return f"{people}\r\n\r\n" + "\r\n".join(map(self._said, lines)) + "\r\n"

    def _said(self, sentence: tuple[str, str]) -> str:
        japanese = self.language == "ja"
        facts = {key: one_line(value.encode(), WORDS_MOST) for key, value in self.why.items()}
        name = facts.get("name", "")
        subject = one_line(self.subject.encode()) or _NO_SUBJECT[japanese]
        facts |= {"subject": subject, "name": name or "A colleague"}
        facts |= {"called": with_honorific(name) if name else "ほかの担当者"}
        return sentence[japanese].format_map({"guard": "?", "text": "?", **facts})
