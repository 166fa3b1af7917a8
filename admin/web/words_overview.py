"""Words of the overview, and of durations everywhere."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

OVERVIEW: Final[Mapping[str, tuple[str, str]]] = {
    "duration.days": ("{days} d {hours} h", "{days}日{hours}時間"),
    "duration.hours": ("{hours} h {minutes} min", "{hours}時間{minutes}分"),
    "duration.minutes": ("{minutes} min", "{minutes}分"),
    "overview.title": ("Overview", "概要"),
    "overview.as-of": ("As of {time}", "{time} 現在"),
    "overview.live": ("Live, as of {time}", "自動更新中（{time} 現在）"),
    "overview.lost": (
        "Not live since {time}; trying again",
        "{time} から自動更新が止まっています。再接続しています。",
    ),
    "overview.over": (
        "Not live since {time}. Load the page anew to go on",
        "{time} に自動更新が終わりました。続けるにはページを再読み込みしてください。",
    ),
    "overview.other": (
        "Mailboxes were added or removed, or your rights changed. Load the page anew",
        "共有メールボックスまたは権限が変わりました。ページを再読み込みしてください。",
    ),
    "overview.none": ("No mailbox yet.", "共有メールボックスがまだありません。"),
    "overview.none-yours": (
        "You have a right on no mailbox yet. An admin gives it.",
        "利用できる共有メールボックスがまだありません。管理者が権限を付与します。",
    ),
    "overview.add": ("Add a mailbox", "共有メールボックスを追加"),
    "overview.mailbox": ("Mailbox", "共有メールボックス"),
    "overview.open": ("Open", "未対応"),
    "overview.working": ("In work", "対応中"),
    "overview.overdue": ("Overdue", "期限超過"),
    "overview.oldest": ("Oldest", "最も古い"),
    "overview.provider": ("Provider", "メールサーバー"),
    "overview.connections": ("Connections", "接続"),
    "overview.of": ("{used} of {allowed}", "{allowed}本中{used}本"),
    "overview.answered": ("Answered today", "今日の返信"),
    "overview.answers": ("{count}", "{count}件"),
    "overview.median": (
        "First answer, median of office hours",
        "初回返信までの時間（営業時間の中央値）",
    ),
    "overview.alarms": ("Alarms", "アラート"),
    "overview.alarm-count": ("{count}", "{count}件"),
    "overview.log": ("Log", "ログ"),
    "overview.anchored": ("✓ anchored {time}", "✓ 外部に保存 {time}"),
    "overview.not-anchored": ("– not anchored yet", "– 外部には未保存"),
    "overview.tampered": ("■ tampered with", "■ 改ざんの疑い"),
    "overview.arrivals": ("Mails that came today, by hour", "今日の時間帯別の受信"),
    "overview.arrivals-told": (
        "{count} mails; the numbers are in the table below",
        "合計{count}通。数値は下の表にあります。",
    ),
    "overview.as-table": ("The numbers as a table", "表で見る"),
    "overview.hour": ("Hour", "時間帯"),
    "overview.mails": ("Mails", "受信数"),
    "overview.see": ("See them", "確認する"),
    "overview.repair": ("Repair", "対処する"),
    "provider.": ("● ok, {time}", "● 正常 {time}"),
    "provider.refused": ("■ refused, since {time}", "■ ログイン不可 {time}から"),
    "provider.down": ("■ no answer, since {time}", "■ 応答なし {time}から"),
    "provider.starting": ("○ being reached", "○ 接続中"),
    "provider.inbox": ("■ INBOX stands still", "■ 受信トレイが停止"),
    "provider.leaving": ("▮ mail waits to leave", "▮ 送信待ちあり"),
    "provider.folder": ("▮ a folder stands still", "▮ フォルダーが停止"),
    "provider.mails": ("▮ mails can't be read", "▮ 読めないメールあり"),
    "provider.names": ("▮ folder names can't be read", "▮ 読めないフォルダー名あり"),
    "provider.none": ("– not served", "– 停止中"),
    "wrong.refused": (
        "{mailbox}: the provider refuses the password. Nothing comes in or goes out",
        "{mailbox}：メールサーバーがパスワードを受け付けません。送受信できません。",
    ),
    "wrong.down": (
        "{mailbox}: the provider does not answer. What is known of mail can be read, nothing "
        "comes in",
        "{mailbox}：メールサーバーから応答がありません。取り込み済みのメールは読めますが、受信できません。",
    ),
    "wrong.inbox": (
        "{mailbox}: the provider does not show INBOX. Nothing new comes in",
        "{mailbox}：メールサーバーの受信トレイを読めません。新着メールを取り込めません。",
    ),
    "wrong.leaving": (
        "{mailbox}: the provider does not take mail that is to leave. It is tried again",
        "{mailbox}：メールサーバーが送信メールを受け付けません。自動的に再送します。",
    ),
    "wrong.overdue": (
        "{mailbox}: {count} overdue",
        "{mailbox}：期限超過 {count}件",
    ),
    "wrong.tampered": (
        "The access log was tampered with. Ask an auditor to verify it",
        "アクセスログに改ざんの疑いがあります。監査担当に検証を依頼してください。",
    ),
}
