"""Words of the pages of conversations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CONVERSATIONS: Final[Mapping[str, tuple[str, str]]] = {
    "conversations.title": ("Conversations", "やり取り"),
    "conversations.recorded": (
        "No subjects and no mails stand here. Your question is recorded.",
        "件名や本文は表示しません。この検索も記録されます。",
    ),
    "conversations.mailbox": ("Mailbox", "共有メールボックス"),
    "conversations.all-mailboxes": ("All", "すべて"),
    "conversations.status": ("Status", "対応状況"),
    "conversations.not-done": ("Not done", "未完了すべて"),
    "conversations.any-status": ("Any", "すべて"),
    "conversations.assignee": ("Assignee", "担当"),
    "conversations.anyone": ("Anyone", "全員"),
    "conversations.person": ("{name} ({login})", "{name}（{login}）"),
    "conversations.nobody": ("Nobody", "担当者なし"),
    "conversations.older": ("Not changed for", "更新がない期間"),
    "conversations.any-age": ("Any time", "指定なし"),
    "conversations.older-1": ("1 day", "1日以上"),
    "conversations.older-3": ("3 days", "3日以上"),
    "conversations.older-7": ("1 week", "1週間以上"),
    "conversations.older-30": ("30 days", "30日以上"),
    "conversations.overdue-only": ("Overdue only", "期限超過のみ"),
    "conversations.show": ("Show", "表示する"),
    "conversations.none": ("Nothing is open.", "未対応はありません。"),
    "conversations.none-found": (
        "There is no such conversation. Ask for less, or for another mailbox.",
        "該当するやり取りはありません。条件を減らすか、別の共有メールボックスを選んでください。",
    ),
    "conversations.number": ("Number", "番号"),
    "conversations.mails": ("Mails", "メール"),
    "conversations.mail-count": ("{count}", "{count}通"),
    "conversations.waits": ("Waits", "待ち時間"),
    "conversations.changed": ("Changed", "更新"),
    "conversations.overdue": ("overdue", "期限超過"),
    "conversations.until": ("until {time}", "{time}まで"),
    "conversations.newer": ("Newer", "新しいやり取りへ"),
    "conversations.older-ones": ("Older", "以前のやり取りへ"),
    "conversations.bad-status": ("There is no such status", "その対応状況はありません。"),
    "conversations.bad-person": (
        "There is no such person here",
        "その利用者は見つかりません。",
    ),
    "conversations.bad-place": (
        "The list can't go on from there; it begins anew",
        "一覧の位置を読み取れなかったため、最初から表示します。",
    ),
    "conversation.title": ("Conversation {number}", "やり取り {number}"),
    "conversation.gone": (
        "Its mails are gone at the provider: only the log still knows it.",
        "メールサーバーにメールが残っていません。記録だけが残っています。",
    ),
    "conversation.former": (
        "Joined with it: {numbers}",
        "統合されたやり取り：{numbers}",
    ),
    "conversation.history": ("History", "履歴"),
    "conversation.recorded": (
        "From the access log. That you looked is recorded too.",
        "アクセスログの記録です。この閲覧も記録されます。",
    ),
    "conversation.without-mail": (
        "Who opened or copied mail is for who has a right on the mailbox, and for auditors.",
        "メールの開封やコピーの記録は、このメールボックスの権限を持つ人と監査担当だけが見られます。",
    ),
    "conversation.no-history": (
        "The log tells nothing of it: it was there before proxyd.",
        "記録はありません。proxydの利用開始前からあるやり取りです。",
    ),
    "conversation.older": ("Older", "以前の履歴へ"),
    "conversation.cut": (
        "There is more than is shown. An auditor finds it in the log.",
        "表示しきれない記録があります。監査担当がログで確認できます。",
    ),
    "conversation.when": ("Time", "日時"),
    "conversation.who": ("Person", "人"),
    "conversation.what": ("What", "内容"),
    "conversation.from": ("From", "接続元"),
    "conversation.hand-over": ("Hand over", "担当を引き継ぐ"),
    "conversation.hand-over-title": ("Hand-over", "担当の引き継ぎ"),
    "conversation.to": ("To", "引き継ぐ相手"),
    "conversation.handed": (
        "Handed over. It stands in the log.",
        "担当を引き継ぎました。ログに記録されています。",
    ),
    "conversation.bad-heir": (
        "This person may not answer here. Choose another one",
        "この利用者は対応できません。別の人を選んでください。",
    ),
    "conversation.back": ("All conversations", "やり取りの一覧"),
}
