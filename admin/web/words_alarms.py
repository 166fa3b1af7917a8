"""Words of the pages of alarms. What is said of one names what to do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ALARMS: Final[Mapping[str, tuple[str, str]]] = {
    "alarms.title": ("Alarms", "アラート"),
    "alarms.one": ("Alarm {number}", "アラート {number}"),
    "alarms.now": ("Now", "現在"),
    "alarms.seen": ("Seen", "確認済み"),
    "alarms.over": ("Over, in the last 30 days", "終了（直近30日間）"),
    "alarms.counts": (
        "now {now} · seen {seen} · over {over}",
        "現在 {now}・確認済み {seen}・終了 {over}",
    ),
    "alarms.well": ("All well.", "問題はありません。"),
    "alarms.last": ("Last alarm: {at}.", "前回のアラートは{at}です。"),
    "alarms.once": ("at {at}", "{at}"),
    "alarms.often": ("{times} times since {since}", "{since}から{times}回"),
    "alarms.since": ("since {since}", "{since}から"),
    "alarms.ended": ("over at {at}", "{at}に終了"),
    "alarms.seen-by": ("Seen by {who}, {at}", "{who}さんが{at}に確認しました。"),
    "alarms.silent": (
        "Silenced by {who} until {until}",
        "{who}さんが{until}まで通知を停止しました。",
    ),
    "alarms.see": ("Seen", "確認済みにする"),
    "alarms.see-named": ("Mark alarm {number} as seen", "アラート{number}を確認済みにする"),
    "alarms.silence": ("Silence", "通知を停止する"),
    "alarms.silence-for": ("For how long", "停止する期間"),
    "alarms.silence-is": (
        "Its next times are no news until then. They are recorded all the same.",
        "その間に同じことが起きても、ここでは新しいアラートになりません。ログには記録されます。",
    ),
    "alarms.days.1": ("1 day", "1日"),
    "alarms.days.7": ("7 days", "7日"),
    "alarms.days.30": ("30 days", "30日"),
    "alarms.what-to-do": ("What to do", "対処"),
    "alarms.did.seen": ("The alarm is marked as seen.", "アラートを確認済みにしました。"),
    "alarms.did.silenced": ("The alarm is silenced.", "アラートの通知を停止しました。"),
    "alarm.provider": (
        "{mailbox}: the provider can't be used",
        "{mailbox}：メールプロバイダーへの接続不可",
    ),
    "alarm.provider.so": (
        "It does not answer, or does not let us in. Mail that was read before is still shown; "
        "nothing new comes in. If the password was changed at the provider, type the new one here.",
        "応答がないか、ログインできません。取得済みのメールは読めますが、新しいメールは届きません。"
        "メールプロバイダーでパスワードを変更した場合は、新しいパスワードを入力してください。",
    ),
    "alarm.folder": (
        "{mailbox}: a folder can't be read: {folder}",
        "{mailbox}：フォルダー「{folder}」の読み取り不可",
    ),
    "alarm.folder.so": (
        "What is known of it is shown and stands still. Test the mailbox, and look for the folder "
        "in the provider's own web mail.",
        "取得済みの内容だけを表示しています。接続テストを行い、"
        "メールプロバイダーのWebメールでフォルダーを確認してください。",
    ),
    "alarm.trouble": (
        "{mailbox}: something is wrong at the provider",
        "{mailbox}：メールプロバイダーの問題",
    ),
    "alarm.trouble.so": (
        "Test the mailbox: the test says which step fails.",
        "接続テストを行うと、どの段階で失敗するか分かります。",
    ),
    "alarm.copied-much": (
        "{person} copied {mails} mails of {mailbox}; usual: {usual} a day",
        "{person}さんが{mailbox}のメールを{mails}通コピー（通常は1日{usual}通）",
    ),
    "alarm.copied-much.so": (
        "Ask whether it is a new computer. If nobody knows of it, shut the person out: it takes a "
        "second.",
        "新しい端末かどうか本人に確認してください。心当たりがなければ、利用を停止してください。",
    ),
    "alarm.passkey-counter-back": (
        "A passkey of {person} may have been copied",
        "{person}さんのパスキーが複製された可能性",
    ),
    "alarm.passkey-counter-back.so": (
        "Its counter went back, and it let nobody in. Remove the passkey and set up another one; "
        "ask where it was kept.",
        "カウンターが戻ったため、ログインを中止しました。パスキーを削除して作り直し、"
        "保管場所を確認してください。",
    ),
    "alarm.other": ("{what}", "{what}"),
    "alarm.other.so": (
        "Look at its records in the log.",
        "ログの記録を確認してください。",
    ),
    "remedy.password": ("Change the password", "パスワードを変更する"),
    "remedy.mailbox": ("Open the mailbox", "メールボックスを開く"),
    "remedy.accesses": ("See the accesses", "アクセスを見る"),
    "remedy.leave": ("Shut out", "利用を停止する"),
    "remedy.person": ("Open the person", "利用者を開く"),
}
