"""What the access log calls things that are done to an account, in words for its person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

RECORD: Final[Mapping[str, tuple[str, str]]] = {
    "did.other": ("{what}", "{what}"),
    "word.staff": ("staff", "利用者"),
    "word.admin": ("admin", "管理者"),
    "word.auditor": ("auditor", "監査担当"),
    "word.read": ("read", "閲覧"),
    "word.respond": ("respond", "対応"),
    "word.respond-with-approval": ("respond with approval", "承認付きの対応"),
    "word.manage": ("manage", "管理"),
    "word.app": ("authenticator app", "認証アプリ"),
    "word.passkey": ("passkey", "パスキー"),
    "word.recovery-code": ("recovery code", "リカバリーコード"),
    "word.on": ("yes", "はい"),
    "word.off": ("no", "いいえ"),
    "did.login": ("Sign-in", "ログイン"),
    "did.factor": ("Second factor given: {factor}", "2段階認証：{factor}"),
    "did.user add": ("Account added: {role}, {grants}", "アカウントを追加：{role}、{grants}"),
    "did.user password": ("Password changed", "パスワードを変更"),
    "did.user rename": ("Name changed: {name}", "名前を変更：{name}"),
    "did.user grant": ("Right given: {right}", "権限を付与：{right}"),
    "did.user revoke": ("Right taken away", "権限を取り消し"),
    "did.user role": ("Role changed: {role}", "役割を変更：{role}"),
    "did.user networks": ("Networks to come from: {networks}", "接続元の制限：{networks}"),
    "did.user app-passwords-only": (
        "Mail with application passwords only: {only}",
        "メールはアプリパスワードのみ：{only}",
    ),
    "did.user disable": ("Shut out", "利用を停止"),
    "did.user enable": ("Let in again", "利用を再開"),
    "did.user sessions ended": ("Signed out everywhere", "すべての接続を切断"),
    "did.user away": ("Away", "不在に設定"),
    "did.user back": ("Back", "不在を解除"),
    "did.user leave": ("Left", "退職・異動の手続き"),
    "did.user return": ("Works here again", "復帰の手続き"),
    "did.user single-sign-on bound": (
        "Bound to the organisation's sign-in",
        "組織のログインと関連付け",
    ),
    "did.user single-sign-on unbound": (
        "No longer bound to the organisation's sign-in",
        "組織のログインとの関連付けを解除",
    ),
    "did.app-password add": (
        "Application password added: {app_password}",
        "アプリパスワードを追加：{app_password}",
    ),
    "did.app-password remove": (
        "Application password revoked: {app_password}",
        "アプリパスワードを無効に：{app_password}",
    ),
    "did.second factor offered": ("Second factor begun", "2段階認証の設定を開始"),
    "did.second factor added": ("Second factor set up: {factor}", "2段階認証を設定：{factor}"),
    "did.second factor renewed": ("New recovery codes", "リカバリーコードを作り直し"),
    "did.second factor removed": ("Second factor removed: {factor}", "2段階認証を解除：{factor}"),
    "did.second factor renamed": ("Passkey renamed: {name}", "パスキーの名前を変更：{name}"),
}

# Which facts of the record each sentence shows.
WORDED: Final[Mapping[str, tuple[str, ...]]] = {
    "login": (),
    "factor": ("factor",),
    "user add": ("role", "grants"),
    "user password": (),
    "user rename": ("name",),
    "user grant": ("right",),
    "user revoke": (),
    "user role": ("role",),
    "user networks": ("networks",),
    "user app-passwords-only": ("only",),
    "user disable": (),
    "user enable": (),
    "user sessions ended": (),
    "user away": (),
    "user back": (),
    "user leave": (),
    "user return": (),
    "user single-sign-on bound": (),
    "user single-sign-on unbound": (),
    "app-password add": ("app_password",),
    "app-password remove": ("app_password",),
    "second factor offered": (),
    "second factor added": ("factor",),
    "second factor renewed": (),
    "second factor removed": ("factor",),
    "second factor renamed": ("name",),
}
