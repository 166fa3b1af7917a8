"""Words of the pages of the access log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOG: Final[Mapping[str, tuple[str, str]]] = {
    "log.title": ("Access log", "アクセスログ"),
    "log.recorded": (
        "Your questions are recorded too.",
        "ここでの検索も記録されます。",
    ),
    "log.question": ("Question", "検索条件"),
    "log.question-hint": (
        "For example: person:anna since:30d. Without a time: the last 7 days.",
        "例：person:anna since:30d。期間を書かないと、直近7日間です。",
    ),
    "log.search": ("Search", "検索する"),
    "log.presets": ("Ready-made:", "よく使う検索："),
    "log.preset.failed": ("failed sign-ins", "ログインの失敗"),
    "log.preset.override": ("sent all the same", "警告後の送信"),
    "log.preset.admin": ("what admins did", "管理者の操作"),
    "log.preset.audit": ("questions to the log", "アクセスログの検索"),
    "log.fields": ("Search by fields", "項目ごとに指定"),
    "log.key.person": ("Person (login)", "利用者（ログインID）"),
    "log.key.action": ("What (several: with commas)", "操作（複数はコンマ区切り）"),
    "log.key.-action": ("But not", "除く操作"),
    "log.key.message": ("Mail (Message-ID)", "メール（Message-ID）"),
    "log.key.mailbox": ("Shared mailbox", "共有メールボックス"),
    "log.key.address": ("Address or network", "IPアドレスまたはネットワーク"),
    "log.key.client": ("Mail client (a part of its name)", "メールソフト（名前の一部）"),
    "log.key.outcome": ("Outcome", "結果"),
    "log.key.conversation": ("Conversation (number)", "やり取り（番号）"),
    "log.key.since": ("Since", "開始"),
    "log.key.until": ("Until", "終了"),
    "log.any": ("any", "すべて"),
    "log.subject": ("Subject of a mail", "メールの件名"),
    "log.subject-hint": (
        "The whole subject, to the letter: the log keeps a digest of it, not its words. It is not "
        "put into the address of the page.",
        "件名の全体をそのまま入力します。ログにあるのは件名の要約値だけで、件名の文字はありません。"
        "入力した件名はページのアドレスに残りません。",
    ),
    "log.subject-search": ("Search for the subject", "件名で検索する"),
    "log.subject-asked": (
        "Mails with the subject that you typed.",
        "入力した件名のメールの記録です。",
    ),
    "log.when": ("Time", "日時"),
    "log.who": ("Person", "利用者"),
    "log.what": ("What", "操作"),
    "log.mailbox": ("Mailbox", "メールボックス"),
    "log.outcome": ("Outcome", "結果"),
    "log.from": ("From", "接続元"),
    "log.client": ("Client", "メールソフト"),
    "log.outcome.ok": ("done", "完了"),
    "log.outcome.refused": ("refused", "失敗"),
    "log.outcome.failed": ("failed", "エラー"),
    "log.outcome.unsure": ("unsure", "不明"),
    "log.period": ("{since} to {until}", "{since}から{until}まで"),
    "log.count": ("{count:,} found", "{count:,}件"),
    "log.count-more": ("{count:,}+ found", "{count:,}件以上"),
    "log.none": (
        "Nobody did this from {since} to {until}.",
        "{since}から{until}まで、該当する操作はありません。",
    ),
    "log.none-whole": (
        "The log is complete for this time ✓",
        "この期間のログに欠けはありません ✓",
    ),
    "log.none-not-yet": (
        "Whether the log is complete is being verified just now.",
        "ログに欠けがないか、現在検証中です。",
    ),
    "log.none-beyond": ("No further records.", "これより先に記録はありません。"),
    "log.looked": (
        "Looked back to {until} so far. Add a person, a mailbox or a shorter time, or look further "
        "back.",
        "{until}までさかのぼって検索しました。利用者やメールボックスを加えるか、期間を短くするか、"
        "続きを検索してください。",
    ),
    "log.look-on": ("Look further back", "さらに前を検索する"),
    "log.newer": ("Newer", "新しい記録へ"),
    "log.older": ("Older", "以前の記録へ"),
    "log.mail": (
        "People who opened it: {opened} · mail clients that copied it: {copied} · deletions: "
        "{deletions}",
        "開いた人 {opened}名・メールソフトによるコピー {copied}件・削除 {deletions}件",
    ),
    "log.mail-opened": ("Opened: {names}", "開いた人：{names}"),
    "log.mail-copied": ("Copied: {names}", "コピー：{names}"),
    "log.opened-is": (
        "Opened: a person looked, as the client asked for the mail to show it, or marked it as "
        "read. Copied: a mail client fetched it by itself; a computer has it, and perhaps nobody "
        "looked.",
        "「開いた」は、メールソフトが表示のために取得したか、既読にしたことです。"
        "「コピー」は、メールソフトが自動で取得したことで、端末に残っていても、"
        "だれも見ていないことがあります。",
    ),
    "log.verified": ("Verified to {at} ✓", "{at}まで検証済み ✓"),
    "log.verifying": (
        "Being verified: {number} records so far",
        "検証中：{number}件まで完了",
    ),
    "log.tampered": (
        "The log was tampered with. The first bad record is {number}. Don't change anything on "
        "the server, and run: proxyd audit verify",
        "ログが改ざんされています。最初の不正な記録は{number}番です。サーバーには手を加えず、"
        "次を実行してください：proxyd audit verify",
    ),
    "log.tampered-around": (
        "The log was tampered with, around its records. Don't change anything on the server, and "
        "run: proxyd audit verify",
        "ログの周辺が改ざんされています。サーバーには手を加えず、次を実行してください："
        "proxyd audit verify",
    ),
    "log.too-often": (
        "30 questions a minute are the most. Try once more in {seconds} seconds.",
        "検索は1分に30回までです。{seconds}秒後にもう一度検索してください。",
    ),
    "slip.no-key": (
        "“{word}” has no key before it. Write person:, message:, action: or another key.",
        "「{word}」の前に、項目名（person、message、action など）とコロンを付けてください。",
    ),
    "slip.key": (
        "There is no key “{word}”. The keys are those of the fields below.",
        "「{word}」という項目はありません。使えるのは下の項目です。",
    ),
    "slip.twice": ("“{word}” is there twice. Leave one out.", "「{word}」が重複しています。"),
    "slip.empty": ("Nothing stands behind “{word}”.", "「{word}」の値がありません。"),
    "slip.action": (
        "There is no action “{word}”. The list is below.",
        "「{word}」という操作はありません。一覧は下にあります。",
    ),
    "slip.outcome": (
        "There is no outcome “{word}”. Write ok, refused, failed or unsure.",
        "「{word}」という結果はありません。ok、refused、failed、unsure のどれかを書いてください。",
    ),
    "slip.address": (
        "“{word}” is neither an IP address nor a network. Write 192.0.2.7 or 192.0.2.0/24.",
        "「{word}」はIPアドレスでもネットワークでもありません。例：192.0.2.7、192.0.2.0/24",
    ),
    "slip.number": ("“{word}” is no number of the log.", "「{word}」は番号ではありません。"),
    "slip.time": (
        "“{word}” is no time. Write 2026-01-31, 2026-01-31T17:00, or how long ago: 12h, 7d, 1y.",
        "「{word}」は日時ではありません。例：2026-01-31、2026-01-31T17:00、12h、7d、1y",
    ),
    "slip.order": (
        "The time would end before it begins. Exchange the two, or leave one out.",
        "終了が開始より前です。入れ替えるか、一方を消してください。",
    ),
    "slip.long": ("The question is too long.", "検索条件が長すぎます。"),
    "slip.person": (
        "There is no person “{word}”, nor was one.",
        "「{word}」という利用者は、現在も過去もいません。",
    ),
    "slip.mailbox": (
        "There is no shared mailbox “{word}”, nor was one.",
        "「{word}」という共有メールボックスは、現在も過去もありません。",
    ),
    "slip.near": (
        "“{word}” is not known. Did you mean “{near}”?",
        "「{word}」は見つかりません。「{near}」ではありませんか。",
    ),
    "log.actions": ("The words for what was done", "操作を表す語の一覧"),
}
