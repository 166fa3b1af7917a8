"""All text for IMAP clients, in English and Japanese; which is said when, others decide.

Sentences are plain words for the person in front of the mail client: no protocol terms. An English
one has no full stop at its end, because Thunderbird adds its own; in its Japanese nothing is added,
so a Japanese one has its 。. Facts are cleaned here, so that no name can end a line or begin a
response. What only a programmer of mail clients sees (BAD) is English.
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
        "このログインIDは利用を停止されています。管理者に確認してください。",
    ),
    "grants": (
        "your permissions were changed; connect again",
        "権限が変更されました。もう一度接続してください。",
    ),
    "password": (
        "your password was changed; sign in again",
        "パスワードが変更されました。もう一度ログインしてください。",
    ),
    "app-password-removed": (
        "the password of this device was removed; ask your admin for another one",
        "この端末のアプリパスワードは削除されました。管理者に新しいアプリパスワードを依頼してください。",
    ),
    "app-password-needed": (
        "your own password does not open mail any more; sign in with an application password",
        "ご自身のパスワードでは、メールを利用できなくなりました。"
        "アプリパスワードでログインしてください。",
    ),
    "shutdown": (
        "the server is being restarted",
        "サーバーを再起動しています。しばらくすると自動で再接続されます。",
    ),
    "ended": ("the session was ended", "接続を終了しました。"),
    "lost": (
        "the open folder was removed; connect again",
        "開いていたフォルダーがなくなりました。もう一度接続してください。",
    ),
    "timeout": (
        "nothing was heard for too long",
        "しばらく操作がなかったため、接続を終了しました。",
    ),
    "login-timeout": (
        "nobody signed in in time",
        "時間内にログインしなかったため、接続を終了しました。",
    ),
    "too-many-errors": (
        "too many commands were wrong",
        "誤ったコマンドが続いたため、接続を終了しました。",
    ),
    "too-many-logins": (
        "too many sign-ins were wrong",
        "ログインの失敗が続いたため、接続を終了しました。しばらくしてからもう一度お試しください。",
    ),
    "too-many-connections": (
        "too many connections from your address",
        "同じネットワークからの接続が多すぎます。しばらくしてからもう一度お試しください。",
    ),
    "broken-command": ("the command has no end", "コマンドが正しく終わっていません。"),
    "injected": (
        "something was sent ahead of encryption",
        "暗号化の前に余分なデータを受信したため、接続を終了しました。",
    ),
    # Said with NO.
    "taken": ("already taken by {name}", "すでに{called}が担当しています。"),
    "taken-known": (
        "already taken by {name}: {subject}",
        "「{subject}」は、すでに{called}が担当しています。",
    ),
    "not-permitted-read": (
        "you may not look into this mailbox; ask your admin",
        "このメールボックスには「閲覧」の権限が必要です。管理者に確認してください。",
    ),
    "no-mailbox": (
        "this login has no mailbox to read; ask your admin",
        "閲覧できるメールボックスがありません。管理者に確認してください。",
    ),
    "not-permitted-respond": (
        "you may read this mail, but not change or answer it; ask your admin",
        "この操作には「対応」の権限が必要です。管理者に確認してください。",
    ),
    "not-permitted-manage": (
        "only those who manage this mailbox may do this; ask your admin",
        "この操作には「管理」の権限が必要です。管理者に確認してください。",
    ),
    "not-yours": (
        "{name} is in charge of this mail, and only {name} or your admin can change that",
        "{called}が担当しています。担当を外せるのは、{called}と「管理」の権限がある利用者だけです。",
    ),
    "no-such-view": (
        "there is no folder named {name}",
        "「{name}」というフォルダーはありません。",
    ),
    "no-name": ("a folder has a name: none was given", "フォルダー名が指定されていません。"),
    "exists": (
        "{name} exists already",
        "「{name}」という名前のフォルダーはすでにあります。",
    ),
    "read-only": ("this folder is open for reading only", "このフォルダーは読み取り専用です。"),
    "unknown-status": (
        "there is no status named {word}",
        "「{word}」という対応状況はありません。",
    ),
    "unknown-assignee": (
        "there is no colleague named {word} who may answer here",
        "「{word}」という担当者はいません。",
    ),
    "sign-in-failed": (
        "login or password is wrong",
        "ユーザー名またはパスワードが違います。",
    ),
    "needs-app-password": (
        "your own password does not open mail; use an application password made for this device,"
        " from the console or your admin",
        "ご自身のパスワードでは、メールを利用できません。"
        "この端末用のアプリパスワードを管理画面で作るか、管理者から受け取ってください。",
    ),
    "reads-no-mail": (
        "this login is for the administration or the access log, not for mail; mail needs a login"
        " with a mailbox",
        "このログインIDは管理・監査用で、メールには使えません。"
        "メール用のログインIDを管理者に確認してください。",
    ),
    "busy": (
        "there is too much to do at the moment; try again soon",
        "現在混み合っています。しばらくしてからもう一度お試しください。",
    ),
    "upstream-limited": (
        "the mail provider wants us to slow down at the moment; try again soon",
        "メールサーバーへのアクセスが一時的に制限されています。"
        "しばらくしてからもう一度お試しください。",
    ),
    "upstream-down": (
        "the mail provider does not answer at the moment; try again soon",
        "メールサーバーが応答していません。しばらくしてからもう一度お試しください。",
    ),
    "upstream-password": (
        "the mail provider refuses the password of the shared mailbox; tell your admin",
        "共有メールボックスのパスワードが無効になっています（ご自身のパスワードではありません）。"
        "管理者に連絡してください。",
    ),
    "upstream-folder": (
        "the mail provider no longer has this folder",
        "このフォルダーは、メールサーバーから削除されています。",
    ),
    "upstream-renewed": (
        "the mail provider has renewed this folder; open it again",
        "フォルダーがメールサーバーで作り直されました。もう一度開いてください。",
    ),
    "upstream-refused": (
        "the mail provider says: {text}",
        "メールサーバーで実行できませんでした（メールサーバーの応答： {text}）。",
    ),
    "store-down": (
        "access can not be recorded at the moment, so nothing is shown; tell your admin",
        "アクセスログに記録できないため、表示を停止しています。管理者に連絡してください。",
    ),
    "bug": (
        "something went wrong here; it was written down for your admin",
        "内部エラーが発生しました。続く場合は、管理者に連絡してください"
        "（詳細はログに記録されています）。",
    ),
    "not-done": ("this was not possible", "実行できませんでした。"),
    "encryption-first": (
        "encryption is needed before signing in",
        "ログインの前に暗号化が必要です。",
    ),
    "no-mechanism": (
        "this way of signing in is unknown",
        "この認証方式は使えません。",
    ),
    "charset": ("this character set is unknown", "この文字コードは使えません。"),
    "no-room": (
        "there is no room for this mail at the moment; tell your admin",
        "メールを一時保存する空き容量がありません。管理者に連絡してください。",
    ),
    "nul-in-mail": (
        "this mail is damaged: it contains a zero octet",
        "このメールは壊れています（NUL 文字が含まれています）。",
    ),
    "empty-mail": ("this mail is empty", "このメールは空です。"),
    "too-big": (
        "this mail is too big: at most {limit} MB",
        "メールのサイズが上限（{limit} MB）を超えています。添付ファイルを減らしてください。",
    ),
    "bad-url": (
        "a part of this mail is to be taken from a mail that is not there",
        "引用元のメールが見つかりません。",
    ),
    "unknown-encoding": (
        "the encoding of this part is unknown, or can not be kept",
        "この部分のエンコード方式は使えません。",
    ),
    "bad-name": (
        "no folder can have that name",
        "フォルダー名に使えない文字が含まれています。",
    ),
    "gone-meanwhile": (
        "some of these mails are gone",
        "一部のメールは、ほかの人が移動または削除したため見つかりません。",
    ),
    # CannotDo, by reason.
    "cannot": ("this is not possible here", "ここではこの操作はできません。"),
    "cannot-delete-folder": (
        "this folder can not be deleted",
        "このフォルダーは削除できません。",
    ),
    "cannot-rename-folder": (
        "this folder can not be renamed",
        "このフォルダーの名前は変更できません。",
    ),
    "cannot-create-there": (
        "no folder can be made there",
        "その場所にフォルダーは作成できません。",
    ),
    "cannot-holds-no-mail": (
        "this folder only holds other folders, and no mail",
        "このフォルダーにはメールを入れられません。その中にあるフォルダーを選んでください。",
    ),
    "cannot-too-many-keywords": (
        "there are too many tags: a mail can have {mail}, all mail of a folder {folder} different",
        "タグが多すぎます。1通につき{mail}個、フォルダー全体で{folder}種類までです。",
    ),
    "cannot-keyword-too-long": (
        "this tag is too long: it can have {most} characters",
        "タグが長すぎます。{most}文字までです。",
    ),
    "cannot-flags-not-kept": (
        "the mail provider does not let these marks be changed here: they stay as they are",
        "メールサーバーがここでの変更を受け付けないため、タグや既読の表示は元のままです。",
    ),
    "cannot-flags-lost": (
        "the mail provider does not keep all marks in this folder: the mail is there without them",
        "このフォルダーではメールサーバーが一部の印を保存しないため、メールは印なしで保存されました。",
    ),
    "cannot-not-shown": (
        "mail that lies in {folder} is nobody's work, and shows in no folder of a status or a "
        "person; move it to INBOX first",
        "「{folder}」にあるメールは対応の対象外のため、対応状況のフォルダーに入れたり、"
        "対応状況や担当者のタグを付けたりできません。先に受信トレイへ移動してください。",
    ),
    "cannot-nobody-wrote": (
        "nobody outside has written in this conversation yet, so that it shows in no such folder; "
        "nothing was changed",
        "このやり取りにはまだ相手の方からのメールがないため、対応状況のフォルダーには表示されません。"
        "何も変更していません。",
    ),
    "cannot-other-mailbox": (
        "mail can not go from one shared mailbox to another",
        "別の共有メールボックスへは移動できません。",
    ),
    "cannot-note-stays": (
        "an internal note stays where only colleagues can read it: nothing was put there",
        "社内メモは、メールサーバーのフォルダーには保存できません。何も保存していません。",
    ),
    "cannot-has-left": (
        "this mail has already left: it can't be taken back",
        "すでに送信されました。取り消せません。",
    ),
    "cannot-has-left-perhaps": (
        "this mail may have left: it lies in Drafts, and a note there says so",
        "このメールは送信された可能性があります。「下書き」と社内メモで確認してください。",
    ),
    "cannot-is-back": (
        "this mail was taken back already, or was stopped: it will not be sent, and lies in Drafts "
        "or Trash",
        "このメールの送信はすでに取り消されています。「下書き」または「ごみ箱」にあります。",
    ),
    "cannot-is-approved": (
        "this mail was approved already: take it back in Leaving, as long as it waits there",
        "このメールはすでに承認されています。送信前であれば「送信待ち」から取り消せます。",
    ),
    "cannot-waits-no-more": (
        "this mail waits here no more: look into Sent and Drafts, it has left or was taken back",
        "このメールはすでに送信されたか、送信が取り消されています。"
        "「送信済みトレイ」と「下書き」で確認してください。",
    ),
    "cannot-waits-not-yours": (
        "only who wrote this mail, or manages the mailbox, can take it back: it is sent as it was",
        "このメールの送信を取り消せるのは、書いた本人と「管理」の権限を持つ人だけです。",
    ),
    "cannot-approval-not-yours": (
        "only who wrote this mail, or manages the mailbox, can take it back: it waits on for "
        "approval",
        "このメールを取り消せるのは、書いた本人と「管理」の権限を持つ人だけです。メールは承認待ちのままです。",
    ),
    "cannot-approve-need": (
        "only who manages this mailbox can approve mail: it still waits",
        "承認できるのは「管理」の権限を持つ人だけです。メールは承認待ちのままです。",
    ),
    "cannot-approve-own": (
        "nobody approves their own mail: somebody else who manages this mailbox must",
        "自分が書いたメールは承認できません。「管理」の権限を持つほかの人に依頼してください。",
    ),
    "cannot-approve-none": (
        "this mail waits for no approval",
        "このメールは承認待ちではありません。",
    ),
    "cannot-waits-elsewhere": (
        "a mail that waits to be sent can be taken back into Drafts, and goes nowhere else",
        "送信待ちのメールを移動できるのは「下書き」だけです。下書きに移動すると送信を取り消せます。",
    ),
    "cannot-waits-by-itself": (
        "mail comes into this folder by being sent, and can't be put here",
        "このフォルダーには、送信したメールが自動的に入ります。手動では入れられません。",
    ),
    "cannot-waits-stopped": (
        "the mail will not be sent; it comes to Drafts as soon as the mail provider answers",
        "メールの送信を取り消しました。メールサーバーが応答しだい、下書きに入ります。",
    ),
    "cannot-reminder-stays": (
        "a reminder is for everybody and can't be deleted or moved: it goes by itself when what it "
        "names is done, or with the next one",
        "リマインダーは全員に共通のため、削除や移動はできません。"
        "記載されたメールの対応が済むか、次のリマインダーが届くと、自動的に消えます。",
    ),
    "cannot-note-not-ours": (
        "only what you have written goes here: a draft, or an answer to the note address",
        "ここに入れられるのは、ご自身で書いた下書きか、社内メモ用アドレスへの返信だけです。",
    ),
    "cannot-note-answers-none": (
        "a note is written as an answer to a mail of this mailbox, and this answers none of them",
        "社内メモは、このメールボックスのメールへの返信として書いてください。",
    ),
    "cannot-note-too-big": (
        "a note can have {limit} MB",
        "社内メモのサイズの上限は {limit} MB です。",
    ),
    "cannot-overdue-by-itself": (
        "mails come into this folder by themselves, when they have waited for too long",
        "このフォルダーには、期限を過ぎたメールが自動的に入ります。手動では入れられません。",
    ),
    "cannot-name-in-note": (
        "mail can't be put here: write @login in a note, and it shows here",
        "ここには移動できません。社内メモの本文に「@ログインID」と書くと、ここに表示されます。",
    ),
    "cannot-destroy": (
        "only who manages this mailbox can delete mail here for good: it was not deleted",
        "このフォルダーのメールを完全に削除できるのは、「管理」の権限がある利用者だけです。"
        "メールは削除されていません。",
    ),
    "cannot-vanished": (
        "the mail was stored, and somebody has taken it away at once",
        "メールは保存されましたが、保存した直後に、ほかの人が移動または削除しました。",
    ),
    "cannot-rights": (
        "permissions are given by your admin, and can not be changed here",
        "権限は管理者が設定します。ここでは変更できません。",
    ),
    "cannot-quota": (
        "the space for mail is set by the mail provider, and can not be changed here",
        "容量の上限はメールサーバー側で決められているため、ここでは変更できません。",
    ),
    "cannot-no-quota-root": (
        "there is no limit of that name",
        "その名前の容量制限はありません。",
    ),
    "cannot-annotation-too-long": (
        "this note about a folder is too long: it can have {most} bytes",
        "この注釈は長すぎます。{most}バイトまでです。",
    ),
    "cannot-annotation-entry": (
        "the name of this note is too long: it can have {most} characters",
        "注釈の名前が長すぎます。{most}文字までです。",
    ),
    "cannot-server-annotation": (
        "only your admin can change what is kept for everybody",
        "全員に共通の設定を変更できるのは、管理者だけです。",
    ),
    "cannot-too-many-annotations": (
        "there are too many notes about folders: {most} are possible",
        "注釈が多すぎます。{most}件までです。",
    ),
    "no-such-use": (
        "the mail provider can not keep a folder for this use",
        "メールサーバー側で決められているため、この用途のフォルダーは作成できません。",
    ),
    "no-such-event": (
        "there is no news of this kind",
        "この種類の通知は使えません。",
    ),
    "notify-overflow": (
        "there is too much news to tell; open the folders to see it",
        "通知が多すぎます。フォルダーを開いて確認してください。",
    ),
    "compressed-already": ("compression is on already", "圧縮はすでに有効です。"),
    "no-compression": (
        "this way of compression is not offered",
        "この圧縮方式は使えません。",
    ),
    "garbled": (
        "the compressed data is damaged",
        "圧縮されたデータが壊れています。",
    ),
    "cannot-two-statuses": (
        "a mail has one status: choose one",
        "対応状況は1つだけ選んでください。",
    ),
    "cannot-two-assignees": (
        "a mail has one assignee: choose one",
        "担当者は1人だけ選んでください。",
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


def megabytes(octets: int) -> str:
    """A limit, as people count it."""
    return str(max(octets // (1024 * 1024), 1))


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
