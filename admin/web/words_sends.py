"""What a form that waits will do, in a sentence for each row of the table of routes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SENDS: Final[Mapping[str, tuple[str, str]]] = {
    "sends.app-add": (
        "This makes an application password for {name} ({opens}).",
        "{name} のアプリパスワード（{opens}）を作成します。",
    ),
    "sends.app-revoke": (
        "This revokes the application password of {name}; what it has open ends.",
        "{name} のアプリパスワードを無効にします。開いている接続は切れます。",
    ),
    "sends.factor-set-up": (
        "This begins to set up an authenticator app: the next page shows its key.",
        "認証アプリの設定を始めます。次の画面にキーを表示します。",
    ),
    "sends.factor-confirm": (
        "This sets up your authenticator app, once you have typed a code of it.",
        "認証アプリのコードを確認し、2段階認証を設定します。",
    ),
    "sends.factor-confirm-device": (
        "This sets up your authenticator app, once you have typed a code of it, and makes an "
        "application password for {name}.",
        "認証アプリのコードを確認し、2段階認証を設定して、{name} のアプリパスワードを作成します。",
    ),
    "sends.codes-new": (
        "This makes ten new recovery codes. The old ones become worthless.",
        "リカバリーコードを10件、新しく作成します。以前のコードは使えなくなります。",
    ),
    "sends.factor-remove": (
        "This removes your authenticator app as second factor.",
        "認証アプリによる2段階認証を解除します。",
    ),
    "sends.passkey-new": (
        "This adds a passkey for {name}.",
        "{name} のパスキーを追加します。",
    ),
    "sends.passkey-remove": (
        "This removes the passkey {name}. It can't be had back.",
        "パスキー {name} を削除します。元には戻せません。",
    ),
    "sends.password": (
        "This changes your password. What you typed was not kept: the page asks for it once more.",
        "パスワードを変更します。入力したパスワードは保持されないため、もう一度入力します。",
    ),
    "sends.session-end": (
        "This signs you out there: {place}.",
        "次の端末をログアウトします：{place}",
    ),
    "sends.sessions-end-others": (
        "This signs you out in all other browsers.",
        "ほかのすべてのブラウザーをログアウトします。",
    ),
    "sends.keys": (
        "This switches keys on or off for this browser.",
        "このブラウザのキーボード操作の設定を変更します。",
    ),
}
