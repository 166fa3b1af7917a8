"""All text for IMAP clients, in English and Japanese; which is said when, others decide.

Sentences are plain words for the person in front of the mail client: no protocol terms, and no full
stop at the end, because Thunderbird adds its own. Facts are cleaned here, so that no name can end a
line or begin a response. What only a programmer of mail clients sees (BAD) is English.
Japanese goes out as UTF-8: RFC 9051 §9 resp-text has UTF-8 since rev2, and rev1 clients show it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from proxyd.domain.honorific import with_honorific
from proxyd.imapwire.errors import BadSyntax

FACT_MAX = 200  # characters of one name or of the provider's sentence; a line stays readable

_SENTENCES: dict[str, tuple[str, str]] = {
    # Said with OK: no client shows these, so they stay in what every client can read.
    "ready": ("ready", "ready"),
    "done": ("done", "done"),
    "signed-in": ("signed in", "signed in"),
    "idling": ("waiting", "waiting"),
    "go-on": ("go on", "go on"),
    "still-here": ("still here", "still here"),
    "closed": ("the folder before is closed", "the folder before is closed"),
    "bye": ("bye", "bye"),
    "flags-kept": ("these are kept", "these are kept"),
    "uids-valid": ("numbers are valid", "numbers are valid"),
    "next-uid": ("next number", "next number"),
    "first-unseen": ("first unread", "first unread"),
    "highest": ("changes up to here are told", "changes up to here are told"),
    "mailbox-id": ("stays when the name changes", "stays when the name changes"),
    "in-progress": ("still working", "still working"),
    "begin-tls": ("begin TLS", "begin TLS"),
    "compressing": ("compressed from here on", "compressed from here on"),
    # Said with BYE.
    "disabled": (
        "this login was switched off; ask your admin",
        "このログインは無効になりました。管理者に確認してください",
    ),
    "grants": (
        "your permissions were changed; connect again",
        "権限が変更されました。もう一度接続してください",
    ),
    "password": (
        "your password was changed; sign in again",
        "パスワードが変更されました。もう一度ログインしてください",
    ),
    "shutdown": ("the server is being restarted", "サーバーを再起動しています"),
    "ended": ("the session was ended", "セッションを終了しました"),
    "lost": (
        "the open folder was removed; connect again",
        "開いていたフォルダーがなくなりました。もう一度接続してください",
    ),
    "timeout": ("nothing was heard for too long", "一定時間応答がありませんでした"),
    "login-timeout": ("nobody signed in in time", "時間内にログインがありませんでした"),
    "too-many-errors": ("too many commands were wrong", "誤ったコマンドが多すぎます"),
    "too-many-logins": ("too many sign-ins were wrong", "ログインの失敗が多すぎます"),
    "too-many-connections": (
        "too many connections from your address",
        "同じアドレスからの接続が多すぎます",
    ),
    "broken-command": ("the command has no end", "コマンドが不正です"),
    "injected": (
        "something was sent ahead of encryption",
        "暗号化の前に余分なデータが送られました",
    ),
    # Said with NO.
    "taken": ("already taken by {name}", "{called}が既に担当しています"),
    "not-permitted-read": (
        "you may not look into this mailbox; ask your admin",
        "このメールボックスを閲覧する権限がありません。管理者に確認してください",
    ),
    "no-mailbox": (
        "this login has no mailbox to read; ask your admin",
        "このログインには閲覧できるメールボックスがありません。管理者に確認してください",
    ),
    "not-permitted-respond": (
        "you may read this mail, but not change or answer it; ask your admin",
        "この操作には「対応」の権限が必要です。管理者に確認してください",
    ),
    "not-permitted-manage": (
        "only those who manage this mailbox may do this; ask your admin",
        "この操作には「管理」の権限が必要です。管理者に確認してください",
    ),
    "not-yours": (
        "{name} is in charge of this mail, and only {name} or your admin can change that",
        "{called}が担当しています。担当を外せるのは、{called}と「管理」の権限を持つ人だけです",
    ),
    "no-such-view": (
        "there is no folder named {name}",
        "「{name}」というフォルダーはありません",
    ),
    "no-name": ("a folder has a name: none was given", "フォルダー名が指定されていません"),
    "exists": ("{name} exists already", "「{name}」は既にあります"),
    "read-only": ("this folder is open for reading only", "このフォルダーは読み取り専用です"),
    "unknown-status": (
        "there is no status or colleague named {keyword}",
        "「{keyword}」という状態または担当者はありません",
    ),
    "sign-in-failed": (
        "login or password is wrong",
        "ログイン名またはパスワードが違います",
    ),
    "busy": (
        "there is too much to do at the moment; try again soon",
        "現在混み合っています。しばらくしてからもう一度お試しください",
    ),
    "upstream-limited": (
        "the mail provider wants us to slow down at the moment; try again soon",
        "メールサーバーが利用を制限しています。しばらくしてからもう一度お試しください",
    ),
    "upstream-down": (
        "the mail provider does not answer at the moment; try again soon",
        "メールサーバーが応答していません。しばらくしてからもう一度お試しください",
    ),
    "upstream-password": (
        "the mail provider refuses the password of the shared mailbox; tell your admin",
        "共有メールボックスのパスワードがメールサーバーに拒否されました。管理者に連絡してください",
    ),
    "upstream-folder": (
        "the mail provider no longer has this folder",
        "メールサーバーにこのフォルダーがありません",
    ),
    "upstream-renewed": (
        "the mail provider has renewed this folder; open it again",
        "フォルダーが更新されました。もう一度開いてください",
    ),
    "upstream-refused": ("the mail provider says: {text}", "メールサーバーの応答:{text}"),
    "store-down": (
        "access can not be recorded at the moment, so nothing is shown; tell your admin",
        "アクセス記録を書き込めないため表示できません。管理者に連絡してください",
    ),
    "bug": (
        "something went wrong here; it was written down for your admin",
        "内部エラーが発生しました。管理者のために記録しました",
    ),
    "not-done": ("this was not possible", "実行できませんでした"),
    "encryption-first": (
        "encryption is needed before signing in",
        "ログインの前に暗号化が必要です",
    ),
    "no-mechanism": ("this way of signing in is unknown", "この認証方式には対応していません"),
    "charset": ("this character set is unknown", "この文字コードには対応していません"),
    "no-room": (
        "there is no room for this mail at the moment; tell your admin",
        "メールを一時保存する空き容量がありません。管理者に連絡してください",
    ),
    "nul-in-mail": (
        "this mail is damaged: it contains a zero octet",
        "このメールは壊れています。NUL文字が含まれています",
    ),
    "empty-mail": ("this mail is empty", "このメールは空です"),
    "too-big": ("this mail is too big", "メールのサイズが大きすぎます"),
    "bad-url": (
        "a part of this mail is to be taken from a mail that is not there",
        "引用元のメールが見つかりません",
    ),
    "unknown-encoding": (
        "the encoding of this part is unknown, or can not be kept",
        "この部分のエンコード方式には対応していません",
    ),
    "bad-name": (
        "no folder can have that name",
        "フォルダーの名前として使えない文字列です",
    ),
    "gone-meanwhile": (
        "some of these mails are gone",
        "一部のメールは既になくなっています",
    ),
    # CannotDo, by reason.
    "cannot": ("this is not possible here", "ここではこの操作はできません"),
    "cannot-delete-folder": (
        "this folder can not be deleted",
        "このフォルダーは削除できません",
    ),
    "cannot-rename-folder": (
        "this folder can not be renamed",
        "このフォルダーの名前は変更できません",
    ),
    "cannot-create-there": (
        "no folder can be made there",
        "その場所にフォルダーは作成できません",
    ),
    "cannot-holds-no-mail": (
        "this folder only holds other folders, and no mail",
        "このフォルダーにはメールを入れられません。下のフォルダーを選んでください",
    ),
    "cannot-too-many-keywords": (
        "there are too many tags: a mail can have {mail}, all mail of a folder {folder} different",
        "タグが多すぎます。1通につき{mail}個、フォルダー全体で{folder}種類までです",
    ),
    "cannot-keyword-too-long": (
        "this tag is too long: it can have {most} characters",
        "タグが長すぎます。{most}文字までです",
    ),
    "cannot-flags-not-kept": (
        "the mail provider does not let these marks be changed here: they stay as they are",
        "メールサーバーがここでの印の変更を受け付けないため、印は元のままです",
    ),
    "cannot-not-shown": (
        "mail that lies in {folder} is nobody's work, and shows in no folder of a status or a "
        "person; move it to INBOX first",
        "「{folder}」にあるメールは対応の対象外のため、状況別のフォルダーに表示されず、タグも付けられません。"
        "先に受信トレイへ移動してください",
    ),
    "cannot-nobody-wrote": (
        "nobody outside has written in this conversation yet, so that it shows in no such folder; "
        "nothing was changed",
        "このやり取りにはまだ相手からのメールがないため、状況別のフォルダーには表示されません。"
        "何も変更していません",
    ),
    "cannot-other-mailbox": (
        "mail can not go from one shared mailbox to another",
        "別の共有メールボックスへは移動できません",
    ),
    "cannot-note-stays": (
        "an internal note stays where only colleagues can read it: nothing was put there",
        "社内メモはプロバイダーのフォルダーに保存できません。何も保存していません",
    ),
    "cannot-note-not-ours": (
        "only what you have written goes here: a draft, or an answer to the note address",
        "ここに入れられるのは自分で書いた下書きだけです。お客様のメールは入れられません",
    ),
    "cannot-note-answers-none": (
        "a note is written as an answer to a mail of this mailbox, and this answers none of them",
        "社内メモは、このメールボックスのメールへの返信として書いてください",
    ),
    "cannot-note-too-big": (
        "a note can have {limit} MB",
        "社内メモの上限は {limit} MB です",
    ),
    "cannot-name-in-note": (
        "mail can't be put here: write @login in a note, and it shows here",
        "ここには移動できません。社内メモの本文に「@ログイン名」と書くと表示されます",
    ),
    "cannot-destroy": (
        "only who manages this mailbox can delete mail here for good: it was not deleted",
        "このフォルダーのメールを完全に削除できるのは「管理」の権限を持つ人だけです。メールは削除されていません",
    ),
    "cannot-vanished": (
        "the mail was stored, and somebody has taken it away at once",
        "メールは保存されましたが、すぐに他の人が移動または削除しました",
    ),
    "cannot-rights": (
        "permissions are given by your admin, and can not be changed here",
        "権限は管理者が設定します。ここでは変更できません",
    ),
    "cannot-quota": (
        "the space for mail is set by the mail provider, and can not be changed here",
        "容量の上限はメールプロバイダーが決めています。ここでは変更できません",
    ),
    "cannot-no-quota-root": (
        "there is no limit of that name",
        "その名前の容量制限はありません",
    ),
    "cannot-annotation-too-long": (
        "this note about a folder is too long: it can have {most} bytes",
        "この注釈は長すぎます。{most}バイトまでです",
    ),
    "cannot-annotation-entry": (
        "the name of this note is too long: it can have {most} characters",
        "注釈の名前が長すぎます。{most}文字までです",
    ),
    "cannot-server-annotation": (
        "only your admin can change what is kept for everybody",
        "全員に共通の設定は管理者のみ変更できます",
    ),
    "cannot-too-many-annotations": (
        "there are too many notes about folders: {most} are possible",
        "注釈が多すぎます。{most}件までです",
    ),
    "no-such-use": (
        "the mail provider can not keep a folder for this use",
        "この用途のフォルダーはメールプロバイダーで作成できません",
    ),
    "no-such-event": (
        "there is no news of this kind",
        "この種類の通知には対応していません",
    ),
    "notify-overflow": (
        "there is too much news to tell; open the folders to see it",
        "通知が多すぎます。フォルダーを開いて確認してください",
    ),
    "compressed-already": ("compression is on already", "圧縮は既に有効です"),
    "no-compression": (
        "this way of compression is not offered",
        "この圧縮方式には対応していません",
    ),
    "garbled": (
        "the compressed data is damaged",
        "圧縮されたデータが壊れています",
    ),
    "cannot-two-statuses": (
        "a mail has one status: choose one",
        "状態は一つだけ選んでください",
    ),
    "cannot-two-assignees": (
        "a mail has one assignee: choose one",
        "担当者は一人だけ選んでください",
    ),
}

# Said with BAD, for whoever writes the mail client.
_WRONG = {
    "state": "Not possible while {state}",
    "no-done": "Expected DONE",
    "no-starttls": "STARTTLS is not offered",
    "behind-starttls": "Nothing may follow STARTTLS",
    "charset-with-utf8": "No CHARSET once UTF8=ACCEPT is enabled",
    "behind-compress": "Nothing may follow COMPRESS before its answer",
    "no-esearch": "RETURN needs ESEARCH, which is not offered",
    "select-parameter": "Unknown parameter",
    "fetch-modifier": "Unknown FETCH modifier",
    "plain-message": "Invalid PLAIN message",
    "no-answer": "No answer in time",
    "cancelled": "Cancelled",
    "long-pattern": "Pattern is too long",
    "no-such-number": "No message has that sequence number",
    "no-qresync": "QRESYNC must be enabled first",
    "uid-required": "[UIDREQUIRED] Sequence numbers were switched off by ENABLE UIDONLY",
}


def sentence(key: str, language: str, facts: Mapping[str, str] | None = None) -> str:
    """The sentence of ``key``; an unknown key says in general terms that it was not possible."""
    english, japanese = _SENTENCES.get(key) or _SENTENCES["not-done"]
    text = japanese if language == "ja" else english
    known = dict(facts or {})
    if "{called}" in text:
        known["called"] = with_honorific(known.get("name", ""))
    return text.format_map(CleanedFacts(known))


def has_sentence(key: str) -> bool:
    return key in _SENTENCES


def goodbye(reason: str, language: str) -> bytes:
    """The BYE line of a session that is ended from outside."""
    key = reason if reason in _SENTENCES else "ended"
    return b"* BYE " + sentence(key, language).encode() + b"\r\n"


def wrong(key: str, **facts: str) -> BadSyntax:
    """BAD for what the grammar allows and this door does not."""
    return BadSyntax(_WRONG[key].format_map(facts))


def clean(text: str) -> str:
    """One line without controls, direction marks or line separators, of bounded length."""
    shown = "".join(" " if unicodedata.category(c) in _UNSHOWN else c for c in text[:FACT_MAX])
    return " ".join(shown.split())


_UNSHOWN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


class CleanedFacts(dict[str, str]):
    """Facts by name, cleaned; a fact that is missing is left out rather than an error."""

    def __init__(self, facts: Mapping[str, str]) -> None:
        super().__init__((name, clean(value)) for name, value in facts.items())

    def __missing__(self, name: str) -> str:
        return ""
