"""Words of the pages about a mailbox's rules and about its office's hours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RULES: Final[Mapping[str, tuple[str, str]]] = {
    "rules.title": ("Rules on arrival", "振り分けルール"),
    "rules.what": (
        "What is done with mails as they come in: status, assignee, on hold until a day. The first "
        "rule that fits counts. A new version counts within a second; older ones are kept.",
        "届いたメールの対応状況、担当者、保留の期日を決めます。上から順に調べ、"
        "最初に当てはまったルールが使われます。保存すると1秒以内に反映され、以前の版も残ります。",
    ),
    "rules.text": ("Rules", "ルール"),
    "rules.hint": ("In TOML, one [[rule]] after another.", "TOML形式で、[[rule]] を順に書きます。"),
    "rules.example": ("An example", "例を表示"),
    "rules.mail": ("Try them on a mail", "メールで試す"),
    "rules.mail-hint": (
        "Paste a mail with its header, as its source shows it: at most 64 KB. It is not kept, and "
        "nothing is changed.",
        "ヘッダーを含むメールのソースを貼り付けてください（64 KBまで）。"
        "メールは保存されず、何も変更されません。",
    ),
    "rules.mail-long": (
        "The mail is longer than 64 KB. Its header alone is enough.",
        "メールが64 KBを超えています。ヘッダーだけでも試せます。",
    ),
    "rules.no-mail": (
        "That is no mail. Paste it with its header: From, Subject, Date.",
        "メールではないようです。From、Subject、Date などのヘッダーを含めて貼り付けてください。",
    ),
    "rules.wrong": ("{rule}: {problem}. {how}", "{rule} は使えません（{problem}、{how}）。"),
    "rules.try": ("Try", "試す"),
    "rules.save": ("Save the rules", "ルールを保存する"),
    "rules.outcome": ("What they would do", "試した結果"),
    "rules.fits": ("Rules that fit:", "当てはまったルール："),
    "rules.fits-none": ("No rule fits.", "当てはまるルールはありません。"),
    "rules.status": ("Status", "対応状況"),
    "rules.stays": ("stays", "変更なし"),
    "rules.until": ("until {at}", "{at}まで"),
    "rules.assignee": ("Assignee", "担当者"),
    "rules.nobody": ("nobody", "担当者なし"),
    "rules.versions": ("Versions", "版の履歴"),
    "rules.number": ("Version", "版"),
    "rules.when": ("Time", "日時"),
    "rules.who": ("By", "変更した人"),
    "rules.empty": ("no rules", "ルールなし"),
    "rules.none": ("No rules.", "振り分けルールはありません。"),
    "rules.version": (
        "Rules on arrival: version {version}, {at}, by {by}.",
        "振り分けルール：第{version}版、{at}、変更した人 {by}。",
    ),
    "rules.clear": ("Let no rule count", "すべてのルールを無効にする"),
    "rules.cleared": ("No rule counts any more.", "すべてのルールを無効にしました。"),
    "hours.title": ("Office hours", "営業時間"),
    "hours.what": (
        "Time until a mail is overdue is counted while the office is open.",
        "期限までの時間は、営業時間だけで数えます。",
    ),
    "days.own": ("Closed days of your own", "自社の休業日"),
    "days.label": ("One a line", "1行に1件"),
    "days.hint": (
        "2026-05-01 May day, or 2026-12-29..2027-01-03 Winter holidays. Empty: none.",
        "例：2026-05-01 創立記念日、2026-12-29..2027-01-03 年末年始。空欄なら登録なし。",
    ),
    "days.save": ("Save the closed days", "休業日を保存する"),
    "days.wrong-line": (
        "Line {line}: begin with a date such as 2026-05-01.",
        "{line}行目：2026-05-01 のような日付で始めてください。",
    ),
    "days.wrong": (
        "Write one day or range of days a line.",
        "1行に1件の日付、または期間を書いてください。",
    ),
    "days.year": ("Closed days in {year}", "{year}年の休業日"),
    "days.day": ("Day", "日付"),
    "days.name": ("Name", "名称"),
    "days.of": ("Whose", "区分"),
    "days.ours": ("own", "自社"),
    "days.none": ("None in this year.", "この年の休業日はありません。"),
}
