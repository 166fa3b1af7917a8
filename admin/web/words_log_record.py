"""Words of the page of one record of the access log, and of exports."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOG_RECORD: Final[Mapping[str, tuple[str, str]]] = {
    "entry.title": ("Record {number}", "記録 {number}"),
    "entry.field.number": ("Number", "番号"),
    "entry.field.at": ("Time (UTC)", "日時（UTC）"),
    "entry.field.at_local": ("Time", "日時"),
    "entry.field.action": ("What", "操作"),
    "entry.field.outcome": ("Outcome", "結果"),
    "entry.field.actor": ("Person", "利用者"),
    "entry.field.mailbox": ("Shared mailbox", "共有メールボックス"),
    "entry.field.view": ("Folder", "フォルダー"),
    "entry.field.message_id": ("Message-ID", "Message-ID"),
    "entry.field.subject_digest": ("Digest of the subject", "件名の要約値"),
    "entry.field.conversation": ("Conversation", "やり取り"),
    "entry.field.door": ("By", "接続方法"),
    "entry.field.address": ("Address", "IPアドレス"),
    "entry.field.client": ("Client", "メールソフト"),
    "entry.field.session": ("Session", "接続"),
    "entry.field.detail": ("More", "詳細"),
    "entry.field.chain": ("Value in the chain", "ハッシュチェーンの値"),
    "entry.good": (
        "It follows from the record before it ✓",
        "直前の記録とつながっています ✓",
    ),
    "entry.sealed": (
        "It is of a former master key, and was sealed when that was exchanged.",
        "以前のマスターキーの記録で、交換の際に封印されました。",
    ),
    "entry.bad": (
        "It does not follow from the record before it: it was changed, put in or exchanged.",
        "直前の記録とつながっていません。変更、挿入または差し替えがありました。",
    ),
    "entry.proof": ("Save the proof", "証明を保存する"),
    "entry.proof-is": (
        "A small file with this record and its value in the chain, which depends on all records "
        "before it. Later, proxyd audit verify --anchor FILE shows whether the log still has it.",
        "この記録と、それ以前のすべての記録から決まる値が入った小さなファイルです。後日、"
        "proxyd audit verify --anchor FILE で、同じ記録がログに残っているか確かめられます。",
    ),
    "entry.around": ("Before and after", "前後の記録"),
    "exports.title": ("Exports", "ログの書き出し"),
    "exports.lead": (
        "Files lie here for 24 hours, for you alone. Asking for one and fetching it are recorded.",
        "ファイルは24時間だけ、本人だけが受け取れます。書き出しと受け取りは記録されます。",
    ),
    "exports.new": ("Export", "書き出し"),
    "exports.what": (
        "All records of this question, not only those of this page.",
        "このページの分だけでなく、この検索条件に合うすべての記録です。",
    ),
    "exports.kind": ("As", "形式"),
    "exports.kind.csv": ("CSV, for Excel", "CSV（Excel用）"),
    "exports.kind.jsonl": ("JSON lines, for programs", "JSON Lines（プログラム用）"),
    "exports.button": ("Export", "書き出す"),
    "exports.list": ("Exports", "書き出しの一覧"),
    "exports.begun": (
        "The export was accepted. It is written in the background.",
        "書き出しを受け付けました。バックグラウンドで作成します。",
    ),
    "exports.removed": ("The export was removed.", "書き出しを削除しました。"),
    "exports.none": ("No export yet.", "書き出しはまだありません。"),
    "exports.question": ("Question", "検索条件"),
    "exports.everything": ("everything", "条件なし"),
    "exports.asked": ("Asked for", "受付"),
    "exports.state": ("State", "進み具合"),
    "exports.running": ("{percent} %, {rows:,} records", "{percent}%、{rows:,}件"),
    "exports.done": ("{rows:,} records, {size}", "{rows:,}件、{size}"),
    "exports.failed": (
        "Not finished: the server ended, or its disk was full. Export once more.",
        "サーバーの停止またはディスク不足で完了していません。もう一度書き出してください。",
    ),
    "exports.fetch": ("Download", "ダウンロードする"),
    "exports.remove": ("Remove", "削除する"),
    "exports.remove-named": ("Remove export {number}", "書き出し{number}を削除する"),
    "exports.again": ("Look again", "表示を更新する"),
    "exports.lost": (
        "What was to be exported is no longer known. Search once more, and export from there.",
        "書き出す内容が分からなくなりました。もう一度検索し、その結果から書き出してください。",
    ),
    "exports.two": (
        "{most} exports are being written for you. Wait until one is done, or remove one.",
        "書き出しは同時に{most}件までです。完了を待つか、1件削除してください。",
    ),
}
