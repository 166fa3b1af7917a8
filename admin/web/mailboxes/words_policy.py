"""What can be chosen for a mailbox, and what follows from each choice: one sentence per word of
policy_options, in its order.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

POLICY: Final[Mapping[str, tuple[str, str]]] = {
    "policy-part.title": ("Policy", "運用ルール"),
    "policy-part.what": (
        "Nothing changes before you have seen what would. A running proxy follows within a second.",
        "変更する内容を確認してから保存します。保存すると1秒以内に反映されます。",
    ),
    "policy-part.guards": ("What stops a mail before it goes out", "送信を中止する条件"),
    "policy-part.override": ("Sending all the same", "それでも送信する方法"),
    "policy-part.sending": ("Answers", "返信"),
    "policy-part.deleting": ("Deleting", "削除"),
    "policy-part.copying": ("Copying much", "大量のコピー"),
    "policy-part.folders": ("Folders", "フォルダー"),
    "policy-part.changed": ("not as usual", "標準と異なる"),
    "policy-part.changed-from": ("usual: {usual}", "標準：{usual}"),
    "policy-part.as-usual": ("As usual: {count}", "標準のままの項目：{count}件"),
    "policy-part.look": ("See what changes", "変更内容を確認する"),
    "policy-part.nothing": ("Nothing would change.", "変更はありません。"),
    "policy-part.change": ("You are changing one thing", "変更の確認：1件"),
    "policy-part.changes": ("You are changing {count} things", "変更の確認：{count}件"),
    "policy-part.now": ("Now:", "現在："),
    "policy-part.then": ("Then:", "変更後："),
    "policy-part.save": ("Save", "保存する"),
    # when
    "policy.zone": ("Time zone", "タイムゾーン"),
    "policy-hint.zone": (
        "A name such as Asia/Tokyo. Empty: this machine's.",
        "Asia/Tokyo のような名前。空欄ならサーバーの設定に従います。",
    ),
    "policy-wrong.zone": (
        "There is no such time zone. Write one such as Asia/Tokyo.",
        "このタイムゾーンはありません。Asia/Tokyo のように入力してください。",
    ),
    "policy-empty.zone": ("this machine's", "サーバーの設定"),
    "policy.office-hours": ("Office hours", "営業時間"),
    "policy-hint.office-hours": (
        "Such as Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00, or always.",
        "例：Mon-Fri 09:00-12:00, 13:00-18:00; Sat 10:00-14:00。休みなしなら always",
    ),
    "policy-wrong.office-hours": (
        "Write hours such as Mon-Fri 09:00-18:00; Sat 10:00-14:00, or always.",
        "Mon-Fri 09:00-18:00; Sat 10:00-14:00、または always のように入力してください。",
    ),
    "policy-wrong.closed": (
        "The office would never open. Leave days on which somebody is there to answer.",
        "営業日がなくなります。対応できる日を残してください。",
    ),
    "policy.holidays": ("Public holidays", "祝日"),
    "policy-hint.holidays": (
        "auto (Japan's in Asia/Tokyo), none, or a country such as JP or DE-BY.",
        "auto（Asia/Tokyo なら日本の祝日）、none（なし）、または JP や DE-BY のような国。",
    ),
    "policy-wrong.holidays": (
        "Write auto, none, or a country such as JP or DE-BY.",
        "auto、none、または JP や DE-BY のような国を入力してください。",
    ),
    "policy.reply-goal": ("Answer within", "返信の目標時間"),
    "policy-hint.reply-goal": (
        "Office time until a mail is overdue: 4h, 90m, or off.",
        "期限超過になるまでの営業時間。例：4h、90m。期限なしなら off",
    ),
    "policy-wrong.reply-goal": (
        "Write a time from 1m to 400h, or off.",
        "1m から 400h の時間、または off と入力してください。",
    ),
    "policy.reminder-at": ("Reminder of overdue mails", "リマインダー"),
    "policy-hint.reminder-at": (
        "opening, closing, times such as 09:00 16:30, or off.",
        "opening（始業時）、closing（終業時）、09:00 16:30 のような時刻、または off",
    ),
    "policy-wrong.reminder-at": (
        "Write opening, closing, times such as 09:00 16:30, or off.",
        "opening、closing、09:00 16:30 のような時刻、または off と入力してください。",
    ),
    # folders
    "policy.folder-order": ("Names of the status folders", "対応状況のフォルダーの名前"),
    "policy.folder-order.plain": (
        "Names alone; mail programs sort them by letter.",
        "名前だけにします。メールソフトでは名前の順に並びます。",
    ),
    "policy.folder-order.numbered": (
        "Names begin with their places, so that they stand in the order of work. Mail programs see "
        "renamed folders.",
        "名前の先頭に番号を付け、作業の順に並べます。メールソフトからは名前の変更に見えます。",
    ),
    "policy-wrong.folder-order": ("Choose one of the two.", "どちらかを選んでください。"),
    # deleting
    "policy.delete": ("Deleted mail", "削除したメール"),
    "policy.delete.trash": (
        "Goes to the provider's trash, where it can be had back.",
        "メールプロバイダーのごみ箱に入り、元に戻せます。",
    ),
    "policy.delete.final": (
        "Is gone for good at once, for everybody.",
        "すぐに完全に削除され、誰も元に戻せません。",
    ),
    "policy-wrong.delete": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.destroy": (
        "Deleting for good from trash, junk and drafts",
        "ごみ箱などからの完全な削除",
    ),
    "policy.destroy.manage": (
        "Only who may manage the mailbox.",
        "「管理」の権限がある利用者だけができます。",
    ),
    "policy.destroy.respond": (
        "Everybody who may answer here.",
        "「対応」の権限がある利用者なら誰でもできます。",
    ),
    "policy-wrong.destroy": ("Choose one of the two.", "どちらかを選んでください。"),
    # guards
    "policy.guard-answered": ("A colleague has answered since", "ほかの利用者が返信済みのとき"),
    "policy.guard-answered.yes": (
        "The second answer is stopped, and its writer is told who was first.",
        "2通目の返信を中止し、先に返信した人を伝えます。",
    ),
    "policy.guard-answered.no": ("Both answers go out.", "どちらの返信も送信されます。"),
    "policy-wrong.guard-answered": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.guard-hold": ("The conversation is on hold", "保留中のとき"),
    "policy.guard-hold.yes": (
        "An answer is stopped until somebody takes it off hold.",
        "保留が解除されるまで、返信を中止します。",
    ),
    "policy.guard-hold.no": ("An answer goes out.", "返信は送信されます。"),
    "policy-wrong.guard-hold": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.guard-done": ("The conversation is done", "対応済みのとき"),
    "policy.guard-done.yes": (
        "An answer to what a colleague has finished is stopped.",
        "ほかの利用者が対応済みにしたメールへの返信を中止します。",
    ),
    "policy.guard-done.no": ("An answer goes out.", "返信は送信されます。"),
    "policy-wrong.guard-done": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.guard-claimed": ("A colleague has taken it", "ほかの利用者が担当しているとき"),
    "policy.guard-claimed.yes": (
        "Only the assignee's answer goes out.",
        "担当者以外の返信を中止します。",
    ),
    "policy.guard-claimed.no": (
        "Others may answer as well.",
        "担当者以外の返信も送信されます。",
    ),
    "policy-wrong.guard-claimed": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.guard-new-recipient": (
        "A recipient who was in none of its mails",
        "やり取りになかった宛先があるとき",
    ),
    "policy.guard-new-recipient.yes": (
        "Such an answer is stopped, and the address is named.",
        "返信を中止し、そのアドレスを示します。",
    ),
    "policy.guard-new-recipient.no": (
        "Nobody looks at new recipients.",
        "新しい宛先は確認しません。",
    ),
    "policy-wrong.guard-new-recipient": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.guard-attachment": (
        "The mail says that something is attached, and nothing is",
        "「添付」とあるのに添付ファイルがないとき",
    ),
    "policy.guard-attachment.yes": (
        "It is stopped before it goes out.",
        "送信を中止します。",
    ),
    "policy.guard-attachment.no": ("It goes out.", "そのまま送信されます。"),
    "policy-wrong.guard-attachment": ("Choose one of the two.", "どちらかを選んでください。"),
    # answers
    "policy.lookback-days": (
        "Days in which an answer that names no mail is known by its subject",
        "件名から返信と判断する日数",
    ),
    "policy-hint.lookback-days": ("0 to 90; 0: never.", "0から90。0なら判断しません。"),
    "policy-wrong.lookback-days": (
        "Write a whole number from 0 to 90.",
        "0から90の整数を入力してください。",
    ),
    "policy.send-delay-s": (
        "Seconds that a mail waits before it leaves",
        "送信前に待つ秒数",
    ),
    "policy-hint.send-delay-s": (
        "It can be taken back so long. 0: it leaves at once.",
        "その間は送信を取り消せます。0ならすぐに送信します。",
    ),
    "policy-wrong.send-delay-s": (
        "Write a whole number of seconds; 0 for none.",
        "秒数を整数で入力してください。待たない場合は0です。",
    ),
    # copying
    "policy.copy-alarm-factor": (
        "Alarm where somebody copies so many times what is usual",
        "アラートを出すコピーの量（通常の何倍か）",
    ),
    "policy-hint.copy-alarm-factor": (
        "0 to 100; 0: never.",
        "0から100。0ならアラートを出しません。",
    ),
    "policy-wrong.copy-alarm-factor": (
        "Write a whole number from 0 to 100.",
        "0から100の整数を入力してください。",
    ),
    "policy.copy-alarm-floor": (
        "Mails a day that raise no alarm",
        "アラートを出さない1日の通数",
    ),
    "policy-hint.copy-alarm-floor": (
        "Whatever is usual: 10 to 1000000.",
        "通常の量にかかわらず、この数まではアラートを出しません。10から1000000。",
    ),
    "policy-wrong.copy-alarm-floor": (
        "Write a whole number from 10 to 1000000.",
        "10から1000000の整数を入力してください。",
    ),
    # sending all the same
    "policy.override": ("Sending a stopped mail again", "中止されたメールの再送信"),
    "policy.override.yes": (
        "Lets it through, and the access log has it.",
        "もう一度送信すると送信され、アクセスログに残ります。",
    ),
    "policy.override.no": (
        "Is stopped again, however often.",
        "何度送信しても中止されます。",
    ),
    "policy-wrong.override": ("Choose one of the two.", "どちらかを選んでください。"),
    "policy.override-pause-s": (
        "Seconds to wait before it is sent again",
        "もう一度送信するまでに待つ秒数",
    ),
    "policy-hint.override-pause-s": (
        "1 to 60: what a mail program repeats by itself is no consent.",
        "1から60。メールソフトの自動送信と区別するための時間です。",
    ),
    "policy-wrong.override-pause-s": (
        "Write a whole number from 1 to 60.",
        "1から60の整数を入力してください。",
    ),
    "policy.override-window-s": (
        "Seconds until sending again counts as new",
        "新しい送信とみなすまでの秒数",
    ),
    "policy-hint.override-window-s": (
        "10 to 86400, and more than the pause.",
        "10から86400。待つ秒数より長くします。",
    ),
    "policy-wrong.override-window-s": (
        "Write a whole number from 10 to 86400 that is more than the pause.",
        "10から86400の整数で、待つ秒数より大きい値を入力してください。",
    ),
    "policy.override-mark": (
        "Mark at the start of the subject that lets it through at once",
        "すぐに送信するための件名の印",
    ),
    "policy-hint.override-mark": (
        "At most 20 characters; it is taken off. Empty: none.",
        "20文字以内。送信前に取り除かれます。空欄なら使いません。",
    ),
    "policy-wrong.override-mark": (
        "Write at most 20 characters, or nothing.",
        "20文字以内で入力するか、空欄にしてください。",
    ),
    "policy-empty.override-mark": ("none", "なし"),
}
