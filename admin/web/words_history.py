"""What was done with a conversation, in plain words: a sentence for each kind of record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

HISTORY: Final[Mapping[str, tuple[str, str]]] = {
    "history.refused": ("Was refused: {what}", "中止：{what}"),
    "history.failed": ("Failed: {what}", "失敗：{what}"),
    "history.unsure": ("Perhaps: {what}", "結果不明：{what}"),
    "history.then": ("{what}. Status: {to}", "{what}。対応状況：{to}"),
    "history.outside": ("someone outside", "社外・外部"),
    "history.proxyd": ("proxyd", "proxyd"),
    # by action
    "history.arrive": ("The mail came in", "受信"),
    "history.list": ("Saw it in a list", "一覧で表示"),
    "history.open": ("Opened it", "開封"),
    "history.copy": ("A mail program copied it", "メールソフトによるコピー"),
    "history.seen": ("Marked it as read", "既読にしました。"),
    "history.unseen": ("Marked it as unread", "未読に戻しました。"),
    "history.search": ("Found it by a search", "検索で見つけました。"),
    "history.flag": ("Changed its flags", "タグを変更"),
    "history.status": ("Set the status: {to}", "対応状況を変更：{to}"),
    "history.hold-until": ("On hold until {until}", "{until}まで保留"),
    "history.hold": ("On hold, without a day", "期限なしで保留"),
    "history.claim": ("Took it", "担当になりました。"),
    "history.assign": ("Gave it to {to}", "{to}に引き継ぎ"),
    "history.release": ("Is nobody's now", "担当者なしになりました。"),
    "history.copy-to": ("Copied it to a folder", "フォルダーにコピー"),
    "history.move": ("Moved it", "移動"),
    "history.expunge": ("Deleted it", "削除"),
    "history.append": ("Stored a mail", "メールを保存"),
    "history.folder": ("Changed a folder", "フォルダーを変更"),
    "history.send": ("Sent a mail", "送信"),
    "history.send-again": (
        "A second answer was stopped; nothing was sent",
        "二重返信を止めました。送信していません。",
    ),
    "history.override": ("Sent all the same after a warning", "警告後の送信"),
    "history.leaving": ("A mail that waits before it leaves", "送信待ちのメール"),
    "history.file-sent": ("The copy was stored in Sent", "送信済みにコピーを保存"),
    "history.overdue": ("It became overdue", "期限を超過"),
    "history.alarm": ("An alarm", "アラート"),
    "history.other": ("{action}", "{action}"),
    # by event, the word of the log's "by"
    "history.by.arrival": ("The mail came in", "受信"),
    "history.by.automatic": ("An automatic mail came in", "自動送信メールを受信"),
    "history.by.imported": (
        "A mail was put in that is older than our last answer",
        "前回の返信より古いメールを追加",
    ),
    "history.by.rule": ("A rule on arrival fits: {rules}", "振り分けルールに一致：{rules}"),
    "history.by.rule-waiting": (
        "A rule on arrival fits, and something waits already: {rules}",
        "振り分けルールに一致（対応待ちあり）：{rules}",
    ),
    "history.by.found": (
        "It was there before proxyd, and waits",
        "利用開始前からあるメール。返信待ち",
    ),
    "history.by.found-answered": (
        "It was there before proxyd, and was answered",
        "利用開始前からあるメール。返信済み",
    ),
    "history.by.answer": ("Answered it", "返信"),
    "history.by.answer-before": (
        "Answered it without the newer mail, which waits still",
        "返信（その後のメールは返信待ち）",
    ),
    "history.by.answer-asked": (
        "Answered somebody who had been asked; who wrote before waits still",
        "問い合わせ先に返信（元の相手は返信待ち）",
    ),
    "history.by.forward": ("Forwarded it", "転送"),
    "history.by.outside": ("Answered outside proxyd", "proxydの外で返信"),
    "history.by.outside-before": (
        "Answered outside proxyd without the newer mail, which waits still",
        "proxydの外で返信（その後のメールは返信待ち）",
    ),
    "history.by.outside-asked": (
        "Answered outside proxyd somebody who had been asked; who wrote before waits still",
        "proxydの外で問い合わせ先に返信（元の相手は返信待ち）",
    ),
    "history.by.receipt": ("An automatic receipt of ours went out", "自動受付メールを送信"),
    "history.by.replying": ("Began an answer", "返信の作成を開始"),
    "history.by.reply-gone": ("The answer was not sent", "返信は送信されませんでした。"),
    "history.by.hold-over": ("The day has come until which it was on hold", "保留の期限が到来"),
    "history.by.person-gone": ("{from_} was removed", "{from_}のアカウントを削除"),
    "history.by.handed-over": ("{from_} has left", "{from_}の退職・異動"),
    "history.by.joined": ("Another conversation was joined with it", "別のやり取りを統合"),
    "history.by.split": ("It was split", "やり取りを分割"),
    "history.by.split-unanswered": (
        "It was split, and its last mail has no answer",
        "やり取りを分割（最後のメールは未返信）",
    ),
    "history.by.status-gone": (
        "The status {from_} is not configured any more",
        "対応状況「{from_}」は設定から削除されました。",
    ),
}
