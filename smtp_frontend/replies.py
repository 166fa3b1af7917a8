"""All text for SMTP clients, in English and Japanese, with its codes (RFC 5321 §4.2, RFC 3463).

Sentences are plain words for the person in front of the compose window: Thunderbird cuts the codes
off and adds a full stop, so an English one doesn't end in one; in its Japanese nothing is added, so
a Japanese one has its 。. What stops a mail for good is 5xx, so that the
window stays open and no program tries again by itself; 4xx only where trying again is safe. Facts
are cleaned here: no name and no provider's text can end a line. Japanese goes out as UTF-8 although
RFC 5321 §4.2 knows ASCII only: mail clients show it, and the person reads it.
"""

from __future__ import annotations

import re
from datetime import datetime

from proxyd.domain.honorific import with_honorific

FACT_MAX = 160  # characters of one fact
LINE_MAX = 510  # RFC 5321 §4.5.3.1.5: 512 octets with CRLF

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]+")

_REPLIES: dict[str, tuple[str, str, str]] = {
    # key: (codes, English, Japanese)
    "ok": ("250 2.0.0", "Ok", "Ok"),
    "sender-ok": ("250 2.1.0", "Ok", "Ok"),
    "recipient-ok": ("250 2.1.5", "Ok", "Ok"),
    "sent": ("250 2.0.0", "Ok: sent", "Ok: 送信しました。"),
    "asks": (
        "250 2.0.0",
        "Ok: it waits in To approve until somebody approves it",
        "Ok: 承認待ちに入れました。",
    ),
    "waits": (
        "250 2.0.0",
        "Ok: it waits in Leaving before it is sent",
        "Ok: 送信待ちに入れました。",
    ),
    "repeated": (
        "250 2.0.0",
        "Ok: it was sent already and was not sent again",
        "Ok: 送信済みのため、再送はしていません。",
    ),
    "bye": ("221 2.0.0", "Bye", "Bye"),
    "go-ahead-tls": ("220 2.0.0", "Go ahead", "Go ahead"),
    "go-ahead-data": ("354", "End data with <CR><LF>.<CR><LF>", "End data with <CR><LF>.<CR><LF>"),
    "signed-in": ("235 2.7.0", "Signed in", "Signed in"),
    "no-vrfy": ("252 2.5.0", "Send the mail and see", "Send the mail and see"),
    "help": ("214 2.0.0", "See RFC 5321 and RFC 6409", "See RFC 5321 and RFC 6409"),
    # Sessions that end.
    "shutdown": (
        "421 4.3.2",
        "The server is being restarted",
        "サーバーを再起動しています。しばらくしてからもう一度送信してください。",
    ),
    "disabled": (
        "421 4.7.0",
        "This login was switched off; ask your admin",
        "このログインIDは利用を停止されています。管理者に確認してください。",
    ),
    "grants": (
        "421 4.7.0",
        "Your permissions were changed; send again",
        "権限が変更されました。もう一度送信してください。",
    ),
    "password": (
        "421 4.7.0",
        "Your password was changed; sign in again",
        "パスワードが変更されました。もう一度ログインしてください。",
    ),
    "app-password-removed": (
        "421 4.7.0",
        "The password of this device was removed; ask your admin for another one",
        "この端末のアプリパスワードは削除されました。管理者に新しいアプリパスワードを依頼してください。",
    ),
    "app-password-needed": (
        "421 4.7.0",
        "Your own password does not open mail any more; sign in with an application password",
        "ご自身のパスワードでは、メールを利用できなくなりました。"
        "アプリパスワードでログインしてください。",
    ),
    "ended": ("421 4.3.2", "The session was ended", "接続を終了しました。"),
    "timeout": (
        "421 4.4.2",
        "Nothing was heard for too long",
        "しばらく操作がなかったため、接続を終了しました。",
    ),
    "too-many-connections": (
        "421 4.7.0",
        "Too many connections; try again in a minute",
        "接続が多すぎます。しばらくしてからもう一度お試しください。",
    ),
    "too-many-logins": (
        "421 4.7.0",
        "Too many sign-ins were wrong",
        "ログインの失敗が続いたため、接続を終了しました。しばらくしてからもう一度お試しください。",
    ),
    "injected": (
        "421 4.7.0",
        "Something was sent ahead of encryption",
        "暗号化の前に余分なデータを受信したため、接続を終了しました。",
    ),
    # Signing in.
    "sign-in-failed": (
        "535 5.7.8",
        "Login or password is wrong",
        "ユーザー名またはパスワードが違います。",
    ),
    "nothing-to-send-from": (
        "535 5.7.1",
        "This login has no mailbox to send from; ask your admin",
        "返信の権限があるメールボックスがありません。管理者に確認してください。",
    ),
    # Code and enhanced code as Gmail's "Application-specific password required".
    "needs-app-password": (
        "534 5.7.9",
        "Your own password does not open mail; use an application password made for this device,"
        " from the console or your admin",
        "ご自身のパスワードでは、メールを利用できません。"
        "この端末用のアプリパスワードを管理画面で作るか、管理者から受け取ってください。",
    ),
    "reads-no-mail": (
        "535 5.7.1",
        "This login is for the administration or the access log, not for mail; mail needs a login"
        " with a mailbox",
        "このログインIDは管理・監査用で、メールには使えません。"
        "メール用のログインIDを管理者に確認してください。",
    ),
    "sign-in-busy": (
        "454 4.7.0",
        "Signing in is not possible just now; try again soon",
        "現在ログインできません。しばらくしてからもう一度お試しください。",
    ),
    "need-tls": ("530 5.7.0", "Switch on STARTTLS first", "先に STARTTLS を有効にしてください。"),
    "auth-needs-tls": (
        "538 5.7.11",
        "Signing in needs an encrypted connection: switch on STARTTLS",
        "ログインには暗号化が必要です。STARTTLS を有効にしてください。",
    ),
    "need-sign-in": ("530 5.7.0", "Sign in first", "先にログインしてください。"),
    "signed-in-already": ("503 5.5.1", "Signed in already", "Signed in already"),
    "unknown-mechanism": ("504 5.5.4", "Use PLAIN or LOGIN", "Use PLAIN or LOGIN"),
    "cancelled": ("501 5.7.0", "Sign-in cancelled", "Sign-in cancelled"),
    "not-base64": ("501 5.5.2", "That is not base64", "That is not base64"),
    "auth-too-long": ("500 5.5.6", "That is too long", "That is too long"),
    # Order and syntax.
    "unknown-command": ("500 5.5.1", "Unknown command", "Unknown command"),
    "too-many-unknown": ("502 5.5.1", "Too many unknown commands", "Too many unknown commands"),
    "bad-syntax": ("500 5.5.2", "That is not a command", "That is not a command"),
    "line-too-long": ("500 5.5.2", "The line is too long", "The line is too long"),
    "hello-first": ("503 5.5.1", "Send EHLO first", "Send EHLO first"),
    "hello-syntax": ("501 5.5.4", "EHLO needs a host name", "EHLO needs a host name"),
    "mail-first": ("503 5.5.1", "Send MAIL FROM first", "Send MAIL FROM first"),
    "mail-twice": ("503 5.5.1", "One mail at a time", "One mail at a time"),
    "auth-in-mail": ("503 5.5.1", "Not within a mail", "Not within a mail"),
    "recipient-first": ("503 5.5.1", "Send RCPT TO first", "Send RCPT TO first"),
    "tls-already": ("503 5.5.1", "Encrypted already", "Encrypted already"),
    "tls-too-late": (
        "503 5.5.1",
        "Switch on STARTTLS before signing in: connect again",
        "STARTTLS はログインの前に有効にしてください。接続し直してください。",
    ),
    "no-tls": ("502 5.5.1", "Not offered here", "Not offered here"),
    "not-offered": ("502 5.5.1", "Not offered here", "Not offered here"),
    "no-argument": (
        "501 5.5.4",
        "Nothing may follow the command",
        "Nothing may follow the command",
    ),
    "bad-path": (
        "501 5.5.4",
        "Write the address as <name@example.com>",
        "Write the address as <name@example.com>",
    ),
    "bad-parameter": ("555 5.5.4", "Unknown parameter", "Unknown parameter"),
    "bad-parameter-value": ("501 5.5.4", "Wrong parameter value", "Wrong parameter value"),
    "bad-characters": (
        "501 5.1.3",
        "The address has characters that no address has",
        "メールアドレスに使えない文字が含まれています。",
    ),
    "bad-address": (
        "553 5.1.3",
        "That is not a complete mail address",
        "メールアドレスの形式が正しくありません。",
    ),
    "need-smtputf8": (
        "553 5.6.7",
        "That address needs SMTPUTF8",
        "このメールアドレスには SMTPUTF8 が必要です。",
    ),
    # The mail.
    "too-many-recipients": (
        "452 4.5.3",
        "Too many recipients in one mail",
        "宛先が多すぎます。何通かに分けて送信してください。",
    ),
    "too-big": (
        "552 5.3.4",
        "The mail is too big: at most {limit} MB",
        "メールのサイズが上限（{limit} MB）を超えています。添付ファイルを減らしてください。",
    ),
    "too-big-to-read": (
        "421 4.3.4",
        "The mail is much too big",
        "メールのサイズが上限を大きく超えています。添付ファイルを減らしてください。",
    ),
    "no-room": (
        "452 4.3.1",
        "Too much mail is being sent at this moment; try again soon",
        "現在送信が集中しています。しばらくしてからもう一度お試しください。",
    ),
    "malformed": (
        "554 5.6.0",
        "The mail is not well-formed: {what}",
        "メールの形式が正しくありません： {what}。",
    ),
    "unclear-sender": (
        "553 5.7.1",
        "The {field} line can be read in more than one way; write it as Name <name@example.com>",
        "{field} 行の差出人は、複数の読み方ができます。"
        "「名前 <name@example.com>」の形にしてください。",
    ),
    "sender": (
        "553 5.7.1",
        "You cannot write from {sender}; you can write from {allowed}",
        "差出人に {sender} は使えません。使えるメールアドレス： {allowed}。",
    ),
    "no-sender": (
        "553 5.7.1",
        "You cannot write from {sender}: you are not allowed to answer from any mailbox",
        "差出人に {sender} は使えません。返信の権限があるメールボックスがありません。"
        "管理者に確認してください。",
    ),
    "answered": (
        "550 5.7.1",
        "{name} answered this mail at {when}; nothing was sent",
        "{name}が{when}に返信済みです。二重返信を防ぐため、送信を中止しました。",
    ),
    # In the provider's webmail, say: nobody can tell by whom.
    "answered-outside": (
        "550 5.7.1",
        "This mail was answered at {when}, past proxyd (in webmail, say); nothing was sent",
        "このメールには{when}に返信済みです（Webメールなど、proxyd を通さない返信）。"
        "二重返信を防ぐため、送信を中止しました。",
    ),
    # Perhaps a later mail, or one of somebody else.
    "answered-another": (
        "550 5.7.1",
        "{name} answered in this conversation at {when}; nothing was sent",
        "{name}が{when}にこのやり取りへ返信済みです。二重返信を防ぐため、送信を中止しました。",
    ),
    "answered-another-outside": (
        "550 5.7.1",
        "There is an answer in this conversation since {when}, given past proxyd (in webmail, "
        "say); nothing was sent",
        "このやり取りには{when}に返信済みです（Webメールなど、proxyd を通さない返信）。"
        "二重返信を防ぐため、送信を中止しました。",
    ),
    "done": (
        "550 5.7.1",
        "{name} marked this mail as done at {when}; nothing was sent",
        "{name}が{when}に対応済みにしたメールです。送信を中止しました。",
    ),
    "done-sometime": (
        "550 5.7.1",
        "This mail is marked as done; nothing was sent",
        "対応済みのメールです。送信を中止しました。",
    ),
    "hold": (
        "550 5.7.1",
        "{name} put this mail on hold at {when}; nothing was sent",
        "{name}が{when}に保留にしたメールです。送信を中止しました。理由は{name}に確認してください。",
    ),
    "hold-you": (
        "550 5.7.1",
        "You put this mail on hold at {when}; nothing was sent",
        "ご自身が{when}に保留にしたメールです。送信を中止しました。",
    ),
    "hold-sometime": (
        "550 5.7.1",
        "This mail is on hold; nothing was sent",
        "保留中のメールです。送信を中止しました。",
    ),
    # A status of the installation's own that stops answers: {status} is what it is called.
    "hold-named": (
        "550 5.7.1",
        '{name} set this mail to "{status}" at {when}; nothing was sent',
        "{name}が{when}に「{status}」にしたメールです。送信を中止しました。"
        "理由は{name}に確認してください。",
    ),
    "hold-named-you": (
        "550 5.7.1",
        'You set this mail to "{status}" at {when}; nothing was sent',
        "ご自身が{when}に「{status}」にしたメールです。送信を中止しました。",
    ),
    "hold-named-sometime": (
        "550 5.7.1",
        'This mail is set to "{status}"; nothing was sent',
        "「{status}」のメールです。送信を中止しました。",
    ),
    "claimed": (
        "550 5.7.1",
        "{name} is in charge of this mail; nothing was sent",
        "{name}が担当しているメールです。送信を中止しました。",
    ),
    "new-recipient": (
        "550 5.7.1",
        "Nobody has written to {addresses} in this conversation before; nothing was sent",
        "これまでのやり取りにない宛先（{addresses}）があります。送信を中止しました。",
    ),
    "attachment": (
        "550 5.7.1",
        'The text says "{word}" and nothing is attached; nothing was sent',
        "本文に「{word}」とありますが、添付ファイルがありません。送信を中止しました。",
    ),
    "note": (
        "550 5.7.1",
        "This mail answers an internal note or a reminder, or has one in it: for colleagues only; "
        "nothing was sent. Answer the customer's own mail",
        "社内メモやリマインダーへの返信か、その内容を含むメールです。社外には送信できないため、"
        "送信を中止しました。お客様のメールに返信してください。",
    ),
    "note-words": (
        "550 5.7.1",
        'The text has words of an internal note ("{words}"): notes are for colleagues only; '
        "nothing was sent. Say it in other words",
        "本文に社内メモと同じ文（「{words}」）があります。社外に出るのを防ぐため、送信を中止しました。"
        "別の言い方に直してください。",
    ),
    "note-and-others": (
        "550 5.7.1",
        "A note goes to one note address of yours and to nobody else; nothing was sent. "
        "Take the other addresses out",
        "社内メモの宛先は、社内メモ用アドレス1つだけにしてください。送信を中止しました。",
    ),
    "no-note-address": (
        "550 5.1.1",
        "{address} is no note address, and no mail goes there; nothing was sent",
        "{address} は社内メモ用アドレスではありません。送信を中止しました。",
    ),
    "note-answers-none": (
        "550 5.7.1",
        "A note is written as an answer to a mail of this mailbox, and this answers none of them; "
        "it was not kept",
        "社内メモは、このメールボックスのメールへの返信として書いてください。保存していません。",
    ),
    "note-not-ours": (
        "550 5.7.1",
        "A note is written from the mailbox's own address; it was not kept",
        "社内メモの差出人は、このメールボックスのアドレスにしてください。保存していません。",
    ),
    "note-too-big": (
        "552 5.3.4",
        "A note can have {limit} MB; it was not kept",
        "社内メモのサイズの上限は {limit} MB です。保存していません。",
    ),
    "sending": (
        "550 5.7.1",
        "{name} is sending an answer to this mail at this moment; nothing was sent",
        "{name}が返信を送信しているところです。二重返信を防ぐため、送信を中止しました。",
    ),
    "sending-asks": (
        "550 5.7.1",
        "An answer of {name} to this mail waits for approval; nothing was sent",
        "このメールには、承認待ちになっている{name}の返信があります。送信を中止しました。",
    ),
    "sending-you": (
        "550 5.7.1",
        "This very mail of yours is being sent at this moment; it need not be sent again",
        "今送信したメールは、現在送信中です。もう一度送信する必要はありません。",
    ),
    "sending-waits-you": (
        "550 5.7.1",
        "Another answer of yours in this conversation has not left yet; nothing was sent. To send "
        "this one instead, drag that one to Drafts first",
        "このやり取りには、まだ送信されていないご自身の返信があります（送信待ちまたは承認待ち）。"
        "送信を中止しました。差し替える場合は、先にその返信を下書きに移動してください。",
    ),
    "came-back": (
        "550 5.7.1",
        "This mail was stopped before it left and lies in Drafts; nothing was sent. Send it from "
        "there",
        "このメールは送信前に取り消されたため、下書きにあります。送信を中止しました。送信する場合は、"
        "下書きから送信してください。",
    ),
    "uncertain": (
        "550 5.7.1",
        "This mail may have gone out already, at {when}: ask the recipient or look in Sent",
        "今送信したメールは、{when}にすでに送信された可能性があります。"
        "送信済みトレイを見るか、宛先の方に確認してください。",
    ),
    # Which mail of the conversation it was to is not known either.
    "perhaps-answered": (
        "550 5.7.1",
        "{name} may have answered in this conversation at {when}: the connection broke at the last "
        "moment; nothing was sent. Ask {name}, or look in Sent",
        "{name}が{when}にこのやり取りへ返信した可能性があります（送信完了の直前に接続が切れました）。"
        "送信を中止しました。送信済みトレイを見るか、{name}に確認してください。",
    ),
    "perhaps-answered-you": (
        "550 5.7.1",
        "You may have answered in this conversation already, at {when}: the connection broke at "
        "the last moment; this was not sent. Ask the recipient, or look in Sent",
        "ご自身が{when}にこのやり取りへ返信した可能性があります（送信完了の直前に接続が切れました）。"
        "送信を中止しました。送信済みトレイを見るか、宛先の方に確認してください。",
    ),
    "relay-recipient": (
        "{codes}",
        "The mail provider refused {recipient}, nothing was sent: {text}",
        "宛先 {recipient} にはメールを送信できませんでした。アドレスを確認してください"
        "（メールサーバーの応答： {text}）。",
    ),
    "relay-refused": (
        "{codes}",
        "The mail provider refused the mail, nothing was sent: {text}",
        "メールサーバーの都合により、メールを送信できませんでした"
        "（メールサーバーの応答： {text}）。",
    ),
    "relay-down": (
        "451 4.4.1",
        "The mail provider does not answer, nothing was sent; try again soon",
        "メールサーバーが応答していないため、送信を中止しました。しばらくしてからもう一度お試しください。",
    ),
    "relay-uncertain": (
        "554 5.4.2",
        "The connection broke at the last moment: this mail may have gone out. Ask the recipient "
        "or look in Sent",
        "送信完了の直前に接続が切れたため、送信されたかどうか確認できません。"
        "送信済みトレイを見るか、宛先の方に確認してください。",
    ),
    "store-down": (
        "451 4.3.0",
        "The server cannot keep its records just now; try again soon",
        "アクセスログに記録できないため、送信を停止しています。管理者に連絡してください。",
    ),
    "busy": (
        "451 4.3.2",
        "There is too much to do just now; try again soon",
        "現在混み合っています。しばらくしてからもう一度お試しください。",
    ),
    "refused": ("554 5.7.1", "This mail cannot be sent", "このメールは送信できません。"),
    "fault": (
        "451 4.3.0",
        "Something went wrong here; your admin can see it in the log",
        "内部エラーが発生しました。続く場合は、管理者に連絡してください"
        "（詳細はログに記録されています）。",
    ),
}

# How what a guard stops can be sent all the same.
_ALL_THE_SAME: dict[str, tuple[str, str]] = {
    "pause": (
        ". To send yours all the same, changed or not and within {within}, send it again after "
        "{pause}",
        "それでも送信する場合は、{pause}以上たってからもう一度送信してください"
        "（{within}以内。内容を直してもかまいません）。",
    ),
    "mark": (
        ". To send yours all the same, write {mark} at the start of its subject",
        "それでも送信する場合は、件名の先頭に {mark} と入力して、送信してください。",
    ),
    "mark-instead": (
        ". Sending it again did not count: it came too soon, or the mail program did it by itself. "
        "To send yours all the same, write {mark} at the start of its subject",
        "再送信は、間隔が短すぎたか、メールソフトが自動で行ったものとして扱いました。"
        "それでも送信する場合は、件名の先頭に {mark} と入力して、送信してください。",
    ),
    "": ("", ""),
}

# What ``CannotDo("malformed", what=…)`` names.
_MALFORMED: dict[str, tuple[str, str]] = {
    "from": (
        "it needs exactly one From line with an address",
        "差出人（From）の行を1つ、メールアドレスとともに書いてください",
    ),
    "sender": (
        "one of several authors is the sender, and needs one Sender line",
        "差出人が複数の場合は、Sender の行を1つ書いてください",
    ),
    "line ends": (
        "the lines of its header end in different ways",
        "ヘッダーの改行がそろっていません",
    ),
    "header": ("a header line cannot be read", "ヘッダーに読み取れない行があります"),
    "header size": ("its header is too big", "ヘッダーが大きすぎます"),
}
# Fields that a compose window has, with their names as well (RFC 5322 §3.6).
_FIELDS: dict[str, str] = {
    "from": "差出人（From）",
    "to": "宛先（To）",
    "cc": "Cc ",
    "bcc": "Bcc ",
    "subject": "件名（Subject）",
    "date": "日付（Date）",
    "reply-to": "返信先（Reply-To）",
}
_SOMEBODY = ("Somebody", "ほかの利用者")
_YOU = ("You", "ご自身")
_SECOND, _SECONDS = ("1 second", "1秒"), ("{number} seconds", "{number}秒")
_MINUTES = ("{number} min", "{number}分")
GOODBYES = frozenset(key for key, (codes, _, _) in _REPLIES.items() if codes.startswith("421"))


def reply(key: str, language: str = "en", more: str = "", /, **facts: str) -> str:
    """One line, without CRLF; ``more`` is a second sentence."""
    codes, english, japanese = _REPLIES[key]
    cleaned = {name: cleaned_fact(value) for name, value in facts.items()}
    sentence = japanese if language == "ja" else english
    return _cut(f"{codes} {sentence}{more}".format_map(cleaned))


def has_reply(key: str) -> bool:
    return key in _REPLIES


def all_the_same(how: str, language: str) -> str:
    """The second sentence: how what a guard stopped can be sent all the same."""
    return _in(language, _ALL_THE_SAME[how])


def called(name: str, language: str) -> str:
    """A colleague, as one speaks of colleagues; "" is somebody nobody can name."""
    if not name:
        return _in(language, _SOMEBODY)
    return with_honorific(name) if language == "ja" else name


def you(language: str) -> str:
    return _in(language, _YOU)


def period(seconds: int, language: str) -> str:
    number, unit = (seconds, _SECONDS) if seconds % 60 else (seconds // 60, _MINUTES)
    unit = _SECOND if seconds == 1 else unit
    return _in(language, unit).format(number=number)


def day_of(at: datetime, language: str, *, this_year: bool) -> str:
    """A date as people write it; Japanese name the year only where it is another one."""
    if language != "ja":
        return f"{at:%Y-%m-%d}"
    return f"{'' if this_year else f'{at.year}年'}{at.month}月{at.day}日"


def malformed_part(what: str, language: str) -> str:
    return _in(language, _MALFORMED.get(what) or _twice(what))


def _twice(what: str) -> tuple[str, str]:
    """``what``: a field's name, in lower case."""
    field = _FIELDS.get(what, f"{what.title()} ")
    return f"more than one {what} line", f"{field}の行が2つ以上あります"


def _in(language: str, words: tuple[str, str]) -> str:
    return words[language == "ja"]


def cleaned_fact(text: str) -> str:
    return _UNSAFE.sub(" ", text).strip()[:FACT_MAX]


def _cut(line: str) -> str:
    """At a whole character, within the line limit."""
    return line.encode("utf-8", "replace")[:LINE_MAX].decode("utf-8", "ignore").rstrip()
