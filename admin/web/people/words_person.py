"""Words of the page about one person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PERSON: Final[Mapping[str, tuple[str, str]]] = {
    # one person
    "person.recorded": (
        "That you look is recorded.",
        "この表示も記録されます。",
    ),
    "person.you": (
        "This is your own account. Your role, and whether you may come in, another admin changes.",
        "自分のアカウントです。役割の変更や利用の停止は、ほかの管理者が行います。",
    ),
    "person.shut-out": ("Shut out: nobody comes in with this login.", "利用を停止しています。"),
    "person.left": ("Left on {at}.", "{at} に退職・異動の手続きが行われました。"),
    "person.away": ("Away until {until}.", "{until} まで不在です。"),
    "person.let-in": ("Let in again", "利用を再開する"),
    "person.return": ("Let in again, with a new password", "新しいパスワードで利用を再開する"),
    "person.rename": ("Change the name", "名前を変更する"),
    "person.role-button": ("Change the role", "役割を変更する"),
    "person.grants-none": ("No shared mailbox.", "共有メールボックスの権限はありません。"),
    "person.grant": ("Save the right", "権限を保存する"),
    "person.grant-title": ("Give a shared mailbox, or another right", "権限の付与と変更"),
    "person.revoke": ("Take away", "権限を外す"),
    "person.revoke-named": ("Take {name} away", "{name} の権限を外す"),
    "person.factor-none": ("None.", "設定されていません。"),
    "person.factor-app": ("An authenticator app, since {since}.", "認証アプリ（{since} に設定）"),
    "person.factor-codes": ("Recovery codes left: {left}.", "リカバリーコード：残り{left}件"),
    "person.passkeys": ("Passkeys: {count}.", "パスキー：{count}件"),
    "person.sso": ("The organisation's sign-in", "組織のログイン"),
    "person.sso-none": (
        "Bound to nobody there until the first sign-in from there.",
        "まだ関連付けられていません。最初のログインのときに関連付けられます。",
    ),
    "person.sso-bound": (
        "{subject} at {issuer}, last used {used}.",
        "{issuer} の {subject}（最後の使用 {used}）",
    ),
    "person.sso-what": (
        "For who has another account there now: the next sign-in from there binds anew.",
        "組織のアカウントが変わったときに解除します。次のログインのときに、あらためて関連付けられます。",
    ),
    "person.sso-unbind": ("Forget who they are there", "関連付けを解除する"),
    "person.sessions": ("Open now", "現在の接続"),
    "person.mail-sessions": (
        "Connections of mail programs: {count}.",
        "メールソフトの接続：{count}件",
    ),
    "person.web-sessions": ("Browsers: {count}.", "ブラウザー：{count}件"),
    "person.end-all": ("End all", "すべて切断する"),
    "person.end-what": (
        "A mail program comes again with the password that it has: to keep it out, give a new "
        "password or revoke the application password.",
        "メールソフトは保存したパスワードで再接続します。使えなくするには、新しいパスワードを発行するか、"
        "アプリパスワードを無効にしてください。",
    ),
    "person.sign-ins": ("Recent sign-ins", "最近のログイン"),
    "person.sign-ins-none": ("None yet.", "まだありません。"),
    "person.ok": ("signed in", "成功"),
    "person.refused": ("refused", "失敗"),
    "person.password": ("Password", "パスワード"),
    "person.password-what": (
        "The one from before opens nothing any more, and what they have open with it ends.",
        "以前のパスワードは使えなくなり、そのパスワードの接続は切れます。",
    ),
    "person.new-password": ("Make a new password", "新しいパスワードを発行する"),
    "person.sheet": (
        "Set-up file without the password",
        "設定ファイルを保存する（パスワードなし）",
    ),
    "person.where": ("Name, networks, absence", "名前、ネットワーク、不在"),
    "person.networks": ("Only from these networks", "接続元をこのネットワークに限定"),
    "person.networks-hint": (
        "Such as 192.0.2.0/24, with blanks between them; empty: from anywhere",
        "例：192.0.2.0/24（空白で区切る。空欄はどこからでも可）",
    ),
    "person.networks-button": ("Save the networks", "ネットワークを保存する"),
    "person.app-only": (
        "Mail with application passwords only",
        "メールはアプリパスワードのみで使う",
    ),
    "person.app-only-button": ("Save", "保存する"),
    "person.away-until": ("Away until", "不在の終わりの日"),
    "person.away-hint": (
        "No new work comes meanwhile",
        "不在の間は、新しい担当になりません。",
    ),
    "person.away-button": ("Set away", "不在にする"),
    "person.back": ("Back already", "不在を解除する"),
    "person.danger": ("Danger", "取り消せない操作と利用の停止"),
    "person.leave": ("{name} leaves…", "{name} の退職・異動の手続き…"),
    "person.leave-what": (
        "Shuts every door, and hands over the open work.",
        "利用を停止し、対応中のやり取りを引き継ぎます。",
    ),
    "person.shut-out-button": ("Shut out, and hand over nothing", "引き継がずに利用を停止する"),
    "person.factor-remove": ("Remove the second factor", "2段階認証を解除する"),
    "person.factor-what": (
        "App, passkeys and recovery codes: for who has lost the phone. The password alone opens "
        "everything then.",
        "端末をなくしたときに、認証アプリ、パスキー、リカバリーコードをすべて解除します。"
        "パスワードだけで使えるようになります。",
    ),
    "person.remove": ("Remove for good", "完全に削除する"),
    "person.remove-what": (
        "Open work becomes nobody's. The log keeps the login.",
        "対応中のやり取りは担当者なしになります。アクセスログにはログインIDが残ります。",
    ),
    "person.type": ("Type the login: {login}", "確認のためログインIDを入力：{login}"),
    # what has just been done
    "people.done.renamed": ("The name is changed.", "名前を変更しました。"),
    "people.done.role": ("The role is changed.", "役割を変更しました。"),
    "people.done.grant": ("The right is saved.", "権限を保存しました。"),
    "people.done.revoked": ("The shared mailbox is taken away.", "権限を外しました。"),
    "people.done.networks": ("The networks are saved.", "ネットワークを保存しました。"),
    "people.done.app-only": ("Saved.", "保存しました。"),
    "people.done.away": ("Set away.", "不在にしました。"),
    "people.done.back": ("Back.", "不在を解除しました。"),
    "people.done.app-password": (
        "The application password is revoked; what it had open is ended.",
        "アプリパスワードを無効にしました。開いていた接続は切れました。",
    ),
    "people.done.ended": ("All is ended.", "すべて切断しました。"),
    "people.done.shut-out": ("Shut out.", "利用を停止しました。"),
    "people.done.let-in": (
        "Let in again, with the password from before.",
        "以前のパスワードで利用を再開しました。",
    ),
    "people.done.factor": ("The second factor is removed.", "2段階認証を解除しました。"),
    "people.done.unbound": (
        "Bound to nobody at the organisation any more.",
        "組織のログインとの関連付けを解除しました。",
    ),
    "people.done.removed": ("The person is removed.", "利用者を削除しました。"),
    # why a sign-in was refused
    "people.reason.password": ("wrong password", "パスワードの間違い"),
    "people.reason.disabled": ("shut out", "利用停止中"),
    "people.reason.network": ("from another network", "限定されたネットワークの外"),
    "people.reason.scope": ("not what that password is for", "アプリパスワードの用途外"),
    "people.reason.no-grant": ("no right there", "権限なし"),
    "people.reason.no-mailbox": ("has no mailbox yet", "共有メールボックスの権限なし"),
    "people.reason.reads-no-mail": ("reads no mail", "メールを使わない役割"),
    "people.reason.application-password-needed": (
        "needs an application password",
        "アプリパスワードが必要",
    ),
    "people.reason.nothing-to-send-from": ("nothing to send from", "送信できるアドレスなし"),
    "people.reason.left": ("did not wait for the answer", "途中で切断"),
}
