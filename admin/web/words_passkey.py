"""Words of passkeys: coming in with one, and one's own."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PASSKEYS: Final[Mapping[str, tuple[str, str]]] = {
    "passkey.use": ("Use a passkey", "パスキーを使う"),
    "passkey.title": ("Sign in with a passkey", "パスキーでのログイン"),
    "passkey.look": (
        "Your browser asks which passkey. Confirm with finger, face or PIN.",
        "ブラウザーの表示に従ってパスキーを選び、指紋、顔、またはPINで確認してください。",
    ),
    "passkey.again": ("Ask once more", "もう一度確認する"),
    "passkey.cancelled": (
        "No passkey was used: cancelled, too late, or there is none for these pages here.",
        "パスキーは使われませんでした。取り消されたか、時間が過ぎたか、この端末に登録がありません。",
    ),
    "passkey.unable": (
        "This browser can't use passkeys here. A newer one can.",
        "このブラウザーではパスキーを使えません。新しいブラウザーをお使いください。",
    ),
    "passkey.no-script": (
        "Passkeys need JavaScript. All other pages work without.",
        "パスキーにはJavaScriptが必要です。ほかの画面はJavaScriptなしで使えます。",
    ),
    "passkey.wrong": (
        "The passkey was not accepted. Nothing else is told here. Try once more, or sign in "
        "otherwise.",
        "パスキーは受け付けられませんでした。これ以上の理由は表示しません。"
        "もう一度試すか、別の方法でログインしてください。",
    ),
    "passkeys.title": ("Passkeys", "パスキー"),
    "passkeys.what": (
        "Sign in with finger, face or PIN of a device, in place of password and code. A passkey "
        "can't be typed into a wrong page.",
        "端末の指紋、顔、PINでログインできます。パスワードとコードの入力は要りません。"
        "偽の画面に入力してしまうこともありません。",
    ),
    "passkeys.not-here": (
        "Browsers make none under this address: it needs https and a host name.",
        "このアドレスではパスキーを作れません。httpsとホスト名が必要です。",
    ),
    "passkeys.none": ("No passkey yet.", "パスキーはまだありません。"),
    "passkeys.name": ("Device", "端末の名前"),
    "passkeys.name-hint": ('As "Office laptop" or "Phone"', "例：会社のパソコン、スマートフォン"),
    "passkeys.added": ("Added", "追加日時"),
    "passkeys.used": ("Last used", "最後の使用"),
    "passkeys.never": ("never used", "未使用"),
    "passkeys.synced": ("on several devices", "複数の端末で共有"),
    "passkeys.add-title": ("Add a passkey", "パスキーの追加"),
    "passkeys.add": ("Add", "追加する"),
    "passkeys.remove": ("Remove", "削除する"),
    "passkeys.remove-title": ("Passkey: removal", "パスキーの削除"),
    "passkeys.remove-named": ("Remove passkey {name}", "パスキー {name} を削除する"),
    "passkeys.for": ("Passkey for {name}", "{name} のパスキー"),
    "passkeys.then": (
        "What changes with your first second factor:",
        "最初の2段階認証を設定すると、次のように変わります。",
    ),
    "passkeys.make": ("Make the passkey", "パスキーを作る"),
    "passkeys.make-what": (
        "Your browser asks where to keep it, and for finger, face or PIN.",
        "ブラウザーが保存先を尋ね、指紋、顔、またはPINで確認します。",
    ),
    "passkeys.cancelled": (
        "No passkey was made: cancelled, or too late. Nothing was changed.",
        "パスキーは作られませんでした。取り消されたか、時間が過ぎました。何も変更されていません。",
    ),
    "passkeys.known": (
        "This device has a passkey of yours already. Nothing was changed.",
        "この端末のパスキーはすでに登録されています。何も変更されていません。",
    ),
    "refused.passkey-not-verified": (
        "The device did not check who you are. Set up a PIN, finger or face on it, then try once "
        "more. Nothing was changed.",
        "端末で本人確認が行われませんでした。端末にPIN、指紋、または顔を設定してから、"
        "もう一度試してください。何も変更されていません。",
    ),
    "refused.passkey-challenge": (
        "That took too long, or was sent before. Try once more. Nothing was changed.",
        "時間が過ぎたか、すでに送信されています。もう一度試してください。何も変更されていません。",
    ),
    "refused.passkey-owner": (
        "This passkey is registered already. Nothing was changed.",
        "このパスキーはすでに登録されています。何も変更されていません。",
    ),
    "refused.passkey-else": (
        "What the device answered can't be used. Nothing was changed; an admin finds the reason in "
        "the access log.",
        "端末からの応答を使えませんでした。何も変更されていません。"
        "理由は管理者がアクセスログで確認できます。",
    ),
    "passkeys.last": (
        "Without it, your password alone opens these pages.",
        "削除すると、パスワードだけでこの画面が使えるようになります。",
    ),
    "factor.passkeys": ("A passkey. No authenticator app.", "パスキー（認証アプリは未設定）"),
    "factor.passkeys-stay": ("Your passkeys stay.", "パスキーはそのまま使えます。"),
    "done.app-added": ("The authenticator app is set up.", "認証アプリを設定しました。"),
    "done.passkey-added": ("The passkey is added.", "パスキーを追加しました。"),
    "done.passkey-removed": ("The passkey is removed.", "パスキーを削除しました。"),
}
