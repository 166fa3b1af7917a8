"""Words of leaving, and of coming back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LEAVING: Final[Mapping[str, tuple[str, str]]] = {
    # leaving
    "leave.title": ("{name} leaves", "{name} の退職・異動の手続き"),
    "leave.sessions": (
        "Open connections that end at once: {count}",
        "すぐに切れる接続：{count}件",
    ),
    "leave.conversations": ("Open conversations: {count}", "対応中のやり取り：{count}件"),
    "leave.no-conversations": ("No open conversation.", "対応中のやり取りはありません。"),
    "leave.to": ("Hand them over to", "引き継ぎ先"),
    "leave.nobody": ("unassigned", "担当者なし"),
    "leave.as-all": ("as all others", "全体と同じ"),
    "leave.each": ("One by one", "個別に選ぶ"),
    "leave.all-to-one": ("All to one", "まとめて選ぶ"),
    "leave.first": (
        "Here are the first {count}; all others go where you say below.",
        "はじめの{count}件です。ほかは下で選んだ引き継ぎ先になります。",
    ),
    "leave.number": ("Number", "番号"),
    "leave.status": ("Status", "対応状況"),
    "leave.status.open": ("open", "未対応"),
    "leave.status.checking": ("checking", "確認中"),
    "leave.status.hold": ("on hold", "保留"),
    "leave.status.done": ("done", "対応済み"),
    "leave.since": ("Waits since", "受信日時"),
    "leave.overdue": ("overdue", "期限超過"),
    "leave.heir-of": ("Who takes over {number}", "{number} の引き継ぎ先"),
    "leave.waiting": (
        "Mails of theirs on the way, which go on all the same: {count}",
        "送信待ちのメール（予定どおり送信されます）：{count}件",
    ),
    "leave.drafts": (
        "Drafts begun, which stay for colleagues: {count}",
        "作成中の下書き（同僚が引き続き使えます）：{count}件",
    ),
    "leave.rules": (
        "Rules of {mailbox} that give them mail, and then to nobody: {rules}",
        "{mailbox} で担当者に指定しているルール（今後は担当者なしになります）：{rules}",
    ),
    "leave.log": ("The log keeps the name.", "アクセスログには名前が残ります。"),
    "leave.button": ("Shut out and hand over", "利用を停止して引き継ぐ"),
    "leave.cancel": ("Cancel", "キャンセル"),
    "leave.changed": (
        "The work or the colleagues have changed meanwhile, and nothing was done. Look once more.",
        "やり取りか引き継ぎ先の状況が変わったため、何も変更していません。もう一度確認してください。",
    ),
    "leave.done": ("{name} has left", "{name} の手続きの完了"),
    "leave.again": (
        "Has left already, and nothing is in their hands.",
        "すでに手続きは完了しています。引き継ぐものはありません。",
    ),
    "leave.ended": (
        "Ended: {mail} connections of mail programs, {web} browsers.",
        "メールソフトの接続{mail}件、ブラウザー{web}件を切断しました。",
    ),
    "leave.revoked": (
        "Taken away: password, {apps} application passwords, {factors} second factors, "
        "{passkeys} passkeys.",
        "パスワード、アプリパスワード{apps}件、認証アプリ{factors}件、パスキー{passkeys}件を"
        "無効にしました。",
    ),
    "leave.now-with": (
        "Conversations now with {name}: {count}",
        "{name} が引き継いだやり取り：{count}件",
    ),
    "leave.now-nobodys": (
        "Conversations now unassigned: {count}",
        "担当者なしになったやり取り：{count}件",
    ),
    "leave.away": ("{name} is away at the moment.", "{name} は現在不在です。"),
    "leave.not-yet": (
        "The hand-over is under way: the mailbox is busy, and it is carried out as soon as it can.",
        "引き継ぎを処理中です。完了までしばらくかかる場合があります。",
    ),
    "leave.back-title": ("{name} may sign in again", "{name} の利用再開"),
    "leave.not-back": (
        "Not given back: conversations, application passwords, second factor.",
        "やり取り、アプリパスワード、2段階認証は元に戻りません。",
    ),
}
