"""Words of one's own account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

ME: Final[Mapping[str, tuple[str, str]]] = {
    "me.title": ("Own account", "自分のアカウント"),
    "me.who": ("{name}, login {login}", "{name}（ログインID {login}）"),
    "me.role.staff": ("staff", "利用者"),
    "me.role.admin": ("admin", "管理者"),
    "me.role.auditor": ("auditor", "監査担当"),
    # application passwords
    "apps.title": ("Application passwords", "アプリパスワード"),
    "apps.what": (
        "One for each mail program or phone. It opens mail and nothing else, never these pages.",
        "メールソフトやスマートフォンごとに1つ作ります。メール専用で、この画面には使えません。",
    ),
    "apps.none": (
        "No application password yet.",
        "アプリパスワードはまだありません。",
    ),
    "apps.none-needed": (
        "No application password yet. Your mail program needs one.",
        "アプリパスワードはまだありません。メールソフトには必要です。",
    ),
    "apps.no-mail": (
        "Your role reads no mail, so there is nothing that an application password would open.",
        "この役割ではメールを使えないため、アプリパスワードは必要ありません。",
    ),
    "apps.name": ("Device", "端末の名前"),
    "apps.name-hint": ('As "iPhone" or "Thunderbird, office"', "例：iPhone、会社のThunderbird"),
    "apps.imap": ("Reading (IMAP)", "受信（IMAP）"),
    "apps.smtp": ("Sending (SMTP)", "送信（SMTP）"),
    "apps.opens": ("Opens", "用途"),
    "apps.used": ("Last used", "最後の使用"),
    "apps.never": ("never used", "未使用"),
    "apps.add": ("Add", "追加する"),
    "apps.add-title": ("Add an application password", "アプリパスワードの追加"),
    "apps.revoke": ("Revoke", "無効にする"),
    "apps.revoke-named": ("Revoke {name}", "{name} を無効にする"),
    "apps.made": ("Application password for {name}", "{name} のアプリパスワード"),
    "apps.made-what": (
        "Type it in the mail program in place of your password. It is shown this once: nobody, not "
        "even an admin, can show it again.",
        "メールソフトのパスワード欄に入力してください。表示されるのはこの一度だけです。"
        "管理者も、もう一度表示することはできません。",
    ),
    "apps.login": ("User name:", "ユーザー名："),
    # the second factor
    "factor.title": ("Second factor", "2段階認証"),
    "factor.none": (
        "None. Your password alone opens these pages.",
        "設定されていません。パスワードだけでログインできます。",
    ),
    "factor.there": (
        "An authenticator app, since {since}.",
        "認証アプリ（{since} に設定）",
    ),
    "factor.codes-left": ("Recovery codes left: {left}.", "リカバリーコード：残り{left}件"),
    "factor.set-up": ("Set up an authenticator app", "認証アプリを設定する"),
    "factor.set-up-title": ("Set up an authenticator app", "認証アプリの設定"),
    "factor.scan": (
        "1. Scan this with your authenticator app, or type the key.",
        "1. 認証アプリでこのコードを読み取るか、キーを入力してください。",
    ),
    "factor.qr": ("QR code with the key below", "下のキーを表すQRコード"),
    "factor.key": ("Key:", "キー："),
    "factor.then": (
        "2. What changes when you confirm:",
        "2. 確認すると、次のように変わります。",
    ),
    "factor.mail": (
        "Mail programs are let in by an application password only, no more by your own password.",
        "メールソフトはアプリパスワードでのみ接続できます。自分のパスワードでは接続できません。",
    ),
    "factor.ends": (
        "Mail connections with your own password that end at once: {count}.",
        "自分のパスワードで開いているメールの接続{count}件は、すぐに切れます。",
    ),
    "factor.web": (
        "All other browsers in which you are signed in are signed out.",
        "ログインしているほかのブラウザーは、すべてログアウトされます。",
    ),
    "factor.device": (
        "Make an application password for this device (leave empty for none)",
        "アプリパスワードを作る端末の名前（不要なら空欄）",
    ),
    "factor.code": ("3. The code that your app shows", "3. 認証アプリに表示されたコード"),
    "factor.confirm": ("Confirm", "確認する"),
    "factor.code-needed": (
        "Type the code that your app shows.",
        "認証アプリに表示されたコードを入力してください。",
    ),
    "factor.done": ("The second factor is set up", "2段階認証の設定完了"),
    "factor.app-failed": (
        "No application password was made: {why} Make one on your account's page.",
        "アプリパスワードは作られませんでした。{why}自分のアカウントのページで作ってください。",
    ),
    "codes.title": ("Recovery codes", "リカバリーコード"),
    "codes.what": (
        "For when your phone is lost. Print them, or keep them where the phone is not. Each works "
        "once. They are shown this once.",
        "端末をなくしたときに使います。印刷するなどして、端末とは別の場所に保管してください。"
        "1件につき1回だけ使えます。表示されるのはこの一度だけです。",
    ),
    "codes.new": ("Make new recovery codes", "リカバリーコードを作り直す"),
    "codes.new-what": (
        "The old ones become worthless.",
        "以前のコードは使えなくなります。",
    ),
    "factor.remove": ("Remove the second factor", "2段階認証を解除する"),
    "factor.remove-what": (
        "Your password alone opens these pages then, and mail again.",
        "パスワードだけでこの画面とメールが使えるようになります。",
    ),
    # the password
    "password.title": ("Password", "パスワード"),
    "password.what": (
        "A new one ends all other sign-ins, and mail programs that use the old one. Application "
        "passwords stay.",
        "変更すると、ほかのログインと、以前のパスワードを使うメールソフトの接続が切れます。"
        "アプリパスワードはそのまま使えます。",
    ),
    "password.current": ("Current password", "現在のパスワード"),
    "password.new": ("New password", "新しいパスワード"),
    "password.new-hint": ("At least 8 characters", "8文字以上"),
    "password.again": ("New password, once more", "新しいパスワード（もう一度）"),
    "password.change": ("Change the password", "パスワードを変更する"),
    "password.wrong": ("The current password is wrong.", "現在のパスワードが違います。"),
    "password.differ": ("The two are not the same.", "2回の入力が一致していません。"),
    # keys of the keyboard
    "keys.are-on": (
        "Letters act on these pages: ? shows which. In fields they are letters.",
        "このブラウザでは、文字キーで操作できます（一覧は ? キー）。入力欄では働きません。",
    ),
    "keys.are-off": (
        "Letters do nothing on these pages, in this browser.",
        "このブラウザでは、文字キーによる操作を無効にしています。",
    ),
    "keys.switch-off": ("Switch keys off", "キーボード操作を無効にする"),
    "keys.switch-on": ("Switch keys on", "キーボード操作を有効にする"),
    "done.keys": ("Saved for this browser.", "このブラウザの設定を保存しました。"),
    # signed in now
    "sessions.title": ("Signed in now", "ログイン中の端末"),
    "sessions.this": ("this one", "この端末"),
    "sessions.since": ("since {since}, last used {used}", "{since} から、最後の操作 {used}"),
    "sessions.end": ("End", "終了する"),
    "sessions.end-named": ("End session {number}", "セッション {number} を終了する"),
    "sessions.end-others": ("End all others", "ほかをすべて終了する"),
    # the record
    "record.title": ("What was done with my account", "自分のアカウントの記録"),
    "record.show": ("Show it", "表示する"),
    "record.recorded": (
        "Sign-ins, refused tries in your name, and what was changed. That you ask is recorded too.",
        "ログイン、失敗したログイン、変更の記録です。この表示も記録されます。",
    ),
    "record.most": ("The newest {count} of each kind.", "種類ごとに新しい順に{count}件です。"),
    "record.when": ("When", "日時"),
    "record.what": ("What", "内容"),
    "record.outcome": ("Outcome", "結果"),
    "record.who": ("Who", "操作した人"),
    "record.from": ("From", "接続元"),
    "record.ok": ("done", "完了"),
    "record.refused": ("refused", "失敗"),
    "record.none": ("Nothing yet.", "まだ記録はありません。"),
    # what has just been done
    "done.revoked": (
        "The application password is revoked; what it had open is ended.",
        "アプリパスワードを無効にしました。開いていた接続は切れました。",
    ),
    "done.removed": ("The second factor is removed.", "2段階認証を解除しました。"),
    "done.password": ("The password is changed.", "パスワードを変更しました。"),
    "done.ended": ("The session is ended.", "セッションを終了しました。"),
    "done.others-ended": (
        "All other sessions are ended.",
        "ほかのセッションをすべて終了しました。",
    ),
}
