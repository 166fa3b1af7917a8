"""What the access log calls what was done, in words for a row of a table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LOG_ACTIONS: Final[Mapping[str, tuple[str, str]]] = {
    "action.login": ("sign-in", "ログイン"),
    "action.factor": ("second factor", "2段階認証"),
    "action.logout": ("signed out", "ログアウト"),
    "action.session": ("web session", "管理画面の接続"),
    "action.select": ("folder opened", "フォルダーを表示"),
    "action.list": ("seen in a list", "一覧に表示"),
    "action.open": ("opened", "開いた"),
    "action.copy": ("copied by a client", "コピー（メールソフト）"),
    "action.seen": ("marked as read or unread", "既読・未読の変更"),
    "action.search": ("searched", "検索"),
    "action.flag": ("flags changed", "タグの変更"),
    "action.status": ("status changed", "対応状況の変更"),
    "action.claim": ("taken", "担当する"),
    "action.assign": ("assigned", "担当者の変更"),
    "action.release": ("given back", "担当を外す"),
    "action.copy-to": ("put into a folder", "フォルダーへコピー"),
    "action.move": ("moved", "移動"),
    "action.expunge": ("deleted", "削除"),
    "action.append": ("stored", "保存"),
    "action.folder": ("folder changed", "フォルダーの変更"),
    "action.send": ("sent", "送信"),
    "action.override": ("sent all the same", "警告後の送信"),
    "action.leaving": ("waits before it leaves", "送信待ち"),
    "action.file-sent": ("stored in Sent", "送信済みトレイへの保存"),
    "action.arrive": ("came in", "受信"),
    "action.overdue": ("became overdue", "期限超過"),
    "action.alarm": ("alarm", "アラート"),
    "action.admin": ("admin", "管理操作"),
    "action.audit": ("question to the log", "アクセスログの利用"),
    "action.restore": ("older database put back", "データベースの復元"),
}
