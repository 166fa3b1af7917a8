"""Words of signing in by the organisation's identity provider."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SSO: Final[Mapping[str, tuple[str, str]]] = {
    "sso.button": ("Sign in with {name}", "{name}でログイン"),
    "sso.refused": (
        "That sign-in does not open an account here. Nothing else is told. Try once more, or ask "
        "who looks after the accounts.",
        "このログインでは利用できません。これ以上の理由は表示しません。"
        "もう一度操作するか、アカウントの管理者に確認してください。",
    ),
    "sso.down": (
        "The organisation's sign-in can't be reached just now. Try once more in a minute, or use "
        "login and password.",
        "組織のログインに接続できません。少し待ってもう一度操作するか、"
        "ログインIDとパスワードでログインしてください。",
    ),
    "sso.still-there": ("At {name} you are still signed in.", "{name}にはまだログインしています。"),
    "sso.sign-out": ("Sign out at {name} too", "{name}からもログアウト"),
}
