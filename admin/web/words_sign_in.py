"""Words of signing in, and of showing once more who one is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SIGN_IN: Final[Mapping[str, tuple[str, str]]] = {
    "sign-in.title": ("Sign in", "ログイン"),
    "sign-in.login": ("Login", "ログインID"),
    "sign-in.password": ("Password", "パスワード"),
    "sign-in.button": ("Sign in", "ログイン"),
    "sign-in.or": ("or", "または"),
    "sign-in.wrong": (
        "Login or password is wrong. Nothing else is told here. An application password opens mail "
        "only.",
        "ログインIDまたはパスワードが違います。これ以上の理由は表示しません。"
        "アプリパスワードはメール専用です。",
    ),
    "sign-in.no-mailbox": (
        "The password is right, but you have no shared mailbox yet: ask your admin. These pages "
        "open with your login alone, in place of an address.",
        "パスワードは正しいですが、利用できる共有メールボックスがまだありません。管理者に確認してください。"
        "この画面には、メールアドレスではなくログインIDでログインできます。",
    ),
    "sign-in.busy": (
        "Many sign-ins just now, one moment. Try once more.",
        "ログインが混み合っています。少し待って、もう一度操作してください。",
    ),
    "sign-in.empty": ("Write login and password.", "ログインIDとパスワードを入力してください。"),
    "sign-in.ended": (
        "You were signed out: after 30 minutes without use, after 12 hours, or because something "
        "about your account was changed.",
        "ログアウトされました。30分間操作がなかったか、12時間が過ぎたか、"
        "アカウントが変更されたためです。",
    ),
    "sign-in.kept": (
        "What you had typed is kept. Sign in, then send it.",
        "入力した内容は保持されています。ログインしてから送信してください。",
    ),
    "sign-in.nobody": (
        "Nobody has been added yet. On the server: proxyd user add LOGIN --name NAME --role admin",
        "まだ利用者がいません。サーバーで次のように追加してください："
        " proxyd user add LOGIN --name NAME --role admin",
    ),
    "sign-in.signed-out": ("You are signed out.", "ログアウトしました。"),
    "sign-in.too-late": (
        "The code came too late. Sign in once more.",
        "時間内にコードが入力されませんでした。もう一度ログインしてください。",
    ),
    "code.title": ("Second factor", "2段階認証"),
    "code.label": ("Code from your app", "認証アプリのコード"),
    "code.hint": (
        "Six digits from your authenticator app; or one of your recovery codes.",
        "認証アプリに表示される6桁の数字、またはリカバリーコードを入力してください。",
    ),
    "code.wrong": (
        "That code is wrong, or was used already. Wait for the next one.",
        "コードが違うか、すでに使われています。次のコードをお待ちください。",
    ),
    "code.paused": (
        "Too many wrong codes: none is looked at for {seconds} s more. A recovery code works.",
        "コードの間違いが続いたため、あと{seconds}秒間は確認できません。"
        "リカバリーコードは使えます。",
    ),
    "code.button": ("Go on", "続ける"),
    "code.other": ("Sign in as somebody else", "別の利用者でログイン"),
    "again.title": ("Send what you had typed", "入力した内容の送信"),
    "again.hint": (
        "You are signed in again, and nothing was carried out yet.",
        "ログインしました。まだ何も実行されていません。",
    ),
    "again.button": ("Send", "送信する"),
    "again.leave": ("Don't send", "送信しない"),
    "confirm.title": ("Show that it is you", "本人確認"),
    "confirm.hint": (
        "This changes how you sign in, and your last sign-in is more than five minutes old. "
        "Nothing was changed yet; what you typed is kept.",
        "ログインに関わる変更です。前回の本人確認から5分以上過ぎているため、もう一度確認します。"
        "まだ何も変更されていません。入力した内容は保持されています。",
    ),
    "confirm.button": ("Confirm and go on", "確認して続ける"),
    "confirm.wrong": ("Password or code is wrong.", "パスワードまたはコードが違います。"),
}
