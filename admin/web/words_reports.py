"""Words of the reports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

REPORTS: Final[Mapping[str, tuple[str, str]]] = {
    "reports.title": ("Reports", "レポート"),
    "reports.recorded": (
        "Numbers only, of no mail's words. Your question is recorded.",
        "数値だけで、件名や本文は含みません。この照会も記録されます。",
    ),
    "reports.mailbox": ("Mailbox", "共有メールボックス"),
    "reports.all": ("All", "すべて"),
    "reports.from": ("From", "開始日"),
    "reports.to": ("To", "終了日"),
    "reports.show": ("Show", "表示する"),
    "reports.csv": ("Save as CSV", "CSVを保存する"),
    "reports.earlier": ("Earlier", "前の期間"),
    "reports.later": ("Later", "次の期間"),
    "reports.period": ("{since} to {until}, {zone}", "{since}〜{until}（{zone}）"),
    "reports.machine": ("this machine's zone", "サーバーの時間帯"),
    "reports.none": (
        "There is nothing to count in this period. Choose another one, or wait: reports need a "
        "week of mail; {days} days so far.",
        "この期間に集計できるものがありません。別の期間を選んでください。"
        "レポートには1週間分のメールが必要です（現在{days}日分）。",
    ),
    "reports.no-mailbox": ("No mailbox yet.", "共有メールボックスがまだありません。"),
    "reports.bad-day": (
        "Write a day as 2026-10-31",
        "日付は 2026-10-31 のように入力してください。",
    ),
    "reports.bad-order": (
        "The period ends before it begins",
        "終了日が開始日より前になっています。",
    ),
    "reports.week-title": ("First answer by week", "初回返信までの時間（週別）"),
    "reports.week-told": (
        "The median of each week as a column, the 90th percentile as a mark over it; the numbers "
        "are in the table",
        "柱は週ごとの中央値、上の印は90パーセンタイルです。数値は表にあります。",
    ),
    "reports.goal": ("Line: the goal, {goal}", "線：目標 {goal}"),
    "reports.hour-title": ("Arrivals by hour", "時間帯別の受信"),
    "reports.hour-told": (
        "{count} mails came in; the numbers are in the table",
        "合計{count}通を受信。数値は表にあります。",
    ),
    "reports.load-title": ("Load per person", "担当者別の件数"),
    "reports.load-what": (
        "By login, and no ranking: cases differ. Of fewer than {least} there is no percentage.",
        "ユーザー名順で、順位ではありません。{least}件未満の割合は表示しません。",
    ),
    "reports.counted": (
        "From the first mail that waits until our answer, in office hours; the file has the times "
        "on the wall too.",
        "返信を待つ最初のメールから返信までを営業時間で計算します。CSVには実時間も含まれます。",
    ),
    "reports.as-table": ("The numbers as a table", "表で見る"),
    "reports.week": ("Week", "週"),
    "reports.hour": ("Hour", "時間帯"),
    "reports.person": ("Person", "担当者"),
    "reports.answered": ("Answered", "返信"),
    "reports.finished": ("Done without an answer", "返信なしで完了"),
    "reports.median": ("Median", "中央値"),
    "reports.p90": ("90th", "90パーセンタイル"),
    "reports.within": ("Within goal", "目標内"),
    "reports.within-4h": ("Within 4 h on the wall", "実時間で4時間以内"),
    "reports.arrived": ("Mails", "受信数"),
    "reports.now": ("Not done now", "未完了"),
    "reports.overdue": ("Overdue now", "期限超過"),
    "reports.waiting": (
        "Waiting now: {waiting}, of them overdue: {overdue}",
        "現在の返信待ち {waiting}件（うち期限超過 {overdue}件）",
    ),
    "reports.total": ("All", "合計"),
    "reports.nobody": ("nobody's", "担当者なし"),
    "reports.outside": ("outside proxyd", "proxydの外"),
    "reports.percent": ("{percent} %", "{percent}%"),
    "reports.absent.away": ("away", "不在"),
    "reports.absent.disabled": ("shut out", "利用停止中"),
    "reports.absent.no grant": ("no right here", "権限なし"),
}
