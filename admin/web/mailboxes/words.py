"""Words of the pages about shared mailboxes: the list, one of them, one more, one less."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from admin.web.mailboxes.words_policy import POLICY
from admin.web.mailboxes.words_probe import PROBE
from admin.web.mailboxes.words_rules import RULES

_PAGES: Final[Mapping[str, tuple[str, str]]] = {
    "mailboxes.title": ("Shared mailboxes", "共有メールボックス"),
    "mailboxes.colon": (": ", "："),
    "mailboxes.cancel": ("Cancel", "キャンセル"),
    "mailboxes.add": ("Add a mailbox", "メールボックスを追加する"),
    "mailboxes.none": (
        "No mailbox yet. Add the first one: its address and its password at the provider are "
        "enough for most.",
        "メールボックスはまだありません。最初の1つを追加してください。"
        "多くの場合、アドレスとメールプロバイダーのパスワードだけで追加できます。",
    ),
    "mailboxes.no-more": ("There are no more.", "これより後にはありません。"),
    "mailboxes.more": ("More", "続きを見る"),
    "mailboxes.first": ("From the first one", "最初から見る"),
    "mailboxes.name": ("Name", "名前"),
    "mailboxes.address": ("Address", "アドレス"),
    "mailboxes.provider": ("Provider", "メールプロバイダー"),
    "mailboxes.people": ("Who works here", "利用者"),
    "mailboxes.people-counted": ("{count}", "{count}名"),
    "mailboxes.people-more": ("{count} people in all.", "全部で{count}名です。"),
    "mailboxes.nobody": (
        "Nobody yet. Rights are given under People.",
        "利用者はまだいません。権限は「利用者」のページで付与します。",
    ),
    "mailboxes.shut-out": ("shut out", "利用を停止中"),
    "mailboxes.works": ("works, since {since}", "正常（{since}から）"),
    "mailboxes.down": ("can't be used, since {since}", "使えません（{since}から）。"),
    "mailboxes.refused": (
        "the provider does not take the password, since {since}",
        "メールプロバイダーがパスワードを受け付けません（{since}から）。",
    ),
    "mailboxes.starting": ("is being started", "準備中"),
    "mailboxes.troubles-counted": ("Notices: {count}", "お知らせ：{count}件"),
    "mailboxes.since": ("Since {since}.", "{since}から。"),
    "mailboxes.test": ("Test now", "接続をテストする"),
    "mailboxes.password": ("Change password", "パスワードを変更する"),
    "mailboxes.servers": ("Servers", "サーバー"),
    "mailboxes.reading": ("Reading (IMAP)", "受信（IMAP）"),
    "mailboxes.sending": ("Sending (SMTP)", "送信（SMTP）"),
    "mailboxes.aliases": ("Other addresses", "ほかのアドレス"),
    "mailboxes.notes": ("Address of notes", "社内メモ用アドレス"),
    "mailboxes.language": ("Language", "言語"),
    "mailboxes.language-en": ("English", "英語"),
    "mailboxes.language-ja": ("Japanese", "日本語"),
    "mailboxes.seen": ("Read or unread", "既読と未読"),
    "mailboxes.seen-person": ("Each person's own", "利用者ごと"),
    "mailboxes.seen-shared": ("The same for all", "全員で共通"),
    "mailboxes.connections": ("Connections", "接続数"),
    "mailboxes.connections-most": (
        "At most {count} to the provider, however many people work.",
        "利用者が何名でも、メールプロバイダーへの接続は最大{count}本です。",
    ),
    "mailboxes.limited": (
        "The provider gives fewer now:",
        "メールプロバイダーが接続を制限しています：",
    ),
    "mailboxes.own-password": ("Your own password, here", "管理画面にログインするパスワード"),
    "mailboxes.who-hint": (
        "Your last sign-in is more than five minutes old.",
        "前回の本人確認から5分以上過ぎています。",
    ),
    "mailboxes.passkey-first": (
        "Show first who you are, with a passkey",
        "先にパスキーで本人確認をする",
    ),
    "mailboxes.danger": ("Danger", "取り消せない操作"),
    "mailboxes.done-policy": ("The policy is changed.", "運用ルールを変更しました。"),
    "mailboxes.done-days": ("The closed days are saved.", "休業日を保存しました。"),
    "mailboxes.done-rules": ("The rules count from now on.", "振り分けルールを保存しました。"),
    "mailboxes.done-removed": ("The mailbox is removed.", "メールボックスを削除しました。"),
    # what the provider's side has
    "trouble.provider": (
        "The provider can't be used. Mail that is known can still be read.",
        "メールプロバイダーを使えません。取り込み済みのメールは読めます。",
    ),
    "trouble.listening": (
        "The provider tells no news by itself. It is asked every few seconds.",
        "メールプロバイダーから新着の通知が届きません。数秒ごとに確認しています。",
    ),
    "trouble.names": (
        "Folders with names that can't be read are left out.",
        "名前を読み取れないフォルダーは表示されません。",
    ),
    "trouble.folder": ("This folder can't be read:", "読み取れないフォルダーがあります："),
    "trouble.mails": (
        "Some mails can't be read, in folder:",
        "読み取れないメールがあります。フォルダー：",
    ),
    "trouble.leaving": (
        "Mail that was to leave waits, and is tried again by itself.",
        "送信できないメールが待っています。自動的にもう一度送信されます。",
    ),
    "trouble.flags": (
        "Some keywords can't be used and are left out, in folder:",
        "使えないキーワードを除いて表示しています。フォルダー：",
    ),
    # one more
    "add.title": ("A new mailbox", "メールボックスの追加"),
    "add.what": (
        "It is tried first, and stored once it has passed. Nothing is changed at the provider.",
        "先に接続をテストし、成功すると保存されます。メールプロバイダー側では何も変更しません。",
    ),
    "add.address": ("Mail address", "メールアドレス"),
    "add.password": ("Password at the provider", "メールプロバイダーのパスワード"),
    "add.password-hint": (
        "Where the provider has two-step sign-in: an app password made there. It is stored "
        "encrypted and never shown.",
        "メールプロバイダーで2段階認証を使っている場合は、そこで作ったアプリパスワードを"
        "入力してください。暗号化して保存し、表示することはありません。",
    ),
    "add.name": ("Name", "名前"),
    "add.name-hint": (
        "Short, such as support. Empty: what stands before the @.",
        "support のような短い名前。空欄なら、アドレスの @ より前の部分になります。",
    ),
    "add.language": ("Language of its folders and notices", "フォルダー名とお知らせの言語"),
    "add.servers": ("Servers", "サーバー"),
    "add.servers-hint": (
        "Empty: imap. and smtp. before the address's domain, the usual port, and the address as "
        "user.",
        "空欄なら、アドレスのドメインの前に imap. と smtp. を付けた名前、標準のポート、"
        "アドレスと同じユーザー名を使います。",
    ),
    "add.user": ("User name", "ユーザー名"),
    "add.smtp-user": (
        "User name for sending, where it is another",
        "送信用のユーザー名（異なる場合）",
    ),
    "add.host": ("Server", "サーバー名"),
    "add.port": ("Port", "ポート"),
    "add.security": ("Protection", "暗号化"),
    "add.security-tls": ("TLS from the start (usual)", "最初からTLS（標準）"),
    "add.security-starttls": ("STARTTLS", "STARTTLS"),
    "add.security-plain": ("None, on this machine only", "なし（このサーバー内のみ）"),
    "add.try": ("Test and add", "テストして追加する"),
    "mailbox-wrong.name": (
        "Write 1 to 63 letters, digits, spaces or . _ - such as support.",
        "名前は63文字以内の文字、数字、空白、. _ - にしてください。例：support",
    ),
    "mailbox-wrong.taken": (
        "There is a mailbox of that name. Write another.",
        "同じ名前のメールボックスがあります。別の名前にしてください。",
    ),
    "mailbox-wrong.address": (
        "Write a mail address such as support@example.com.",
        "support@example.com のようなメールアドレスを入力してください。",
    ),
    "mailbox-wrong.address-taken": (
        "The address belongs to another mailbox here.",
        "ほかのメールボックスで使われているアドレスです。",
    ),
    "mailbox-wrong.host": (
        "Write the server's name, such as imap.example.com.",
        "imap.example.com のようなサーバー名を入力してください。",
    ),
    "mailbox-wrong.port": (
        "Write a number from 1 to 65535, or nothing.",
        "1から65535の数字を入力するか、空欄にしてください。",
    ),
    "mailbox-wrong.clear": (
        "Without TLS the password would cross the network in clear. Choose TLS or STARTTLS.",
        "暗号化しないと、パスワードがそのまま通信路に流れます。TLS か STARTTLS を選んでください。",
    ),
    "mailbox-wrong.user": (
        "Write the user name that the provider gave you.",
        "メールプロバイダーのユーザー名を入力してください。",
    ),
    "mailbox-wrong.no-password": ("Type the password.", "パスワードを入力してください。"),
    "mailbox-wrong.password": (
        "The password is too long, or has a line break in it.",
        "パスワードが長すぎるか、改行が含まれています。",
    ),
    "mailbox-wrong.other": (
        "That can't be stored as things are now. Try it once more.",
        "現在の設定では保存できません。もう一度お試しください。",
    ),
    # another password
    "password-page.title": ("Password at the provider", "メールプロバイダーのパスワード"),
    "password-page.refused": (
        "The provider does not take the password that is stored. Make a new one at the provider "
        "(an app password, where it has two-step sign-in), and type it here.",
        "保存されているパスワードを、メールプロバイダーが受け付けません。"
        "メールプロバイダーで新しいパスワード（2段階認証の場合はアプリパスワード）を作り、"
        "ここに入力してください。",
    ),
    "password-page.what": (
        "The new one is tried for reading and for sending before anything changes. People who work "
        "notice nothing.",
        "新しいパスワードで受信と送信の両方をテストし、成功すると切り替えます。"
        "作業中の利用者に影響はありません。",
    ),
    "password-page.new": ("New password", "新しいパスワード"),
    "password-page.change": ("Test and change", "テストして変更する"),
    # one less
    "remove.title": ("Removing the mailbox", "メールボックスの削除"),
    "remove.go": ("Remove…", "削除の手続きへ進む"),
    "remove.what": (
        "{name} is taken out of proxyd, with status and assignee of all its mails, its internal "
        "notes, rules and rights. This can't be undone. At the provider every mail stays where it "
        "is; the access log keeps what it has.",
        "{name} を proxyd から削除します。すべてのメールの対応状況と担当者、社内メモ、"
        "振り分けルール、権限もなくなり、元に戻せません。メールプロバイダーのメールと、"
        "アクセスログはそのまま残ります。",
    ),
    "remove.type": ("Type {name} to confirm", "確認のための入力：{name}"),
    "remove.wrong-name": ("That is not its name.", "名前が一致していません。"),
    "remove.waiting": (
        "Mails that were accepted have not gone out yet, or wait for approval. Let them leave "
        "first, or give them up.",
        "受け付けたメールのうち、まだ送信されていないもの、または承認待ちのものがあります。"
        "先に送信を終えるか、あきらめる場合は下の欄で確認してください。",
    ),
    "remove.discard": (
        "Give those mails up: they are never sent, and are lost",
        "これらのメールをあきらめる（送信されず、失われます）",
    ),
    "remove.button": ("Remove the mailbox", "メールボックスを削除する"),
}
MAILBOXES: Final[Mapping[str, tuple[str, str]]] = {**_PAGES, **PROBE, **POLICY, **RULES}
